//! A record that was opened is never taken for one that was skipped as rejected early data.
//!
//! The handover tells them apart by what is left of the record, which a provider may have wiped. It would then drop what
//! rustls still wants to see, and rustls would panic.

use std::mem;

use rustls::Error;
use testing::{Objects, Role, Setup, Traits, foreign, setups};

use crate::odd::{Odd, OddProvider};

fn with_odd_records(setup: &Setup, odd: Odd) -> Setup {
    let records = Box::leak(Box::new(OddProvider {
        like: setup.records,
        odd,
    }));
    setup
        .clone()
        .with_records(records)
        .adopted()
}

/// Has a client begin its last flight with a record of one zero byte of a message, and zeros behind it.
fn survives(server: &Setup, client: &Setup) {
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
    assert!(
        !direct.app().incoming.is_empty(),
        "rustls wants to see it again"
    );
    // A record that does not open.
    direct
        .app()
        .incoming
        .extend([23, 3, 3, 0, 17].iter().chain(&[7; 17]));
    assert_eq!(direct.run(), Err(Error::DecryptError));
}

fn each_tls13(test: impl Fn(&Setup, &Setup)) {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        println!("{}", setup.name());
        let client = with_odd_records(&setup, Odd::BeginsWithZero);
        test(&setup, &client);
    }
}

#[test]
fn by_an_adopted_suite_that_wipes() {
    each_tls13(|setup, client| survives(&with_odd_records(setup, Odd::Wipes), client));
}

#[test]
fn by_a_suite_that_does_not() {
    each_tls13(|setup, client| {
        survives(setup, client);
        survives(&setup.adopted(), client);
    });
}

#[test]
fn by_a_wrapped_suite() {
    for objects in [Objects::Right, Objects::Wipe] {
        let traits = Traits {
            objects,
            ..Traits::default()
        };
        each_tls13(|setup, client| {
            // Without `std` keys of 16 bytes can not be made.
            if cfg!(feature = "std") || !setup.name().contains("AES_128") {
                survives(&foreign(setup, traits), client);
            }
        });
    }
}
