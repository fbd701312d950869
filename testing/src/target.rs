//! Connections that scripts attack: of rustls-direct and of rustls.

use std::io::{Read, Write};
use std::mem;

use rustls::Error;
use rustls_direct::unbuffered::EncryptError;

use crate::direct::Endpoint;
use crate::peer::Peer;

/// A connection after the handshake, and its application.
pub trait Target {
    /// Receives all of `tls` from the peer.
    fn receive(&mut self, tls: &[u8]) -> Result<(), Error>;

    /// Returns the plaintext that was delivered since the last call.
    fn received(&mut self) -> Vec<u8>;

    /// Returns whether the application was told that the peer has closed.
    fn saw_close(&mut self) -> bool;

    /// Returns the bytes that the connection sends by itself: answers and alerts.
    fn answer(&mut self) -> Vec<u8>;

    /// Seals `data`, and returns all bytes to send.
    ///
    /// `Err` is the error that the application gets, as text.
    fn write(&mut self, data: &[u8]) -> Result<Vec<u8>, String>;

    /// Updates the key that seals, and asks the peer to update its own.
    fn refresh_traffic_keys(&mut self) -> Result<Vec<u8>, Error>;

    /// Closes the writing side, and returns all bytes to send.
    fn close(&mut self) -> Vec<u8>;

    /// Returns whether it seals and opens records directly, as rustls-direct does after the handshake.
    fn is_direct(&self) -> bool;
}

/// The state machine of rustls-direct as a target. Its handshake may be incomplete.
pub struct StateMachineTarget {
    direct: Box<dyn Endpoint>,
    has_closed: bool,
}

impl From<Box<dyn Endpoint>> for StateMachineTarget {
    fn from(direct: Box<dyn Endpoint>) -> Self {
        Self {
            direct,
            has_closed: false,
        }
    }
}

impl Target for StateMachineTarget {
    fn receive(&mut self, tls: &[u8]) -> Result<(), Error> {
        self.direct.app().incoming.extend(tls);
        self.direct.run()
    }

    fn received(&mut self) -> Vec<u8> {
        mem::take(&mut self.direct.app().received)
    }

    fn saw_close(&mut self) -> bool {
        self.direct.app().peer_closed
    }

    fn answer(&mut self) -> Vec<u8> {
        // A failed connection repeats its error.
        let _known = self.direct.run();
        mem::take(&mut self.direct.app().outgoing)
    }

    fn write(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        self.direct
            .run()
            .map_err(|err| err.to_string())?;
        if self.has_closed && self.saw_close() {
            // No state is left in which to write.
            return Err("closed".into());
        }
        let room = match self.direct.encrypt(data, &mut []) {
            Err(EncryptError::InsufficientSize(size)) => size.required_size,
            Ok(_) => 0,
            Err(err) => return Err(err.to_string()),
        };
        let mut sent = mem::take(&mut self.direct.app().outgoing);
        let at = sent.len();
        sent.resize(at + room, 0);
        let written = self
            .direct
            .encrypt(data, &mut sent[at..]);
        assert_eq!(written.ok(), Some(room));
        Ok(sent)
    }

    fn refresh_traffic_keys(&mut self) -> Result<Vec<u8>, Error> {
        self.direct.run()?;
        self.direct.refresh_traffic_keys()?;
        Ok(self.answer())
    }

    fn close(&mut self) -> Vec<u8> {
        let is_live = self.direct.run().is_ok();
        let mut sent = mem::take(&mut self.direct.app().outgoing);
        let has_ended = self.has_closed && self.saw_close();
        if is_live && !has_ended {
            sent.extend(self.direct.close());
            self.has_closed = true;
        }
        sent
    }

    fn is_direct(&self) -> bool {
        self.direct.is_direct()
    }
}

impl Target for Peer {
    fn receive(&mut self, mut tls: &[u8]) -> Result<(), Error> {
        while !tls.is_empty() && !self.closed {
            self.conn
                .read_tls(&mut tls)
                .expect("room in rustls's buffer");
            let processed = self.conn.process_new_packets();
            // After the data rustls reports an error, but only once.
            let _end = self
                .conn
                .reader()
                .read_to_end(&mut self.received);
            self.closed = processed?.peer_has_closed();
        }
        Ok(())
    }

    fn received(&mut self) -> Vec<u8> {
        mem::take(&mut self.received)
    }

    fn saw_close(&mut self) -> bool {
        self.closed
    }

    fn answer(&mut self) -> Vec<u8> {
        Self::write(self)
    }

    fn write(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        self.conn
            .writer()
            .write_all(data)
            .map_err(|err| err.to_string())?;
        Ok(Self::write(self))
    }

    fn refresh_traffic_keys(&mut self) -> Result<Vec<u8>, Error> {
        self.conn.refresh_traffic_keys()?;
        Ok(Self::write(self))
    }

    fn close(&mut self) -> Vec<u8> {
        self.conn.send_close_notify();
        Self::write(self)
    }

    fn is_direct(&self) -> bool {
        false
    }
}
