//! Data that a client sends along with its first message.

use std::ops::Range;

use rustls::HandshakeKind;
use testing::{Role, Setup, setups};

use crate::data::{from_openssl, from_us};
use crate::outcome::{Result, compare};
use crate::resumption::is_resumed;
use crate::trials::Trials;
use crate::twice::{Met, as_client, as_server};

/// Where early data lies in what is sent: several records, and not those that are sent later.
const EARLY: Range<usize> = 60_000..100_000;

/// Bytes of it that a server takes.
const MAX: u32 = 100_000;
const MAX_ARGS: [&str; 4] = [
    "-max_early_data",
    "100000",
    "-recv_max_early_data",
    "100000",
];

pub(crate) fn trials(trials: &mut Trials) {
    for setup in setups()
        .iter()
        .filter(|setup| setup.is_tls13())
    {
        trials.add("early_data_accepted", setup, Role::Client, |setup, _| {
            to_server(setup, true)
        });
        trials.add("early_data_rejected", setup, Role::Client, |setup, _| {
            to_server(setup, false)
        });
        trials.add("early_data_accepted", setup, Role::Server, accepted);
        trials.add("early_data_rejected", setup, Role::Server, rejected);
        trials.add("early_data_and_retry", setup, Role::Server, retried);
    }
}

fn to_server(setup: &Setup, is_accepted: bool) -> Result<()> {
    let configs = setup.configs().with_early_data(MAX);
    let accept: &[_] = if is_accepted { &["-early_data"] } else { &[] };
    let args = [&MAX_ARGS, accept].concat();
    let early = &from_us(EARLY.end)[EARLY];
    let [_, met] = as_client(setup, &configs, &args, early, is_accepted)?;
    assert_eq!(met.kind, Some(HandshakeKind::Resumed));
    assert!(is_resumed(&met, Role::Client), "{}", met.text);
    let said = met
        .text
        .contains("Early data received:");
    assert_eq!(said, is_accepted, "{}", met.text);
    #[cfg(feature = "std")]
    crate::exporters::check(&met);
    Ok(())
}

/// Checks what became of `s_client`'s early data, as much of which came as `early`.
fn check(met: &Met, kind: HandshakeKind, said: &str, early: &[u8]) -> Result<()> {
    assert_eq!(met.kind, Some(kind));
    assert_eq!(
        is_resumed(met, Role::Server),
        kind == HandshakeKind::Resumed
    );
    assert!(met.text.contains(said), "{}", met.text);
    #[cfg(feature = "std")]
    crate::exporters::check(met);
    compare("early data", &met.early_data, early)
}

const ACCEPTED: &str = "Early data was accepted";
const REJECTED: &str = "Early data was rejected";

pub(crate) fn accepted(setup: &Setup, _: Role) -> Result<()> {
    let configs = setup.configs().with_early_data(MAX);
    let early = &from_openssl(EARLY.end)[EARLY];
    let [_, met] = as_server(setup, [&configs, &configs], [&[], &[]], early)?;
    check(&met, HandshakeKind::Resumed, ACCEPTED, early)
}

/// A server that does not know the session skips what comes with it.
pub(crate) fn rejected(setup: &Setup, _: Role) -> Result<()> {
    let [first, second] = [0, 1].map(|_| setup.configs().with_early_data(MAX));
    let early = &from_openssl(EARLY.end)[EARLY];
    let [_, met] = as_server(setup, [&first, &second], [&[], &[]], early)?;
    check(&met, HandshakeKind::Full, REJECTED, &[])
}

/// A server that asks for another first message skips what comes with the first.
fn retried(setup: &Setup, _: Role) -> Result<()> {
    let configs = setup.configs().with_early_data(MAX);
    // rustls does not have the group that comes first.
    let args: [&[_]; 2] = [&[], &["-groups", "X448:X25519"]];
    let early = &from_openssl(EARLY.end)[EARLY];
    let [_, met] = as_server(setup, [&configs, &configs], args, early)?;
    check(&met, HandshakeKind::Resumed, REJECTED, &[])
}
