//! Does a connection name the implementation that protects its records?

use rustls::crypto::CryptoProvider;
use rustls_direct::cipher::RecordProvider;
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::unbuffered::{RecordSource, WrappedBecause};
use testing::{Role, Setup, complete_handshake, server_name, setups};

use crate::faulty_provider::{Fault, FaultyProvider};
use crate::wrapped::has_keys_for;

/// The record source of a client of `setup` after its handshake.
fn after_a_handshake(setup: &Setup, mut client: UnbufferedClientConnection) -> RecordSource {
    println!("{}", setup.name());
    assert_eq!(client.record_source(), None, "before the handshake");
    let mut server = setup.configs().peer(Role::Server);
    complete_handshake(&mut client, &mut server);
    let source = client
        .record_source()
        .expect("the handshake is complete");
    assert_eq!(source.is_direct(), client.is_direct());

    let mut junk = [23, 3, 3, 0, 1, 0];
    assert!(
        client
            .process_tls_records(&mut junk)
            .state
            .is_err()
    );
    assert_eq!(client.record_source(), None, "after a failure");
    source
}

/// A client of `setup` whose records `provider` protects.
fn passed(setup: &Setup, provider: &'static dyn RecordProvider) -> UnbufferedClientConnection {
    UnbufferedClientConnection::new_with_provider(setup.client_config(), server_name(), provider)
        .expect("a connection")
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[test]
fn the_source_is_the_library_of_the_suite() {
    for setup in setups() {
        for setup in [setup.clone(), setup.adopted()] {
            let source = after_a_handshake(&setup, setup.configs().client());
            assert_eq!(source.to_string(), setup.library);
            assert!(source.is_direct());
        }
        let source = after_a_handshake(&setup, passed(&setup.wrapped(), setup.records));
        assert_eq!(source.to_string(), setup.library);
    }
}

#[test]
fn the_source_is_the_type_of_an_external_algorithm() {
    for setup in setups() {
        let provider = leak(FaultyProvider {
            inner: setup.records,
            fault: Fault::WipesAfterOpening,
        });
        let adopted = setup
            .clone()
            .with_records(provider)
            .adopted();
        for client in [passed(&setup, provider), adopted.configs().client()] {
            let source = after_a_handshake(&setup, client);
            let RecordSource::Provider(name) = source else {
                panic!("{source:?}");
            };
            assert!(name.ends_with("FaultyAlgorithm"), "{name}");
            assert_eq!(source.to_string(), name);
        }
    }
}

/// `tests/features` covers features that are off.
#[test]
fn the_source_tells_why_the_records_are_wrapped() {
    use WrappedBecause::*;
    for setup in setups()
        .into_iter()
        .filter(has_keys_for)
    {
        let unknown = setup.wrapped();
        let whole = |setup: &Setup| -> &'static CryptoProvider {
            leak(CryptoProvider::clone(
                setup.client_config().crypto_provider(),
            ))
        };
        let wrapped = |client| after_a_handshake(&setup, client);
        for (client, reason) in [
            (unknown.configs().client(), UnknownProvider),
            (passed(&unknown, whole(&unknown)), UnknownProvider),
            (passed(&setup, whole(&setup)), Passed),
            (passed(&setup, whole(&setup.adopted())), Passed),
        ] {
            assert_eq!(wrapped(client), RecordSource::Wrapped(reason));
        }
    }
}
