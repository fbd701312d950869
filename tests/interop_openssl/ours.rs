//! A connection of ours on a socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::ops::DerefMut;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use rustls_direct::client::{ClientConnectionData, EarlyDataError, UnbufferedClientConnection};
use rustls_direct::server::{ServerConnectionData, UnbufferedServerConnection};
#[cfg(feature = "std")]
use rustls_direct::split::{Reader, Writer};
use rustls_direct::unbuffered::{
    ConnectionState, EncodeError, EncryptError, TransmitTlsData, UnbufferedConnectionCommon,
    UnbufferedStatus, WriteTraffic,
};
use testing::{Setup, room_for};

use crate::failure::{Result, TIMEOUT};

/// A connection of either role.
pub(crate) trait Connection:
    DerefMut<Target = UnbufferedConnectionCommon<Self::Data>>
{
    type Data;

    /// Seals early data, if this is a client's connection that may send some.
    fn encrypt_early_data(
        transmit: &mut TransmitTlsData<'_, Self::Data>,
        data: &[u8],
        out: &mut [u8],
    ) -> Option<std::result::Result<usize, EarlyDataError>>;

    #[cfg(feature = "std")]
    fn split(self) -> Result<(Reader, Writer)>;
}

impl Connection for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn encrypt_early_data(
        transmit: &mut TransmitTlsData<'_, Self::Data>,
        data: &[u8],
        out: &mut [u8],
    ) -> Option<std::result::Result<usize, EarlyDataError>> {
        transmit
            .may_encrypt_early_data()
            .map(|mut early| early.encrypt(data, out))
    }

    #[cfg(feature = "std")]
    fn split(self) -> Result<(Reader, Writer)> {
        Ok(self.split()?)
    }
}

impl Connection for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn encrypt_early_data(
        _: &mut TransmitTlsData<'_, Self::Data>,
        _: &[u8],
        _: &mut [u8],
    ) -> Option<std::result::Result<usize, EarlyDataError>> {
        None
    }

    #[cfg(feature = "std")]
    fn split(self) -> Result<(Reader, Writer)> {
        Ok(self.split()?)
    }
}

/// A connection after its handshake.
pub(crate) struct Ours<C> {
    pub(crate) conn: C,
    socket: TcpStream,
    outgoing: Outgoing,
    /// The input, of which `incoming[..filled]` was not discarded.
    incoming: Vec<u8>,
    filled: usize,
    /// Early data that is still to be sent.
    early: Vec<u8>,
    /// The received plaintext.
    pub(crate) received: Vec<u8>,
    received_early: Vec<u8>,
    peer_closed: bool,
    closed: bool,
    runs_direct: bool,
}

/// A connection that was closed by both sides.
pub(crate) struct ClosedConnection<C> {
    pub(crate) conn: C,
    pub(crate) received: Vec<u8>,
    pub(crate) received_early: Vec<u8>,
}

impl<C: Connection> Ours<C> {
    pub(crate) fn shake_hands(conn: C, socket: TcpStream, setup: &Setup) -> Result<Self> {
        Self::shake_hands_early(conn, socket, setup, &[])
    }

    /// Likewise, with early data from a client.
    pub(crate) fn shake_hands_early(
        conn: C,
        socket: TcpStream,
        setup: &Setup,
        early: &[u8],
    ) -> Result<Self> {
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        let mut ours = Self {
            conn,
            outgoing: Outgoing::to(socket.try_clone()?),
            socket,
            incoming: vec![0; 64 * 1024],
            filled: 0,
            early: early.to_vec(),
            received: Vec::new(),
            received_early: Vec::new(),
            peer_closed: false,
            closed: false,
            runs_direct: setup.runs_direct(),
        };
        ours.run()?;
        ours.wait_until(|ours| !ours.conn.is_handshaking())?;
        assert!(ours.early.is_empty(), "early data could not be sent");
        assert_eq!(ours.conn.is_direct(), ours.runs_direct);
        assert_eq!(ours.conn.negotiated_cipher_suite(), Some(setup.suite));
        Ok(ours)
    }

    /// Reads until `is_done` holds.
    pub(crate) fn wait_until(&mut self, is_done: impl Fn(&Self) -> bool) -> Result<()> {
        while !is_done(self) {
            self.read()?;
        }
        Ok(())
    }

    /// Seals data into a buffer of exactly the required size, and sends it.
    pub(crate) fn send(&mut self, data: &[u8]) -> Result<()> {
        self.seal(|write, out| write.encrypt(data, out))
    }

    /// Closes the connection, waits for the peer to do the same, and checks that nothing follows.
    pub(crate) fn close(mut self) -> Result<ClosedConnection<C>> {
        self.seal(|write, out| write.queue_close_notify(out))?;
        self.wait_until(|ours| ours.closed)?;
        assert!(self.peer_closed, "Closed without PeerClosed");
        assert_eq!(self.conn.is_direct(), self.runs_direct);
        match self.socket.read(&mut [0]) {
            Ok(0) if self.filled == 0 => {}
            other => return Err(format!("after close_notify: {other:?}").into()),
        }
        self.outgoing.finish()?;
        Ok(ClosedConnection {
            conn: self.conn,
            received: self.received,
            received_early: self.received_early,
        })
    }

    /// The two halves, their socket, and the input that was already read.
    #[cfg(feature = "std")]
    pub(crate) fn split(mut self) -> Result<(Reader, Writer, TcpStream, Vec<u8>)> {
        self.outgoing.finish()?;
        self.incoming.truncate(self.filled);
        let (reader, writer) = Connection::split(self.conn)?;
        Ok((reader, writer, self.socket, self.incoming))
    }

    /// Waits for more input, and handles it.
    pub(crate) fn read(&mut self) -> Result<()> {
        let room = &mut self.incoming[self.filled..];
        match self.socket.read(room) {
            Ok(0) => return Err(self.failure("the peer ended the connection")),
            Ok(len) => self.filled += len,
            Err(err) if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Err(self.failure("no more input"));
            }
            Err(err) => return Err(self.failure(&err.to_string())),
        }
        self.run()
    }

    /// Handles all input.
    fn run(&mut self) -> Result<()> {
        let mut done = 0;
        loop {
            let UnbufferedStatus { discard, state } = self
                .conn
                .process_tls_records(&mut self.incoming[done..self.filled]);
            done += discard;
            match state? {
                ConnectionState::ReadTraffic(mut read) => {
                    while let Some(record) = read.next_record() {
                        let record = record?;
                        self.received
                            .extend_from_slice(record.payload);
                        done += record.discard;
                    }
                }
                ConnectionState::ReadEarlyData(mut read) => {
                    while let Some(record) = read.next_record() {
                        let record = record?;
                        self.received_early
                            .extend_from_slice(record.payload);
                        done += record.discard;
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) else {
                        panic!("nothing to encode");
                    };
                    let mut out = vec![0; size.required_size];
                    data.encode(&mut out)?;
                    self.outgoing.send(out)?;
                }
                ConnectionState::TransmitTlsData(mut data) => {
                    if !self.early.is_empty() {
                        let out = seal_early_data::<C>(&mut data, &self.early)?;
                        self.early.clear();
                        self.outgoing.send(out)?;
                    }
                    data.done();
                }
                ConnectionState::PeerClosed => self.peer_closed = true,
                ConnectionState::Closed => {
                    self.closed = true;
                    break;
                }
                _ => break,
            }
        }
        // Moves the rest, which is less than a record, to the front.
        self.incoming
            .copy_within(done..self.filled, 0);
        self.filled -= done;
        Ok(())
    }

    fn seal(
        &mut self,
        mut seal: impl FnMut(
            &mut WriteTraffic<'_, C::Data>,
            &mut [u8],
        ) -> std::result::Result<usize, EncryptError>,
    ) -> Result<()> {
        let UnbufferedStatus { state, .. } = self.conn.process_tls_records(&mut []);
        let Ok(ConnectionState::WriteTraffic(mut write)) = state else {
            return Err(format!("cannot write in {state:?}").into());
        };
        let mut out = vec![0; room_for(seal(&mut write, &mut []))];
        let written = seal(&mut write, &mut out)?;
        assert_eq!(written, out.len());
        self.outgoing.send(out)
    }

    fn failure(&self, why: &str) -> crate::failure::Error {
        format!(
            "{why}, after {} bytes of data, {} of an incomplete record, is_handshaking {}, is_direct {}",
            self.received.len(),
            self.filled,
            self.conn.is_handshaking(),
            self.conn.is_direct()
        )
        .into()
    }
}

/// Seals all of `early`, which is less than the server allows.
fn seal_early_data<C: Connection>(
    transmit: &mut TransmitTlsData<'_, C::Data>,
    early: &[u8],
) -> Result<Vec<u8>> {
    // More room than needed.
    let mut out = vec![0; 2 * early.len() + 100];
    match C::encrypt_early_data(transmit, early, &mut out) {
        Some(written) => out.truncate(written?),
        None => return Err("early data is not possible".into()),
    }
    Ok(out)
}

/// A thread that writes to the socket, so that we continue to read if the peer does not.
struct Outgoing {
    pieces: Sender<Vec<u8>>,
    thread: JoinHandle<io::Result<()>>,
}

impl Outgoing {
    fn to(mut socket: TcpStream) -> Self {
        let (pieces, receiver) = mpsc::channel::<Vec<u8>>();
        let thread = thread::spawn(move || {
            receiver
                .iter()
                .try_for_each(|piece| socket.write_all(&piece))
        });
        Self { pieces, thread }
    }

    fn send(&self, piece: Vec<u8>) -> Result<()> {
        self.pieces
            .send(piece)
            .map_err(|_| "writing has failed".into())
    }

    /// Waits until everything is written.
    fn finish(self) -> Result<()> {
        drop(self.pieces);
        self.thread
            .join()
            .map_err(|_| "the writer panicked")??;
        Ok(())
    }
}
