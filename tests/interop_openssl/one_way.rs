//! Does a stream in one direction last if only KeyUpdates come back?

use std::sync::Arc;

use testing::{Role, Setup, setups};

use crate::data::from_us;
use crate::failure::{Result, compare};
use crate::halves;
use crate::openssl::{Files, Openssl};
use crate::ours::{Connection, Ours};
use crate::program::Program;
use crate::trials::Trials;

/// Many more records than may come in a row without data.
const LEN: usize = 5 * 1024 * 1024;
const LEN_TEXT: &str = "5242880";

/// Bytes of one write: a record.
const PIECE: usize = 16 * 1024;

/// Records that a key of ours may seal if it is to wear out: a key is replaced after three records of data.
const LIMIT: u64 = 4;

pub(crate) fn trials(trials: &mut Trials) {
    for setup in setups()
        .into_iter()
        .filter(|setup| setup.is_tls13() && setup.is_first_of_its_version())
    {
        for role in Role::BOTH {
            let program = trials.program.clone();
            let wearing = setup
                .clone()
                .with_confidentiality_limit(LIMIT);
            trials.add_with_requirement(program.clone(), "worn_keys", &wearing, role, worn_keys);
            trials.add_with_requirement(
                program.clone(),
                "requests::halves",
                &setup,
                role,
                halves_with_requests,
            );
            trials.add_with_requirement(
                program,
                "requests::state_machine",
                &setup,
                role,
                state_machine_with_requests,
            );
        }
    }
}

/// Our keys wear out, and each KeyUpdate requests an answer of OpenSSL.
fn worn_keys(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    // OpenSSL has received each record before we send more, so its answers arrive before our next request.
    upload_by_halves(&program, setup, role, "receive", Openssl::wait_for)
}

/// OpenSSL requests an update for each record that it opens.
fn halves_with_requests(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    upload_by_halves(&program, setup, role, "ask", |_, _| Ok(()))
}

/// Calls `sent` after each record, with the number of bytes sent so far.
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
    let done = halves::connect(setup, role, socket).and_then(|(socket_reader, socket_writer)| {
        halves::exchange(socket_reader, socket_writer, from_us(LEN), &[], |len| {
            sent(&mut openssl, len)
        })
    });
    openssl.with_stderr(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}

/// Likewise, but all data is sealed before the first request is read. Then the requests come one by one, and all are
/// late.
fn state_machine_with_requests(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
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
    openssl.with_stderr(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}
