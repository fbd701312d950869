//! The two halves of a connection of ours, on a socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use rustls_direct::record::MAX_CONTENT_LEN;
use rustls_direct::split::{Event, Reader, Received, Truncated, WriteError, Writer, Written};
use testing::{Role, Setup};

use crate::failure::Result;
use crate::ours::{Connection, Ours};

/// Room for the output of one call. Larger writes take several calls.
const OUT_LEN: usize = 1024 * 1024;

/// The reader, and the socket that its input comes from.
pub(crate) struct SocketReader {
    reader: Reader,
    socket: TcpStream,
    /// The input, of which `incoming[begin..end]` was not discarded.
    incoming: Vec<u8>,
    begin: usize,
    end: usize,
}

/// The outcome of a read.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum ReadOutcome {
    Data,
    /// The peer's close_notify.
    Closed,
    /// The end of the socket's data.
    EndOfInput,
}

/// The writer, and the socket that its output goes to.
pub(crate) struct SocketWriter {
    pub(crate) writer: Writer,
    socket: TcpStream,
    out: Vec<u8>,
    /// Bytes of a record besides its content.
    pub(crate) overhead: usize,
}

/// Completes a handshake in `role`, and splits the connection.
pub(crate) fn connect(
    setup: &Setup,
    role: Role,
    socket: TcpStream,
) -> Result<(SocketReader, SocketWriter)> {
    match role {
        Role::Client => split(Ours::shake_hands(setup.client(), socket, setup)?),
        Role::Server => split(Ours::shake_hands(setup.server(), socket, setup)?),
    }
}

fn split<C: Connection>(ours: Ours<C>) -> Result<(SocketReader, SocketWriter)> {
    let (reader, mut writer, socket, mut incoming) = ours.split()?;
    let end = incoming.len();
    incoming.resize(256 * 1024, 0);
    let socket_reader = SocketReader {
        reader,
        socket: socket.try_clone()?,
        incoming,
        begin: 0,
        end,
    };
    let socket_writer = SocketWriter {
        overhead: writer.required_len(1) - 1,
        writer,
        socket,
        out: vec![0; OUT_LEN],
    };
    Ok((socket_reader, socket_writer))
}

/// Sends `data` on one thread and receives `expected` on another, and closes. Calls `sent` after each record, with the
/// number of bytes sent so far.
pub(crate) fn exchange(
    mut socket_reader: SocketReader,
    mut socket_writer: SocketWriter,
    data: &[u8],
    expected: &[u8],
    mut sent: impl FnMut(usize) -> Result<()>,
) -> Result<()> {
    let (owes, to_writer) = mpsc::channel();
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let result = socket_reader.read_all(expected, owes);
            if result.is_err() {
                socket_reader.abandon();
            }
            result
        });
        let mut write = || {
            for (i, record) in data.chunks(MAX_CONTENT_LEN).enumerate() {
                socket_writer.send(record)?;
                sent(i * MAX_CONTENT_LEN + record.len())?;
            }
            // Until all expected data has arrived.
            while to_writer.recv().is_ok() {
                socket_writer.flush()?;
            }
            socket_writer.close_notify().map(drop)
        };
        let written: Result<()> = write();
        if written.is_err() {
            socket_writer.abandon();
        }
        match (reading.join().expect("the reader"), written) {
            (Ok(()), Ok(())) => Ok(()),
            failed => Err(format!("{failed:?}").into()),
        }
    })
}

impl SocketReader {
    /// Receives `expected`, and then other records up to the peer's close_notify, none of which may be data.
    fn read_all(&mut self, mut expected: &[u8], owes: Sender<()>) -> Result<()> {
        while !expected.is_empty() {
            let outcome = self.read(
                |payload| match expected.strip_prefix(payload) {
                    Some(rest) => {
                        expected = rest;
                        Ok(())
                    }
                    None => Err("the received data is wrong".into()),
                },
                // If the writer has ended, it reports the reason.
                || {
                    let _ = owes.send(());
                },
            )?;
            if outcome != ReadOutcome::Data {
                return Err(format!("{outcome:?} with {} bytes missing", expected.len()).into());
            }
        }
        drop(owes);
        match self.read(|_| Err("more data than expected".into()), || {})? {
            ReadOutcome::Closed => Ok(()),
            outcome => Err(format!("{outcome:?} instead of close_notify").into()),
        }
    }

    /// Reads the next event. Calls `owes` whenever the writer owes something.
    pub(crate) fn read(
        &mut self,
        data: impl FnOnce(&[u8]) -> Result<()>,
        mut owes: impl FnMut(),
    ) -> Result<ReadOutcome> {
        loop {
            let Received {
                discard,
                event,
                writer_owes,
            } = self
                .reader
                .read(&mut self.incoming[self.begin..self.end])?;
            self.begin += discard;
            if writer_owes {
                owes();
            }
            match event {
                Event::Data(payload) => {
                    data(payload)?;
                    return Ok(ReadOutcome::Data);
                }
                Event::Closed => return Ok(ReadOutcome::Closed),
                Event::Incomplete => {}
            }
            if self.fill()? == 0 {
                return Ok(ReadOutcome::EndOfInput);
            }
        }
    }

    /// Reads from the socket, after the rest of the input.
    fn fill(&mut self) -> Result<usize> {
        self.incoming
            .copy_within(self.begin..self.end, 0);
        self.end -= self.begin;
        self.begin = 0;
        let len = match self
            .socket
            .read(&mut self.incoming[self.end..])
        {
            // A reset makes no difference.
            Err(err) if err.kind() == ErrorKind::ConnectionReset => 0,
            result => result?,
        };
        self.end += len;
        Ok(len)
    }

    pub(crate) fn end_of_input(&self) -> std::result::Result<(), Truncated> {
        self.reader.end_of_input()
    }

    /// Whether the input is empty and the socket has ended.
    pub(crate) fn is_at_end(&mut self) -> Result<bool> {
        Ok(self.begin == self.end && self.fill()? == 0)
    }

    /// Ends all waits for the socket.
    pub(crate) fn abandon(&self) {
        // An error means that the socket has been closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// Repeats a call that is refused because four keys were worn out while the reader stores one ticket.
///
/// Keys of a few records wear out like this if the reader's thread is not scheduled in the meantime.
fn retry_while_exhausted<T>(
    mut seal: impl FnMut() -> std::result::Result<T, WriteError>,
) -> std::result::Result<T, WriteError> {
    for _ in 0..10_000 {
        match seal() {
            Err(WriteError::KeyExhausted) => thread::sleep(Duration::from_millis(1)),
            sealed => return sealed,
        }
    }
    Err(WriteError::KeyExhausted)
}

impl SocketWriter {
    /// Sends `data`, and returns how many owed bytes were sent before it.
    pub(crate) fn send(&mut self, mut data: &[u8]) -> Result<usize> {
        let mut owed = 0;
        while !data.is_empty() {
            let Written { consumed, written } =
                retry_while_exhausted(|| self.writer.write(data, &mut self.out))?;
            let records = consumed.div_ceil(MAX_CONTENT_LEN);
            owed += written - consumed - records * self.overhead;
            self.socket
                .write_all(&self.out[..written])?;
            data = &data[consumed..];
        }
        Ok(owed)
    }

    /// Sends what is owed, without data.
    pub(crate) fn flush(&mut self) -> Result<usize> {
        let written = retry_while_exhausted(|| self.writer.flush(&mut self.out))?;
        self.transmit(written)
    }

    pub(crate) fn refresh_traffic_keys(&mut self) -> Result<usize> {
        let written = self
            .writer
            .refresh_traffic_keys(&mut self.out)?;
        self.transmit(written)
    }

    pub(crate) fn close_notify(&mut self) -> Result<usize> {
        let written = self
            .writer
            .close_notify(&mut self.out)?;
        self.transmit(written)
    }

    /// Ends all waits for the socket.
    pub(crate) fn abandon(&self) {
        // An error means that the socket has been closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    fn transmit(&mut self, written: usize) -> Result<usize> {
        self.socket
            .write_all(&self.out[..written])?;
        Ok(written)
    }
}
