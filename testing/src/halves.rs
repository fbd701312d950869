//! The reader and the writer of a connection of rustls-direct, as a target.

use std::mem;

use rustls::Error;
use rustls_direct::split::{Event, Reader, WriteError, Writer};

use crate::pair::sealed;
use crate::peer::Peer;
use crate::role::Role;
use crate::setup::Setup;
use crate::target::Target;

/// Opens all data into a separate buffer.
pub(crate) struct HalvesTarget {
    reader: Reader,
    writer: Writer,
    incoming: Vec<u8>,
    received: Vec<u8>,
    saw_close: bool,
    has_failed: bool,
    runs_direct: bool,
}

impl HalvesTarget {
    /// Completes the handshake with `peer`, and splits the connection.
    pub(crate) fn connected(setup: &Setup, role: Role, peer: &mut Peer) -> Self {
        let (reader, writer) = setup.split(role, peer);
        Self {
            reader,
            writer,
            incoming: Vec::new(),
            received: Vec::new(),
            saw_close: false,
            has_failed: false,
            runs_direct: setup.runs_direct(),
        }
    }
}

impl Target for HalvesTarget {
    fn receive(&mut self, tls: &[u8]) -> Result<(), Error> {
        self.incoming.extend(tls);
        loop {
            let room = self.reader.room_for(&self.incoming);
            let mut out = vec![0; room.unwrap_or(0)];
            let received = self
                .reader
                .read_into(&mut self.incoming, &mut out);
            self.has_failed = received.is_err();
            let received = received?;
            let is_data = match received.event {
                Event::Data(data) => {
                    self.received.extend(data);
                    true
                }
                Event::Incomplete => false,
                Event::Closed => {
                    self.saw_close = true;
                    false
                }
            };
            let discard = received.discard;
            self.incoming.drain(..discard);
            if !is_data {
                return Ok(());
            }
        }
    }

    fn received(&mut self) -> Vec<u8> {
        mem::take(&mut self.received)
    }

    fn saw_close(&mut self) -> bool {
        self.saw_close
    }

    fn answer(&mut self) -> Vec<u8> {
        // After a failure that was reported, this is the error again.
        sealed(|out| self.writer.flush(out)).unwrap_or_default()
    }

    fn write(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        let required = self.writer.required_len(data.len());
        // Larger than required, so that writing more than announced shows.
        let mut out = vec![0; required + 100];
        let written = self
            .writer
            .write(data, &mut out)
            .map_err(|err| err.to_string())?;
        assert_eq!(written.consumed, data.len());
        assert!(written.written == required || data.is_empty());
        out.truncate(written.written);
        Ok(out)
    }

    fn refresh_traffic_keys(&mut self) -> Result<Vec<u8>, Error> {
        sealed(|out| self.writer.refresh_traffic_keys(out)).map_err(|err| match err {
            // The text that the state machine gives.
            WriteError::KeyUpdateUnsupported => Error::HandshakeNotComplete,
            err => Error::General(err.to_string()),
        })
    }

    fn close(&mut self) -> Vec<u8> {
        // After an error nothing can be closed.
        sealed(|out| self.writer.close_notify(out)).unwrap_or_default()
    }

    fn is_direct(&self) -> bool {
        self.runs_direct && !self.has_failed
    }
}
