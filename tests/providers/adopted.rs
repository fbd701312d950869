//! Do adopted suites, whose records we seal from the first on, work with rustls's connections and ours?

use std::sync::{Arc, Barrier};
use std::thread;

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, SupportedCipherSuite};
use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::crypto::with_records;
use testing::{Role, Setup, complete_handshake, server_name, setups};

use crate::exchange::{assert_altered_record_refused, between_rustls, exchange_all};
use crate::faulty_provider::{Fault, FaultyProvider};
use crate::wrapped::has_keys_for;

fn for_each_setup_and_role(test: impl Fn(&Setup, &Setup, Role)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in setups {
        for role in Role::BOTH {
            let adopted = setup.adopted();
            println!("{} {role:?}", adopted.name());
            test(&adopted, &setup, role);
        }
    }
}

#[test]
fn our_connection_with_adopted_suites_works_with_rustls() {
    for_each_setup_and_role(|adopted, setup, role| {
        exchange_all(&adopted.configs(), &setup.configs(), role, true)
    });
}

#[test]
fn our_connection_works_with_rustls_if_both_have_adopted_suites() {
    for_each_setup_and_role(|adopted, _, role| {
        exchange_all(&adopted.configs(), &adopted.configs(), role, true)
    });
}

#[test]
fn rustls_with_adopted_suites_works_with_rustls() {
    for_each_setup_and_role(|adopted, setup, role| {
        between_rustls(&adopted.configs(), &setup.configs(), role)
    });
}

#[test]
fn an_altered_record_is_refused() {
    for_each_setup_and_role(|adopted, setup, role| {
        assert_altered_record_refused(&adopted.configs(), &setup.configs(), role)
    });
}

/// Our default provider and rustls's, for each library.
fn default_providers() -> Vec<(CryptoProvider, CryptoProvider)> {
    vec![
        #[cfg(feature = "aws_lc_rs")]
        (
            rustls_direct::crypto::aws_lc_rs::default_provider(),
            rustls::crypto::aws_lc_rs::default_provider(),
        ),
        #[cfg(feature = "ring")]
        (
            rustls_direct::crypto::ring::default_provider(),
            rustls::crypto::ring::default_provider(),
        ),
    ]
}

fn same_static(one: &SupportedCipherSuite, other: &SupportedCipherSuite) -> bool {
    match (one, other) {
        (SupportedCipherSuite::Tls13(one), SupportedCipherSuite::Tls13(other)) => {
            std::ptr::eq(*one, *other)
        }
        (SupportedCipherSuite::Tls12(one), SupportedCipherSuite::Tls12(other)) => {
            std::ptr::eq(*one, *other)
        }
        _ => false,
    }
}

#[test]
fn the_default_providers_have_the_suites_of_rustls_in_their_order() {
    for (ours, rustls) in default_providers() {
        let ids = |provider: &CryptoProvider| -> Vec<_> {
            provider
                .cipher_suites
                .iter()
                .filter(|suite| cfg!(feature = "tls12") || suite.tls13().is_some())
                .map(|suite| suite.suite())
                .collect()
        };
        assert_eq!(ids(&ours), ids(&rustls));
        assert_eq!(ours.kx_groups.len(), rustls.kx_groups.len());
        for (one, other) in ours
            .cipher_suites
            .iter()
            .zip(&rustls.cipher_suites)
        {
            assert!(!same_static(one, other));
        }
    }
}

/// The suites of one provider, for the records of either library.
#[test]
#[cfg(all(feature = "aws_lc_rs", feature = "ring"))]
fn one_suite_can_be_adopted_for_the_records_of_either_library() {
    let base = rustls::crypto::ring::default_provider;
    let aws_lc_rs = with_records(base(), rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER);
    let ring = with_records(base(), rustls_direct::crypto::ring::RECORD_PROVIDER);
    assert_eq!(aws_lc_rs.cipher_suites.len(), ring.cipher_suites.len());
    for (one, other) in aws_lc_rs
        .cipher_suites
        .iter()
        .zip(&ring.cipher_suites)
    {
        assert_eq!(one.suite(), other.suite());
        assert!(!same_static(one, other));
    }
}

#[test]
fn a_suite_is_adopted_once_for_each_library() {
    let first = default_providers();
    for ((ours, _), (again, _)) in first.iter().zip(default_providers()) {
        for (one, other) in ours
            .cipher_suites
            .iter()
            .zip(&again.cipher_suites)
        {
            assert!(same_static(one, other));
        }
    }
    let all: Vec<_> = first
        .iter()
        .flat_map(|(ours, _)| &ours.cipher_suites)
        .collect();
    for (at, one) in all.iter().enumerate() {
        assert!(
            all[..at]
                .iter()
                .all(|other| !same_static(one, other))
        );
    }
}

/// As several threads of a program may do when it starts.
#[test]
fn threads_that_adopt_a_suite_at_once_get_the_same_one() {
    for setup in setups() {
        // A record provider that was not used before.
        let records: &'static dyn RecordProvider = leak(OnlyOne {
            suite: setup.id(),
            inner: setup.records,
        });
        let setup = setup.with_records(records);
        let barrier = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (setup, barrier) = (setup.clone(), barrier.clone());
                thread::spawn(move || {
                    barrier.wait();
                    setup.adopted().suite
                })
            })
            .collect();
        for thread in threads {
            let suite = thread.join().expect("no panic");
            assert!(same_static(&suite, &setup.adopted().suite));
        }
    }
}

#[test]
fn an_adopted_provider_can_be_adopted_again() {
    for (once, _) in default_providers() {
        for records in setups()
            .iter()
            .map(|setup| setup.records)
        {
            let twice = with_records(once.clone(), records);
            let thrice = with_records(twice.clone(), records);
            let pairs = twice
                .cipher_suites
                .iter()
                .zip(&thrice.cipher_suites);
            for (one, other) in pairs {
                assert!(same_static(one, other));
            }
        }
    }
}

#[test]
fn a_suite_without_an_algorithm_is_left_out() {
    for setup in setups() {
        let records = leak(OnlyOne {
            suite: setup.id(),
            inner: setup.records,
        });
        for (_, base) in default_providers() {
            let provider = with_records(base, records);
            let ids: Vec<_> = provider
                .cipher_suites
                .iter()
                .map(|suite| suite.suite())
                .collect();
            assert_eq!(ids, [setup.id()]);
        }
    }
}

/// A record provider with one suite.
#[derive(Debug)]
struct OnlyOne {
    suite: CipherSuite,
    inner: &'static dyn RecordProvider,
}

impl RecordProvider for OnlyOne {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        (suite == self.suite)
            .then(|| self.inner.algorithm(suite))
            .flatten()
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// With such algorithms, rustls would panic in every handshake.
#[test]
fn algorithms_that_reject_the_suites_keys_are_left_out() {
    for fault in [
        Fault::KeyLen(0),
        Fault::KeyLen(15),
        Fault::KeyLen(33),
        Fault::KeyLen(usize::MAX),
        Fault::RejectsKeys,
        Fault::OverheadTooLarge,
    ] {
        for setup in setups() {
            let records = leak(FaultyProvider {
                inner: setup.records,
                fault,
            });
            for (_, base) in default_providers() {
                let provider = with_records(base, records);
                assert_eq!(provider.cipher_suites, [], "{fault:?}");
            }
        }
    }
}

/// A provider whose records are rustls's own objects does not become direct by being passed or adopted.
#[test]
fn wrapped_objects_that_are_passed_are_not_direct() {
    for setup in setups()
        .into_iter()
        .filter(has_keys_for)
    {
        let wrapped: &'static CryptoProvider = leak(CryptoProvider::clone(
            setup.client_config().crypto_provider(),
        ));
        let passed = UnbufferedClientConnection::new_with_provider(
            setup.client_config(),
            server_name(),
            wrapped,
        )
        .expect("a connection");
        let adopted = UnbufferedClientConnection::new(
            setup
                .clone()
                .with_records(wrapped)
                .adopted()
                .client_config(),
            server_name(),
        )
        .expect("a connection");
        for mut client in [passed, adopted] {
            let mut server = setup.configs().peer(Role::Server);
            complete_handshake(&mut client, &mut server);
            assert!(!client.is_direct());
        }
    }
}
