//! A connection that was split into its halves.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use rustls_direct::record::MAX_CONTENT_LEN;
use rustls_direct::split::{Event, Reader, Received, Truncated, WriteError, Writer, Written};
use testing::{Role, Setup};

use crate::ours::{Connection, Ours};
use crate::outcome::Result;

/// Room for what is sealed at once. Large writes take several turns.
const OUT_LEN: usize = 1024 * 1024;

/// The half that opens, and where its input comes from.
pub(crate) struct Opening {
    reader: Reader,
    socket: TcpStream,
    /// What came, of which `incoming[begin..end]` was not discarded.
    incoming: Vec<u8>,
    begin: usize,
    end: usize,
}

/// What has come.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Came {
    Data,
    /// The peer's close_notify.
    Closed,
    /// The end of what the socket has.
    EndOfInput,
}

/// The half that seals, and where its output goes.
pub(crate) struct Sealing {
    pub(crate) writer: Writer,
    socket: TcpStream,
    out: Vec<u8>,
    /// Bytes of a record besides its content.
    pub(crate) overhead: usize,
}

/// Shakes hands in `role`, and splits the connection.
pub(crate) fn connect(setup: &Setup, role: Role, socket: TcpStream) -> Result<(Opening, Sealing)> {
    match role {
        Role::Client => split(Ours::shake_hands(setup.client(), socket, setup)?),
        Role::Server => split(Ours::shake_hands(setup.server(), socket, setup)?),
    }
}

fn split<C: Connection>(ours: Ours<C>) -> Result<(Opening, Sealing)> {
    let (reader, mut writer, socket, mut incoming) = ours.split()?;
    let end = incoming.len();
    incoming.resize(256 * 1024, 0);
    let opening = Opening {
        reader,
        socket: socket.try_clone()?,
        incoming,
        begin: 0,
        end,
    };
    let sealing = Sealing {
        overhead: writer.required_len(1) - 1,
        writer,
        socket,
        out: vec![0; OUT_LEN],
    };
    Ok((opening, sealing))
}

/// Sends `data` on one thread and receives `expected` on another, and closes. Calls `sent` after each record, with how
/// many bytes of data have been sent.
pub(crate) fn exchange(
    mut opening: Opening,
    mut sealing: Sealing,
    data: &[u8],
    expected: &[u8],
    mut sent: impl FnMut(usize) -> Result<()>,
) -> Result<()> {
    let (owes, to_writer) = mpsc::channel();
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let result = opening.read_all(expected, owes);
            if result.is_err() {
                opening.abandon();
            }
            result
        });
        let mut write = || {
            for (i, record) in data.chunks(MAX_CONTENT_LEN).enumerate() {
                sealing.send(record)?;
                sent(i * MAX_CONTENT_LEN + record.len())?;
            }
            // Until all that is expected has come.
            while to_writer.recv().is_ok() {
                sealing.flush()?;
            }
            sealing.close_notify().map(drop)
        };
        let written: Result<()> = write();
        if written.is_err() {
            sealing.abandon();
        }
        match (reading.join().expect("the reader"), written) {
            (Ok(()), Ok(())) => Ok(()),
            failed => Err(format!("{failed:?}").into()),
        }
    })
}

impl Opening {
    /// Receives `expected`, and then whatever comes up to the peer's close_notify, which may not be data.
    fn read_all(&mut self, mut expected: &[u8], owes: Sender<()>) -> Result<()> {
        while !expected.is_empty() {
            let came = self.read(
                |payload| match expected.strip_prefix(payload) {
                    Some(rest) => {
                        expected = rest;
                        Ok(())
                    }
                    None => Err("what came is wrong".into()),
                },
                // If the writer has ended, it says itself why.
                || {
                    let _ = owes.send(());
                },
            )?;
            if came != Came::Data {
                return Err(format!("{came:?} with {} bytes missing", expected.len()).into());
            }
        }
        drop(owes);
        match self.read(|_| Err("more than was expected".into()), || {})? {
            Came::Closed => Ok(()),
            came => Err(format!("{came:?} instead of close_notify").into()),
        }
    }

    /// Waits for the next that comes. Calls `owes` whenever the writer has something to say.
    pub(crate) fn read(
        &mut self,
        data: impl FnOnce(&[u8]) -> Result<()>,
        mut owes: impl FnMut(),
    ) -> Result<Came> {
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
                    return Ok(Came::Data);
                }
                Event::Closed => return Ok(Came::Closed),
                Event::Incomplete => {}
            }
            if self.fill()? == 0 {
                return Ok(Came::EndOfInput);
            }
        }
    }

    /// Reads from the socket, behind what is left.
    fn fill(&mut self) -> Result<usize> {
        self.incoming
            .copy_within(self.begin..self.end, 0);
        self.end -= self.begin;
        self.begin = 0;
        let len = match self
            .socket
            .read(&mut self.incoming[self.end..])
        {
            // That it ended with something unread makes no difference.
            Err(err) if err.kind() == ErrorKind::ConnectionReset => 0,
            result => result?,
        };
        self.end += len;
        Ok(len)
    }

    pub(crate) fn end_of_input(&self) -> std::result::Result<(), Truncated> {
        self.reader.end_of_input()
    }

    /// Whether nothing is left, nor comes from the socket.
    pub(crate) fn is_at_end(&mut self) -> Result<bool> {
        Ok(self.begin == self.end && self.fill()? == 0)
    }

    /// Makes an end of all that waits for the socket.
    pub(crate) fn abandon(&self) {
        // An error means that it has ended already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// Repeats what is refused because four keys have worn out while the reader stores one ticket.
///
/// Keys of a few records do so if the reader's thread is not run in the meantime.
fn when_there_is_a_key<T>(
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

impl Sealing {
    /// Sends `data`, and returns how many bytes were owed and went before it.
    pub(crate) fn send(&mut self, mut data: &[u8]) -> Result<usize> {
        let mut owed = 0;
        while !data.is_empty() {
            let Written { consumed, written } =
                when_there_is_a_key(|| self.writer.write(data, &mut self.out))?;
            let records = consumed.div_ceil(MAX_CONTENT_LEN);
            owed += written - consumed - records * self.overhead;
            self.socket
                .write_all(&self.out[..written])?;
            data = &data[consumed..];
        }
        Ok(owed)
    }

    /// Sends what is owed, without any data.
    pub(crate) fn flush(&mut self) -> Result<usize> {
        let written = when_there_is_a_key(|| self.writer.flush(&mut self.out))?;
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

    /// Makes an end of all that waits for the socket.
    pub(crate) fn abandon(&self) {
        // An error means that it has ended already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    fn transmit(&mut self, written: usize) -> Result<usize> {
        self.socket
            .write_all(&self.out[..written])?;
        Ok(written)
    }
}
