//! Connections of ours and of rustls's, as those who are attacked.

use std::io::{Read, Write};
use std::mem;

use rustls::Error;
use rustls_direct::unbuffered::EncryptError;

use crate::direct::Endpoint;
use crate::peer::Peer;

/// A connection after the handshake, and the application that has it.
pub trait Target {
    /// Takes all of `tls` as having come from the peer.
    fn receive(&mut self, tls: &[u8]) -> Result<(), Error>;

    /// The plaintext that the application was given since the last time.
    fn received(&mut self) -> Vec<u8>;

    /// Whether the application was told that the peer has closed.
    fn saw_close(&mut self) -> bool;

    /// What is to be sent without the application's doing: answers and alerts.
    fn answer(&mut self) -> Vec<u8>;

    /// Has `data` sealed, and returns all that is to be sent.
    ///
    /// `Err` is what the application is told if it is refused.
    fn write(&mut self, data: &[u8]) -> Result<Vec<u8>, String>;

    /// Has the next key made for what it seals, and the peer asked for its next one.
    fn refresh_traffic_keys(&mut self) -> Result<Vec<u8>, Error>;

    /// Closes the side that writes, and returns all that is to be sent.
    fn close(&mut self) -> Vec<u8>;

    /// Whether it seals and opens records directly, as ours do after the handshake.
    fn is_direct(&self) -> bool;
}

/// Our connection as a target. It may still be in its handshake.
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
        // If it has failed, it says so again.
        let _known = self.direct.run();
        mem::take(&mut self.direct.app().outgoing)
    }

    fn write(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        self.direct
            .run()
            .map_err(|err| err.to_string())?;
        if self.has_closed && self.saw_close() {
            // There is no state any more in which to write.
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
            // There is an error behind the data, but only at first.
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
