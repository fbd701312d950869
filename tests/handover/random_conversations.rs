//! Conversations in pieces of all sizes, in which both sides say at any time whatever they may.

use std::io::Write;
use std::mem;

use rustls::Connection;
use rustls_direct::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedConnectionCommon,
    UnbufferedStatus, WriteError, WriteTraffic, Written,
};
use testing::{Configs, Peer, Role, Setup, Xorshift, few_setups};

/// Each is of another setup than the one before.
const CONVERSATIONS: u64 = 60;

/// How often what is on its way goes on, while both sides have more to say.
const ROUNDS: usize = 100;

/// The same, after which they have nothing more to say, and all of it has to have come.
const LAST_ROUNDS: usize = 10_000;

/// Most states of our connection before something else happens.
const STATES: usize = 30;

/// What an output slice holds beforehand.
const FILL: u8 = 0xee;

/// The peer, and what is said on either side.
struct Conversation {
    random: Xorshift,
    peer: Peer,
    /// Whether more may be said.
    is_lively: bool,
    /// What the peer has sent and we have not seen.
    on_its_way: Vec<u8>,
    /// What we have seen and may not discard.
    incoming: Vec<u8>,
    to_peer: Vec<u8>,
    /// The data of our side, and what it was given.
    written: Vec<u8>,
    read: Vec<u8>,
    read_early: Vec<u8>,
    /// The data of the peer's side.
    sent: Vec<u8>,
    sent_early: Vec<u8>,
}

impl Conversation {
    fn new(random: Xorshift, peer: Peer) -> Self {
        Self {
            random,
            peer,
            is_lively: true,
            on_its_way: Vec::new(),
            incoming: Vec::new(),
            to_peer: Vec::new(),
            written: Vec::new(),
            read: Vec::new(),
            read_early: Vec::new(),
            sent: Vec::new(),
            sent_early: Vec::new(),
        }
    }

    /// Has the handshake and the conversation go on until all has come that was said.
    fn run<Data>(&mut self, conn: &mut UnbufferedConnectionCommon<Data>) {
        self.send_early();
        for _ in 0..ROUNDS {
            self.deliver_some();
            self.go_on(conn);
            if !self.peer.conn.is_handshaking() && self.once_in(5) {
                self.send();
            }
        }
        self.is_lively = false;
        for _ in 0..LAST_ROUNDS {
            self.deliver(usize::MAX);
            self.go_on(conn);
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

    fn once_in(&mut self, times: usize) -> bool {
        self.random.below(times) == 0
    }

    fn data(&mut self, lens: &[usize]) -> Vec<u8> {
        let len = self.random.of(lens);
        self.random.bytes(len)
    }

    fn room(&mut self, lens: &[usize]) -> Vec<u8> {
        vec![FILL; self.random.of(lens)]
    }

    /// Early data of a client that has a ticket for it.
    fn send_early(&mut self) {
        let mut data = self.data(&[0, 10, 20_000]);
        let Connection::Client(client) = &mut self.peer.conn else {
            return;
        };
        if let Some(mut early) = client.early_data() {
            let taken = early
                .write(&data)
                .expect("a Vec takes all");
            data.truncate(taken);
            self.sent_early = data;
        }
    }

    fn send(&mut self) {
        let data = self.data(&[1, 100, 20_000]);
        let tls = self.peer.send(&data);
        self.on_its_way.extend(tls);
        self.sent.extend(data);
    }

    fn deliver_some(&mut self) {
        let longest = self
            .random
            .of(&[1, 10, 500, 100_000, usize::MAX]);
        self.deliver(longest);
    }

    /// Has us see what is on its way, or so much of it.
    fn deliver(&mut self, longest: usize) {
        self.on_its_way
            .extend(self.peer.write());
        let len = self.on_its_way.len().min(longest);
        self.incoming
            .extend(self.on_its_way.drain(..len));
    }

    /// Has our connection go through a few states, and sends what comes of it.
    fn go_on<Data>(&mut self, conn: &mut UnbufferedConnectionCommon<Data>) {
        for _ in 0..self.random.below(STATES) {
            self.step(conn);
            if self.once_in(100) {
                conn.release_ciphers();
            }
        }
        let to_peer = mem::take(&mut self.to_peer);
        self.peer
            .read(&to_peer)
            .expect("what may be said");
    }

    /// Does with one state of our connection what it allows, or leaves it.
    fn step<Data>(&mut self, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = mem::take(&mut self.incoming);
        let shown = match self.once_in(4) {
            true => &mut [][..],
            false => &mut incoming[..],
        };
        let len = shown.len();
        let UnbufferedStatus { discard, state } = conn.process_tls_records(shown);
        let taken = self.deal_with(state.expect("no error"));
        assert!(discard + taken <= len);
        incoming.drain(..discard + taken);
        self.incoming = incoming;
    }

    /// Returns how many bytes of input were read.
    fn deal_with<Data>(&mut self, state: ConnectionState<'_, '_, Data>) -> usize {
        let mut taken = 0;
        match state {
            ConnectionState::EncodeTlsData(data) => self.encode(data),
            ConnectionState::TransmitTlsData(mut data) => {
                if let Some(writer) = data.may_encrypt_app_data() {
                    self.write_perhaps(writer);
                }
                if self.once_in(2) {
                    data.done();
                }
            }
            ConnectionState::WriteTraffic(writer) => self.write_perhaps(writer),
            ConnectionState::ReadTraffic(mut records) if self.once_in(2) => {
                while let Some(record) = records.next_record() {
                    let record = record.expect("a record");
                    self.read.extend(record.payload);
                    taken += record.discard;
                }
            }
            ConnectionState::ReadEarlyData(mut records) if self.once_in(2) => {
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

    /// Encodes what has room, by as many calls as it likes, and leaves the rest to be asked for again.
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

    fn write_perhaps<Data>(&mut self, mut writer: WriteTraffic<'_, Data>) {
        if !self.is_lively {
            return;
        }
        if self.once_in(3) {
            self.write(&mut writer);
        }
        if self.once_in(200) {
            // TLS 1.2 has none, and neither has a handshake.
            let _refused = writer.refresh_traffic_keys();
        }
    }

    /// Writes as one can, as much as there is room for.
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

    /// Writes a part of one record where it will be sealed.
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
            // Records may be shorter than that.
            Err(WriteError::ContentTooLong { .. }) => Written::default(),
            Err(error) => lacks_room(error, out),
        }
    }
}

fn encrypt<Data>(writer: &mut WriteTraffic<'_, Data>, data: &[u8], out: &mut [u8]) -> Written {
    match writer.encrypt(data, out) {
        Ok(written) => Written {
            consumed: data.len(),
            written,
        },
        Err(EncryptError::InsufficientSize(size)) => lacks_room(size.into(), out),
        Err(error) => panic!("{error}"),
    }
}

fn write<Data>(writer: &mut WriteTraffic<'_, Data>, data: &[u8], out: &mut [u8]) -> Written {
    match writer.write(data, out) {
        Ok(written) => written,
        Err(error) => lacks_room(error, out),
    }
}

/// Nothing was written, for want of room or because only rustls can write at that time.
fn lacks_room(error: WriteError, out: &[u8]) -> Written {
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

/// `setup`, with short records, or keys that wear out early, or neither.
fn varied(random: &mut Xorshift, setup: Setup) -> Setup {
    match random.below(3) {
        0 => setup.with_max_fragment_size(random.of(&[32, 100, 1000])),
        1 if setup.is_tls13() => setup.with_confidentiality_limit(random.of(&[20, 100])),
        _ => setup,
    }
}

/// With or without early data and data along with the handshake, and with some number of tickets.
fn configs(random: &mut Xorshift, setup: &Setup, role: Role) -> Configs {
    let mut configs = setup.configs();
    if setup.is_tls13() && random.below(2) == 0 {
        configs = configs.with_early_data(50_000);
        // Where the client gets its ticket.
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
    is_settled(&conn, &conversation.peer);
}

fn converse_as_server(random: Xorshift, configs: &Configs) {
    let mut conn = configs.server();
    let mut conversation = Conversation::new(random, configs.peer(Role::Client));
    conversation.run(&mut conn);
    is_settled(&conn, &conversation.peer);
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

/// Asserts that the connection was taken over, and agrees with the peer.
fn is_settled<Data>(conn: &UnbufferedConnectionCommon<Data>, peer: &Peer) {
    assert!(conn.is_direct());
    #[cfg(feature = "std")]
    crate::exporters::agree(conn, peer);
    assert_eq!(conn.protocol_version(), peer.conn.protocol_version());
}

#[test]
fn all_that_is_said_comes_once_and_in_order() {
    let setups = few_setups();
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
