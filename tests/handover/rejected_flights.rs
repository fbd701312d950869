//! Early data of all kinds that our server rejects: exactly as much of it is skipped as may be.

use std::mem;

use rustls::Error;
use testing::{Configs, Role, Setup, Xorshift, setups};

use crate::early_client::each_with_early_data;
use crate::rejected::{MAX, Rejection, Why, record};

/// How many for each library and suite.
const FLIGHTS: usize = 200;

/// Around those of a tag, of a type and a tag, and others.
const LENGTHS: [usize; 12] = [0, 1, 2, 15, 16, 17, 18, 32, 33, 34, 64, 150];

/// Bytes of a payload, or of what is sealed to be one.
fn bytes(random: &mut Xorshift) -> Vec<u8> {
    let len = random.of(&LENGTHS);
    let mut bytes = match random.below(4) {
        0 => random.bytes(len),
        1 => vec![0xff; len],
        _ => vec![0; len],
    };
    // Where the type or the tag would be, in front, and anywhere, there may be something among the zeros.
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

/// Early data that nobody can open, and how long its payloads are together.
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

/// `tls` in pieces of all sizes.
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

/// Configs whose client has that many.
pub(crate) fn well_acquainted(setup: &Setup) -> Configs {
    let mut configs = setup.configs().with_early_data(MAX);
    configs.server.send_tls13_tickets = TICKETS;
    configs.connected(Role::Server);
    // Those of the connections to come are not to take their places.
    configs.server.send_tls13_tickets = 0;
    configs
}

/// A handshake that `why` begins.
fn begin(random: &mut Xorshift, setup: &Setup, configs: &Configs, why: Why) -> Rejection {
    let mut configs = why.of(setup, configs.clone());
    configs.server.send_tls13_tickets = 0;
    configs.server.send_half_rtt_data = random.below(2) == 0;
    // Its next message may be more than one record.
    configs.client.max_fragment_size = random.of(&[None, Some(32)]);
    Rejection::new(&configs)
}

/// Lets `flight` come. Now and then the caller asks without any input, and is told if it may not.
fn deliver(random: &mut Xorshift, rejection: &mut Rejection, flight: &[u8]) -> Result<(), Error> {
    for piece in cut(random, flight) {
        if random.below(20) == 0 {
            let incoming = mem::take(&mut rejection.direct.app().incoming);
            if let Err(error) = rejection.direct.run() {
                assert!(
                    error
                        .to_string()
                        .contains("to be discarded"),
                    "{error}"
                );
            }
            rejection.direct.app().incoming = incoming;
        }
        rejection.deliver([piece])?;
    }
    Ok(())
}

#[test]
fn early_data_is_skipped_up_to_the_limit_whatever_is_in_it() {
    let mut random = Xorshift::new(0x9e37_79b9_7f4a_7c15);
    each_with_early_data(setups(), |setup| {
        let mut configs = setup.configs();
        let mut before = Why::Unwanted;
        for count in 0..FLIGHTS {
            let why = random.of(&Why::ALL);
            // A client that is asked for another group knows better the next time.
            if why == Why::Retried || before == Why::Retried || count % TICKETS == 0 {
                configs = well_acquainted(setup);
            }
            before = why;
            let mut rejection = begin(&mut random, setup, &configs, why);
            let rest = mem::take(&mut rejection.rest);
            let (early, len) = early_data(&mut random);
            let flight = [early, rest].concat();
            let outcome = deliver(&mut random, &mut rejection, &flight);
            assert_eq!(outcome.is_ok(), len <= why.limit(), "{why:?}, {outcome:?}");
            match outcome {
                Ok(()) => rejection.finish(why),
                Err(_) => rejection.has_failed(why, outcome),
            }
        }
    });
}
