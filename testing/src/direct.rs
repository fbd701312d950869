//! An application that owns a connection of rustls-direct.

use std::ops::DerefMut;

use rustls::Error;
use rustls_direct::unbuffered::{
    ConnectionState, EncryptError, UnbufferedConnectionCommon, UnbufferedStatus, WriteError,
    WriteTraffic,
};

use crate::negotiated::Negotiated;
use crate::states::{encode, failure};

/// More states than any test goes through at once.
const MANY: usize = 100_000;

/// The buffers of an application, and what it has received.
#[derive(Debug, Default)]
pub struct Application {
    /// Bytes from the peer that were not discarded.
    pub incoming: Vec<u8>,
    /// Bytes for the peer.
    pub outgoing: Vec<u8>,
    /// The plaintext that was read.
    pub received: Vec<u8>,
    /// The early data that was read.
    pub received_early: Vec<u8>,
    pub peer_closed: bool,
}

/// A connection of rustls-direct in either role, and its application.
pub trait Endpoint {
    fn app(&mut self) -> &mut Application;

    fn is_direct(&self) -> bool;

    /// Returns what the getters report of the handshake.
    fn negotiated(&self) -> Negotiated;

    /// Processes all of the input, until the connection needs more.
    fn run(&mut self) -> Result<(), Error>;

    /// Seals `data` into `out`.
    fn encrypt(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, EncryptError>;

    /// Seals `data` with `padding` in each record into `out`.
    fn encrypt_padded(
        &mut self,
        data: &[u8],
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError>;

    /// Updates the key that seals, and asks the peer to update its own.
    fn refresh_traffic_keys(&mut self) -> Result<(), Error>;

    /// Seals a close_notify into `out`.
    fn close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError>;

    /// Fails the connection with `incoming`: see [`failure`].
    fn failure(&mut self, incoming: &mut [u8]) -> (Error, Vec<u8>);

    /// Seals `data` into an output of exactly the required size, and returns the records.
    fn send(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; room_for(self.encrypt(data, &mut []))];
        let written = self.encrypt(data, &mut out);
        assert_eq!(written.expect("room for it"), out.len());
        out
    }

    /// Seals a close_notify, and returns its record.
    fn close(&mut self) -> Vec<u8> {
        let mut out = vec![0; 64];
        let written = self
            .close_notify(&mut out)
            .expect("room for it");
        out.truncate(written);
        out
    }
}

/// Returns the size that a call asks for that had too little room.
pub fn room_for(refused: Result<usize, EncryptError>) -> usize {
    match refused {
        Err(EncryptError::InsufficientSize(size)) => size.required_size,
        other => panic!("expected to be asked for room, not {other:?}"),
    }
}

/// A connection of rustls-direct, owned or borrowed, and its application.
#[derive(Debug)]
pub struct Direct<C> {
    conn: C,
    app: Application,
}

impl<C> Direct<C> {
    pub fn new(conn: C) -> Self {
        Self {
            conn,
            app: Application::default(),
        }
    }
}

impl<C, Data> Endpoint for Direct<C>
where
    C: DerefMut<Target = UnbufferedConnectionCommon<Data>>,
{
    fn app(&mut self) -> &mut Application {
        &mut self.app
    }

    fn is_direct(&self) -> bool {
        self.conn.is_direct()
    }

    fn negotiated(&self) -> Negotiated {
        Negotiated::by(&self.conn)
    }

    fn run(&mut self) -> Result<(), Error> {
        let app = &mut self.app;
        for _ in 0..MANY {
            let UnbufferedStatus { mut discard, state } = self
                .conn
                .process_tls_records(&mut app.incoming);
            let mut idle = false;
            let result = state.map(|state| match state {
                ConnectionState::ReadTraffic(mut read) => {
                    while let Some(record) = read.next_record() {
                        let record = record.expect("the record is there");
                        app.received
                            .extend_from_slice(record.payload);
                        discard += record.discard;
                    }
                }
                ConnectionState::ReadEarlyData(mut read) => {
                    while let Some(record) = read.next_record() {
                        let record = record.expect("the record is there");
                        app.received_early
                            .extend_from_slice(record.payload);
                        discard += record.discard;
                    }
                }
                ConnectionState::EncodeTlsData(data) => encode(data, &mut app.outgoing),
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::PeerClosed => app.peer_closed = true,
                _ => idle = true,
            });
            app.incoming.drain(..discard);
            result?;
            if idle {
                return Ok(());
            }
        }
        panic!("no end of states");
    }

    fn encrypt(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, EncryptError> {
        write_traffic(&mut self.conn).encrypt(data, out)
    }

    fn encrypt_padded(
        &mut self,
        data: &[u8],
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        write_traffic(&mut self.conn).encrypt_padded(data, padding, out)
    }

    fn refresh_traffic_keys(&mut self) -> Result<(), Error> {
        write_traffic(&mut self.conn).refresh_traffic_keys()
    }

    fn close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError> {
        write_traffic(&mut self.conn).queue_close_notify(out)
    }

    fn failure(&mut self, incoming: &mut [u8]) -> (Error, Vec<u8>) {
        failure(&mut self.conn, incoming)
    }
}

/// Returns the state in which a connection writes, if no other state comes first.
fn write_traffic<Data>(conn: &mut UnbufferedConnectionCommon<Data>) -> WriteTraffic<'_, Data> {
    match conn.process_tls_records(&mut []).state {
        Ok(ConnectionState::WriteTraffic(write)) => write,
        other => panic!("cannot write in {other:?}"),
    }
}
