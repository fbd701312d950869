//! A suite whose records we seal from the first of the handshake on works with rustls's connections and with ours, where
//! it is recognised and runs direct.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore, SupportedCipherSuite};
use rustls_direct::crypto::with_records;
use rustls_direct_tests::{Role, Setup, setups};

use crate::conversation::{between_rustls, converse, tampered};

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

/// As two threads of a program may do at its beginning.
#[test]
fn suites_are_adopted_by_many_threads_at_once() {
    let threads: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(default_providers))
        .collect();
    for thread in threads {
        for (provider, _) in thread.join().expect("no panic") {
            let config = ClientConfig::builder_with_provider(Arc::new(provider))
                .with_safe_default_protocol_versions()
                .expect("suites of some version")
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth();
            rustls_direct::client::UnbufferedClientConnection::new(
                Arc::new(config),
                rustls_direct_tests::server_name(),
            )
            .expect("known suites");
        }
    }
}

#[test]
fn what_the_records_have_no_algorithm_for_is_left_out() {
    #[derive(Debug)]
    struct OnlyOne(
        rustls::CipherSuite,
        &'static dyn rustls_direct::cipher::RecordProvider,
    );

    impl rustls_direct::cipher::RecordProvider for OnlyOne {
        fn algorithm(
            &self,
            suite: rustls::CipherSuite,
        ) -> Option<&'static dyn rustls_direct::cipher::AeadAlgorithm> {
            (suite == self.0)
                .then(|| self.1.algorithm(suite))
                .flatten()
        }
    }

    for setup in setups() {
        let records = Box::leak(Box::new(OnlyOne(setup.id(), setup.records)));
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
