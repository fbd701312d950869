//! How does an application use the unbuffered API?
//!
//! This module is compiled once for each library. It knows the library only by the names in `super::tls`, and by the
//! items of that alias.

mod connection;

use std::collections::VecDeque;
use std::mem;
use std::num::NonZeroUsize;

use rustls::Error;
use testing::server_name;

use self::connection::{Connection, Refused};
use super::tls::client::UnbufferedClientConnection;
use super::tls::server::UnbufferedServerConnection;
use super::tls::unbuffered::{
    AppDataRecord, ConnectionState, TransmitTlsData, UnbufferedStatus, WriteTraffic,
};
use crate::application::{Action, Application, Behavior, Extracted, Extraction, NewConnection};
use crate::trace::{Bytes, Event, Outcome, Refusal};

/// Starts the program.
pub(crate) fn open(opening: NewConnection) -> Result<Box<dyn Application>, Error> {
    Ok(match opening {
        NewConnection::Client { config } => {
            let conn = UnbufferedClientConnection::new(config, server_name())?;
            Box::new(Program::new(conn))
        }
        NewConnection::ClientWithAlpn { config, protocols } => {
            let conn = UnbufferedClientConnection::new_with_alpn(config, server_name(), protocols)?;
            Box::new(Program::new(conn))
        }
        NewConnection::Server { config } => {
            let conn = UnbufferedServerConnection::new(config)?;
            Box::new(Program::new(conn))
        }
    })
}

/// More states than any conversation passes through at once.
const MAX_STATES: usize = 100_000;

/// Room for everything that is sealed at once.
const AMPLE_ROOM: usize = 4 << 20;

struct Program<C> {
    conn: C,
    /// Bytes from the peer that were not discarded.
    incoming: Vec<u8>,
    handler: StateHandler,
    failed: bool,
}

/// The state of the program besides its connection and its input.
#[derive(Default)]
struct StateHandler {
    behavior: Behavior,
    /// Actions to be done, in order.
    actions: VecDeque<Action>,
    /// Bytes to be sent to the peer.
    outgoing: Vec<u8>,
    seen: Vec<Event>,
}

impl<C: Connection> Program<C> {
    fn new(conn: C) -> Self {
        Self {
            conn,
            incoming: Vec::new(),
            handler: StateHandler::default(),
            failed: false,
        }
    }

    /// Advances to the next state and handles it. Returns whether there may be more to do.
    fn advance(&mut self) -> bool {
        let shown = match self.handler.behavior.passes_input {
            true => &mut self.incoming[..],
            false => &mut [],
        };
        let UnbufferedStatus { mut discard, state } = self.conn.process(shown);
        let state = match state {
            Ok(state) => state,
            Err(error) => {
                // The discard no longer matters.
                self.handler
                    .log(Event::Failed(format!("{error:?}")));
                self.failed = true;
                return false;
            }
        };
        let name = format!("{state:?}");
        self.handler
            .log(Event::State { name, discard });
        let goes_on = self
            .handler
            .handle::<C>(state, &mut discard);
        self.incoming.drain(..discard);
        goes_on
    }
}

impl<C: Connection> Application for Program<C> {
    fn behavior(&mut self) -> &mut Behavior {
        &mut self.handler.behavior
    }

    fn receive(&mut self, tls: &[u8]) {
        self.incoming.extend_from_slice(tls);
        self.run();
    }

    fn run(&mut self) {
        if self.failed {
            return;
        }
        for _ in 0..MAX_STATES {
            if !self.advance() {
                // A failed connection may have an alert to send. rustls must not be called more often than that.
                while self.failed && self.conn.common().wants_write() && self.advance() {}
                return;
            }
        }
        panic!("more than MAX_STATES states");
    }

    fn plan(&mut self, action: Action) {
        self.handler.actions.push_back(action);
    }

    fn outgoing(&mut self) -> Vec<u8> {
        mem::take(&mut self.handler.outgoing)
    }

    fn seen(&mut self) -> Vec<Event> {
        mem::take(&mut self.handler.seen)
    }

    fn getters(&self) -> Event {
        let conn = self.conn.common();
        let certificates = conn
            .peer_certificates()
            .map(<[_]>::to_vec);
        let suite = conn
            .negotiated_cipher_suite()
            .map(|suite| suite.suite());
        let group = conn
            .negotiated_key_exchange_group()
            .map(|group| group.name());
        Event::Getters(vec![
            ("peer_certificates", format!("{certificates:?}")),
            ("alpn_protocol", format!("{:?}", conn.alpn_protocol())),
            ("negotiated_cipher_suite", format!("{suite:?}")),
            ("negotiated_key_exchange_group", format!("{group:?}")),
            ("protocol_version", format!("{:?}", conn.protocol_version())),
            ("handshake_kind", format!("{:?}", conn.handshake_kind())),
            ("is_handshaking", conn.is_handshaking().to_string()),
            ("wants_read", conn.wants_read().to_string()),
            ("wants_write", conn.wants_write().to_string()),
            (
                "tls13_tickets_received",
                format!("{:?}", self.conn.tickets_received()),
            ),
        ])
    }

    fn extract(self: Box<Self>, how: Extraction) -> Result<Extracted, Error> {
        self.conn.extract(how)
    }

    fn is_handshaking(&self) -> bool {
        self.conn.common().is_handshaking()
    }

    fn has_failed(&self) -> bool {
        self.failed
    }

    fn assert_direct(&self) {
        super::tls::assert_direct(self.conn.common());
    }
}

/// Takes `state` apart and rebuilds it, as programs do that pass states on.
fn rebuilt<'c, 'i, Data>(state: ConnectionState<'c, 'i, Data>) -> ConnectionState<'c, 'i, Data> {
    match state {
        ConnectionState::ReadTraffic(read) => read.into(),
        ConnectionState::ReadEarlyData(read) => read.into(),
        ConnectionState::EncodeTlsData(encode) => encode.into(),
        ConnectionState::TransmitTlsData(transmit) => transmit.into(),
        other => other,
    }
}

impl StateHandler {
    fn log(&mut self, event: Event) {
        self.seen.push(event);
    }

    /// Handles `state`, adds to `discard`, and returns whether there may be more to do.
    fn handle<C: Connection>(
        &mut self,
        state: ConnectionState<'_, '_, C::Data>,
        discard: &mut usize,
    ) -> bool {
        match rebuilt(state) {
            ConnectionState::ReadTraffic(mut read) => {
                self.peeked(read.peek_len());
                if !self.behavior.takes_records {
                    self.log(Event::LeftUntaken);
                    return false;
                }
                while let Some(record) = read.next_record() {
                    self.take(record, discard);
                    self.peeked(read.peek_len());
                }
                true
            }
            ConnectionState::ReadEarlyData(mut read) => {
                while let Some(len) = C::peek_early_data(&read) {
                    self.peeked(Some(len));
                    if !self.behavior.takes_records {
                        self.log(Event::LeftUntaken);
                        return false;
                    }
                    C::next_early_data(&mut read, |record| self.take(record, discard));
                }
                true
            }
            ConnectionState::EncodeTlsData(_) if self.behavior.skips_chunks > 0 => {
                self.behavior.skips_chunks -= 1;
                true
            }
            ConnectionState::EncodeTlsData(mut encode) => {
                self.seal(Event::Encoded, |out| encode.encode(out));
                if self.behavior.encodes_twice {
                    self.seal(Event::Encoded, |out| encode.encode(out));
                }
                true
            }
            ConnectionState::TransmitTlsData(transmit) => {
                self.transmit::<C>(transmit);
                true
            }
            ConnectionState::WriteTraffic(write) => self.write(write),
            ConnectionState::PeerClosed => true,
            ConnectionState::BlockedHandshake | ConnectionState::Closed => false,
            other => panic!("unexpected {other:?}"),
        }
    }

    fn peeked(&mut self, len: Option<NonZeroUsize>) {
        self.log(Event::Peeked(len.map(NonZeroUsize::get)));
    }

    fn take(&mut self, record: Result<AppDataRecord<'_>, Error>, discard: &mut usize) {
        let record = record.expect("neither library reports an error here");
        *discard += record.discard;
        self.log(Event::Record {
            payload: Bytes(record.payload.to_vec()),
            discard: record.discard,
        });
    }

    fn transmit<C: Connection>(&mut self, mut transmit: TransmitTlsData<'_, C::Data>) {
        let app_data = transmit
            .may_encrypt_app_data()
            .is_some();
        let early_data = C::may_encrypt_early_data(&mut transmit);
        self.log(Event::MaySeal {
            app_data,
            early_data,
        });
        loop {
            match self.actions.front() {
                Some(Action::WriteEarlyData(data)) if early_data => {
                    let data = data.clone();
                    self.seal(Event::WroteEarly, |out| {
                        C::encrypt_early_data(&mut transmit, &data, out)
                    });
                }
                Some(Action::Write(data)) if self.behavior.writes_during_handshake => {
                    let Some(mut write) = transmit.may_encrypt_app_data() else {
                        break;
                    };
                    let data = data.clone();
                    self.seal(Event::Wrote, |out| write.encrypt(&data, out));
                }
                _ => break,
            }
            self.actions.pop_front();
        }
        transmit.done();
    }

    fn write<Data>(&mut self, mut write: WriteTraffic<'_, Data>) -> bool {
        match self.actions.pop_front() {
            None => return false,
            Some(Action::Write(data)) => self.seal(Event::Wrote, |out| write.encrypt(&data, out)),
            Some(Action::Close) => self.seal(Event::Closed, |out| write.queue_close_notify(out)),
            Some(Action::RefreshKeys) => {
                let refreshed = write
                    .refresh_traffic_keys()
                    .map_err(|error| format!("{error:?}"));
                self.log(Event::Refreshed(refreshed));
            }
            Some(Action::WriteEarlyData(_)) => panic!("early data comes too late"),
        }
        !self.behavior.pauses_after_actions
    }

    /// Lets `seal` append to the output, in a second call if it needs more room.
    fn seal<E: Refused>(
        &mut self,
        event: fn(Outcome) -> Event,
        mut seal: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) {
        let mut room = match self.behavior.queries_size_first {
            true => 0,
            false => AMPLE_ROOM,
        };
        loop {
            let at = self.outgoing.len();
            self.outgoing.resize(at + room, 0);
            let outcome = seal(&mut self.outgoing[at..]).map_err(Refused::refusal);
            let written = *outcome.as_ref().unwrap_or(&0);
            self.outgoing.truncate(at + written);
            self.log(event(outcome.clone()));
            match outcome {
                Err(Refusal::Room(needed)) if needed > room => room = needed,
                _ => break,
            }
        }
    }
}
