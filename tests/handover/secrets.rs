//! Do the secrets that a connection gives match the peer's?

use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ExtractedSecrets};
use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::record_layer::EncryptionState;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct::unbuffered::{ConnectionState, UnbufferedConnectionCommon};
use testing::raw::Keys;
use testing::{
    Configs, Direct, Endpoint, Forger, NewSessionTicket, Peer, Role, Setup, one_setup_per_version,
    seal, setups,
};

use crate::exchange_data;
use crate::handshake_kinds::each_kind;

/// A connection of ours, of a type that depends on the role.
enum Ours {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

/// rustls's part of a connection whose secrets were taken.
enum Kernel {
    Client(KernelConnection<ClientConnectionData>),
    Server(KernelConnection<ServerConnectionData>),
}

/// Evaluates an expression with the value of either variant.
macro_rules! either {
    ($kind:ident, $value:expr, $inner:ident => $result:expr) => {
        match $value {
            $kind::Client($inner) => $result,
            $kind::Server($inner) => $result,
        }
    };
}

impl Ours {
    fn new(configs: &Configs, role: Role) -> Self {
        match role {
            Role::Client => Self::Client(configs.client()),
            Role::Server => Self::Server(configs.server()),
        }
    }

    /// A connection, and its peer with the same configs.
    fn connected(configs: &Configs, role: Role) -> (Self, Peer) {
        let mut ours = Self::new(configs, role);
        let mut peer = configs.peer(role.other());
        let mut direct = ours.endpoint();
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        assert!(direct.is_direct());
        drop(direct);
        (ours, peer)
    }

    /// Returns an application around the connection.
    fn endpoint(&mut self) -> Box<dyn Endpoint + '_> {
        either!(Self, self, conn => Box::new(Direct::new(&mut **conn)))
    }

    #[allow(deprecated)]
    fn extract(self) -> Result<ExtractedSecrets, Error> {
        either!(Self, self, conn => conn.dangerous_extract_secrets())
    }

    fn into_kernel(self) -> Result<(ExtractedSecrets, Kernel), Error> {
        match self {
            Self::Client(conn) => conn
                .dangerous_into_kernel_connection()
                .map(|(secrets, kernel)| (secrets, Kernel::Client(kernel))),
            Self::Server(conn) => conn
                .dangerous_into_kernel_connection()
                .map(|(secrets, kernel)| (secrets, Kernel::Server(kernel))),
        }
    }
}

/// Checks that each side seals with the keys and sequence number that the other opens with.
fn assert_mirrored(ours: ExtractedSecrets, theirs: ExtractedSecrets) {
    assert!(Keys::from(ours.tx) == Keys::from(theirs.rx));
    assert!(Keys::from(ours.rx) == Keys::from(theirs.tx));
}

/// Runs `test` with each of `setups` and each role of ours, with configs that allow extraction.
fn for_each_setup_and_role(setups: Vec<Setup>, test: impl Fn(&Setup, &Configs, Role)) {
    for setup in setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&setup, &setup.configs().with_secret_extraction(), role);
        }
    }
}

fn extracted(peer: Peer) -> ExtractedSecrets {
    peer.conn
        .dangerous_extract_secrets()
        .expect("the config allows it")
}

#[test]
fn secrets_match_the_peers_after_every_kind_of_handshake() {
    each_kind(&one_setup_per_version(), |_, configs, role| {
        let configs = configs.clone().with_secret_extraction();
        let (ours, peer) = Ours::connected(&configs, role);
        assert_mirrored(ours.extract().expect("allowed"), extracted(peer));
    });
}

#[test]
fn secrets_match_the_peers_after_data() {
    for_each_setup_and_role(setups(), |_, configs, role| {
        let (mut ours, mut peer) = Ours::connected(configs, role);
        exchange_data(&mut *ours.endpoint(), &mut peer);
        let (secrets, _) = ours.into_kernel().expect("allowed");
        assert_mirrored(secrets, extracted(peer));
    });
}

/// Updates the keys of both directions, at the peer's request.
fn update_keys(direct: &mut dyn Endpoint, peer: &mut Peer) {
    peer.conn
        .refresh_traffic_keys()
        .expect("TLS 1.3");
    peer.talk_to(direct)
        .expect("a key update and its answer");
    assert!(direct.is_direct());
}

#[test]
fn secrets_match_the_peers_after_key_updates() {
    for_each_setup_and_role(setups(), |setup, configs, role| {
        if !setup.is_tls13() {
            return;
        }
        for updates in 1..4 {
            let (mut ours, mut peer) = Ours::connected(configs, role);
            let mut direct = ours.endpoint();
            for _ in 0..updates {
                update_keys(&mut *direct, &mut peer);
                peer.read(&direct.send(b"data"))
                    .expect("a record");
            }
            drop(direct);
            let secrets = ours.extract().expect("allowed");
            assert_eq!([secrets.tx.0, secrets.rx.0], [1, 0], "of the last keys");
            assert_mirrored(secrets, extracted(peer));
        }
    });
}

#[test]
fn the_kernel_connection_derives_the_next_keys() {
    for_each_setup_and_role(setups(), |setup, configs, role| {
        let (mut ours, mut peer) = Ours::connected(configs, role);
        if setup.is_tls13() {
            update_keys(&mut *ours.endpoint(), &mut peer);
        }
        let (secrets, mut kernel) = ours.into_kernel().expect("allowed");
        either!(Kernel, &kernel, kernel => {
            assert_eq!(kernel.negotiated_cipher_suite(), setup.suite);
            assert_eq!(kernel.protocol_version(), setup.suite.version().version);
        });
        let next: [Result<(u64, ConnectionTrafficSecrets), Error>; 2] = either!(
            Kernel, &mut kernel,
            kernel => [kernel.update_tx_secret(), kernel.update_rx_secret()]
        );
        if !setup.is_tls13() {
            assert!(next.iter().all(Result::is_err));
            return;
        }

        // The peer reaches the same keys: its own by itself, and ours by a KeyUpdate sealed with our last key.
        let [tx, rx] = next.map(|next| Keys::from(next.expect("TLS 1.3")));
        assert_eq!([tx.seq, rx.seq], [0, 0]);
        let Keys { seq, key, iv } = Keys::from(secrets.tx);
        let keys = TrafficKeys::new(&key, &iv).expect("key and iv");
        let mut sealer = EncryptionState::new(setup.records, setup.id(), &keys, seq, u64::MAX)
            .expect("keys of the suite");
        let update = OutboundRecord::new(ContentType::Handshake, [24, 0, 0, 1, 0][..].into());
        peer.read(&seal(&mut sealer, update))
            .expect("a KeyUpdate");
        peer.conn
            .refresh_traffic_keys()
            .expect("TLS 1.3");
        peer.write();
        let theirs = extracted(peer);
        assert!(tx == Keys::from(theirs.rx));
        assert!(rx == Keys::from(theirs.tx));

        if let Kernel::Client(kernel) = &mut kernel {
            kernel
                .handle_new_session_ticket(&NewSessionTicket::with_len(9).body())
                .expect("a ticket");
        }
    });
}

#[test]
fn extraction_is_refused_if_the_config_forbids_it() {
    for_each_setup_and_role(setups(), |setup, _, role| {
        for take in [0, 1] {
            let (ours, peer) = Ours::connected(&setup.configs(), role);
            let refused = match take {
                0 => ours.extract().err(),
                _ => ours.into_kernel().err(),
            };
            let by_rustls = peer
                .conn
                .dangerous_extract_secrets()
                .err();
            assert!(by_rustls.is_some());
            assert_eq!(refused, by_rustls);
        }
    });
}

/// Checks that extraction at the start of a handshake fails with rustls's error.
fn assert_refused_at_start(configs: &Configs, role: Role) {
    let refused = Ours::new(configs, role).extract().err();
    let rustls = configs.peer(role).conn;
    let by_rustls = rustls.dangerous_extract_secrets().err();
    assert!(by_rustls.is_some());
    assert_eq!(refused, by_rustls);
}

#[test]
fn extraction_is_refused_during_a_handshake() {
    for_each_setup_and_role(one_setup_per_version(), |_, configs, role| {
        assert_refused_at_start(configs, role);
    });
}

#[test]
fn the_config_is_checked_before_the_state() {
    for_each_setup_and_role(one_setup_per_version(), |setup, _, role| {
        assert_refused_at_start(&setup.configs(), role);
    });
}

/// Whether extraction is refused because of unfinished work, and not because of the config.
fn is_busy(refused: Result<ExtractedSecrets, Error>) -> bool {
    match refused {
        Err(Error::General(reason)) => !cfg!(feature = "std") && !reason.contains("disabled"),
        Err(Error::Other(_)) => true,
        _ => false,
    }
}

#[test]
fn extraction_is_refused_while_a_record_is_untaken() {
    fn leave<Data>(conn: &mut UnbufferedConnectionCommon<Data>, tls: &mut [u8]) {
        let state = conn.process_tls_records(tls).state;
        assert!(matches!(state, Ok(ConnectionState::ReadTraffic(_))));
    }
    for_each_setup_and_role(one_setup_per_version(), |_, configs, role| {
        let (mut ours, mut peer) = Ours::connected(configs, role);
        let mut tls = peer.send(b"data");
        either!(Ours, &mut ours, conn => leave(conn, &mut tls));
        assert!(is_busy(ours.extract()));
    });
}

#[test]
fn extraction_is_refused_while_an_answer_is_owed() {
    /// Handles the first `steps` states.
    fn advance<Data>(conn: &mut UnbufferedConnectionCommon<Data>, tls: &mut Vec<u8>, steps: usize) {
        for step in 0..steps {
            let status = conn.process_tls_records(tls);
            let discard = status.discard;
            match (step, status.state) {
                (0 | 1, Ok(ConnectionState::EncodeTlsData(mut data))) => {
                    // The chunk is ignored at first, and then encoded.
                    if step == 1 {
                        data.encode(&mut [0; 100])
                            .expect("room for it");
                    }
                }
                (2, Ok(ConnectionState::TransmitTlsData(data))) => data.done(),
                (_, other) => panic!("{other:?}"),
            }
            tls.drain(..discard);
        }
    }
    for_each_setup_and_role(one_setup_per_version(), |setup, configs, role| {
        if !setup.is_tls13() {
            return;
        }
        for steps in 1..4 {
            let (mut ours, mut peer) = Ours::connected(configs, role);
            peer.conn
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            let mut tls = peer.write();
            either!(Ours, &mut ours, conn => advance(conn, &mut tls, steps));
            assert!(tls.is_empty());
            let secrets = ours.extract();
            assert_eq!(secrets.is_ok(), steps > 1);
            assert!(secrets.is_ok() || is_busy(secrets));
        }
    });
}

#[test]
fn extraction_is_refused_in_the_middle_of_a_message() {
    for_each_setup_and_role(one_setup_per_version(), |setup, configs, role| {
        if !setup.is_tls13() || role == Role::Server {
            return;
        }
        for len in [1, 4, 20] {
            let (mut ours, peer) = Ours::connected(configs, role);
            let mut forger = Forger::new(setup, peer);
            let mut direct = ours.endpoint();
            direct.app().incoming = forger.seal(
                ContentType::Handshake,
                &NewSessionTicket::with_len(9).message()[..len],
            );
            direct
                .run()
                .expect("a part of a ticket");
            assert!(direct.app().incoming.is_empty());
            drop(direct);
            assert!(is_busy(ours.extract()));
        }
    });
}

#[test]
fn extraction_is_refused_after_an_error() {
    for_each_setup_and_role(one_setup_per_version(), |_, configs, role| {
        let (mut ours, mut peer) = Ours::connected(configs, role);
        let mut bad = peer.send(b"bad");
        *bad.last_mut().expect("a tag") ^= 1;
        ours.endpoint().failure(&mut bad);
        assert_eq!(ours.extract().err(), Some(Error::DecryptError));
    });
}
