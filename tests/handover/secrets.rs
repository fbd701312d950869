//! Secrets that the caller takes out, to go on elsewhere.

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
    Configs, Direct, Endpoint, Forger, NewSessionTicket, Peer, Role, Setup, few_setups, seal,
    setups,
};

use crate::converse;
use crate::kinds::each_kind;

/// A connection of ours that can be taken apart, which is not the same for the two roles.
enum Ours {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

/// What is left of it.
enum Kernel {
    Client(KernelConnection<ClientConnectionData>),
    Server(KernelConnection<ServerConnectionData>),
}

/// Does something with either of them.
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

    /// One that is connected with a peer of the same configs.
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

    /// An application around it, for a while.
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

/// Checks that what one side seals with is what the other opens with, sequence numbers included.
fn mirror(ours: ExtractedSecrets, theirs: ExtractedSecrets) {
    assert!(Keys::from(ours.tx) == Keys::from(theirs.rx));
    assert!(Keys::from(ours.rx) == Keys::from(theirs.tx));
}

/// Runs `test` with every library, suite and role of ours, of configs that allow extraction.
fn each(setups: Vec<Setup>, test: impl Fn(&Setup, &Configs, Role)) {
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
fn the_secrets_are_those_of_the_peer_after_every_kind_of_handshake() {
    each_kind(&few_setups(), |_, configs, role| {
        let configs = configs.clone().with_secret_extraction();
        let (ours, peer) = Ours::connected(&configs, role);
        mirror(ours.extract().expect("allowed"), extracted(peer));
    });
}

#[test]
fn the_secrets_are_those_of_the_peer_after_data() {
    each(setups(), |_, configs, role| {
        let (mut ours, mut peer) = Ours::connected(configs, role);
        converse(&mut *ours.endpoint(), &mut peer);
        let (secrets, _) = ours.into_kernel().expect("allowed");
        mirror(secrets, extracted(peer));
    });
}

/// The next keys of the peer's sealing half come to us, and ours go to it.
fn update_keys(direct: &mut dyn Endpoint, peer: &mut Peer) {
    peer.conn
        .refresh_traffic_keys()
        .expect("TLS 1.3");
    peer.talk_to(direct)
        .expect("a key update and its answer");
    assert!(direct.is_direct());
}

#[test]
fn the_secrets_are_those_of_the_peer_after_key_updates() {
    each(setups(), |setup, configs, role| {
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
            mirror(secrets, extracted(peer));
        }
    });
}

#[test]
fn what_is_left_of_rustls_goes_on_with_the_keys() {
    each(setups(), |setup, configs, role| {
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

        // The peer comes to the same keys: its own by itself, and ours by a KeyUpdate under the last of them.
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
fn a_config_that_does_not_allow_it_is_obeyed() {
    each(setups(), |setup, _, role| {
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

/// Checks that a connection that has just begun is refused in the same words as by rustls.
fn is_refused_at_the_beginning(configs: &Configs, role: Role) {
    let refused = Ours::new(configs, role).extract().err();
    let rustls = configs.peer(role).conn;
    let by_rustls = rustls.dangerous_extract_secrets().err();
    assert!(by_rustls.is_some());
    assert_eq!(refused, by_rustls);
}

#[test]
fn a_handshake_that_goes_on_has_no_secrets_to_give() {
    each(few_setups(), |_, configs, role| {
        is_refused_at_the_beginning(configs, role);
    });
}

#[test]
fn a_config_that_does_not_allow_it_is_obeyed_before_anything_else() {
    each(few_setups(), |setup, _, role| {
        is_refused_at_the_beginning(&setup.configs(), role);
    });
}

/// Whether it is refused for what is still going on, and not for what the config says.
fn is_busy(refused: Result<ExtractedSecrets, Error>) -> bool {
    match refused {
        Err(Error::General(why)) => !cfg!(feature = "std") && !why.contains("disabled"),
        Err(Error::Other(_)) => true,
        _ => false,
    }
}

#[test]
fn a_record_that_was_not_taken_is_not_left_behind() {
    fn leave<Data>(conn: &mut UnbufferedConnectionCommon<Data>, tls: &mut [u8]) {
        let state = conn.process_tls_records(tls).state;
        assert!(matches!(state, Ok(ConnectionState::ReadTraffic(_))));
    }
    each(few_setups(), |_, configs, role| {
        let (mut ours, mut peer) = Ours::connected(configs, role);
        let mut tls = peer.send(b"data");
        either!(Ours, &mut ours, conn => leave(conn, &mut tls));
        assert!(is_busy(ours.extract()));
    });
}

#[test]
fn an_answer_that_is_owed_is_not_left_behind() {
    /// Goes as far with what has come as `steps` states.
    fn go<Data>(conn: &mut UnbufferedConnectionCommon<Data>, tls: &mut Vec<u8>, steps: usize) {
        for step in 0..steps {
            let status = conn.process_tls_records(tls);
            let discard = status.discard;
            match (step, status.state) {
                (0 | 1, Ok(ConnectionState::EncodeTlsData(mut data))) => {
                    // Looked at, and then taken.
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
    each(few_setups(), |setup, configs, role| {
        if !setup.is_tls13() {
            return;
        }
        for steps in 1..4 {
            let (mut ours, mut peer) = Ours::connected(configs, role);
            peer.conn
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            let mut tls = peer.write();
            either!(Ours, &mut ours, conn => go(conn, &mut tls, steps));
            assert!(tls.is_empty());
            let secrets = ours.extract();
            assert_eq!(secrets.is_ok(), steps > 1);
            assert!(secrets.is_ok() || is_busy(secrets));
        }
    });
}

#[test]
fn a_message_that_is_half_read_is_not_left_behind() {
    each(few_setups(), |setup, configs, role| {
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
fn a_connection_that_has_failed_has_no_secrets_to_give() {
    each(few_setups(), |_, configs, role| {
        let (mut ours, mut peer) = Ours::connected(configs, role);
        let mut bad = peer.send(b"bad");
        *bad.last_mut().expect("a tag") ^= 1;
        ours.endpoint().failure(&mut bad);
        assert_eq!(ours.extract().err(), Some(Error::DecryptError));
    });
}
