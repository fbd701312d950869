//! How do closures look to the two halves?

use std::sync::Arc;

use rustls_direct::split::{Truncated, WriteError};
use testing::{Role, Setup};

use crate::data::{from_openssl, from_us};
use crate::failure::{Result, compare, ensure_equal};
use crate::halves::{self, ReadOutcome, SocketReader, SocketWriter};
use crate::openssl::{Files, Input, Openssl};
use crate::program::Program;
use crate::tools::{self, QUIT};
use crate::trials::Trials;

/// Bytes of data that are sent each way: several records.
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
fn receive(socket_reader: &mut SocketReader, expected: &[u8]) -> Result<()> {
    let mut received = Vec::new();
    while received.len() < expected.len() {
        let take = |payload: &[u8]| {
            received.extend_from_slice(payload);
            Ok(())
        };
        ensure_equal(
            "the outcome",
            socket_reader.read(take, || ())?,
            ReadOutcome::Data,
        )?;
        ensure_equal(
            "an end of input",
            socket_reader.end_of_input(),
            Err(Truncated),
        )?;
    }
    compare("the received data", &received, expected)
}

/// Reads a close_notify.
fn receive_close(socket_reader: &mut SocketReader) -> Result<()> {
    for _ in 0..2 {
        let outcome = socket_reader.read(|_| Err("data at the end".into()), || ())?;
        ensure_equal("the end", outcome, ReadOutcome::Closed)?;
        ensure_equal("the end of input", socket_reader.end_of_input(), Ok(()))?;
    }
    Ok(())
}

/// Sends a close_notify, and checks that nothing can be sent after it.
fn send_close(socket_writer: &mut SocketWriter) -> Result<()> {
    ensure_equal("close_notify", socket_writer.close_notify()? > 0, true)?;
    ensure_equal("another", socket_writer.close_notify()?, 0)?;
    match socket_writer
        .writer
        .write(b"more", &mut [0; 100])
    {
        Err(WriteError::Closed) => Ok(()),
        other => Err(format!("after close_notify: {other:?}").into()),
    }
}

/// The tools answer a close_notify with their own, and end.
fn closed_by_us(setup: &Setup, role: Role) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::connect(setup, role, &files, &[])?;
    let done =
        halves::connect(setup, role, socket).and_then(|(mut socket_reader, mut socket_writer)| {
            socket_writer.send(from_us(LEN))?;
            send_close(&mut socket_writer)?;
            receive_close(&mut socket_reader)?;
            ensure_equal("is_at_end", socket_reader.is_at_end()?, true)
        });
    openssl.with_stderr(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}

/// `s_client` has a command to close.
fn closed_by_client(setup: &Setup) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::client(setup, &files, &[])?;
    let input = openssl.input()?;
    let done = halves::connect(setup, Role::Server, socket).and_then(
        |(mut socket_reader, mut socket_writer)| {
            input.data(from_openssl(LEN))?;
            input.command(QUIT)?;
            receive(&mut socket_reader, from_openssl(LEN))?;
            receive_close(&mut socket_reader)?;
            send_close(&mut socket_writer)
        },
    );
    openssl.with_stderr(done)?;
    openssl.finish().map(drop)
}

/// `s_server -rev`, which sends lines back reversed, has a word to close.
fn closed_by_server(setup: &Setup) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::connect(setup, Role::Client, &files, &["-rev"])?;
    let done = halves::connect(setup, Role::Client, socket).and_then(
        |(mut socket_reader, mut socket_writer)| {
            socket_writer.send(b"stressed\n")?;
            receive(&mut socket_reader, b"desserts\n")?;
            socket_writer.send(b"CLOSE\n")?;
            receive_close(&mut socket_reader)?;
            send_close(&mut socket_writer)
        },
    );
    openssl.with_stderr(done)?;
    openssl.finish().map(drop)
}

/// OpenSSL is killed, so it sends no close_notify.
fn truncated(setup: &Setup, role: Role) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket) = tools::connect(setup, role, &files, &[])?;
    let input = openssl.input()?;
    let done =
        halves::connect(setup, role, socket).and_then(|(mut socket_reader, socket_writer)| {
            input.data(from_openssl(LEN))?;
            receive(&mut socket_reader, from_openssl(LEN))?;
            Ok((socket_reader, socket_writer))
        });
    let (mut socket_reader, mut socket_writer) = openssl.with_stderr(done)?;
    openssl.kill()?;
    for _ in 0..2 {
        let outcome = socket_reader.read(|_| Err("data at the end".into()), || ())?;
        ensure_equal("the end", outcome, ReadOutcome::EndOfInput)?;
        ensure_equal(
            "the end of input",
            socket_reader.end_of_input(),
            Err(Truncated),
        )?;
    }
    // No alert is owed, and nothing else has failed.
    ensure_equal("owes", socket_writer.writer.owes(), false)?;
    socket_writer
        .writer
        .close_notify(&mut [0; 100])?;
    Ok(())
}

/// Runs our OpenSSL program with `steps`, and `test` with the two halves.
fn with_program(
    program: &Program,
    setup: &Setup,
    role: Role,
    steps: &[&str],
    test: impl FnOnce(&mut SocketReader, &mut SocketWriter, Input) -> Result<()>,
) -> Result<()> {
    let files = Files::new(setup)?;
    let (mut openssl, socket): (Openssl, _) = program.connect(setup, role, &files, steps)?;
    let input = openssl.input()?;
    let done =
        halves::connect(setup, role, socket).and_then(|(mut socket_reader, mut socket_writer)| {
            test(&mut socket_reader, &mut socket_writer, input)?;
            ensure_equal("is_at_end", socket_reader.is_at_end()?, true)
        });
    openssl.with_stderr(done)?;
    compare("OpenSSL's output", &openssl.finish()?.data, from_us(LEN))
}

/// We send our close_notify first, and continue to read.
fn half_closed_by_us(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    let steps = ["receive", LEN_TEXT, "closed", "send", LEN_TEXT, "close"];
    with_program(
        &program,
        setup,
        role,
        &steps,
        |socket_reader, socket_writer, input| {
            socket_writer.send(from_us(LEN))?;
            send_close(socket_writer)?;
            input.data(from_openssl(LEN))?;
            receive(socket_reader, from_openssl(LEN))?;
            receive_close(socket_reader)
        },
    )
}

/// OpenSSL sends its close_notify first, and continues to read.
fn half_closed_by_openssl(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    let steps = ["send", LEN_TEXT, "close", "receive", LEN_TEXT, "closed"];
    with_program(
        &program,
        setup,
        role,
        &steps,
        |socket_reader, socket_writer, input| {
            input.data(from_openssl(LEN))?;
            receive(socket_reader, from_openssl(LEN))?;
            receive_close(socket_reader)?;
            socket_writer.send(from_us(LEN))?;
            send_close(socket_writer)
        },
    )
}
