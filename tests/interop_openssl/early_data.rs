//! Is early data accepted and rejected, in either direction?

use std::ops::Range;

use rustls::HandshakeKind;
use testing::{Role, Setup, setups};

use crate::data::{from_openssl, from_us};
use crate::failure::{Result, compare};
use crate::resumption::is_resumed;
use crate::trials::Trials;
use crate::two_connections::{Outcome, as_client, as_server};

/// The range of the sent bytes that are early data: several records, and none of those sent later.
const EARLY: Range<usize> = 60_000..100_000;

/// Most early data that a server accepts, in bytes.
const MAX_EARLY_DATA: u32 = 100_000;
const MAX_EARLY_DATA_ARGS: [&str; 4] = [
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
    let configs = setup
        .configs()
        .with_early_data(MAX_EARLY_DATA);
    let accept: &[_] = if is_accepted { &["-early_data"] } else { &[] };
    let args = [&MAX_EARLY_DATA_ARGS, accept].concat();
    let early = &from_us(EARLY.end)[EARLY];
    let [_, outcome] = as_client(setup, &configs, &args, early, is_accepted)?;
    assert_eq!(outcome.kind, Some(HandshakeKind::Resumed));
    assert!(is_resumed(&outcome, Role::Client), "{}", outcome.text);
    let text = outcome
        .text
        .contains("Early data received:");
    assert_eq!(text, is_accepted, "{}", outcome.text);
    #[cfg(feature = "std")]
    crate::exporters::check(&outcome);
    Ok(())
}

/// Checks the outcome of `s_client`'s early data, of which `early` arrived.
fn check(outcome: &Outcome, kind: HandshakeKind, text: &str, early: &[u8]) -> Result<()> {
    assert_eq!(outcome.kind, Some(kind));
    assert_eq!(
        is_resumed(outcome, Role::Server),
        kind == HandshakeKind::Resumed
    );
    assert!(outcome.text.contains(text), "{}", outcome.text);
    #[cfg(feature = "std")]
    crate::exporters::check(outcome);
    compare("early data", &outcome.early_data, early)
}

const ACCEPTED: &str = "Early data was accepted";
const REJECTED: &str = "Early data was rejected";

pub(crate) fn accepted(setup: &Setup, _: Role) -> Result<()> {
    let configs = setup
        .configs()
        .with_early_data(MAX_EARLY_DATA);
    let early = &from_openssl(EARLY.end)[EARLY];
    let [_, outcome] = as_server(setup, [&configs, &configs], [&[], &[]], early)?;
    check(&outcome, HandshakeKind::Resumed, ACCEPTED, early)
}

/// A server that does not know the session skips its early data.
pub(crate) fn rejected(setup: &Setup, _: Role) -> Result<()> {
    let [first, second] = [0, 1].map(|_| {
        setup
            .configs()
            .with_early_data(MAX_EARLY_DATA)
    });
    let early = &from_openssl(EARLY.end)[EARLY];
    let [_, outcome] = as_server(setup, [&first, &second], [&[], &[]], early)?;
    check(&outcome, HandshakeKind::Full, REJECTED, &[])
}

/// A server that asks for a second ClientHello skips the early data of the first.
fn retried(setup: &Setup, _: Role) -> Result<()> {
    let configs = setup
        .configs()
        .with_early_data(MAX_EARLY_DATA);
    // rustls does not support the first group.
    let args: [&[_]; 2] = [&[], &["-groups", "X448:X25519"]];
    let early = &from_openssl(EARLY.end)[EARLY];
    let [_, outcome] = as_server(setup, [&configs, &configs], args, early)?;
    check(&outcome, HandshakeKind::Resumed, REJECTED, &[])
}
