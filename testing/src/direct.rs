//! An application around one of our connections.

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

/// The buffers that an application has, and what it knows.
#[derive(Debug, Default)]
pub struct Application {
    /// What came from the peer and was not discarded.
    pub incoming: Vec<u8>,
    /// What is to be sent to the peer.
    pub outgoing: Vec<u8>,
    /// The plaintext that was read.
    pub received: Vec<u8>,
    /// The early data that was read.
    pub received_early: Vec<u8>,
    pub peer_closed: bool,
}

/// A connection of ours of either role, and the application around it.
pub trait Endpoint {
    fn app(&mut self) -> &mut Application;

    fn is_direct(&self) -> bool;

    /// What the connection says of its handshake.
    fn negotiated(&self) -> Negotiated;

    /// Does all that can be done with what has come.
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

    /// Has the next key made, and the peer asked for its next one.
    fn refresh_traffic_keys(&mut self) -> Result<(), Error>;

    /// Seals a close_notify into `out`.
    fn close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError>;

    /// The end of a connection that fails on `incoming`: see [`failure`].
    fn failure(&mut self, incoming: &mut [u8]) -> (Error, Vec<u8>);

    /// Seals `data` into exactly the room that it needs, and returns what is to be sent.
    fn send(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; room_for(self.encrypt(data, &mut []))];
        let written = self.encrypt(data, &mut out);
        assert_eq!(written.expect("room for it"), out.len());
        out
    }

    /// Seals a close_notify, and returns what is to be sent.
    fn close(&mut self) -> Vec<u8> {
        let mut out = vec![0; 64];
        let written = self
            .close_notify(&mut out)
            .expect("room for it");
        out.truncate(written);
        out
    }
}

/// The room that a refused call asks for.
pub fn room_for(refused: Result<usize, EncryptError>) -> usize {
    match refused {
        Err(EncryptError::InsufficientSize(size)) => size.required_size,
        other => panic!("expected to be asked for room, not {other:?}"),
    }
}

/// A connection of ours, owned or borrowed, with an application around it.
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

/// The state in which a connection writes, with nothing to be dealt with before.
fn write_traffic<Data>(conn: &mut UnbufferedConnectionCommon<Data>) -> WriteTraffic<'_, Data> {
    match conn.process_tls_records(&mut []).state {
        Ok(ConnectionState::WriteTraffic(write)) => write,
        other => panic!("can not write in {other:?}"),
    }
}
