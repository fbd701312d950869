//! Which headers are refused, and is the header alone enough?

use rustls::AlertDescription::{
    BadRecordMac, DecodeError, ProtocolVersion, RecordOverflow, UnexpectedMessage,
};
use rustls::ContentType::ApplicationData;
use rustls::Error;
use rustls_direct::record::MAX_CONTENT_LEN;
use testing::Outcome::{Accepted, FatalAlert};
use testing::{Fixture, Forgery, Setup, attack, pattern};

/// Unassigned content types. rustls also knows heartbeat, 24.
const UNKNOWN_TYPES: [u8; 5] = [0, 19, 25, 99, 255];

/// R13-5-a, R12-6-a: an unknown type is unexpected, and its header is enough to refuse it.
#[test]
fn a_header_of_an_unknown_type_is_unexpected() {
    for typ in UNKNOWN_TYPES {
        attack(|fixture| {
            fixture
                .target
                .receive(&[typ, 3, 3, 0, 20])
        })
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(FatalAlert(DecodeError));
    }
}

/// R13-5-a, R12-6-a: heartbeat is unexpected too. rustls waits for the payload, which can be authentic in TLS 1.2.
#[test]
fn a_heartbeat_is_unexpected() {
    attack(|fixture| {
        fixture
            .target
            .receive(&[24, 3, 3, 0, 20])
    })
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(Accepted);
    let whole = attack(|fixture| {
        let record = fixture
            .forger
            .forge(Forgery::new(24, b"?\x18"));
        fixture.target.receive(&record)
    });
    whole
        .expect_direct(FatalAlert(UnexpectedMessage))
        .on_tls13()
        .expect_rustls(FatalAlert(BadRecordMac));
    attack(|fixture| {
        let record = fixture
            .forger
            .forge(Forgery::new(24, b"?"));
        fixture.target.receive(&record)
    })
    .on_tls12()
    .expect_rustls(FatalAlert(DecodeError));
}

/// R13-5.2-d: every TLS 1.3 record shows type 23, whatever it holds.
#[test]
fn a_header_with_a_control_type_is_unexpected() {
    for typ in [21, 22] {
        attack(|fixture| {
            fixture
                .target
                .receive(&[typ, 3, 3, 0, 40])
        })
        .on_tls13()
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(Accepted);
        // rustls does not check the type in the header, but authenticates 23.
        attack(|fixture| {
            let honest = Forgery::new(23, b"shown as control\x17");
            let record = fixture
                .forger
                .forge(honest.shown_as([typ, 3, 3]));
            fixture.target.receive(&record)?;
            assert_eq!(fixture.target.received(), b"shown as control");
            fixture.passes_data();
            Ok(())
        })
        .on_tls13()
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(Accepted);
        attack(|fixture| {
            let record = fixture
                .forger
                .forge(Forgery::new(typ, b"authentic as control\x17"));
            fixture.target.receive(&record)
        })
        .on_tls13()
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(FatalAlert(BadRecordMac));
    }
}

/// R13-5.2-e: the version of a TLS 1.3 record is not checked by itself, but a record with another version is not
/// authentic.
#[test]
fn a_record_of_another_version_is_not_authentic() {
    let send = |shown: fn(Forgery<'static>, [u8; 2]) -> Forgery<'static>, version| {
        attack(move |fixture: &mut Fixture<'_>| {
            let record = Forgery::new(23, b"of another version\x17");
            let record = fixture
                .forger
                .forge(shown(record, version));
            fixture.target.receive(&record)?;
            assert_eq!(fixture.target.received(), b"of another version");
            fixture.passes_data();
            Ok(())
        })
        .on_tls13()
    };
    for [major, minor] in [[3, 1], [3, 4], [3, 0], [0xfe, 0xfd]] {
        // Changed in transit. rustls authenticates 03 03, whatever the header shows.
        send(
            |record, [major, minor]| record.shown_as([23, major, minor]),
            [major, minor],
        )
        .expect_direct(FatalAlert(BadRecordMac))
        .expect_rustls(Accepted);
        // Sealed by the peer with that version.
        send(Forgery::of_version, [major, minor])
            .expect_direct(FatalAlert(BadRecordMac))
            .expect_rustls(FatalAlert(BadRecordMac));
    }
    for version in [[2, 3], [0, 0], [4, 3]] {
        send(Forgery::of_version, version)
            .expect_direct(FatalAlert(BadRecordMac))
            .expect_rustls(FatalAlert(DecodeError));
    }
}

/// R12-6.2.1-c: TLS 1.2 refuses any other version, even if the peer has sealed the record with it.
#[test]
fn a_record_of_another_version_is_refused_by_tls12() {
    for version in [[3, 1], [3, 4], [3, 0]] {
        attack(|fixture| {
            let record = Forgery::new(23, b"of another version").of_version(version);
            let record = fixture.forger.forge(record);
            fixture.target.receive(&record)?;
            assert_eq!(fixture.target.received(), b"of another version");
            Ok(())
        })
        .on_tls12()
        .expect_direct(FatalAlert(ProtocolVersion))
        .expect_rustls(Accepted);
    }
    for [major, minor] in [[2, 3], [0, 0], [4, 3]] {
        attack(|fixture| {
            fixture
                .target
                .receive(&[23, major, minor, 0, 40])
        })
        .on_tls12()
        .expect_direct(FatalAlert(ProtocolVersion))
        .expect_rustls(FatalAlert(DecodeError));
    }
}

/// A header of application data that announces `payload_len` bytes.
fn header(payload_len: usize) -> Vec<u8> {
    let len = u16::try_from(payload_len).expect("fits a header");
    [&[23, 3, 3][..], &len.to_be_bytes()].concat()
}

/// The longest payload that a header may announce. RFC 8446 s5.2, RFC 5246 s6.2.3.
fn longest_payload(setup: &Setup) -> usize {
    match setup.is_tls13() {
        true => MAX_CONTENT_LEN + 256,
        false => MAX_CONTENT_LEN + 2048,
    }
}

/// rustls refuses this length and longer ones, in either version.
const RUSTLS_REFUSES: usize = MAX_CONTENT_LEN + 2048;

/// R13-5.2-f, R12-6.2.3-b: a length that is too long is refused without waiting for the payload.
#[test]
fn a_length_beyond_the_limit_is_refused_by_the_header() {
    for excess in [1, 100, 1790] {
        attack(|fixture| {
            let header = header(longest_payload(fixture.setup) + excess);
            fixture.target.receive(&header)
        })
        .on_tls13()
        .expect_direct(FatalAlert(RecordOverflow))
        .expect_rustls(Accepted);
    }
    for len in [RUSTLS_REFUSES + 1, usize::from(u16::MAX)] {
        attack(|fixture| fixture.target.receive(&header(len)))
            .expect_direct(FatalAlert(RecordOverflow))
            .expect_rustls(FatalAlert(DecodeError));
    }
    attack(|fixture| {
        fixture
            .target
            .receive(&header(RUSTLS_REFUSES))
    })
    .on_tls13()
    .expect_direct(FatalAlert(RecordOverflow))
    .expect_rustls(FatalAlert(DecodeError));
}

/// Delivers a record with an unsealed payload of this length.
fn junk(len: usize) -> impl Fn(&mut Fixture<'_>) -> Result<(), Error> {
    move |fixture| {
        let record = [header(len), pattern(len)].concat();
        fixture.target.receive(&record)
    }
}

/// Delivers an authentic TLS 1.3 record with a payload of this length.
fn authentic(len: usize) -> impl Fn(&mut Fixture<'_>) -> Result<(), Error> {
    move |fixture| {
        let plaintext = vec![23; len - 16];
        let record = fixture
            .forger
            .forge(Forgery::new(23, &plaintext));
        assert_eq!(record[..5], header(len));
        fixture.target.receive(&record)
    }
}

/// R13-5.2-f: the tag does not matter. With rustls it does.
#[test]
fn a_payload_beyond_the_limit_is_not_opened() {
    let len = MAX_CONTENT_LEN + 257;
    attack(junk(len))
        .on_tls13()
        .expect_direct(FatalAlert(RecordOverflow))
        .expect_rustls(FatalAlert(BadRecordMac));
    attack(authentic(len))
        .on_tls13()
        .expect_both(FatalAlert(RecordOverflow));
}

/// R13-5.2-g: the longest length that TLS 1.3 allows is waited for and opened. Its content is too long then.
#[test]
fn the_longest_length_of_tls13_is_legal() {
    let len = MAX_CONTENT_LEN + 256;
    attack(|fixture| fixture.target.receive(&header(len)))
        .on_tls13()
        .expect_both(Accepted);
    attack(junk(len))
        .on_tls13()
        .expect_both(FatalAlert(BadRecordMac));
    attack(authentic(len))
        .on_tls13()
        .expect_both(FatalAlert(RecordOverflow));
}

/// R12-6.2.3-b: the longest length that TLS 1.2 allows is waited for, and then the tag decides.
#[test]
fn the_longest_length_of_tls12_is_legal() {
    attack(|fixture| {
        fixture
            .target
            .receive(&header(RUSTLS_REFUSES))
    })
    .on_tls12()
    .expect_direct(Accepted)
    .expect_rustls(FatalAlert(DecodeError));
    attack(junk(RUSTLS_REFUSES))
        .on_tls12()
        .expect_direct(FatalAlert(BadRecordMac));
}

/// R13-5.1-e: a partial record is waited for, byte by byte, and changes nothing.
#[test]
fn a_partial_record_is_waited_for() {
    attack(|fixture| {
        let content = pattern(300);
        let record = fixture
            .forger
            .seal(ApplicationData, &content);
        for byte in record {
            assert_eq!(fixture.target.received(), b"");
            fixture.target.receive(&[byte])?;
            assert_eq!(fixture.target.answer(), b"");
        }
        assert_eq!(fixture.target.received(), content);
        fixture.passes_data();
        Ok(())
    })
    .expect_both(Accepted);
}
