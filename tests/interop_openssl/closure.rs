//! How connections end, seen from the two halves.

use std::sync::Arc;

use rustls_direct::split::{Truncated, WriteError};
use testing::{Role, Setup};

use crate::data::{from_openssl, from_us};
use crate::halves::{self, Came, Opening, Sealing};
use crate::openssl::{Files, Input, Openssl};
use crate::outcome::{Result, compare, same};
use crate::program::Program;
use crate::tools::{self, QUIT};
use crate::trials::Trials;

/// Bytes of data that go each way: several records.
const LEN: usize = 50_000;
const LEN_TEXT: &str = "50000";

pub(crate) fn trials(trials: &mut Trials) {
    trials.add_for_each_version("closed_by_us", closed_by_us);
    trials.add_for_each_version("closed_by_openssl", |setup, role| match role {
        Role::Client => closed_by_server(setup),
        Role::Server => closed_by_client(setup),
    });
    trials.add_for_each_version("truncated", truncated);
    trials.add_with_program("half_closed_by_us", half_closed_by_us);
    trials.add_with_program("half_closed_by_openssl", half_closed_by_openssl);
}

/// Reads data that OpenSSL sends.
fn receive(opening: &mut Opening, expected: &[u8]) -> Result<()> {
    let mut received = Vec::new();
    while received.len() < expected.len() {
        let take = |payload: &[u8]| {
            received.extend_from_slice(payload);
            Ok(())
        };
        same("what came", opening.read(take, || ())?, Came::Data)?;
        same("an end of input", opening.end_of_input(), Err(Truncated))?;
    }
    compare("what came", &received, expected)
}

/// Reads a close_notify.
fn receive_close(opening: &mut Opening) -> Result<()> {
    for _ in 0..2 {
        let came = opening.read(|_| Err("data at the end".into()), || ())?;
        same("the end", came, Came::Closed)?;
        same("the end of input", opening.end_of_input(), Ok(()))?;
    }
    Ok(())
}

/// Sends a close_notify, after which nothing can be sent.
fn send_close(sealing: &mut Sealing) -> Result<()> {
    same("close_notify", sealing.close_notify()? > 0, true)?;
    same("another", sealing.close_notify()?, 0)?;
    match sealing
        .writer
        .write(b"more", &mut [0; 100])
    {
        Err(WriteError::Closed) => Ok(()),
        other => Err(format!("after close_notify: {other:?}").into()),
    }
}

/// The tools answer a close_notify with one, and end.
fn closed_by_us(setup: &Setup, role: Role) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::connect(setup, role, &files, &[])?;
    let done = halves::connect(setup, role, socket).and_then(|(mut opening, mut sealing)| {
        sealing.send(from_us(LEN))?;
        send_close(&mut sealing)?;
        receive_close(&mut opening)?;
        same("is_at_end", opening.is_at_end()?, true)
    });
    openssl.with_last_words(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}

/// `s_client` can be told to.
fn closed_by_client(setup: &Setup) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::client(setup, &files, &[])?;
    let input = openssl.input()?;
    let done =
        halves::connect(setup, Role::Server, socket).and_then(|(mut opening, mut sealing)| {
            input.data(from_openssl(LEN))?;
            input.command(QUIT)?;
            receive(&mut opening, from_openssl(LEN))?;
            receive_close(&mut opening)?;
            send_close(&mut sealing)
        });
    openssl.with_last_words(done)?;
    openssl.finish().map(drop)
}

/// `s_server -rev`, which sends lines back the other way round, takes a word for it.
fn closed_by_server(setup: &Setup) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::connect(setup, Role::Client, &files, &["-rev"])?;
    let done =
        halves::connect(setup, Role::Client, socket).and_then(|(mut opening, mut sealing)| {
            sealing.send(b"stressed\n")?;
            receive(&mut opening, b"desserts\n")?;
            sealing.send(b"CLOSE\n")?;
            receive_close(&mut opening)?;
            send_close(&mut sealing)
        });
    openssl.with_last_words(done)?;
    openssl.finish().map(drop)
}

/// OpenSSL has no time to say that it ends.
fn truncated(setup: &Setup, role: Role) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::connect(setup, role, &files, &[])?;
    let input = openssl.input()?;
    let done = halves::connect(setup, role, socket).and_then(|(mut opening, sealing)| {
        input.data(from_openssl(LEN))?;
        receive(&mut opening, from_openssl(LEN))?;
        Ok((opening, sealing))
    });
    let (mut opening, mut sealing) = openssl.with_last_words(done)?;
    openssl.kill()?;
    for _ in 0..2 {
        let came = opening.read(|_| Err("data at the end".into()), || ())?;
        same("the end", came, Came::EndOfInput)?;
        same("the end of input", opening.end_of_input(), Err(Truncated))?;
    }
    // Nobody is told, and nothing else has failed.
    same("owes", sealing.writer.owes(), false)?;
    sealing
        .writer
        .close_notify(&mut [0; 100])?;
    Ok(())
}

/// What our program is to do, and with it the two halves.
fn with_program(
    program: &Program,
    setup: &Setup,
    role: Role,
    steps: &[&str],
    test: impl FnOnce(&mut Opening, &mut Sealing, Input) -> Result<()>,
) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket): (Openssl, _) = program.connect(setup, role, &files, steps)?;
    let input = openssl.input()?;
    let done = halves::connect(setup, role, socket).and_then(|(mut opening, mut sealing)| {
        test(&mut opening, &mut sealing, input)?;
        same("is_at_end", opening.is_at_end()?, true)
    });
    openssl.with_last_words(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}

/// We have said all, and go on reading.
fn half_closed_by_us(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    let steps = ["receive", LEN_TEXT, "closed", "send", LEN_TEXT, "close"];
    with_program(&program, setup, role, &steps, |opening, sealing, input| {
        sealing.send(from_us(LEN))?;
        send_close(sealing)?;
        input.data(from_openssl(LEN))?;
        receive(opening, from_openssl(LEN))?;
        receive_close(opening)
    })
}

/// OpenSSL has said all, and goes on reading.
fn half_closed_by_openssl(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    let steps = ["send", LEN_TEXT, "close", "receive", LEN_TEXT, "closed"];
    with_program(&program, setup, role, &steps, |opening, sealing, input| {
        input.data(from_openssl(LEN))?;
        receive(opening, from_openssl(LEN))?;
        receive_close(opening)?;
        sealing.send(from_us(LEN))?;
        send_close(sealing)
    })
}
