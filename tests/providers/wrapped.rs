//! A provider that knows nothing of us works unchanged, in the handshake and after it, through its own objects.
//!
//! Ours here do what rustls's own do, but are others, so that they are not recognised. AWS-LC's take the first nonce that
//! they see for that of sequence number 0, and the first record after the handshake has another in TLS 1.2 and on a
//! server of TLS 1.3.

use rustls::{ContentType, Error};
use rustls_direct::cipher::{DecryptFailed, OutboundRecord, RecordProvider};
use rustls_direct::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader};
use testing::{Forger, Role, Setup, setups};

use crate::conversation::{converse, tampered};

fn each(test: impl Fn(&Setup, &Setup, Role)) {
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

/// Without `std` no keys of 16 bytes can be made for other providers.
pub(crate) fn has_keys_for(setup: &Setup) -> bool {
    cfg!(feature = "std") || !format!("{:?}", setup.id()).contains("AES_128")
}

#[cfg(not(feature = "std"))]
#[test]
fn a_suite_that_no_keys_can_be_made_for_is_refused() {
    use rustls_direct::client::UnbufferedClientConnection;

    for setup in setups()
        .into_iter()
        .filter(|setup| !has_keys_for(setup))
    {
        let config = setup.wrapped().client_config();
        let made = UnbufferedClientConnection::new(config, testing::server_name());
        let Err(Error::General(said)) = made.map(drop) else {
            panic!("not refused");
        };
        assert!(said.contains(&format!("{:?}", setup.id())), "{said}");
        assert!(said.contains("`std`"), "{said}");
    }
}

#[test]
fn records_of_all_shapes_pass_both_ways() {
    // Whether AWS-LC's objects take what comes depends on the keys: see above.
    for _ in 0..3 {
        each(|wrapped, setup, role| {
            converse(&wrapped.configs(), &setup.configs(), role, false);
        });
    }
}

#[test]
fn a_changed_record_is_refused() {
    each(|wrapped, setup, role| tampered(&wrapped.configs(), &setup.configs(), role));
}

/// rustls's objects say only that they have refused it, and not where its content is.
#[test]
fn nothing_is_left_of_a_refused_change_cipher_spec() {
    each(|wrapped, _, role| {
        if wrapped.is_tls13() {
            let (mut direct, mut forger) = Forger::connected(wrapped, role);
            let mut tls = forger.seal(ContentType::ChangeCipherSpec, b"what is refused");
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
    each(|wrapped, setup, role| {
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
            crate::conversation::both_ways(&mut *direct, &mut peer);
        }
    });
}

#[test]
fn secrets_can_be_taken_out_if_the_config_allows_it() {
    each(|wrapped, setup, role| {
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

/// What rustls says of early data is its own doing; afterwards the provider's objects go on.
#[test]
fn rejected_early_data_is_skipped() {
    each(|wrapped, setup, role| {
        if !setup.is_tls13() || role == Role::Client {
            return;
        }
        let theirs = setup.configs().with_early_data(10_000);
        let mut ours = wrapped
            .configs()
            .with_early_data(10_000);
        // So that there is a ticket.
        let mut direct = ours.direct(Role::Server);
        let mut peer = theirs.peer(Role::Client);
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        crate::conversation::both_ways(&mut *direct, &mut peer);
        // A server that takes none any more, and knows the ticket.
        ours.server.max_early_data_size = 0;

        let mut direct = ours.direct(Role::Server);
        let mut peer = theirs.peer(Role::Client);
        let early = peer.send_early(&[7; 3000]);
        direct.app().incoming.extend(early);
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        assert_eq!(direct.app().received_early, b"");
        crate::conversation::both_ways(&mut *direct, &mut peer);
    });
}

#[test]
fn a_record_that_opens_to_too_much_leaves_no_plaintext() {
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
