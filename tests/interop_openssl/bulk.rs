//! Does much data pass both ways at the same time, through the state machine?

use testing::{Role, Setup};

use crate::data::{from_openssl, from_us};
use crate::failure::{Result, compare};
use crate::openssl::{Files, Input};
use crate::ours::{Connection, Ours};
use crate::tools;
use crate::trials::Trials;

/// Bytes that are sent each way.
const LEN: usize = 10 * 1024 * 1024;

/// Lengths of writes: a byte, around one record, and several records.
const WRITES: [usize; 5] = [1, 16_383, 16_384, 16_385, 100_000];

pub(crate) fn trials(trials: &mut Trials) {
    trials.add_for_all("bulk", test);
}

pub(crate) fn test(setup: &Setup, role: Role) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::connect(setup, role, &files, &[])?;
    let input = openssl.input()?;
    let done =
        match role {
            Role::Client => Ours::shake_hands(setup.client(), socket, setup)
                .and_then(|ours| exchange(ours, input)),
            Role::Server => Ours::shake_hands(setup.server(), socket, setup)
                .and_then(|ours| exchange(ours, input)),
        };
    openssl.with_stderr(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}

/// Sends and receives at the same time, and closes.
fn exchange<C: Connection>(mut ours: Ours<C>, input: Input) -> Result<()> {
    let feeder = std::thread::spawn(move || input.data(from_openssl(LEN)));
    let mut rest = from_us(LEN);
    for len in WRITES.into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(len.min(rest.len()));
        ours.send(piece)?;
        rest = after;
        if ours.received.len() < LEN {
            ours.read()?;
        }
    }
    // The tools answer a close_notify at once, even if they have more to send.
    ours.wait_until(|ours| ours.received.len() >= LEN)?;
    let ours = ours.close()?;
    feeder
        .join()
        .map_err(|_| "the feeder panicked")??;
    compare("the received data", &ours.received, from_openssl(LEN))
}
