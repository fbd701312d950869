//! A suite whose records we seal from the first of the handshake on works with rustls's connections and with ours, where
//! it is recognised and runs direct.

use std::sync::{Arc, Barrier};
use std::thread;

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, SupportedCipherSuite};
use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::crypto::with_records;
use testing::{Role, Setup, complete_handshake, server_name, setups};

use crate::conversation::{between_rustls, converse, tampered};
use crate::odd::{Odd, OddProvider};
use crate::wrapped::has_keys_for;

fn each(test: impl Fn(&Setup, &Setup, Role)) {
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
fn ours_of_adopted_suites_talks_to_rustls() {
    each(|adopted, setup, role| converse(&adopted.configs(), &setup.configs(), role, true));
}

#[test]
fn ours_of_adopted_suites_talks_to_rustls_of_adopted_suites() {
    each(|adopted, _, role| converse(&adopted.configs(), &adopted.configs(), role, true));
}

#[test]
fn rustls_of_adopted_suites_talks_to_rustls() {
    each(|adopted, setup, role| between_rustls(&adopted.configs(), &setup.configs(), role));
}

#[test]
fn a_changed_record_is_refused() {
    each(|adopted, setup, role| tampered(&adopted.configs(), &setup.configs(), role));
}

/// What each library's `default_provider` of ours is.
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

/// As several threads of a program may do at its beginning.
#[test]
fn threads_that_adopt_a_suite_at_once_get_the_same_one() {
    for setup in setups() {
        // Records that nobody has asked for before.
        let records: &'static dyn RecordProvider = leak(OnlyOne {
            suite: setup.id(),
            like: setup.records,
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
fn what_is_adopted_already_can_be_adopted_again() {
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
fn what_the_records_have_no_algorithm_for_is_left_out() {
    for setup in setups() {
        let records = leak(OnlyOne {
            suite: setup.id(),
            like: setup.records,
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

/// It seals and opens the records of one suite.
#[derive(Debug)]
struct OnlyOne {
    suite: CipherSuite,
    like: &'static dyn RecordProvider,
}

impl RecordProvider for OnlyOne {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        (suite == self.suite)
            .then(|| self.like.algorithm(suite))
            .flatten()
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// rustls would panic at them in every handshake.
#[test]
fn algorithms_that_take_no_key_of_the_suite_are_left_out() {
    for odd in [
        Odd::KeyLen(0),
        Odd::KeyLen(15),
        Odd::KeyLen(33),
        Odd::KeyLen(usize::MAX),
        Odd::TakesNoKey,
        Odd::AddsTooMuch,
    ] {
        for setup in setups() {
            let records = leak(OddProvider {
                like: setup.records,
                odd,
            });
            for (_, base) in default_providers() {
                let provider = with_records(base, records);
                assert_eq!(provider.cipher_suites, [], "{odd:?}");
            }
        }
    }
}

/// A provider whose records are rustls's own objects does not become a direct one by being passed or adopted.
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
