//! The reader and the writer of a connection of rustls-direct, with their peer.

use std::fmt::{self, Debug};
use std::ops::DerefMut;

use rustls::ContentType::{self, ApplicationData, Handshake};
use rustls::Error;
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use rustls_direct::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls_direct::split::{Event, Reader, SplitError, WriteError, Writer};
use rustls_direct::unbuffered::{InsufficientSizeError, UnbufferedConnectionCommon};

use crate::forger::{Forger, seal};
use crate::handshake::{complete_handshake, shake_hands};
use crate::messages::key_update;
use crate::peer::Peer;
use crate::role::Role;
use crate::setup::{Setup, setups};

/// A connection of rustls-direct, of either role, that can be split.
pub trait Splittable:
    DerefMut<Target = UnbufferedConnectionCommon<Self::Data>> + Debug + Sized
{
    type Data;

    fn split(self) -> Result<(Reader, Writer), SplitError<Self>>;
}

impl Splittable for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn split(self) -> Result<(Reader, Writer), SplitError<Self>> {
        self.split()
    }
}

impl Splittable for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn split(self) -> Result<(Reader, Writer), SplitError<Self>> {
        self.split()
    }
}

/// Completes the handshake of `conn` with `peer`, checks that it runs direct, and splits it.
pub fn split(mut conn: impl Splittable, peer: &mut Peer) -> (Reader, Writer) {
    shake_hands(&mut conn, peer);
    conn.split()
        .expect("nothing is in the way")
}

impl Setup {
    /// Creates a connection of rustls-direct in `role`, completes its handshake with `peer`, and splits it.
    pub fn split(&self, role: Role, peer: &mut Peer) -> (Reader, Writer) {
        match role {
            Role::Client => self.halves_of(self.client(), peer),
            Role::Server => self.halves_of(self.server(), peer),
        }
    }

    fn halves_of(&self, mut conn: impl Splittable, peer: &mut Peer) -> (Reader, Writer) {
        complete_handshake(&mut conn, peer);
        assert_eq!(conn.is_direct(), self.runs_direct());
        conn.split()
            .expect("nothing is in the way")
    }
}

/// Calls `seal` with an output of exactly the size that it asks for, and returns the output.
pub fn sealed(
    mut seal: impl FnMut(&mut [u8]) -> Result<usize, WriteError>,
) -> Result<Vec<u8>, WriteError> {
    let required_size = match seal(&mut []) {
        Err(WriteError::InsufficientSize(InsufficientSizeError { required_size })) => required_size,
        other => {
            assert_eq!(other?, 0, "without any room");
            return Ok(Vec::new());
        }
    };
    let mut out = vec![0; required_size];
    let written = seal(&mut out)?;
    assert_eq!(written, required_size);
    Ok(out)
}

impl Forger {
    /// Opens the records in `tls`, checks that the twin seals the same, and returns their types and contents.
    ///
    /// After a KeyUpdate it uses the next key.
    pub fn opened(&mut self, mut tls: &[u8]) -> Vec<(ContentType, Vec<u8>)> {
        let mut records = Vec::new();
        while let Some(header) = RecordHeader::read(tls) {
            let (record, rest) = tls.split_at(HEADER_LEN + header.payload_len());
            let (typ, content) = self.open(record);
            let twin = &mut self.twin;
            let padding = record.len() - twin.encrypted_len(content.len());
            let same = OutboundRecord::new(typ, content[..].into()).padded(padding);
            assert!(seal(twin, same) == record);
            if typ == Handshake {
                self.update_opener();
            }
            records.push((typ, content));
            tls = rest;
        }
        assert_eq!(tls, b"");
        records
    }
}

/// A reader and a writer, and their peer.
pub struct Pair {
    pub reader: Reader,
    pub writer: Writer,
    pub forger: Forger,
    pub role: Role,
}

impl Pair {
    /// Completes the handshake, and splits the connection.
    pub fn connected(setup: &Setup, role: Role) -> Self {
        let mut peer = Forger::peer(setup, role.other());
        let (reader, writer) = setup.split(role, &mut peer);
        Self {
            reader,
            writer,
            forger: Forger::new(setup, peer),
            role,
        }
    }

    /// Reads all of `tls`, which holds no data, and returns whether the writer has something to send now.
    pub fn read(&mut self, tls: &[u8]) -> Result<bool, Error> {
        let mut incoming = tls.to_vec();
        let received = self.reader.read(&mut incoming)?;
        assert_eq!(received.event, Event::Incomplete);
        assert_eq!(received.discard, tls.len());
        Ok(received.writer_owes)
    }

    /// Reads a KeyUpdate of the peer, and returns whether the writer has something to send now.
    pub fn read_key_update(&mut self, request_update: u8) -> bool {
        let record = self
            .forger
            .seal(Handshake, &key_update(request_update));
        self.forger.update_sealer();
        self.read(&record).expect("a KeyUpdate")
    }

    /// Checks that data passes both ways, and that nothing is sent before it.
    pub fn passes_data(&mut self) {
        self.reads_data();
        self.writes_data();
    }

    /// Checks that data can be read.
    pub fn reads_data(&mut self) {
        let mut incoming = self.forger.seal(ApplicationData, b"in");
        let received = self.reader.read(&mut incoming);
        let event = received.expect("data").event;
        assert_eq!(event, Event::Data(b"in"));
    }

    /// Checks that data can be written, and that nothing is sent before it.
    pub fn writes_data(&mut self) {
        let mut out = vec![0; self.writer.required_len(3)];
        let written = self.writer.write(b"out", &mut out);
        let written = written.expect("room for it").written;
        assert_eq!(written, out.len());
        assert_eq!(
            self.forger.opened(&out),
            [(ApplicationData, b"out".to_vec())]
        );
    }
}

/// Runs `test` with a pair for every library, suite and role, after `change` to the setup.
pub fn each_pair(change: impl Fn(Setup) -> Setup, test: impl Fn(&Setup, Pair)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in setups {
        let setup = change(setup);
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&setup, Pair::connected(&setup, role));
        }
    }
}

impl Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
