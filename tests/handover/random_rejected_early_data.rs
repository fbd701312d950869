//! Is rejected early data of any contents skipped exactly up to the limit?

use std::mem;

use rustls::Error;
use testing::{Configs, Role, Setup, Xorshift, setups};

use crate::early_client::each_with_early_data;
use crate::rejected_early_data::{MAX_EARLY_DATA, RejectReason, RejectedHandshake, record};

/// Flights per library and suite.
const FLIGHTS: usize = 200;

/// Lengths near that of a tag, those of a type and a tag, and others.
const LENGTHS: [usize; 12] = [0, 1, 2, 15, 16, 17, 18, 32, 33, 34, 64, 150];

/// The bytes of a payload.
fn bytes(random: &mut Xorshift) -> Vec<u8> {
    let len = random.of(&LENGTHS);
    let mut bytes = match random.below(4) {
        0 => random.bytes(len),
        1 => vec![0xff; len],
        _ => vec![0; len],
    };
    // Non-zero bytes may be in front, in the place of the type or of the tag, or anywhere.
    let places = [
        0,
        len.saturating_sub(17),
        len.saturating_sub(16),
        random.below(len + 1),
    ];
    for at in places {
        if let (Some(byte), 0) = (bytes.get_mut(at), random.below(4)) {
            *byte = random.of(&[1, 20, 21, 22, 23, 24, 0x80]);
        }
    }
    bytes
}

/// Early data that cannot be opened, and the total length of its payloads.
fn early_data(random: &mut Xorshift) -> (Vec<u8>, usize) {
    let payloads: Vec<_> = (0..random.below(8))
        .map(|_| bytes(random))
        .collect();
    let len = payloads.iter().map(Vec::len).sum();
    let records = payloads
        .iter()
        .flat_map(|payload| record(23, payload))
        .collect();
    (records, len)
}

/// Cuts `tls` into pieces of random sizes.
pub(crate) fn cut<'a>(random: &mut Xorshift, mut tls: &'a [u8]) -> Vec<&'a [u8]> {
    let longest = random.of(&[1, 6, 40, 1000]);
    let mut pieces = Vec::new();
    while !tls.is_empty() {
        let (piece, rest) = tls.split_at(1 + random.below(longest.min(tls.len())));
        pieces.push(piece);
        tls = rest;
    }
    pieces
}

/// As many tickets as a client remembers.
pub(crate) const TICKETS: usize = 8;

/// Configs whose client has that many tickets.
pub(crate) fn with_many_tickets(setup: &Setup) -> Configs {
    let mut configs = setup
        .configs()
        .with_early_data(MAX_EARLY_DATA);
    configs.server.send_tls13_tickets = TICKETS;
    configs.connected(Role::Server);
    // Later connections add no tickets to them.
    configs.server.send_tls13_tickets = 0;
    configs
}

/// Starts a handshake whose early data is rejected for `reason`.
fn begin(
    random: &mut Xorshift,
    setup: &Setup,
    configs: &Configs,
    reason: RejectReason,
) -> RejectedHandshake {
    let mut configs = reason.configs(setup, configs.clone());
    configs.server.send_tls13_tickets = 0;
    configs.server.send_half_rtt_data = random.below(2) == 0;
    // The client's next message may be split over several records.
    configs.client.max_fragment_size = random.of(&[None, Some(32)]);
    RejectedHandshake::new(&configs)
}

/// Delivers `flight`. Now and then the caller passes no input, which may be an error.
fn deliver(
    random: &mut Xorshift,
    rejected: &mut RejectedHandshake,
    flight: &[u8],
) -> Result<(), Error> {
    for piece in cut(random, flight) {
        if random.below(20) == 0 {
            let incoming = mem::take(&mut rejected.direct.app().incoming);
            if let Err(error) = rejected.direct.run() {
                assert!(
                    error
                        .to_string()
                        .contains("to be discarded"),
                    "{error}"
                );
            }
            rejected.direct.app().incoming = incoming;
        }
        rejected.deliver([piece])?;
    }
    Ok(())
}

#[test]
fn early_data_of_any_contents_is_skipped_up_to_the_limit() {
    let mut random = Xorshift::new(0x9e37_79b9_7f4a_7c15);
    each_with_early_data(setups(), |setup| {
        let mut configs = setup.configs();
        let mut before = RejectReason::NotAllowed;
        for count in 0..FLIGHTS {
            let reason = random.of(&RejectReason::ALL);
            // A client that was asked for another group starts with that group the next time.
            if reason == RejectReason::HelloRetry
                || before == RejectReason::HelloRetry
                || count % TICKETS == 0
            {
                configs = with_many_tickets(setup);
            }
            before = reason;
            let mut rejected = begin(&mut random, setup, &configs, reason);
            let rest = mem::take(&mut rejected.rest);
            let (early, len) = early_data(&mut random);
            let flight = [early, rest].concat();
            let outcome = deliver(&mut random, &mut rejected, &flight);
            assert_eq!(
                outcome.is_ok(),
                len <= reason.limit(),
                "{reason:?}, {outcome:?}"
            );
            match outcome {
                Ok(()) => rejected.finish(reason),
                Err(_) => rejected.assert_failed(reason, outcome),
            }
        }
    });
}
