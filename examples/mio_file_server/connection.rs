//! A server's TLS connection on a socket that never waits.
//!
//! Where the socket is not ready, nothing is lost in any state of the connection: sealed bytes stay in `outgoing`, bytes
//! that have come stay in `incoming`, and the state that needs the socket comes again at the next call.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls_direct::record::MAX_SEALED_TLS12_RECORD_LEN;
use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};

use crate::common::{Incoming, Result};
use crate::files::Directory;
use crate::http::Http;

/// What a connection waits for.
pub(crate) enum Next {
    /// That the socket can be read from or written to.
    Event,
    /// That other connections have had their turn.
    Turn,
    /// Nothing: it has ended.
    End,
}

/// Most states that a connection goes through at a turn.
const TURN: usize = 32;

pub(crate) struct Connection {
    socket: TcpStream,
    tls: UnbufferedServerConnection,
    incoming: Incoming,
    outgoing: Outgoing,
    http: Http,
    peer_has_closed: bool,
    /// Whether our close_notify was sealed.
    has_closed: bool,
    /// Why the connection has failed. The client was told.
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
            incoming: Incoming::new(Vec::new()),
            outgoing: Outgoing::new(),
            http: Http::new(directory),
            peer_has_closed: false,
            has_closed: false,
            failure: None,
        })
    }

    /// Goes on until the socket is not ready, or its turn is over.
    pub(crate) fn go_on(&mut self) -> Result<Next> {
        for _ in 0..TURN {
            match self.step() {
                Ok(None) => {}
                Ok(Some(next)) => return Ok(next),
                // In whatever state. There will be an event when the socket is ready.
                Err(err) if would_block(&*err) => return Ok(Next::Event),
                Err(err) => return Err(err),
            }
        }
        Ok(Next::Turn)
    }

    /// Goes through one state of the connection.
    fn step(&mut self) -> Result<Option<Next>> {
        // Before all that is sealed was sent, nothing else is sealed or read: a slow client has to wait for itself.
        self.outgoing.send(&mut self.socket)?;
        if let Some(error) = &self.failure {
            return linger(&mut self.socket, error);
        }
        // Requests are answered one by one. In the meantime no input is shown, and the next one stays where it is.
        let input = match self.http.is_answering() {
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
            // All of it was sent before this state was asked for.
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
                let content = self.http.content()?;
                if !content.is_empty() {
                    // As many whole records as fit.
                    let sealed = write.write(content, self.outgoing.room())?;
                    self.outgoing.add(sealed.written);
                    self.http.consume(sealed.consumed);
                } else if self.has_closed {
                    // The close_notify was sent. The client may have more to say, and is not cut off.
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
            // It has no more requests. All that came before were answered, and we can still write.
            Ok(ConnectionState::PeerClosed) => self.peer_has_closed = true,
            Ok(ConnectionState::Closed) => return Ok(Some(Next::End)),
            Ok(other) => return Err(format!("{other:?} was not asked for").into()),
            // Before that is the end, there may be an alert to be sent, and the error comes again.
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

    /// Reads what has come.
    fn receive(&mut self) -> Result<Option<Next>> {
        match self.incoming.receive(&mut self.socket) {
            Ok(()) => Ok(None),
            // We have closed, and need not know how the client does.
            Err(err) if err.kind() == ErrorKind::UnexpectedEof && self.has_closed => {
                Ok(Some(Next::End))
            }
            Err(err) => Err(err.into()),
        }
    }
}

/// Waits until the client has gone, and returns the error that the connection has failed with.
///
/// A socket that is closed before all input was read resets the connection, and the client may never see the alert.
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

/// What was sealed and not sent.
struct Outgoing {
    bytes: Vec<u8>,
    sent: usize,
    end: usize,
}

impl Outgoing {
    /// Eight of the longest records. It is allocated once, and no byte of it is cleared again.
    const LEN: usize = 8 * MAX_SEALED_TLS12_RECORD_LEN;

    fn new() -> Self {
        Self {
            bytes: vec![0; Self::LEN],
            sent: 0,
            end: 0,
        }
    }

    /// Where more can be sealed. It is followed by [`add`](Self::add).
    fn room(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    fn add(&mut self, len: usize) {
        self.end += len;
    }

    /// Sends all of it. If the socket takes less, the next call goes on from there.
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
