//! Flights that a hostile peer can send who knows the keys of the handshake: to servers and clients, in both versions.
//!
//! What the peer's library would send is opened, and sealed again between records of all other kinds. Some of those are made
//! so that what is left of one record looks like another: see [`Forge::look_alike`].
//!
//! `FORGED_FLIGHTS_SECONDS` has it go on for that long, and `FORGED_FLIGHTS_SEED` has it begin elsewhere.

use std::collections::VecDeque;
use std::env;
use std::str::FromStr;
use std::time::{Duration, Instant};

use rustls::ContentType;
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record_layer::{DecryptionState, EncryptionState};
use testing::{Configs, Endpoint, Role, Secrets, Setup, Xorshift, every_way, few_setups, seal};

use crate::records;
use crate::rejected::{Why, record};
use crate::rejected_flights::{TICKETS, cut, well_acquainted};

/// How many for each library, suite and way to its records, if nothing else is said.
const FLIGHTS: u64 = 40;

/// Most records that are forged for one flight.
const RECORDS: usize = 40;

/// What a record of the peer's library holds, which it may be sealed again with.
enum Real {
    Plain(Vec<u8>),
    Sealed {
        early: bool,
        typ: ContentType,
        content: Vec<u8>,
    },
}

/// One victim, before the flight that is forged.
struct Forge<'a> {
    random: &'a mut Xorshift,
    victim: Box<dyn Endpoint>,
    real: VecDeque<Real>,
    /// Seals with the peer's handshake key. TLS 1.3 only.
    handshake: Option<EncryptionState>,
    /// Seals with the key of early data.
    early: Option<EncryptionState>,
    /// Whether the victim reads early data.
    accepts_early: bool,
}

/// The header of a record of data, `17 03 03 17 00`, whose length begins with its own type: so a type byte can be a part
/// of it, and zeros behind it are padding.
const LOOK_ALIKE_PAYLOAD: usize = 0x1700;

impl<'a> Forge<'a> {
    fn new(random: &'a mut Xorshift, setup: &Setup, role: Role, remembered: &Configs) -> Self {
        match role {
            Role::Server => Self::of_server(random, setup, remembered),
            Role::Client => Self::of_client(random, setup),
        }
    }

    fn of_server(random: &'a mut Xorshift, setup: &Setup, remembered: &Configs) -> Self {
        let secrets = Secrets::new();
        let fates = [
            None,
            Some(Why::Forgotten),
            Some(Why::Unwanted),
            Some(Why::Retried),
        ];
        let (offers_early, why) = match setup.is_tls13() {
            true => (random.below(6) > 0, random.of(&fates)),
            false => (false, None),
        };
        let mut configs = match (offers_early, why) {
            (true, Some(why)) => why.of(setup, remembered.clone()),
            (true, None) => remembered.clone(),
            (false, _) => setup.configs(),
        };
        configs.server.send_tls13_tickets = 0;
        configs.server.send_half_rtt_data = random.below(2) == 0;
        configs.client.key_log = secrets.clone();
        configs.client.max_fragment_size = random.of(&[None, Some(32)]);

        let mut victim = configs.direct(Role::Server);
        let mut peer = configs.peer(Role::Client);
        let hello = match offers_early {
            true => peer.send_early(&[]),
            false => peer.write(),
        };
        victim.app().incoming = hello;
        victim.run().expect("a ClientHello");
        peer.read(&std::mem::take(&mut victim.app().outgoing))
            .expect("a flight");
        let rest = peer.write();
        let accepts_early = offers_early && why.is_none();
        Self {
            accepts_early,
            ..Self::with(random, setup, victim, &secrets, "CLIENT", &rest)
        }
    }

    fn of_client(random: &'a mut Xorshift, setup: &Setup) -> Self {
        let secrets = Secrets::new();
        let mut configs = setup.configs();
        configs.server.key_log = secrets.clone();
        configs.server.max_fragment_size = random.of(&[None, Some(32)]);
        let mut victim = configs.direct(Role::Client);
        let mut peer = configs.peer(Role::Server);
        victim.run().expect("a ClientHello");
        peer.read(&std::mem::take(&mut victim.app().outgoing))
            .expect("a ClientHello");
        let rest = peer.write();
        Self::with(random, setup, victim, &secrets, "SERVER", &rest)
    }

    /// `rest` is what the peer, a client or a server by its `name`, would send.
    fn with(
        random: &'a mut Xorshift,
        setup: &Setup,
        victim: Box<dyn Endpoint>,
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
        let real = records(rest)
            .into_iter()
            .map(|record| open(&mut openers, record))
            .collect();
        Self {
            random,
            victim,
            real,
            handshake: known(&handshake).then(|| setup.sealer_of(secrets, &handshake)),
            early: known(early).then(|| setup.sealer_of(secrets, early)),
            accepts_early: false,
        }
    }

    /// The next record of the peer's library, sealed with the number that is its turn.
    fn real(&mut self) -> Vec<u8> {
        match self.real.pop_front() {
            None => Vec::new(),
            Some(Real::Plain(record)) => record,
            Some(Real::Sealed {
                early,
                typ,
                content,
            }) => {
                let sealer = match early {
                    true => self.early.as_mut(),
                    false => self.handshake.as_mut(),
                };
                let sealer = sealer.expect("it was opened");
                seal(sealer, OutboundRecord::new(typ, content[..].into()))
            }
        }
    }

    /// An authentic record, or a plain one where there is no key.
    fn seal(&mut self, typ: u8, content: &[u8], padding: usize) -> Vec<u8> {
        // Mostly by the key that the victim opens with.
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
            // rustls opens it whatever type it shows.
            0 => [&[self.random.of(&[20, 21, 22])], &sealed[1..]].concat(),
            _ => sealed,
        }
    }

    /// Bytes that may be read as something else: a header, zeros, the beginning of a message.
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

    /// A record that cannot be opened. Its end may look like the front of another one.
    fn skipped(&mut self) -> Vec<u8> {
        let payload = match self.random.below(4) {
            0 => self.random.bytes(17),
            1 => Vec::new(),
            2 => vec![0; self.random.of(&[1, 16, 17, 33])],
            _ => {
                let behind = self.random.below(12);
                let len = u8::try_from(self.random.of(&[0, 1, 16, 17, behind])).expect("few");
                [&[23, 3, 3, 0, len], &vec![0; behind][..]].concat()
            }
        };
        record(
            self.random
                .of(&[23, 23, 23, 23, 22, 21]),
            &payload,
        )
    }

    /// Three records of which rustls keeps the first, so that what it lets go of the second leaves bytes that look like a
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
        // From hardly anything besides what is real to hardly anything else.
        let reality = self.random.of(&[1, 3, 8]);
        let mut flight = Vec::new();
        for _ in 0..RECORDS {
            let record = match self.random.below(10) < reality {
                true => self.real(),
                false => self.forged(),
            };
            flight.extend(record);
            if self.real.is_empty() && self.random.below(4) == 0 {
                break;
            }
        }
        flight
    }

    /// Lets the flight come in pieces. Whether the handshake is complete then, or `None` if the victim has refused it.
    fn run(mut self) -> Option<bool> {
        let flight = self.flight();
        for piece in cut(self.random, &flight) {
            self.victim.app().incoming.extend(piece);
            if let Err(error) = self.victim.run() {
                let again = self
                    .victim
                    .run()
                    .expect_err("it has failed");
                assert_eq!(again.to_string(), error.to_string());
                assert!(!self.victim.is_direct());
                return None;
            }
        }
        Some(self.victim.is_direct())
    }
}

/// What is in a record of the peer's library.
fn open(openers: &mut [(bool, DecryptionState)], record: &[u8]) -> Real {
    for (early, opener) in openers.iter_mut() {
        let mut opened = record.to_vec();
        if record[0] != 23 {
            break;
        }
        if let Ok(Some(inbound)) = opener.decrypt_incoming(&mut opened) {
            return Real::Sealed {
                early: *early,
                typ: inbound.typ(),
                content: opened[inbound.content()].to_vec(),
            };
        }
    }
    Real::Plain(record.to_vec())
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let value = env::var(name).ok()?;
    match value.parse() {
        Ok(value) => Some(value),
        Err(_) => panic!("{name} is {value:?}, which is no number"),
    }
}

/// Trap: rustls panics if a record is removed whose place it remembers.
#[test]
fn no_forged_flight_makes_us_panic() {
    let seed = setting("FORGED_FLIGHTS_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15_u64);
    let until = setting("FORGED_FLIGHTS_SECONDS")
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut random = Xorshift::new(seed.max(1));
    let mut setups = every_way();
    setups.extend(
        few_setups()
            .into_iter()
            .map(Setup::with_client_auth),
    );
    let [mut completed, mut waited, mut refused] = [0_u64; 3];
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
                    remembered = well_acquainted(setup);
                }
                let role = random.of(&[Role::Server, Role::Server, Role::Client]);
                match Forge::new(&mut random, setup, role, &remembered).run() {
                    Some(true) => completed += 1,
                    Some(false) => waited += 1,
                    None => refused += 1,
                }
            }
        }
    }
    let all = completed + waited + refused;
    println!(
        "seed {seed}: {all} flights, {completed} completed the handshake, {waited} were not enough, {refused} were refused"
    );
    // None of the three is all that there is.
    for some in [completed, waited, refused] {
        assert!(some > all / 100, "{completed}, {waited}, {refused}");
    }
}
