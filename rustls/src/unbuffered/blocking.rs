//! The handshake over a socket that waits.

use alloc::vec::Vec;
use std::io::{self, Read, Write};

use super::{Next, Phase, UnbufferedConnectionCommon};

/// Bytes that are asked of the transport at a time. Most flights of a handshake are shorter.
const READ_LEN: usize = 4096;

impl<Data> UnbufferedConnectionCommon<Data> {
    /// Completes the handshake over `transport`, and sends all that belongs to it.
    ///
    /// `incoming` is what has been read from the transport already, for example by an acceptor; as a rule it is empty.
    /// Afterwards it holds the bytes behind the handshake that were read ahead. Records among them are not opened, and
    /// none of them is lost: present them to [`process_tls_records`](Self::process_tls_records) or to the reader of
    /// `split` before what is read next. If `incoming` was empty, they are fewer than 4096 bytes.
    ///
    /// The transport is flushed after each flight, so that it may be buffered. Once the handshake is complete, and
    /// nothing is left to be sent, this does nothing.
    ///
    /// ```no_run
    /// # use std::io;
    /// # use std::net::TcpStream;
    /// # use rustls_direct::client::UnbufferedClientConnection;
    /// # fn connect(mut conn: UnbufferedClientConnection) -> io::Result<()> {
    /// let mut socket = TcpStream::connect("example.com:443")?;
    /// let mut incoming = Vec::new();
    /// conn.complete_handshake(&mut socket, &mut incoming)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Early data
    ///
    /// This neither sends nor drops any. A client that has some starts with `process_tls_records`, seals it in
    /// [`TransmitTlsData`](super::TransmitTlsData), and calls this afterwards. A server whose config accepts early data
    /// gets an error when some has come; it then takes it and calls this again:
    ///
    /// ```no_run
    /// # use std::io;
    /// # use std::net::TcpStream;
    /// # use rustls_direct::server::UnbufferedServerConnection;
    /// # use rustls_direct::unbuffered::ConnectionState;
    /// # fn serve(mut conn: UnbufferedServerConnection, mut socket: TcpStream) -> io::Result<()> {
    /// let mut incoming = Vec::new();
    /// let mut early_data = Vec::new();
    /// while let Err(err) = conn.complete_handshake(&mut socket, &mut incoming) {
    ///     match conn.process_tls_records(&mut []).state {
    ///         Ok(ConnectionState::ReadEarlyData(mut read)) => {
    ///             while let Some(Ok(record)) = read.next_record() {
    ///                 early_data.extend_from_slice(record.payload);
    ///             }
    ///         }
    ///         _ => return Err(err),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - `InvalidData` with a [`rustls::Error`] inside: the handshake has failed. The alert that tells the peer was sent
    ///   before, if the transport took it; call this again to send the rest. Every later call repeats the error.
    /// - `UnexpectedEof`: the transport has come to its end before the handshake has.
    /// - `InvalidInput`: `incoming` does not begin with what an earlier call left in it.
    /// - `Other`: early data has come.
    /// - Those of the transport. After one of them, `WouldBlock` and `TimedOut` included, nothing is lost: the next call
    ///   goes on where this one ended, if it gets the same `incoming`.
    pub fn complete_handshake<T: Read + Write + ?Sized>(
        &mut self,
        transport: &mut T,
        incoming: &mut Vec<u8>,
    ) -> io::Result<()> {
        loop {
            let input = match &self.phase {
                Phase::Handshake(_) => &mut incoming[..],
                // What is behind the handshake is not looked at.
                Phase::Traffic(_) if self.wants_write() || self.wants_transmit => &mut [],
                Phase::Traffic(_) => return Ok(()),
                Phase::Failed(error) => {
                    let error = error.clone();
                    // That the alert could not be sent matters less than why there is one.
                    let _ = self
                        .send(transport)
                        .and_then(|()| self.flush_transport(transport));
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            };
            let (done, next) = self.step(input);
            incoming.drain(..done);
            match next {
                Some(Next::EncodeTlsData) => self.send(transport)?,
                Some(Next::TransmitTlsData) => self.flush_transport(transport)?,
                Some(Next::BlockedHandshake | Next::WriteTraffic) => receive(transport, incoming)?,
                Some(Next::ReadEarlyData) => {
                    return Err(io::Error::other(
                        "early data has come, which process_tls_records hands out",
                    ));
                }
                Some(Next::InputMissing) => {
                    let error = super::input_missing();
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
                }
                _ => {}
            }
        }
    }

    /// Writes the records that are to be encoded.
    fn send(&mut self, transport: &mut (impl Write + ?Sized)) -> io::Result<()> {
        if let Some(outgoing) = &mut self.outgoing {
            outgoing.write_to(transport)?;
            self.note_encoded();
        }
        Ok(())
    }

    fn flush_transport(&mut self, transport: &mut (impl Write + ?Sized)) -> io::Result<()> {
        loop {
            match transport.flush() {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
                Ok(()) => break,
            }
        }
        self.wants_transmit = false;
        Ok(())
    }
}

/// Waits for more input.
fn receive(transport: &mut (impl Read + ?Sized), incoming: &mut Vec<u8>) -> io::Result<()> {
    let filled = incoming.len();
    incoming.resize(filled + READ_LEN, 0);
    let received = loop {
        match transport.read(&mut incoming[filled..]) {
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            received => break received,
        }
    };
    incoming.truncate(filled + received.as_ref().copied().unwrap_or(0));
    match received? {
        0 => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "tls handshake eof",
        )),
        _ => Ok(()),
    }
}
