//! Is an opened record ever taken for a skipped one, which was rejected as early data?
//!
//! The handover distinguishes the two by the bytes left of the record, which a provider may wipe. A mistake would drop
//! bytes that rustls still needs, and rustls would panic.

use std::mem;

use rustls::Error;
use testing::{CipherBehavior, Quirks, Role, Setup, setups, unrecognised_suite};

use crate::faulty_provider::{Fault, FaultyProvider};

fn with_faulty_records(setup: &Setup, fault: Fault) -> Setup {
    let records = Box::leak(Box::new(FaultyProvider {
        inner: setup.records,
        fault,
    }));
    setup
        .clone()
        .with_records(records)
        .adopted()
}

/// Lets a client begin its last flight with a record of one zero byte of a message and zeros of padding.
fn assert_no_panic(server: &Setup, client: &Setup) {
    let mut direct = server.configs().direct(Role::Server);
    let mut peer = client.configs().peer(Role::Client);
    direct
        .app()
        .incoming
        .extend(peer.write());
    direct.run().expect("a ClientHello");
    let flight = mem::take(&mut direct.app().outgoing);
    peer.read(&flight)
        .expect("the server's flight");

    direct
        .app()
        .incoming
        .extend(peer.write());
    direct
        .run()
        .expect("the beginning of a message");
    assert!(!direct.app().incoming.is_empty(), "retained by rustls");
    // A record that does not open.
    direct
        .app()
        .incoming
        .extend([23, 3, 3, 0, 17].iter().chain(&[7; 17]));
    assert_eq!(direct.run(), Err(Error::DecryptError));
}

fn for_each_tls13(test: impl Fn(&Setup, &Setup)) {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        println!("{}", setup.name());
        let client = with_faulty_records(&setup, Fault::BeginsWithZeroByte);
        test(&setup, &client);
    }
}

#[test]
fn an_adopted_suite_that_wipes_opened_records_is_safe() {
    for_each_tls13(|setup, client| {
        assert_no_panic(
            &with_faulty_records(setup, Fault::WipesAfterOpening),
            client,
        )
    });
}

#[test]
fn a_suite_that_keeps_opened_records_is_safe() {
    for_each_tls13(|setup, client| {
        assert_no_panic(setup, client);
        assert_no_panic(&setup.adopted(), client);
    });
}

#[test]
fn a_wrapped_suite_is_safe() {
    for objects in [CipherBehavior::Right, CipherBehavior::Wipe] {
        let traits = Quirks {
            objects,
            ..Quirks::default()
        };
        for_each_tls13(|setup, client| {
            // Without `std`, keys of 16 bytes cannot be made.
            if cfg!(feature = "std") || !setup.name().contains("AES_128") {
                assert_no_panic(&unrecognised_suite(setup, traits), client);
            }
        });
    }
}
