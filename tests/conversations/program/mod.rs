//! An application of the unbuffered API.
//!
//! It is compiled once for each library. All that it knows of them are the names that it imports from `super::tls`, and
//! what that is an alias of.

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
use crate::application::{Application, Deed, Extracted, Extraction, Habits, Opening};
use crate::trace::{Bytes, Event, Outcome, Refusal};

/// Starts the program.
pub(crate) fn open(opening: Opening) -> Result<Box<dyn Application>, Error> {
    Ok(match opening {
        Opening::Client { config } => {
            let conn = UnbufferedClientConnection::new(config, server_name())?;
            Box::new(Program::new(conn))
        }
        Opening::ClientWithAlpn { config, protocols } => {
            let conn = UnbufferedClientConnection::new_with_alpn(config, server_name(), protocols)?;
            Box::new(Program::new(conn))
        }
        Opening::Server { config } => {
            let conn = UnbufferedServerConnection::new(config)?;
            Box::new(Program::new(conn))
        }
    })
}

/// More states than any conversation goes through at once.
const MANY: usize = 100_000;

/// Room for everything that is sealed at once.
const ENOUGH: usize = 4 << 20;

struct Program<C> {
    conn: C,
    /// What came from the peer and was not discarded.
    incoming: Vec<u8>,
    desk: Desk,
    failed: bool,
}

/// What the program has in hand besides its connection and its input.
#[derive(Default)]
struct Desk {
    habits: Habits,
    /// What is to be done, in order.
    deeds: VecDeque<Deed>,
    /// What is to be sent to the peer.
    outgoing: Vec<u8>,
    seen: Vec<Event>,
}

impl<C: Connection> Program<C> {
    fn new(conn: C) -> Self {
        Self {
            conn,
            incoming: Vec::new(),
            desk: Desk::default(),
            failed: false,
        }
    }

    /// Goes on to the next state and deals with it. Returns whether there may be more to do.
    fn advance(&mut self) -> bool {
        let shown = match self.desk.habits.shows_input {
            true => &mut self.incoming[..],
            false => &mut [],
        };
        let UnbufferedStatus { mut discard, state } = self.conn.process(shown);
        let state = match state {
            Ok(state) => state,
            Err(error) => {
                // What it has discarded is of no use any more.
                self.desk
                    .saw(Event::Failed(format!("{error:?}")));
                self.failed = true;
                return false;
            }
        };
        let name = format!("{state:?}");
        self.desk
            .saw(Event::State { name, discard });
        let goes_on = self
            .desk
            .deal_with::<C>(state, &mut discard);
        self.incoming.drain(..discard);
        goes_on
    }
}

impl<C: Connection> Application for Program<C> {
    fn habits(&mut self) -> &mut Habits {
        &mut self.desk.habits
    }

    fn receive(&mut self, tls: &[u8]) {
        self.incoming.extend_from_slice(tls);
        self.run();
    }

    fn run(&mut self) {
        if self.failed {
            return;
        }
        for _ in 0..MANY {
            if !self.advance() {
                // A connection that has failed may have something to say. rustls can not be asked once more than that.
                while self.failed && self.conn.common().wants_write() && self.advance() {}
                return;
            }
        }
        panic!("no end of states");
    }

    fn plan(&mut self, deed: Deed) {
        self.desk.deeds.push_back(deed);
    }

    fn outgoing(&mut self) -> Vec<u8> {
        mem::take(&mut self.desk.outgoing)
    }

    fn seen(&mut self) -> Vec<Event> {
        mem::take(&mut self.desk.seen)
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

/// Takes `state` apart and puts it together again, as programs do that pass states on.
fn remade<'c, 'i, Data>(state: ConnectionState<'c, 'i, Data>) -> ConnectionState<'c, 'i, Data> {
    match state {
        ConnectionState::ReadTraffic(read) => read.into(),
        ConnectionState::ReadEarlyData(read) => read.into(),
        ConnectionState::EncodeTlsData(encode) => encode.into(),
        ConnectionState::TransmitTlsData(transmit) => transmit.into(),
        other => other,
    }
}

impl Desk {
    fn saw(&mut self, event: Event) {
        self.seen.push(event);
    }

    /// Does what `state` asks for, adds to `discard`, and returns whether there may be more to do.
    fn deal_with<C: Connection>(
        &mut self,
        state: ConnectionState<'_, '_, C::Data>,
        discard: &mut usize,
    ) -> bool {
        match remade(state) {
            ConnectionState::ReadTraffic(mut read) => {
                self.peeked(read.peek_len());
                if !self.habits.takes_records {
                    self.saw(Event::LeftUntaken);
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
                    if !self.habits.takes_records {
                        self.saw(Event::LeftUntaken);
                        return false;
                    }
                    C::next_early_data(&mut read, |record| self.take(record, discard));
                }
                true
            }
            ConnectionState::EncodeTlsData(_) if self.habits.drops_chunks > 0 => {
                self.habits.drops_chunks -= 1;
                true
            }
            ConnectionState::EncodeTlsData(mut encode) => {
                self.seal(Event::Encoded, |out| encode.encode(out));
                if self.habits.encodes_twice {
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
            other => panic!("{other:?} is not known here"),
        }
    }

    fn peeked(&mut self, len: Option<NonZeroUsize>) {
        self.saw(Event::Peeked(len.map(NonZeroUsize::get)));
    }

    fn take(&mut self, record: Result<AppDataRecord<'_>, Error>, discard: &mut usize) {
        let record = record.expect("there is no error in either library");
        *discard += record.discard;
        self.saw(Event::Record {
            payload: Bytes(record.payload.to_vec()),
            discard: record.discard,
        });
    }

    fn transmit<C: Connection>(&mut self, mut transmit: TransmitTlsData<'_, C::Data>) {
        let app_data = transmit
            .may_encrypt_app_data()
            .is_some();
        let early_data = C::may_encrypt_early_data(&mut transmit);
        self.saw(Event::MaySeal {
            app_data,
            early_data,
        });
        loop {
            match self.deeds.front() {
                Some(Deed::WriteEarlyData(data)) if early_data => {
                    let data = data.clone();
                    self.seal(Event::WroteEarly, |out| {
                        C::encrypt_early_data(&mut transmit, &data, out)
                    });
                }
                Some(Deed::Write(data)) if self.habits.writes_in_handshake => {
                    let Some(mut write) = transmit.may_encrypt_app_data() else {
                        break;
                    };
                    let data = data.clone();
                    self.seal(Event::Wrote, |out| write.encrypt(&data, out));
                }
                _ => break,
            }
            self.deeds.pop_front();
        }
        transmit.done();
    }

    fn write<Data>(&mut self, mut write: WriteTraffic<'_, Data>) -> bool {
        match self.deeds.pop_front() {
            None => return false,
            Some(Deed::Write(data)) => self.seal(Event::Wrote, |out| write.encrypt(&data, out)),
            Some(Deed::Close) => self.seal(Event::Closed, |out| write.queue_close_notify(out)),
            Some(Deed::RefreshKeys) => {
                let refreshed = write
                    .refresh_traffic_keys()
                    .map_err(|error| format!("{error:?}"));
                self.saw(Event::Refreshed(refreshed));
            }
            Some(Deed::WriteEarlyData(_)) => panic!("it is too late for early data"),
        }
        !self.habits.rests_after_deeds
    }

    /// Has `seal` put something behind what is to be sent.
    fn seal<E: Refused>(
        &mut self,
        event: fn(Outcome) -> Event,
        mut seal: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) {
        let mut room = match self.habits.asks_for_room {
            true => 0,
            false => ENOUGH,
        };
        loop {
            let at = self.outgoing.len();
            self.outgoing.resize(at + room, 0);
            let outcome = seal(&mut self.outgoing[at..]).map_err(Refused::refusal);
            let written = *outcome.as_ref().unwrap_or(&0);
            self.outgoing.truncate(at + written);
            self.saw(event(outcome.clone()));
            match outcome {
                Err(Refusal::Room(needed)) if needed > room => room = needed,
                _ => break,
            }
        }
    }
}
