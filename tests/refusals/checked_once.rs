//! Is a crypto provider checked once per thread and record provider?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::CipherSuite;
use rustls::crypto::CryptoProvider;
use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};
use testing::{Quirks, Role, Setup, setups, unrecognised_suite};

use crate::{NoSuites, assert_refused, client_with, connection, for_each_setup_and_role};

/// A record provider that counts its calls, and makes a connection in each.
#[derive(Debug)]
struct CountingProvider {
    setup: Setup,
    calls: AtomicUsize,
}

impl RecordProvider for CountingProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        self.calls
            .fetch_add(1, Ordering::Relaxed);
        connection(&self.setup, Role::Server, None).expect("a connection");
        self.setup.records.algorithm(suite)
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// How many pairs a thread remembers.
const REMEMBERED: usize = 8;

#[test]
fn a_provider_is_called_by_the_first_connection_of_a_thread() {
    for_each_setup_and_role(|setup, role| {
        let setup = setup.clone().with_memory(|_| ());
        let new = || {
            leak(CountingProvider {
                setup: setup.clone(),
                calls: AtomicUsize::default(),
            })
        };
        let counting = new();
        let calls_after_a_connection = || {
            drop(connection(&setup, role, Some(counting)).expect("a connection"));
            counting.calls.load(Ordering::Relaxed)
        };
        let first = calls_after_a_connection();
        assert!(first > 0);
        assert_eq!(calls_after_a_connection(), first);

        let on_another_thread = thread::scope(|scope| {
            scope
                .spawn(calls_after_a_connection)
                .join()
        });
        assert_eq!(on_another_thread.expect("no panic"), 2 * first);
        assert_eq!(calls_after_a_connection(), 2 * first);

        for _ in 0..REMEMBERED {
            connection(&setup, role, Some(new())).expect("a connection");
        }
        assert_eq!(calls_after_a_connection(), 3 * first);
    });
}

/// The error for a record provider without the suite.
const NOT_SUPPORTED: &str = "is not a suite that the passed record provider supports";

#[test]
fn each_record_provider_is_checked_by_itself() {
    for_each_setup_and_role(|setup, role| {
        let setup = setup.clone().with_memory(|_| ());
        let refused = || {
            assert_refused(
                &setup,
                connection(&setup, role, Some(&NoSuites)),
                NOT_SUPPORTED,
            );
        };
        connection(&setup, role, None).expect("a connection");
        refused();
        connection(&setup, role, Some(setup.records)).expect("a connection");
        refused();
    });
}

/// A record provider with one suite.
#[derive(Debug)]
struct OnlyOne(Setup);

impl RecordProvider for OnlyOne {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        (suite == self.0.id())
            .then(|| self.0.records.algorithm(suite))
            .flatten()
    }
}

/// The next config often has the address of a dropped one.
#[test]
fn a_dropped_config_does_not_decide_about_the_next_one() {
    let [first, second, ..] = &setups()[..] else {
        panic!("two suites");
    };
    let only_first = leak(OnlyOne(first.clone()));
    for role in Role::BOTH {
        for _ in 0..100 {
            connection(first, role, Some(only_first)).expect("a connection");
            assert_refused(
                second,
                connection(second, role, Some(only_first)),
                NOT_SUPPORTED,
            );
        }
    }
}

/// Without protection, a changed provider would have the same address.
#[test]
fn a_changed_provider_is_checked_again() {
    let fips = Quirks {
        fips: true,
        ..Quirks::default()
    };
    for setup in setups() {
        println!("{}", setup.name());
        let provider = CryptoProvider::clone(setup.client_config().crypto_provider());
        let mut provider = Arc::new(provider);
        client_with(&setup, provider.clone()).expect("a connection");
        Arc::make_mut(&mut provider)
            .cipher_suites
            .push(unrecognised_suite(&setup, fips).suite);
        assert_refused(&setup, client_with(&setup, provider), "FIPS");
    }
}
