//! Does creating a connection fail for what it cannot work with, with an error that says what and why?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

#[cfg(feature = "std")]
mod checked_once;
#[cfg(not(feature = "tls12"))]
mod without_tls12;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, ClientConfig, Error, RootCertStore};
use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::server::UnbufferedServerConnection;
use testing::{
    CipherBehavior, Direct, Endpoint, ExtractedKeys, Peer, Quirks, Role, Setup, server_name,
    setups, unrecognised_suite,
};

/// A record provider without suites.
#[derive(Debug)]
struct NoSuites;

impl RecordProvider for NoSuites {
    fn algorithm(&self, _: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        None
    }
}

/// A connection of ours in `role`. The record provider is passed, or chosen by the library.
fn connection(
    setup: &Setup,
    role: Role,
    records: Option<&'static dyn RecordProvider>,
) -> Result<Box<dyn Endpoint>, Error> {
    let (client, server) = (setup.client_config(), setup.server_config());
    Ok(match (role, records) {
        (Role::Client, None) => Box::new(Direct::new(UnbufferedClientConnection::new(
            client,
            server_name(),
        )?)),
        (Role::Client, Some(records)) => Box::new(Direct::new(
            UnbufferedClientConnection::new_with_provider(client, server_name(), records)?,
        )),
        (Role::Server, None) => Box::new(Direct::new(UnbufferedServerConnection::new(server)?)),
        (Role::Server, Some(records)) => Box::new(Direct::new(
            UnbufferedServerConnection::new_with_provider(server, records)?,
        )),
    })
}

/// A client of ours for the version of `setup`, with this crypto provider.
fn client_with(setup: &Setup, provider: Arc<CryptoProvider>) -> Result<Box<dyn Endpoint>, Error> {
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[setup.suite.version()])
        .expect("the version of the suite")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = UnbufferedClientConnection::new(Arc::new(config), server_name())?;
    Ok(Box::new(Direct::new(client)))
}

/// Runs `test` with every library, suite and role.
fn for_each_setup_and_role(test: impl Fn(&Setup, Role)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in &setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(setup, role);
        }
    }
}

/// Checks that no connection was made, and that the error names the suite and contains `why`.
fn assert_refused(setup: &Setup, made: Result<Box<dyn Endpoint>, Error>, why: &str) {
    let Err(error) = made.map(|_| ()) else {
        panic!("not refused");
    };
    let text = error.to_string();
    // Without `std`, rustls has only this variant for a text.
    assert_eq!(
        text.starts_with("unexpected error"),
        !cfg!(feature = "std"),
        "{text}"
    );
    assert!(text.contains(&format!("{:?}", setup.id())), "{text}");
    assert!(text.contains(why), "{text}");
}

/// Checks that `direct` completes a handshake with rustls, and seals and opens records.
fn assert_works(setup: &Setup, role: Role, mut direct: Box<dyn Endpoint>) {
    let mut peer = Peer::new(setup, role.other());
    peer.talk_to(&mut *direct)
        .expect("a handshake");
    assert!(direct.is_direct());
    let tls = direct.send(b"there");
    peer.read(&tls).expect("a record");
    assert_eq!(peer.received, b"there");
    direct.app().incoming = peer.send(b"and back");
    direct.run().expect("a record");
    assert_eq!(direct.app().received, b"and back");
}

#[test]
fn a_provider_can_be_passed_for_an_external_suite() {
    for_each_setup_and_role(|setup, role| {
        let direct = connection(&setup.wrapped(), role, Some(setup.records)).expect("a connection");
        assert_works(setup, role, direct);
    });
}

#[test]
fn a_provider_can_be_passed_for_a_suite_of_rustls() {
    for_each_setup_and_role(|setup, role| {
        for records in setups()
            .iter()
            .filter(|other| other.id() == setup.id())
            .map(|other| other.records)
        {
            let direct = connection(setup, role, Some(records)).expect("a connection");
            assert_works(setup, role, direct);
        }
    });
}

#[test]
fn a_provider_without_the_suite_is_refused() {
    for_each_setup_and_role(|setup, role| {
        for setup in [setup, &setup.wrapped()] {
            assert_refused(
                setup,
                connection(setup, role, Some(&NoSuites)),
                "record provider",
            );
        }
    });
}

#[test]
fn a_suite_that_does_not_export_its_keys_unchanged_is_refused() {
    for (keys, why) in [
        (
            ExtractedKeys::None,
            "does not return its keys from `extract_keys`",
        ),
        (ExtractedKeys::Mislabelled, "as those of another AEAD"),
        (ExtractedKeys::Altered, "other keys than it was given"),
    ] {
        let traits = Quirks {
            keys,
            ..Quirks::default()
        };
        for_each_setup_and_role(|setup, role| {
            // Without `std`, a key of 16 bytes cannot be made for the check.
            if cfg!(feature = "std") || !setup.name().contains("AES_128") {
                let unrecognised_suite = unrecognised_suite(setup, traits);
                for records in [None, Some(setup.records)] {
                    assert_refused(setup, connection(&unrecognised_suite, role, records), why);
                }
            }
        });
    }
}

/// Such a suite would restart its count at the handover, and repeat nonces.
#[test]
fn a_suite_that_counts_by_itself_is_refused() {
    let traits = Quirks {
        objects: CipherBehavior::Count,
        ..Quirks::default()
    };
    for_each_setup_and_role(|setup, role| {
        if cfg!(feature = "std") || !setup.name().contains("AES_128") {
            let made = connection(&unrecognised_suite(setup, traits), role, None);
            assert_refused(setup, made, "by its key and sequence number");
        }
    });
}

/// Peers would refuse the header that rustls sends with such records.
#[test]
fn a_suite_that_shows_another_type_or_version_is_refused() {
    for objects in [CipherBehavior::ShowType, CipherBehavior::ShowVersion] {
        let traits = Quirks {
            objects,
            ..Quirks::default()
        };
        for_each_setup_and_role(|setup, role| {
            let is_right = objects == CipherBehavior::ShowType && !setup.is_tls13();
            if !is_right && (cfg!(feature = "std") || !setup.name().contains("AES_128")) {
                let made = connection(&unrecognised_suite(setup, traits), role, None);
                assert_refused(setup, made, "another type or version");
            }
        });
    }
}

#[test]
fn a_suite_with_keys_of_another_length_is_refused() {
    for key_len in [0, 1, 15, 17, 24, 33, usize::MAX] {
        let traits = Quirks {
            key_len: Some(key_len),
            ..Quirks::default()
        };
        for_each_setup_and_role(|setup, role| {
            for records in [None, Some(setup.records)] {
                // Without `std`, any length but 32 is refused before the check, unless no key is made.
                let why = match (cfg!(feature = "std"), records) {
                    (false, None) => "`std`",
                    _ => "have another length",
                };
                let made = connection(&unrecognised_suite(setup, traits), role, records);
                assert_refused(setup, made, why);
            }
        });
    }
}

#[cfg(feature = "tls12")]
#[test]
fn a_suite_with_an_iv_of_another_length_is_refused() {
    for iv_lens in [
        (0, 0),
        (4, 0),
        (13, 0),
        (8, 8),
        (200, 0),
        (usize::MAX, 13),
        (usize::MAX / 2, 0),
    ] {
        let traits = Quirks {
            iv_lens: Some(iv_lens),
            ..Quirks::default()
        };
        for_each_setup_and_role(|setup, role| {
            let has_keys = cfg!(feature = "std") || !setup.name().contains("AES_128");
            if !setup.is_tls13() && has_keys {
                let made = connection(&unrecognised_suite(setup, traits), role, None);
                assert_refused(setup, made, "does not return its keys from `extract_keys`");
            }
        });
    }
}

#[test]
fn a_fips_approved_suite_is_refused() {
    let traits = Quirks {
        fips: true,
        ..Quirks::default()
    };
    for_each_setup_and_role(|setup, role| {
        let unrecognised_suite = unrecognised_suite(setup, traits);
        assert!(unrecognised_suite.suite.fips());
        for records in [None, Some(setup.records)] {
            assert_refused(
                setup,
                connection(&unrecognised_suite, role, records),
                "FIPS",
            );
        }
    });
}

#[test]
fn one_unusable_suite_among_others_is_refused() {
    let traits = Quirks {
        keys: ExtractedKeys::None,
        ..Quirks::default()
    };
    for setup in setups()
        .into_iter()
        .filter(|setup| !setup.name().contains("AES_128"))
    {
        let mut provider = CryptoProvider::clone(setup.client_config().crypto_provider());
        provider
            .cipher_suites
            .push(unrecognised_suite(&setup, traits).suite);
        let made = client_with(&setup, Arc::new(provider));
        assert_refused(&setup, made, "does not return its keys from `extract_keys`");
    }
}

#[test]
fn a_fragment_size_that_rustls_does_not_allow_is_refused() {
    for_each_setup_and_role(|setup, role| {
        for size in [0, 31, 16_390, usize::MAX] {
            let setup = setup
                .clone()
                .with_max_fragment_size(size);
            assert_eq!(
                connection(&setup, role, None).map(|_| ()),
                Err(Error::BadMaxFragmentSize)
            );
        }
        for size in [32, 16_389] {
            let small = setup
                .clone()
                .with_max_fragment_size(size);
            let direct = connection(&small, role, None).expect("a connection");
            assert_works(setup, role, direct);
        }
    });
}

#[test]
fn the_callers_config_is_not_changed() {
    for setup in setups() {
        let config = setup.client_config();
        let client = UnbufferedClientConnection::new(config.clone(), server_name());
        assert_works(
            &setup,
            Role::Client,
            Box::new(Direct::new(client.expect("a connection"))),
        );
        assert!(!config.enable_secret_extraction);

        let config = setup.server_config();
        let server = UnbufferedServerConnection::new(config.clone());
        assert_works(
            &setup,
            Role::Server,
            Box::new(Direct::new(server.expect("a connection"))),
        );
        assert!(!config.enable_secret_extraction);
    }
}
