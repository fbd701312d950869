//! Is data delivered once and in order if both sides write at any time, in pieces of any size?

use std::io::Write;
use std::mem;

use rustls::Connection;
use rustls_direct::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedConnectionCommon,
    UnbufferedStatus, WriteError, WriteTraffic, Written,
};
use testing::{Configs, Peer, Role, Setup, Xorshift, one_setup_per_version};

/// How many conversations are held, each with another setup than the one before.
const CONVERSATIONS: u64 = 60;

/// How many rounds both sides may write in.
const ROUNDS: usize = 100;

/// How many rounds they may take after that until everything has arrived.
const LAST_ROUNDS: usize = 10_000;

/// Most states of our connection in one round.
const STATES: usize = 30;

/// The initial contents of output buffers.
const FILL: u8 = 0xee;

/// The peer, the bytes in transit, and the data of both sides.
struct Conversation {
    random: Xorshift,
    peer: Peer,
    /// Whether our side may write more.
    may_write: bool,
    /// Bytes that the peer has sent and that have not arrived.
    in_transit: Vec<u8>,
    /// Bytes that have arrived and were not discarded.
    incoming: Vec<u8>,
    to_peer: Vec<u8>,
    /// The data that our side has written and read.
    written: Vec<u8>,
    read: Vec<u8>,
    read_early: Vec<u8>,
    /// The data that the peer has written.
    sent: Vec<u8>,
    sent_early: Vec<u8>,
}

impl Conversation {
    fn new(random: Xorshift, peer: Peer) -> Self {
        Self {
            random,
            peer,
            may_write: true,
            in_transit: Vec::new(),
            incoming: Vec::new(),
            to_peer: Vec::new(),
            written: Vec::new(),
            read: Vec::new(),
            read_early: Vec::new(),
            sent: Vec::new(),
            sent_early: Vec::new(),
        }
    }

    /// Runs the handshake and the conversation until all data has arrived.
    fn run<Data>(&mut self, conn: &mut UnbufferedConnectionCommon<Data>) {
        self.send_early();
        for _ in 0..ROUNDS {
            self.deliver_some();
            self.advance(conn);
            if !self.peer.conn.is_handshaking() && self.one_in(5) {
                self.send();
            }
        }
        self.may_write = false;
        for _ in 0..LAST_ROUNDS {
            self.deliver(usize::MAX);
            self.advance(conn);
            if self.is_complete() {
                break;
            }
        }
        assert!(!self.peer.conn.is_handshaking());
        assert!(self.incoming.is_empty());
        assert!(self.peer.received == self.written);
        assert!(self.read == self.sent);
    }

    fn is_complete(&self) -> bool {
        self.incoming.is_empty()
            && !self.peer.conn.wants_write()
            && !self.peer.conn.is_handshaking()
            && self.read.len() == self.sent.len()
            && self.peer.received.len() == self.written.len()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.random.below(times) == 0
    }

    fn data(&mut self, lens: &[usize]) -> Vec<u8> {
        let len = self.random.of(lens);
        self.random.bytes(len)
    }

    fn room(&mut self, lens: &[usize]) -> Vec<u8> {
        vec![FILL; self.random.of(lens)]
    }

    /// Writes early data if the peer is a client with a ticket for it.
    fn send_early(&mut self) {
        let mut data = self.data(&[0, 10, 20_000]);
        let Connection::Client(client) = &mut self.peer.conn else {
            return;
        };
        if let Some(mut early) = client.early_data() {
            let taken = early
                .write(&data)
                .expect("early data is accepted");
            data.truncate(taken);
            self.sent_early = data;
        }
    }

    fn send(&mut self) {
        let data = self.data(&[1, 100, 20_000]);
        let tls = self.peer.send(&data);
        self.in_transit.extend(tls);
        self.sent.extend(data);
    }

    fn deliver_some(&mut self) {
        let longest = self
            .random
            .of(&[1, 10, 500, 100_000, usize::MAX]);
        self.deliver(longest);
    }

    /// Delivers up to `longest` bytes of those in transit.
    fn deliver(&mut self, longest: usize) {
        self.in_transit
            .extend(self.peer.write());
        let len = self.in_transit.len().min(longest);
        self.incoming
            .extend(self.in_transit.drain(..len));
    }

    /// Takes our connection through a few states, and delivers its output to the peer.
    fn advance<Data>(&mut self, conn: &mut UnbufferedConnectionCommon<Data>) {
        for _ in 0..self.random.below(STATES) {
            self.step(conn);
            if self.one_in(100) {
                conn.release_ciphers();
            }
        }
        let to_peer = mem::take(&mut self.to_peer);
        self.peer
            .read(&to_peer)
            .expect("records that are allowed");
    }

    /// Handles one state of our connection, or ignores it.
    fn step<Data>(&mut self, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = mem::take(&mut self.incoming);
        let passed = match self.one_in(4) {
            true => &mut [][..],
            false => &mut incoming[..],
        };
        let len = passed.len();
        let UnbufferedStatus { discard, state } = conn.process_tls_records(passed);
        let taken = self.handle_state(state.expect("no error"));
        assert!(discard + taken <= len);
        incoming.drain(..discard + taken);
        self.incoming = incoming;
    }

    /// Returns the length of the records that were taken.
    fn handle_state<Data>(&mut self, state: ConnectionState<'_, '_, Data>) -> usize {
        let mut taken = 0;
        match state {
            ConnectionState::EncodeTlsData(data) => self.encode(data),
            ConnectionState::TransmitTlsData(mut data) => {
                if let Some(writer) = data.may_encrypt_app_data() {
                    self.maybe_write(writer);
                }
                if self.one_in(2) {
                    data.done();
                }
            }
            ConnectionState::WriteTraffic(writer) => self.maybe_write(writer),
            ConnectionState::ReadTraffic(mut records) if self.one_in(2) => {
                while let Some(record) = records.next_record() {
                    let record = record.expect("a record");
                    self.read.extend(record.payload);
                    taken += record.discard;
                }
            }
            ConnectionState::ReadEarlyData(mut records) if self.one_in(2) => {
                while let Some(record) = records.next_record() {
                    let record = record.expect("a record");
                    self.read_early.extend(record.payload);
                    taken += record.discard;
                }
            }
            ConnectionState::ReadTraffic(_)
            | ConnectionState::ReadEarlyData(_)
            | ConnectionState::BlockedHandshake => {}
            other => panic!("{other:?}"),
        }
        taken
    }

    /// Encodes as much as there is room for, in any number of calls, and leaves the rest for later.
    fn encode<Data>(&mut self, mut data: EncodeTlsData<'_, Data>) {
        for _ in 0..self.random.below(3) {
            let mut out = self.room(&[0, 1, 5, 6, 33, 127, 300, 1000, 5000, 100_000]);
            match data.encode(&mut out) {
                Ok(len) => {
                    assert!(len > 0);
                    assert!(is_untouched(&out[len..]));
                    self.to_peer.extend(&out[..len]);
                }
                Err(EncodeError::InsufficientSize(size)) => {
                    assert!(size.required_size > out.len());
                    assert!(is_untouched(&out));
                }
                Err(EncodeError::AlreadyEncoded) => {}
            }
        }
    }

    fn maybe_write<Data>(&mut self, mut writer: WriteTraffic<'_, Data>) {
        if !self.may_write {
            return;
        }
        if self.one_in(3) {
            self.write(&mut writer);
        }
        if self.one_in(200) {
            // TLS 1.2 has no key updates, nor has a handshake.
            let _refused = writer.refresh_traffic_keys();
        }
    }

    /// Writes as much data as there is room for, by one of the three calls.
    fn write<Data>(&mut self, writer: &mut WriteTraffic<'_, Data>) {
        let data = self.data(&[0, 1, 100, 16_384, 16_385, 40_000]);
        let mut out = self.room(&[0, 50, 200, 17_000, 60_000]);
        let Written { consumed, written } = match self.random.below(3) {
            0 => encrypt(writer, &data, &mut out),
            1 => write(writer, &data, &mut out),
            _ => self.reserve(writer, &data, &mut out),
        };
        self.to_peer.extend(&out[..written]);
        self.written.extend(&data[..consumed]);
    }

    /// Writes a part of a reserved record.
    fn reserve<Data>(
        &mut self,
        writer: &mut WriteTraffic<'_, Data>,
        data: &[u8],
        out: &mut [u8],
    ) -> Written {
        let len = data.len().min(16_384);
        let consumed = self.random.below(len + 1);
        let sealed = writer
            .reserve(len, out)
            .and_then(|mut reserved| {
                reserved
                    .content()
                    .copy_from_slice(&data[..len]);
                reserved.seal(consumed, 0)
            });
        match sealed {
            Ok(written) => Written { consumed, written },
            // Records may be limited to less than that.
            Err(WriteError::ContentTooLong { .. }) => Written::default(),
            Err(error) => assert_lacks_room(error, out),
        }
    }
}

fn encrypt<Data>(writer: &mut WriteTraffic<'_, Data>, data: &[u8], out: &mut [u8]) -> Written {
    match writer.encrypt(data, out) {
        Ok(written) => Written {
            consumed: data.len(),
            written,
        },
        Err(EncryptError::InsufficientSize(size)) => assert_lacks_room(size.into(), out),
        Err(error) => panic!("{error}"),
    }
}

fn write<Data>(writer: &mut WriteTraffic<'_, Data>, data: &[u8], out: &mut [u8]) -> Written {
    match writer.write(data, out) {
        Ok(written) => written,
        Err(error) => assert_lacks_room(error, out),
    }
}

/// Checks that nothing was written for lack of room, or because only rustls can write at that time.
fn assert_lacks_room(error: WriteError, out: &[u8]) -> Written {
    match error {
        WriteError::InsufficientSize(size) => assert!(size.required_size > out.len()),
        WriteError::HandshakeNotComplete => {}
        error => panic!("{error}"),
    }
    Written::default()
}

fn is_untouched(out: &[u8]) -> bool {
    out.iter().all(|byte| *byte == FILL)
}

/// Varies `setup`: short records, or keys that wear out early, or neither.
fn varied(random: &mut Xorshift, setup: Setup) -> Setup {
    match random.below(3) {
        0 => setup.with_max_fragment_size(random.of(&[32, 100, 1000])),
        1 if setup.is_tls13() => setup.with_confidentiality_limit(random.of(&[20, 100])),
        _ => setup,
    }
}

/// Configs with or without early data and half-RTT data, and with some number of tickets.
fn configs(random: &mut Xorshift, setup: &Setup, role: Role) -> Configs {
    let mut configs = setup.configs();
    if setup.is_tls13() && random.below(2) == 0 {
        configs = configs.with_early_data(50_000);
        // This connection gives the client its ticket.
        configs.connected(role);
    }
    configs.server.send_half_rtt_data = random.below(2) == 0;
    configs.server.send_tls13_tickets = random.below(4);
    configs
}

fn converse_as_client(random: Xorshift, configs: &Configs) {
    let mut conn = configs.client();
    let mut conversation = Conversation::new(random, configs.peer(Role::Server));
    conversation.run(&mut conn);
    assert_connected(&conn, &conversation.peer);
}

fn converse_as_server(random: Xorshift, configs: &Configs) {
    let mut conn = configs.server();
    let mut conversation = Conversation::new(random, configs.peer(Role::Client));
    conversation.run(&mut conn);
    assert_connected(&conn, &conversation.peer);
    #[cfg(feature = "std")]
    assert_eq!(conn.server_name(), Some("localhost"));
    let Connection::Client(client) = &conversation.peer.conn else {
        panic!("the peer is a client");
    };
    match client.is_early_data_accepted() {
        true => assert!(conversation.read_early == conversation.sent_early),
        false => assert!(conversation.read_early.is_empty()),
    }
}

/// Checks that the connection was taken over, and agrees with the peer.
fn assert_connected<Data>(conn: &UnbufferedConnectionCommon<Data>, peer: &Peer) {
    assert!(conn.is_direct());
    #[cfg(feature = "std")]
    crate::exporters::assert_same_exports(conn, peer);
    assert_eq!(conn.protocol_version(), peer.conn.protocol_version());
}

#[test]
fn all_data_arrives_once_and_in_order() {
    let setups = one_setup_per_version();
    for (seed, setup) in (1..=CONVERSATIONS).zip(setups.iter().cycle()) {
        let mut random = Xorshift::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let setup = varied(&mut random, setup.clone());
        let role = random.of(&Role::BOTH);
        println!("{seed}: {} {role:?}", setup.name());
        let configs = configs(&mut random, &setup, role);
        match role {
            Role::Client => converse_as_client(random, &configs),
            Role::Server => converse_as_server(random, &configs),
        }
    }
}
