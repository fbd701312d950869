//! One of our connections on a socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use rustls_direct::unbuffered::{
    ConnectionState, EncodeError, EncryptError, UnbufferedConnectionCommon, UnbufferedStatus,
    WriteTraffic,
};
use rustls_direct_tests::{Setup, room_for};

use crate::{FROM_OPENSSL, FROM_US, PATIENCE, Result, compare};

/// Sizes of writes: a byte, around one record, and several records.
const WRITES: [usize; 5] = [1, 16_383, 16_384, 16_385, 100_000];

/// A connection that expects [`FROM_OPENSSL`] and sends [`FROM_US`].
pub(crate) struct Ours<'a, Data> {
    conn: &'a mut UnbufferedConnectionCommon<Data>,
    socket: TcpStream,
    /// To a thread that writes to the socket, so that we go on reading while OpenSSL does not.
    outgoing: Sender<Vec<u8>>,
    writer: JoinHandle<io::Result<()>>,
    /// What came, of which `incoming[..filled]` was not discarded.
    incoming: Vec<u8>,
    filled: usize,
    /// Bytes of plaintext that came, and were right.
    received: usize,
    peer_closed: bool,
    closed: bool,
}

impl<'a, Data> Ours<'a, Data> {
    pub(crate) fn new(
        conn: &'a mut UnbufferedConnectionCommon<Data>,
        socket: TcpStream,
    ) -> Result<Self> {
        let (outgoing, pieces) = mpsc::channel::<Vec<u8>>();
        let mut to_peer = prepare(&socket).map_err(|err| format!("our socket: {err}"))?;
        let writer = thread::spawn(move || {
            pieces
                .iter()
                .try_for_each(|piece| to_peer.write_all(&piece))
        });
        Ok(Self {
            conn,
            socket,
            outgoing,
            writer,
            incoming: vec![0; 64 * 1024],
            filled: 0,
            received: 0,
            peer_closed: false,
            closed: false,
        })
    }

    /// Shakes hands, sends and receives at the same time, and closes.
    pub(crate) fn exchange(mut self, setup: &Setup) -> Result<()> {
        self.run()?;
        while self.conn.is_handshaking() {
            self.read()?;
        }
        self.check(setup);

        let mut rest = &FROM_US[..];
        for len in WRITES.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(len.min(rest.len()));
            self.send(|write, out| write.encrypt(piece, out))?;
            rest = after;
            if self.received < FROM_OPENSSL.len() {
                self.read()?;
            }
        }
        while self.received < FROM_OPENSSL.len() {
            self.read()?;
        }

        // The tools answer a close_notify at once, whatever they still had to send.
        self.send(|write, out| write.queue_close_notify(out))?;
        while !self.closed {
            self.read()?;
        }
        assert!(self.peer_closed, "Closed comes after PeerClosed");
        self.check(setup);
        self.finish()
    }

    fn check(&self, setup: &Setup) {
        assert!(self.conn.is_direct());
        assert_eq!(self.conn.negotiated_cipher_suite(), Some(setup.suite));
    }

    /// Waits for more, and deals with it.
    fn read(&mut self) -> Result<()> {
        let room = &mut self.incoming[self.filled..];
        match self.socket.read(room) {
            Ok(0) => return Err(self.stuck("OpenSSL ended the connection")),
            Ok(len) => self.filled += len,
            Err(err) if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Err(self.stuck("nothing comes any more"));
            }
            Err(err) => return Err(self.stuck(&err.to_string())),
        }
        self.run()
    }

    /// Does all that can be done with what has come.
    fn run(&mut self) -> Result<()> {
        let mut done = 0;
        loop {
            let UnbufferedStatus { discard, state } = self
                .conn
                .process_tls_records(&mut self.incoming[done..self.filled]);
            done += discard;
            match state.map_err(|err| format!("our connection: {err}"))? {
                ConnectionState::ReadTraffic(mut read) => {
                    while let Some(record) = read.next_record() {
                        let record = record.map_err(|err| err.to_string())?;
                        let expected = &FROM_OPENSSL[self.received..];
                        compare(
                            record.payload,
                            &expected[..record.payload.len().min(expected.len())],
                        )
                        .map_err(|why| format!("what came after {} bytes {why}", self.received))?;
                        self.received += record.payload.len();
                        done += record.discard;
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) else {
                        panic!("nothing to encode");
                    };
                    let mut out = vec![0; size.required_size];
                    data.encode(&mut out)
                        .map_err(|err| err.to_string())?;
                    pass_on(&self.outgoing, out)?;
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::PeerClosed => self.peer_closed = true,
                ConnectionState::Closed => {
                    self.closed = true;
                    break;
                }
                _ => break,
            }
        }
        // Less than a record is left to be moved.
        self.incoming
            .copy_within(done..self.filled, 0);
        self.filled -= done;
        Ok(())
    }

    /// Seals something into exactly the room that it needs, to be sent.
    fn send(
        &mut self,
        mut seal: impl FnMut(
            &mut WriteTraffic<'_, Data>,
            &mut [u8],
        ) -> std::result::Result<usize, EncryptError>,
    ) -> Result<()> {
        let UnbufferedStatus { state, .. } = self.conn.process_tls_records(&mut []);
        let Ok(ConnectionState::WriteTraffic(mut write)) = state else {
            return Err(format!("can not write in {state:?}"));
        };
        let mut out = vec![0; room_for(seal(&mut write, &mut []))];
        let written = seal(&mut write, &mut out).map_err(|err| err.to_string())?;
        assert_eq!(written, out.len());
        pass_on(&self.outgoing, out)
    }

    /// There was nothing behind the close_notify, and all of ours was written.
    fn finish(mut self) -> Result<()> {
        drop(self.outgoing);
        self.writer
            .join()
            .map_err(|_| "the writer panicked")?
            .map_err(|err| format!("writing: {err}"))?;
        match self.socket.read(&mut [0]) {
            Ok(0) if self.filled == 0 => Ok(()),
            other => Err(format!("after close_notify: {other:?}")),
        }
    }

    fn stuck(&self, why: &str) -> String {
        format!(
            "{why}, after {} bytes of data, {} of an incomplete record, is_handshaking {}, is_direct {}",
            self.received,
            self.filled,
            self.conn.is_handshaking(),
            self.conn.is_direct()
        )
    }
}

/// Makes `socket` one that blocks, but not for ever, and returns another handle to it.
fn prepare(socket: &TcpStream) -> io::Result<TcpStream> {
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.try_clone()
}

fn pass_on(outgoing: &Sender<Vec<u8>>, tls: Vec<u8>) -> Result<()> {
    outgoing
        .send(tls)
        .map_err(|_| "writing has failed".into())
}
