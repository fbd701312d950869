//! The handshake over a transport that blocks.

use alloc::vec::Vec;
use std::io::{self, Read, Write};

use super::machine::{CommonState, Phase, State};
use crate::traffic::input_missing;

/// Bytes that are read from the transport at a time. Most flights of a handshake are shorter.
const READ_LEN: usize = 4096;

impl CommonState {
    /// See [`complete_handshake`](super::UnbufferedConnectionCommon::complete_handshake).
    pub(super) fn complete_handshake<T: Read + Write + ?Sized>(
        &mut self,
        transport: &mut T,
        incoming: &mut Vec<u8>,
    ) -> io::Result<()> {
        loop {
            let input = match &self.phase {
                Phase::Handshake(_) => &mut incoming[..],
                // Bytes after the handshake are not read.
                Phase::Traffic(_) if self.wants_write() || self.wants_transmit => &mut [],
                Phase::Traffic(_) => return Ok(()),
                Phase::Failed(error) => {
                    let error = error.clone();
                    // If the alert cannot be sent, its reason is still the more useful error.
                    let _ = self
                        .send(transport)
                        .and_then(|()| self.flush_transport(transport));
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            };
            let (handled, state) = self.step(input);
            incoming.drain(..handled);
            match state {
                Some(State::EncodeTlsData) => self.send(transport)?,
                Some(State::TransmitTlsData) => self.flush_transport(transport)?,
                Some(State::BlockedHandshake | State::WriteTraffic) => {
                    receive(transport, incoming)?
                }
                Some(State::ReadEarlyData) => {
                    return Err(io::Error::other(
                        "early data has come: take it with process_tls_records, then call complete_handshake again",
                    ));
                }
                Some(State::InputMissing) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, input_missing()));
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

/// Reads more input, and appends it to `incoming`.
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
