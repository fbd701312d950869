//! Does a hostile peer that knows the handshake's keys make a connection panic?
//!
//! The target is a server or a client, in either version. The records of a genuine flight are opened, and sealed again
//! between forged records. Some forged records leave bytes in the buffer that look like another record: see
//! [`ForgedFlight::look_alike`].
//!
//! `FORGED_FLIGHTS_SECONDS` sets how long the test runs, and `FORGED_FLIGHTS_SEED` the seed of its random numbers.

use std::collections::VecDeque;
use std::env;
use std::str::FromStr;
use std::time::{Duration, Instant};

use rustls::ContentType;
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record_layer::{DecryptionState, EncryptionState};
use testing::{
    Configs, Endpoint, Role, Secrets, Setup, Xorshift, one_setup_per_version, seal,
    setups_with_every_record_source,
};

use crate::random_rejected_early_data::{TICKETS, cut, with_many_tickets};
use crate::records;
use crate::rejected_early_data::{RejectReason, record};

/// Flights per library, suite and record source in one round.
const FLIGHTS: u64 = 40;

/// Most records of one flight.
const RECORDS: usize = 40;

/// A record of the peer's genuine flight, which may be sealed again.
enum GenuineRecord {
    Plain(Vec<u8>),
    Sealed {
        early: bool,
        typ: ContentType,
        content: Vec<u8>,
    },
}

/// A target, and the keys to forge the next flight to it.
struct ForgedFlight<'a> {
    random: &'a mut Xorshift,
    target: Box<dyn Endpoint>,
    genuine: VecDeque<GenuineRecord>,
    /// Seals with the peer's handshake key. TLS 1.3 only.
    handshake: Option<EncryptionState>,
    /// Seals with the key of early data.
    early: Option<EncryptionState>,
    /// Whether the target reads early data.
    accepts_early: bool,
}

/// The header of a record of this length is `17 03 03 17 00`: the length begins with the record's own type. So the
/// second 17 may be read as a type byte, and zeros after it as padding.
const LOOK_ALIKE_PAYLOAD: usize = 0x1700;

impl<'a> ForgedFlight<'a> {
    fn new(random: &'a mut Xorshift, setup: &Setup, role: Role, remembered: &Configs) -> Self {
        match role {
            Role::Server => Self::to_server(random, setup, remembered),
            Role::Client => Self::to_client(random, setup),
        }
    }

    fn to_server(random: &'a mut Xorshift, setup: &Setup, remembered: &Configs) -> Self {
        let secrets = Secrets::new();
        let reasons = [
            None,
            Some(RejectReason::SessionLost),
            Some(RejectReason::NotAllowed),
            Some(RejectReason::HelloRetry),
        ];
        let (offers_early, reason) = match setup.is_tls13() {
            true => (random.below(6) > 0, random.of(&reasons)),
            false => (false, None),
        };
        let mut configs = match (offers_early, reason) {
            (true, Some(reason)) => reason.configs(setup, remembered.clone()),
            (true, None) => remembered.clone(),
            (false, _) => setup.configs(),
        };
        configs.server.send_tls13_tickets = 0;
        configs.server.send_half_rtt_data = random.below(2) == 0;
        configs.client.key_log = secrets.clone();
        configs.client.max_fragment_size = random.of(&[None, Some(32)]);

        let mut target = configs.direct(Role::Server);
        let mut peer = configs.peer(Role::Client);
        let hello = match offers_early {
            true => peer.send_early(&[]),
            false => peer.write(),
        };
        target.app().incoming = hello;
        target.run().expect("a ClientHello");
        peer.read(&std::mem::take(&mut target.app().outgoing))
            .expect("a flight");
        let rest = peer.write();
        let accepts_early = offers_early && reason.is_none();
        Self {
            accepts_early,
            ..Self::with(random, setup, target, &secrets, "CLIENT", &rest)
        }
    }

    fn to_client(random: &'a mut Xorshift, setup: &Setup) -> Self {
        let secrets = Secrets::new();
        let mut configs = setup.configs();
        configs.server.key_log = secrets.clone();
        configs.server.max_fragment_size = random.of(&[None, Some(32)]);
        let mut target = configs.direct(Role::Client);
        let mut peer = configs.peer(Role::Server);
        target.run().expect("a ClientHello");
        peer.read(&std::mem::take(&mut target.app().outgoing))
            .expect("a ClientHello");
        let rest = peer.write();
        Self::with(random, setup, target, &secrets, "SERVER", &rest)
    }

    /// `rest` is the genuine flight. `name` is the peer's role in labels of secrets.
    fn with(
        random: &'a mut Xorshift,
        setup: &Setup,
        target: Box<dyn Endpoint>,
        secrets: &Secrets,
        name: &str,
        rest: &[u8],
    ) -> Self {
        let handshake = format!("{name}_HANDSHAKE_TRAFFIC_SECRET");
        let early = "CLIENT_EARLY_TRAFFIC_SECRET";
        let known = |label: &str| setup.is_tls13() && secrets.get(label).is_some();
        let mut openers: Vec<(bool, DecryptionState)> = [(true, early), (false, &handshake)]
            .into_iter()
            .filter(|(_, label)| known(label))
            .map(|(is_early, label)| (is_early, setup.opener_of(secrets, label)))
            .collect();
        let genuine = records(rest)
            .into_iter()
            .map(|record| open(&mut openers, record))
            .collect();
        Self {
            random,
            target,
            genuine,
            handshake: known(&handshake).then(|| setup.sealer_of(secrets, &handshake)),
            early: known(early).then(|| setup.sealer_of(secrets, early)),
            accepts_early: false,
        }
    }

    /// Takes the next genuine record, sealed with the next sequence number.
    fn genuine(&mut self) -> Vec<u8> {
        match self.genuine.pop_front() {
            None => Vec::new(),
            Some(GenuineRecord::Plain(record)) => record,
            Some(GenuineRecord::Sealed {
                early,
                typ,
                content,
            }) => {
                let sealer = match early {
                    true => self.early.as_mut(),
                    false => self.handshake.as_mut(),
                };
                let sealer = sealer.expect("a key that has opened it");
                seal(sealer, OutboundRecord::new(typ, content[..].into()))
            }
        }
    }

    /// Seals an authentic record, or returns a plain one if there is no key.
    fn seal(&mut self, typ: u8, content: &[u8], padding: usize) -> Vec<u8> {
        // Mostly with the key that the target opens with.
        let sealer = match self.accepts_early ^ (self.random.below(8) == 0) {
            true => self.early.as_mut(),
            false => self.handshake.as_mut(),
        };
        let Some(sealer) = sealer else {
            return record(typ, content);
        };
        let sealed = seal(
            sealer,
            OutboundRecord::new(ContentType::from(typ), content.into()).padded(padding),
        );
        match self.random.below(8) {
            // rustls opens the record whatever type its header shows.
            0 => [&[self.random.of(&[20, 21, 22])], &sealed[1..]].concat(),
            _ => sealed,
        }
    }

    /// Bytes that may be read as something else: a header, zeros, or the beginning of a message.
    fn content(&mut self) -> Vec<u8> {
        let len = self
            .random
            .of(&[0, 0, 0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 33, 100]);
        match self.random.below(6) {
            0 => self.random.bytes(len),
            1 => vec![0; len],
            2 => vec![22; len],
            3 => [
                &[
                    self.random
                        .of(&[0, 1, 2, 5, 8, 11, 15, 20, 24]),
                    0,
                    0,
                    1,
                ][..],
                &vec![0; len],
            ]
            .concat(),
            4 => b"GET /\x17\x03\x03".to_vec(),
            _ => vec![1, self.random.of(&[0, 90, 100])],
        }
    }

    /// A record that cannot be opened. Its end may look like the beginning of another record.
    fn skipped(&mut self) -> Vec<u8> {
        let payload = match self.random.below(4) {
            0 => self.random.bytes(17),
            1 => Vec::new(),
            2 => vec![0; self.random.of(&[1, 16, 17, 33])],
            _ => {
                let zeros = self.random.below(12);
                let len = u8::try_from(self.random.of(&[0, 1, 16, 17, zeros])).expect("few");
                [&[23, 3, 3, 0, len], &vec![0; zeros][..]].concat()
            }
        };
        record(
            self.random
                .of(&[23, 23, 23, 23, 22, 21]),
            &payload,
        )
    }

    /// Three records of which rustls retains the first. When it discards the second, the bytes left over look like a
    /// record that it skipped.
    fn look_alike(&mut self) -> Vec<u8> {
        let empty_len = self
            .random
            .of(&[0, LOOK_ALIKE_PAYLOAD - 17]);
        let mut flight = self.seal(22, &[], empty_len);
        flight.extend(match self.random.below(2) {
            0 => record(23, &[23, 3, 3, 0, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
            _ => self.seal(23, b"GET /\x17\x03\x03", LOOK_ALIKE_PAYLOAD - 15),
        });
        if self.random.below(2) == 0 {
            flight.extend([20, 3, 3, 0, 1, 1]);
        }
        flight.extend(record(23, &[]));
        flight
    }

    fn forged(&mut self) -> Vec<u8> {
        match self.random.below(16) {
            0..2 => self.look_alike(),
            2..5 => self.skipped(),
            5 => vec![20, 3, 3, 0, 1, self.random.of(&[1, 1, 1, 2])],
            6 => record(21, &[self.random.of(&[1, 2]), self.random.of(&[0, 10, 90])]),
            7 => {
                let content = self.content();
                record(self.random.of(&[20, 21, 22, 24]), &content)
            }
            8 => self.seal(22, &[], 0),
            _ => {
                let typ = self
                    .random
                    .of(&[0, 20, 21, 21, 22, 22, 22, 23, 24]);
                let content = self.content();
                let padding = self
                    .random
                    .of(&[0, 0, 0, 1, 17, 100, LOOK_ALIKE_PAYLOAD - 17]);
                self.seal(typ, &content, padding)
            }
        }
    }

    fn flight(&mut self) -> Vec<u8> {
        // From mostly genuine records to mostly forged ones.
        let share = self.random.of(&[1, 3, 8]);
        let mut flight = Vec::new();
        for _ in 0..RECORDS {
            let record = match self.random.below(10) < share {
                true => self.genuine(),
                false => self.forged(),
            };
            flight.extend(record);
            if self.genuine.is_empty() && self.random.below(4) == 0 {
                break;
            }
        }
        flight
    }

    /// Delivers the flight in pieces. Returns whether the handshake is complete, or `None` if the target has refused
    /// the flight.
    fn run(mut self) -> Option<bool> {
        let flight = self.flight();
        for piece in cut(self.random, &flight) {
            self.target.app().incoming.extend(piece);
            if let Err(error) = self.target.run() {
                let again = self
                    .target
                    .run()
                    .expect_err("a repeated error");
                assert_eq!(again.to_string(), error.to_string());
                assert!(!self.target.is_direct());
                return None;
            }
        }
        Some(self.target.is_direct())
    }
}

/// Opens a record of the genuine flight, if a key for it is known.
fn open(openers: &mut [(bool, DecryptionState)], record: &[u8]) -> GenuineRecord {
    for (early, opener) in openers.iter_mut() {
        let mut opened = record.to_vec();
        if record[0] != 23 {
            break;
        }
        if let Ok(Some(inbound)) = opener.decrypt_incoming(&mut opened) {
            return GenuineRecord::Sealed {
                early: *early,
                typ: inbound.typ(),
                content: opened[inbound.content()].to_vec(),
            };
        }
    }
    GenuineRecord::Plain(record.to_vec())
}

fn from_environment<T: FromStr>(name: &str) -> Option<T> {
    let value = env::var(name).ok()?;
    match value.parse() {
        Ok(value) => Some(value),
        Err(_) => panic!("{name} is {value:?}, not a number"),
    }
}

/// rustls panics if its caller removes a record that it retains.
#[test]
fn no_forged_flight_makes_us_panic() {
    let seed = from_environment("FORGED_FLIGHTS_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15_u64);
    let until = from_environment("FORGED_FLIGHTS_SECONDS")
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut random = Xorshift::new(seed.max(1));
    let mut setups = setups_with_every_record_source();
    setups.extend(
        one_setup_per_version()
            .into_iter()
            .map(Setup::with_client_auth),
    );
    let [mut completed, mut incomplete, mut refused] = [0_u64; 3];
    for round in 0.. {
        if match until {
            Some(until) => Instant::now() >= until,
            None => round > 0,
        } {
            break;
        }
        for setup in &setups {
            let mut remembered = setup.configs();
            for count in 0..FLIGHTS {
                if setup.is_tls13() && count % TICKETS as u64 == 0 {
                    remembered = with_many_tickets(setup);
                }
                let role = random.of(&[Role::Server, Role::Server, Role::Client]);
                match ForgedFlight::new(&mut random, setup, role, &remembered).run() {
                    Some(true) => completed += 1,
                    Some(false) => incomplete += 1,
                    None => refused += 1,
                }
            }
        }
    }
    let all = completed + incomplete + refused;
    println!(
        "seed {seed}: {all} flights, {completed} completed the handshake, {incomplete} were incomplete, {refused} were refused"
    );
    // Each outcome occurs in more than 1 % of the flights.
    for some in [completed, incomplete, refused] {
        assert!(some > all / 100, "{completed}, {incomplete}, {refused}");
    }
}
