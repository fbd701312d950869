//! Does a provider that does not know our traits work unchanged, through its own objects?
//!
//! The objects here do what rustls's own do, but are not recognised. AWS-LC's objects take their first nonce for that
//! of sequence number 0. The first record after the handshake has another sequence number in TLS 1.2, and on a TLS 1.3
//! server.

use rustls::{ContentType, Error};
use rustls_direct::cipher::{DecryptFailed, OutboundRecord, RecordProvider};
use rustls_direct::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader};
use testing::{Forger, Role, Setup, setups};

use crate::exchange::{assert_altered_record_refused, exchange_all};

fn for_each_setup_and_role(test: impl Fn(&Setup, &Setup, Role)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in setups.into_iter().filter(has_keys_for) {
        for role in Role::BOTH {
            let wrapped = setup.wrapped();
            println!("{} {role:?}", wrapped.name());
            test(&wrapped, &setup, role);
        }
    }
}

/// Whether keys can be made for another provider. Without `std`, keys of 16 bytes cannot.
pub(crate) fn has_keys_for(setup: &Setup) -> bool {
    cfg!(feature = "std") || !format!("{:?}", setup.id()).contains("AES_128")
}

#[cfg(not(feature = "std"))]
#[test]
fn a_suite_whose_keys_cannot_be_made_is_refused() {
    use rustls_direct::client::UnbufferedClientConnection;

    for setup in setups()
        .into_iter()
        .filter(|setup| !has_keys_for(setup))
    {
        let config = setup.wrapped().client_config();
        let made = UnbufferedClientConnection::new(config, testing::server_name());
        let Err(Error::General(text)) = made.map(drop) else {
            panic!("not refused");
        };
        assert!(text.contains(&format!("{:?}", setup.id())), "{text}");
        assert!(text.contains("`std`"), "{text}");
    }
}

#[test]
fn records_of_all_shapes_pass_both_ways() {
    // Whether AWS-LC's objects accept a nonce depends on the keys: see above.
    for _ in 0..3 {
        for_each_setup_and_role(|wrapped, setup, role| {
            exchange_all(&wrapped.configs(), &setup.configs(), role, false);
        });
    }
}

#[test]
fn an_altered_record_is_refused() {
    for_each_setup_and_role(|wrapped, setup, role| {
        assert_altered_record_refused(&wrapped.configs(), &setup.configs(), role)
    });
}

/// rustls's objects report only that they refuse the record, not where its content is.
#[test]
fn a_refused_change_cipher_spec_is_wiped() {
    for_each_setup_and_role(|wrapped, _, role| {
        if wrapped.is_tls13() {
            let (mut direct, mut forger) = Forger::connected(wrapped, role);
            let mut tls = forger.seal(ContentType::ChangeCipherSpec, b"refused content");
            let (error, _) = direct.failure(&mut tls);
            assert!(
                matches!(error, Error::InappropriateMessage { .. }),
                "{error}"
            );
            assert!(
                tls[HEADER_LEN..]
                    .iter()
                    .all(|byte| *byte == 0)
            );
        }
    });
}

#[test]
fn sessions_are_resumed() {
    for_each_setup_and_role(|wrapped, setup, role| {
        let mut ours = wrapped.configs();
        let mut theirs = setup.configs();
        let ticketer = setup.ticketer();
        ours.server.ticketer = ticketer.clone();
        theirs.server.ticketer = ticketer;
        for kind in [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed] {
            let mut direct = ours.direct(role);
            let mut peer = theirs.peer(role.other());
            peer.talk_to(&mut *direct)
                .expect("a handshake");
            assert_eq!(peer.conn.handshake_kind(), Some(kind));
            crate::exchange::exchange_data(&mut *direct, &mut peer);
        }
    });
}

#[test]
fn secrets_can_be_extracted_if_the_config_allows_it() {
    for_each_setup_and_role(|wrapped, setup, role| {
        let ours = wrapped
            .configs()
            .with_secret_extraction();
        let mut peer = setup.configs().peer(role.other());
        let (secrets, _) = match role {
            Role::Client => {
                let mut client = ours.client();
                testing::complete_handshake(&mut client, &mut peer);
                client
                    .dangerous_into_kernel_connection()
                    .map(|(secrets, _)| (secrets, ()))
            }
            Role::Server => {
                let mut server = ours.server();
                testing::complete_handshake(&mut server, &mut peer);
                server
                    .dangerous_into_kernel_connection()
                    .map(|(secrets, _)| (secrets, ()))
            }
        }
        .expect("the config allows it");
        assert_eq!(
            secrets.tx.0,
            u64::from(!setup.is_tls13() || role == Role::Server)
        );
    });
}

/// rustls handles the early data. The provider's objects are used after it.
#[test]
fn rejected_early_data_is_skipped() {
    for_each_setup_and_role(|wrapped, setup, role| {
        if !setup.is_tls13() || role == Role::Client {
            return;
        }
        let theirs = setup.configs().with_early_data(10_000);
        let mut ours = wrapped
            .configs()
            .with_early_data(10_000);
        // This connection provides the ticket.
        let mut direct = ours.direct(Role::Server);
        let mut peer = theirs.peer(Role::Client);
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        crate::exchange::exchange_data(&mut *direct, &mut peer);
        // A server that accepts no more early data, and knows the ticket.
        ours.server.max_early_data_size = 0;

        let mut direct = ours.direct(Role::Server);
        let mut peer = theirs.peer(Role::Client);
        let early = peer.send_early(&[7; 3000]);
        direct.app().incoming.extend(early);
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        assert_eq!(direct.app().received_early, b"");
        crate::exchange::exchange_data(&mut *direct, &mut peer);
    });
}

#[test]
fn a_record_that_opens_to_too_much_content_is_wiped() {
    for setup in setups()
        .into_iter()
        .filter(has_keys_for)
        .filter(Setup::is_tls13)
    {
        let (id, keys) = (setup.id(), setup.made_up_keys());
        let record = OutboundRecord::new(
            ContentType::ApplicationData,
            [0xaa; MAX_CONTENT_LEN + 100][..].into(),
        );
        let mut payload = vec![0; MAX_CONTENT_LEN + 100 + 17];
        setup
            .records
            .algorithm(id)
            .and_then(|algorithm| algorithm.encrypter(&keys).ok())
            .expect("keys of the suite")
            .encrypt_into(record, 0, &mut payload)
            .expect("no limit here");

        let header = RecordHeader::new(
            ContentType::ApplicationData.into(),
            payload
                .len()
                .try_into()
                .expect("two bytes"),
        );
        let config = setup.client_config();
        let opened = RecordProvider::algorithm(&**config.crypto_provider(), id)
            .and_then(|algorithm| algorithm.decrypter(&keys).ok())
            .expect("keys of the suite")
            .decrypt_in_place(header, &mut payload, 0);
        assert_eq!(opened, Err(DecryptFailed::RecordOverflow));
        assert!(payload.iter().all(|byte| *byte == 0));
    }
}
