//! Data that goes in one direction only, with KeyUpdates alone in the other.

use std::sync::Arc;

use testing::{Role, Setup, setups};

use crate::data::from_us;
use crate::halves;
use crate::openssl::{Files, Openssl};
use crate::ours::{Connection, Ours};
use crate::outcome::{Result, compare};
use crate::program::Program;
use crate::trials::Trials;

/// Many more records than may be fruitless in a row.
const LEN: usize = 5 * 1024 * 1024;
const LEN_TEXT: &str = "5242880";

/// Bytes that are written at once: a record.
const PIECE: usize = 16 * 1024;

/// Records that a key of ours may seal, where keys wear out: one that has sealed three of data is replaced.
const LIMIT: u64 = 4;

pub(crate) fn trials(trials: &mut Trials) {
    for setup in setups()
        .into_iter()
        .filter(|setup| setup.is_tls13() && setup.is_one_of_few())
    {
        for role in Role::BOTH {
            let program = trials.program.clone();
            let wearing = setup
                .clone()
                .with_confidentiality_limit(LIMIT);
            trials.add_needing(program.clone(), "worn_keys", &wearing, role, worn_keys);
            trials.add_needing(program.clone(), "asked::halves", &setup, role, halves_asked);
            trials.add_needing(program, "asked::state_machine", &setup, role, asked);
        }
    }
}

/// Our keys wear out, OpenSSL is asked for others and answers.
fn worn_keys(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    // It has what was sent before more is sent, so that its answers come in time for us to ask again.
    upload_by_halves(&program, setup, role, "receive", Openssl::wait_for)
}

/// OpenSSL asks with every record that it opens.
fn halves_asked(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    upload_by_halves(&program, setup, role, "ask", |_, _| Ok(()))
}

/// Calls `sent` after each record, with how many bytes have been sent.
fn upload_by_halves(
    program: &Program,
    setup: &Setup,
    role: Role,
    step: &str,
    sent: fn(&mut Openssl, usize) -> Result<()>,
) -> Result<()> {
    let files = Files::new(setup)?;
    let steps = [step, LEN_TEXT, "closed", "close"];
    let (mut openssl, socket) = program.connect(setup, role, &files, &steps)?;
    let done = halves::connect(setup, role, socket).and_then(|(opening, sealing)| {
        halves::exchange(opening, sealing, from_us(LEN), &[], |len| {
            sent(&mut openssl, len)
        })
    });
    openssl.with_last_words(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}

/// The same, where all is sealed before the first request is read: then they come one by one, and all are late.
fn asked(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    fn upload<C: Connection>(mut ours: Ours<C>) -> Result<()> {
        for piece in from_us(LEN).chunks(PIECE) {
            ours.send(piece)?;
        }
        ours.close().map(drop)
    }
    let files = Files::new(setup)?;
    let steps = ["ask", LEN_TEXT, "closed", "close"];
    let (mut openssl, socket) = program.connect(setup, role, &files, &steps)?;
    let done = match role {
        Role::Client => Ours::shake_hands(setup.client(), socket, setup).and_then(upload),
        Role::Server => Ours::shake_hands(setup.server(), socket, setup).and_then(upload),
    };
    openssl.with_last_words(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}
