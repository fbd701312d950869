//! A crypto provider is checked once by a thread, for each provider of records that is passed with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::CipherSuite;
use rustls::crypto::CryptoProvider;
use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};
use testing::{Role, Setup, Traits, foreign, setups};

use crate::{Nothing, client_with, connection, each, is_refused};

/// Counts how often it is asked, and makes a connection each time.
#[derive(Debug)]
struct Asked {
    setup: Setup,
    times: AtomicUsize,
}

impl RecordProvider for Asked {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        self.times
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
fn a_provider_is_asked_by_the_first_connection_of_a_thread() {
    each(|setup, role| {
        let setup = setup.clone().with_memory(|_| ());
        let new = || {
            leak(Asked {
                setup: setup.clone(),
                times: AtomicUsize::default(),
            })
        };
        let asked = new();
        let times_after_one = || {
            drop(connection(&setup, role, Some(asked)).expect("a connection"));
            asked.times.load(Ordering::Relaxed)
        };
        let first = times_after_one();
        assert!(first > 0);
        assert_eq!(times_after_one(), first);

        let elsewhere = thread::scope(|scope| scope.spawn(times_after_one).join());
        assert_eq!(elsewhere.expect("no panic"), 2 * first);
        assert_eq!(times_after_one(), 2 * first);

        for _ in 0..REMEMBERED {
            connection(&setup, role, Some(new())).expect("a connection");
        }
        assert_eq!(times_after_one(), 3 * first);
    });
}

/// Why a record provider is refused.
const NOT_SUPPORTED: &str = "is not a suite that the passed record provider supports";

#[test]
fn what_one_provider_can_do_another_is_asked_for_all_the_same() {
    each(|setup, role| {
        let setup = setup.clone().with_memory(|_| ());
        let refused = || {
            is_refused(
                &setup,
                connection(&setup, role, Some(&Nothing)),
                NOT_SUPPORTED,
            );
        };
        connection(&setup, role, None).expect("a connection");
        refused();
        connection(&setup, role, Some(setup.records)).expect("a connection");
        refused();
    });
}

/// It seals and opens the records of one suite.
#[derive(Debug)]
struct OnlyOne(Setup);

impl RecordProvider for OnlyOne {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        (suite == self.0.id())
            .then(|| self.0.records.algorithm(suite))
            .flatten()
    }
}

/// What is made next would often lie where that was.
#[test]
fn a_config_that_is_gone_says_nothing_of_the_next_one() {
    let [first, second, ..] = &setups()[..] else {
        panic!("two suites");
    };
    let only_first = leak(OnlyOne(first.clone()));
    for role in Role::BOTH {
        for _ in 0..100 {
            connection(first, role, Some(only_first)).expect("a connection");
            is_refused(
                second,
                connection(second, role, Some(only_first)),
                NOT_SUPPORTED,
            );
        }
    }
}

/// It would lie where it was, if nothing kept it from being changed there.
#[test]
fn a_provider_that_has_changed_is_another_one() {
    let fips = Traits {
        fips: true,
        ..Traits::default()
    };
    for setup in setups() {
        println!("{}", setup.name());
        let provider = CryptoProvider::clone(setup.client_config().crypto_provider());
        let mut provider = Arc::new(provider);
        client_with(&setup, provider.clone()).expect("a connection");
        Arc::make_mut(&mut provider)
            .cipher_suites
            .push(foreign(&setup, fips).suite);
        is_refused(&setup, client_with(&setup, provider), "FIPS");
    }
}
