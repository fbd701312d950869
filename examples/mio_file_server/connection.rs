//! A server's TLS connection on a nonblocking socket.
//!
//! If the socket is not ready, nothing is lost in any state of the connection: sealed bytes stay in `outgoing`,
//! received bytes stay in `incoming`, and the next call returns the state that needs the socket again.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls_direct::record::MAX_SEALED_TLS12_RECORD_LEN;
use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};

use crate::common::{InputBuffer, Result};
use crate::files::Directory;
use crate::http::Http;

/// What a connection waits for after its turn.
pub(crate) enum Next {
    /// The socket becomes readable or writable.
    Event,
    /// The other connections have had their turn.
    Turn,
    /// Nothing: the connection has ended.
    End,
}

/// Maximum number of states that a connection goes through per turn.
const STATES_PER_TURN: usize = 32;

pub(crate) struct Connection {
    socket: TcpStream,
    tls: UnbufferedServerConnection,
    incoming: InputBuffer,
    outgoing: OutputBuffer,
    http: Http,
    peer_has_closed: bool,
    /// Whether our close_notify is sealed.
    has_closed: bool,
    /// The error of a failed connection, after its alert was sent.
    failure: Option<rustls::Error>,
}

impl Connection {
    pub(crate) fn new(
        socket: TcpStream,
        config: Arc<ServerConfig>,
        directory: Directory,
    ) -> Result<Self> {
        Ok(Self {
            socket,
            tls: UnbufferedServerConnection::new(config)?,
            incoming: InputBuffer::new(Vec::new()),
            outgoing: OutputBuffer::new(),
            http: Http::new(directory),
            peer_has_closed: false,
            has_closed: false,
            failure: None,
        })
    }

    /// Continues until the socket is not ready or the turn is over.
    pub(crate) fn take_turn(&mut self) -> Result<Next> {
        for _ in 0..STATES_PER_TURN {
            match self.step() {
                Ok(None) => {}
                Ok(Some(next)) => return Ok(next),
                // In any state: an event follows when the socket is ready.
                Err(err) if would_block(&*err) => return Ok(Next::Event),
                Err(err) => return Err(err),
            }
        }
        Ok(Next::Turn)
    }

    /// Goes through one state of the connection.
    fn step(&mut self) -> Result<Option<Next>> {
        // Nothing is sealed or read until all sealed bytes are sent, so a slow client slows down only itself.
        self.outgoing.send(&mut self.socket)?;
        if let Some(error) = &self.failure {
            return linger(&mut self.socket, error);
        }
        // Requests are answered one by one. During a response no input is shown, so the next request stays in the
        // buffer.
        let input = match self.http.is_responding() {
            true => &mut [],
            false => self.incoming.filled(),
        };
        let UnbufferedStatus { mut discard, state } = self.tls.process_tls_records(input);
        let mut needs_input = false;
        match state {
            Ok(ConnectionState::EncodeTlsData(mut data)) => {
                let len = data.encode(self.outgoing.room())?;
                self.outgoing.add(len);
            }
            // All sealed bytes were sent above.
            Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
            Ok(ConnectionState::BlockedHandshake) => needs_input = true,
            Ok(ConnectionState::ReadTraffic(mut read)) => {
                while let Some(record) = read.next_record() {
                    let record = record?;
                    self.http.receive(record.payload);
                    discard += record.discard;
                }
            }
            Ok(ConnectionState::WriteTraffic(mut write)) => {
                let content = self.http.response_bytes()?;
                if !content.is_empty() {
                    // Seals as many whole records as fit.
                    let sealed = write.write(content, self.outgoing.room())?;
                    self.outgoing.add(sealed.written);
                    self.http
                        .discard_response(sealed.consumed);
                } else if self.has_closed {
                    // Our close_notify is sent. The client may still send, so only our direction is shut down.
                    let _ = self.socket.shutdown(Shutdown::Write);
                    needs_input = true;
                } else if self.peer_has_closed || self.http.has_ended() {
                    let len = write.queue_close_notify(self.outgoing.room())?;
                    self.outgoing.add(len);
                    self.has_closed = true;
                } else {
                    needs_input = true;
                }
            }
            // The client sends no more requests. The earlier ones are answered, and we can still write.
            Ok(ConnectionState::PeerClosed) => self.peer_has_closed = true,
            Ok(ConnectionState::Closed) => return Ok(Some(Next::End)),
            Ok(other) => return Err(format!("unexpected {other:?}").into()),
            // If there is an alert, it is sent first, and the next call returns the error again.
            Err(error) => {
                if !self.tls.wants_write() {
                    let _ = self.socket.shutdown(Shutdown::Write);
                    self.failure = Some(error);
                }
            }
        }
        self.incoming.discard(discard);
        if needs_input {
            return self.receive();
        }
        Ok(None)
    }

    /// Reads from the socket.
    fn receive(&mut self) -> Result<Option<Next>> {
        match self.incoming.receive(&mut self.socket) {
            Ok(()) => Ok(None),
            // After our close_notify it does not matter how the client closes.
            Err(err) if err.kind() == ErrorKind::UnexpectedEof && self.has_closed => {
                Ok(Some(Next::End))
            }
            Err(err) => Err(err.into()),
        }
    }
}

/// Waits until the client closes the socket, then returns the error of the failed connection.
///
/// Closing a socket with unread input resets the connection, and the client might never see the alert.
fn linger(socket: &mut TcpStream, error: &rustls::Error) -> Result<Option<Next>> {
    match socket.read(&mut [0; 4096]) {
        Ok(1..) => Ok(None),
        Err(err) if err.kind() == ErrorKind::WouldBlock => Err(err.into()),
        Ok(0) | Err(_) => Err(error.clone().into()),
    }
}

fn would_block(err: &(dyn Error + 'static)) -> bool {
    err.downcast_ref::<io::Error>()
        .is_some_and(|err| err.kind() == ErrorKind::WouldBlock)
}

/// Sealed bytes that are not yet sent.
struct OutputBuffer {
    bytes: Vec<u8>,
    sent: usize,
    end: usize,
}

impl OutputBuffer {
    /// Room for eight of the longest records. The buffer is allocated and zeroed only once.
    const LEN: usize = 8 * MAX_SEALED_TLS12_RECORD_LEN;

    fn new() -> Self {
        Self {
            bytes: vec![0; Self::LEN],
            sent: 0,
            end: 0,
        }
    }

    /// Returns the free room. After sealing into it, call [`add`](Self::add).
    fn room(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    /// Notes that `len` bytes were sealed into the free room.
    fn add(&mut self, len: usize) {
        self.end += len;
    }

    /// Sends all bytes. If the socket accepts fewer, the next call continues from there.
    fn send(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        while self.sent < self.end {
            match socket.write(&self.bytes[self.sent..self.end]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(len) => self.sent += len,
                Err(err) if err.kind() == ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
        (self.sent, self.end) = (0, 0);
        Ok(())
    }
}
