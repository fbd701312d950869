//! Section C: headers, lengths, and what is behind the protection.

use rustls::AlertDescription::{BadRecordMac, DecodeError, UnexpectedMessage};
use rustls_direct_tests::Verdict::{Fails, FailsSilently, GoesOn};
use rustls_direct_tests::{Forgery, attack};

/// R13-5-a, R12-6-a: a type that no record has is refused by its header.
#[test]
fn a_header_of_an_unknown_type_is_unexpected() {
    attack(|scene| scene.victim.receive(&[99, 3, 3, 0, 20]))
        .ours(Fails(UnexpectedMessage))
        .rustls(Fails(DecodeError));
}

/// R13-5.2-e
#[test]
fn version() {
    attack(|scene| {
        let record = scene
            .forger
            .forge(Forgery::new(23, b"x\x17").of_version([3, 1]));
        scene.victim.receive(&record)
    })
    .on_tls13()
    .ours(Fails(BadRecordMac))
    .rustls(Fails(BadRecordMac));
    attack(|scene| {
        let record = scene
            .forger
            .forge(Forgery::new(23, b"x\x17").shown_as([23, 3, 1]));
        scene.victim.receive(&record)?;
        assert_eq!(scene.victim.received(), b"x");
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .rustls(GoesOn)
    .ours(Fails(BadRecordMac));
    attack(|scene| {
        let record = scene
            .forger
            .forge(Forgery::new(23, &[0; 9]));
        scene.victim.receive(&record)
    })
    .on_tls13()
    .ours(Fails(UnexpectedMessage))
    .rustls(FailsSilently);
}
