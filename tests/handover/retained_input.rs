//! Is the input that rustls retains safe from records that a peer chooses?

use std::mem;
use std::sync::Arc;

#[cfg(feature = "tls12")]
use rustls::SupportedCipherSuite;
use rustls::{AlertDescription, ContentType, Error, InvalidMessage, PeerMisbehaved};
use rustls_direct::cipher::OutboundRecord;
#[cfg(feature = "tls12")]
use rustls_direct::cipher::TrafficKeys;
#[cfg(feature = "tls12")]
use rustls_direct::record_layer::EncryptionState;
use testing::{
    CipherBehavior, Configs, Direct, Endpoint, Peer, Quirks, Role, Secrets, Setup,
    one_setup_per_version, pattern, seal, setups, setups_with_every_record_source,
    unrecognised_suite,
};

use crate::early_client::{each_with_early_data, rejecting_servers};
use crate::rejected_early_data::record;

/// Most early data that a server accepts, in bytes.
const MAX_EARLY_DATA: u32 = 50_000;

/// A server of ours that has answered a ClientHello with an offer of early data, and its client.
struct Server {
    direct: Box<dyn Endpoint>,
    peer: Peer,
    secrets: Arc<Secrets>,
}

impl Server {
    fn new(mut configs: Configs) -> Self {
        let secrets = Secrets::new();
        configs.client.key_log = secrets.clone();
        let mut direct = configs.direct(Role::Server);
        let mut peer = configs.peer(Role::Client);
        direct.app().incoming = peer.send_early(&[]);
        direct.run().expect("a ClientHello");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("a flight");
        Self {
            direct,
            peer,
            secrets,
        }
    }

    /// A server that accepts early data.
    fn accepting(setup: &Setup) -> Self {
        Self::new(with_early_data_ticket(setup))
    }

    /// A server that rejects early data, because its config does not allow any.
    fn rejecting(setup: &Setup) -> Self {
        let mut configs = with_early_data_ticket(setup);
        configs.server = setup.configs().server;
        assert_eq!(configs.server.max_early_data_size, 0);
        Self::new(configs)
    }

    fn deliver(&mut self, tls: &[u8]) -> Result<(), Error> {
        self.direct.app().incoming.extend(tls);
        self.direct.run()
    }

    /// Checks that the server has failed with `error`, and that the client receives `alert`.
    fn assert_failed(mut self, outcome: Result<(), Error>, error: Error, alert: AlertDescription) {
        assert_eq!(outcome, Err(error.clone()));
        assert_eq!(self.direct.run(), Err(error));
        let outgoing = mem::take(&mut self.direct.app().outgoing);
        assert_eq!(self.peer.read(&outgoing), Err(Error::AlertReceived(alert)));
    }
}

/// Configs whose client has a ticket that allows early data.
fn with_early_data_ticket(setup: &Setup) -> Configs {
    let configs = setup
        .configs()
        .with_early_data(MAX_EARLY_DATA);
    configs.connected(Role::Server);
    configs
}

fn all_and_adopted_setups() -> Vec<Setup> {
    let mut setups = setups();
    setups.extend(
        one_setup_per_version()
            .iter()
            .map(Setup::adopted),
    );
    setups
}

/// A handshake record without content is refused as soon as it arrives. RFC 8446 s5.1.
#[test]
fn a_handshake_record_without_content_is_refused() {
    each_with_early_data(setups_with_every_record_source(), |setup| {
        for padding in [0, 1, 300, 0x1700 - 17] {
            let mut server = Server::rejecting(setup);
            let mut sealer = setup.sealer_of(&server.secrets, "CLIENT_HANDSHAKE_TRAFFIC_SECRET");
            let empty = OutboundRecord::new(ContentType::Handshake, b""[..].into());
            let outcome = server.deliver(&seal(&mut sealer, empty.padded(padding)));
            server.assert_failed(
                outcome,
                InvalidMessage::InvalidEmptyPayload.into(),
                AlertDescription::UnexpectedMessage,
            );
        }
    });
}

#[test]
fn a_client_refuses_a_handshake_record_without_content() {
    for setup in setups_with_every_record_source()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let secrets = Secrets::new();
        let mut configs = setup.configs();
        configs.server.key_log = secrets.clone();
        let mut direct = configs.direct(Role::Client);
        let mut peer = configs.peer(Role::Server);
        direct.run().expect("a ClientHello");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("a ClientHello");
        let hello = crate::records(&peer.write())[0].to_vec();
        direct.app().incoming.extend(hello);
        direct.run().expect("a ServerHello");
        direct.app().outgoing.clear();

        let mut sealer = setup.sealer_of(&secrets, "SERVER_HANDSHAKE_TRAFFIC_SECRET");
        let empty = OutboundRecord::new(ContentType::Handshake, b""[..].into());
        direct
            .app()
            .incoming
            .extend(seal(&mut sealer, empty));
        let error = Error::from(InvalidMessage::InvalidEmptyPayload);
        assert_eq!(direct.run(), Err(error.clone()));
        assert_eq!(direct.run(), Err(error));
        let outgoing = mem::take(&mut direct.app().outgoing);
        assert_eq!(
            peer.read(&outgoing),
            Err(Error::AlertReceived(AlertDescription::UnexpectedMessage))
        );
    }
}

/// In TLS 1.2 the record would be in the place of Finished. RFC 5246 s6.2.1.
#[cfg(feature = "tls12")]
#[test]
fn a_handshake_record_without_content_is_refused_in_tls12() {
    for setup in setups_with_every_record_source() {
        let SupportedCipherSuite::Tls12(suite) = setup.suite else {
            continue;
        };
        let secrets = Secrets::new();
        let mut configs = setup.configs();
        configs.client.key_log = secrets.clone();
        let mut direct = configs.direct(Role::Server);
        let mut peer = configs.peer(Role::Client);
        let hello = peer.write();
        direct.app().incoming.extend(&hello);
        direct.run().expect("a ClientHello");
        let flight = mem::take(&mut direct.app().outgoing);
        peer.read(&flight).expect("a flight");
        let rest = peer.write();
        let [key_exchange, ccs, finished] = crate::records(&rest)[..] else {
            panic!("not the last flight of a client");
        };
        direct
            .app()
            .incoming
            .extend(key_exchange);
        direct.app().incoming.extend(ccs);
        direct
            .run()
            .expect("a ChangeCipherSpec");

        // The key block of RFC 5246 s6.3.
        let random = |record: &[u8]| record[11..43].to_vec();
        let seed = [random(&flight), random(&hello)].concat();
        let shape = suite.aead_alg.key_block_shape();
        let (key_len, iv_len) = (shape.enc_key_len, shape.fixed_iv_len);
        let mut block = vec![0; 2 * key_len + 2 * iv_len];
        let master_secret = secrets
            .get("CLIENT_RANDOM")
            .expect("a logged secret");
        suite
            .prf_provider
            .for_secret(&mut block, &master_secret, b"key expansion", &seed);
        let mut iv = block[2 * key_len..][..iv_len].to_vec();
        iv.resize(12, 0);
        let keys = TrafficKeys::new(&block[..key_len], &iv).expect("a key and its iv");
        let mut sealer = EncryptionState::new(setup.records, setup.id(), &keys, 0, u64::MAX)
            .expect("keys of the suite");
        let empty = OutboundRecord::new(ContentType::Handshake, b""[..].into());
        direct
            .app()
            .incoming
            .extend(seal(&mut sealer, empty));
        let error = Error::from(InvalidMessage::InvalidEmptyPayload);
        assert_eq!(direct.run(), Err(error.clone()), "{}", setup.name());
        assert_eq!(direct.run(), Err(error));
        // The server has not sent its Finished, so nothing is protected yet.
        let outgoing = mem::take(&mut direct.app().outgoing);
        assert_eq!(outgoing, record(21, &[2, 10]), "unexpected_message");
        assert!(!finished.is_empty());
    }
}

/// A peer could once cause a panic like this: the record after a retained one was removed together with it.
#[test]
fn bytes_after_a_retained_record_are_not_taken_for_a_skipped_record() {
    each_with_early_data(setups_with_every_record_source(), |setup| {
        let mut server = Server::rejecting(setup);
        let mut sealer = setup.sealer_of(&server.secrets, "CLIENT_HANDSHAKE_TRAFFIC_SECRET");
        let empty = OutboundRecord::new(ContentType::Handshake, b""[..].into());
        let flight = [
            seal(&mut sealer, empty),
            // The tag of this record is the beginning of another one.
            record(23, &[23, 3, 3, 0, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
            vec![20, 3, 3, 0, 1, 1],
            record(23, &[]),
        ];
        for record in flight {
            let _ = server.deliver(&record);
        }
        assert!(!server.direct.is_direct());
    });
}

/// Likewise, with a key of early data that the server has accepted.
#[test]
fn accepted_early_data_is_not_taken_for_a_skipped_record() {
    const PAYLOAD: usize = 0x1700;
    each_with_early_data(setups_with_every_record_source(), |setup| {
        let mut server = Server::accepting(setup);
        let mut sealer = setup.sealer_of(&server.secrets, "CLIENT_EARLY_TRAFFIC_SECRET");
        let empty = OutboundRecord::new(ContentType::Handshake, b""[..].into());
        let data = OutboundRecord::new(
            ContentType::ApplicationData,
            b"GET /\x17\x03\x03"[..].into(),
        );
        let flight = [
            seal(&mut sealer, empty.padded(PAYLOAD - 17)),
            seal(&mut sealer, data.padded(1 + PAYLOAD - 16)),
            record(23, &[]),
        ];
        for record in flight {
            let _ = server.deliver(&record);
        }
        assert!(!server.direct.is_direct());
    });
}

/// rustls does not charge records without a payload.
#[test]
fn records_without_a_payload_are_skipped_up_to_a_limit() {
    each_with_early_data(all_and_adopted_setups(), |setup| {
        let mut server = Server::rejecting(setup);
        for _ in 0..3 {
            server
                .deliver(&record(23, &[]).repeat(32))
                .expect("as many as are allowed");
            server
                .deliver(&record(23, &[7; 17]))
                .expect("less than the limit");
        }
        server
            .deliver(&record(23, &[]).repeat(32))
            .expect("as many as are allowed");
        let outcome = server.deliver(&record(23, &[]));
        server.assert_failed(
            outcome,
            PeerMisbehaved::TooManyEmptyFragments.into(),
            AlertDescription::UnexpectedMessage,
        );
    });
}

/// With such a provider a skipped record looks like a part of a message, so rustls tries all records again at every
/// call.
#[test]
fn records_that_may_have_been_skipped_are_retained_up_to_a_limit() {
    let quirks = Quirks {
        objects: CipherBehavior::Wipe,
        ..Quirks::default()
    };
    each_with_early_data(one_setup_per_version(), |setup| {
        let mut server = Server::rejecting(&unrecognised_suite(setup, quirks));
        let outcome = server.deliver(&record(23, &[]).repeat(256));
        outcome.expect("as many as are allowed");
        let outcome = server.deliver(&record(23, &[]));
        let error = outcome.clone().expect_err("one more");
        assert!(
            error
                .to_string()
                .contains("with this crypto provider"),
            "{error}"
        );
        let again = server
            .direct
            .run()
            .expect_err("a repeated error");
        assert_eq!(again.to_string(), error.to_string());
        let outgoing = mem::take(&mut server.direct.app().outgoing);
        assert!(matches!(
            server.peer.read(&outgoing),
            Err(Error::AlertReceived(_))
        ));
    });
}

/// The message is longer than its header says, and comes in records of one byte.
#[test]
fn a_message_in_too_many_records_ends_with_an_alert() {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            let mut direct = setup.direct(role);
            let mut peer = Peer::new(&setup, role.other());
            direct.run().expect("to begin");
            peer.read(&mem::take(&mut direct.app().outgoing))
                .expect("a first flight");
            let typ = match role {
                Role::Client => 2,
                Role::Server => 1,
            };
            let mut tls = record(22, &[typ, 0, 0xea, 0x60]);
            for byte in pattern(60_000) {
                tls.extend(record(22, &[byte]));
            }
            direct.app().incoming.extend(tls);
            let error = Error::from(InvalidMessage::HandshakePayloadTooLarge);
            assert_eq!(direct.run(), Err(error.clone()));
            assert_eq!(direct.run(), Err(error));
            let outgoing = mem::take(&mut direct.app().outgoing);
            assert_eq!(outgoing, record(21, &[2, 50]), "decode_error");
        }
    }
}

/// Likewise, in protected records.
#[test]
fn a_protected_message_in_too_many_records_ends_with_an_alert() {
    each_with_early_data(setups_with_every_record_source(), |setup| {
        let mut server = Server::rejecting(setup);
        let mut sealer = setup.sealer_of(&server.secrets, "CLIENT_HANDSHAKE_TRAFFIC_SECRET");
        let mut seal = |content: &[u8]| {
            let content = OutboundRecord::new(ContentType::Handshake, content.into());
            seal(&mut sealer, content)
        };
        // A Certificate, most of which never arrives.
        let mut outcome = server.deliver(&seal(&[11, 0, 0xff, 0xf0]));
        for _ in 0..6000 {
            if outcome.is_err() {
                break;
            }
            outcome = server.deliver(&seal(&[0]));
        }
        server.assert_failed(
            outcome,
            InvalidMessage::HandshakePayloadTooLarge.into(),
            AlertDescription::DecodeError,
        );
    });
}

#[test]
fn a_client_reports_whether_its_early_data_was_accepted() {
    each_with_early_data(setups(), |setup| {
        for setup in [setup.clone(), setup.clone().with_client_auth()] {
            for size in [None, Some(32)] {
                let accepted = [(true, with_early_data_ticket(&setup))];
                let rejected = rejecting_servers(&setup, MAX_EARLY_DATA)
                    .map(|(_, _, configs)| (false, configs));
                for (accepts, mut configs) in accepted.into_iter().chain(rejected) {
                    configs.client.max_fragment_size = size;
                    assert_eq!(reports_acceptance(&configs), accepts);
                }
                // Nor if no early data was offered.
                assert!(!reports_acceptance(&setup.configs()));
            }
        }
    });
}

/// Whether our client reports accepted early data after a handshake.
fn reports_acceptance(configs: &Configs) -> bool {
    let mut conn = configs.client();
    assert!(!conn.is_early_data_accepted());
    configs
        .peer(Role::Server)
        .talk_to(&mut Direct::new(&mut *conn))
        .expect("a handshake");
    conn.is_early_data_accepted()
}
