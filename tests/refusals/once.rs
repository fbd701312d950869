//! A crypto provider is checked once by a thread, for each provider of records that is passed with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, ClientConfig, Error, RootCertStore};
use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct_tests::{Endpoint, Role, Setup, Traits, foreign, server_name, setups};

use crate::{Nothing, connection, each};

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

fn refusal(connection: Result<Box<dyn Endpoint>, Error>) -> String {
    match connection {
        Ok(_) => panic!("a connection that could not have been used"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_one_provider_can_do_another_is_asked_for_all_the_same() {
    each(|setup, role| {
        let setup = setup.clone().with_memory(|_| ());
        let refused = || {
            let refusal = refusal(connection(&setup, role, Some(&Nothing)));
            assert!(refusal.contains(&format!("{:?}", setup.id())), "{refusal}");
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
            refusal(connection(second, role, Some(only_first)));
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
        let connect = |provider: &Arc<CryptoProvider>| {
            let config = ClientConfig::builder_with_provider(provider.clone())
                .with_protocol_versions(&[setup.suite.version()])
                .expect("the version of the suite")
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth();
            UnbufferedClientConnection::new(config.into(), server_name())
        };
        let provider = CryptoProvider::clone(setup.client_config().crypto_provider());
        let mut provider = Arc::new(provider);
        connect(&provider).expect("a connection");
        Arc::make_mut(&mut provider)
            .cipher_suites
            .push(foreign(&setup, fips).suite);
        let refusal = connect(&provider)
            .expect_err("a suite that can not be used")
            .to_string();
        assert!(refusal.contains("FIPS"), "{refusal}");
    }
}
