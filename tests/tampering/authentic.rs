//! Are authentic records refused whose contents are not allowed?

use rustls::{AlertDescription, ContentType, Error, InvalidMessage, PeerMisbehaved};
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader};
use rustls_direct::record_layer::DecryptionError;
use testing::{Endpoint, Forger, Forgery, NewSessionTicket, Role, Setup, pattern, seal, setups};

/// Runs `test` with every library, suite and role of ours, after the handshake.
fn for_each_connection(test: impl Fn(&Setup, Role, &mut dyn Endpoint, &mut Forger)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in &setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut forger) = Forger::connected(setup, role);
            test(setup, role, &mut *direct, &mut forger);
        }
    }
}

/// Likewise, with a connection for each of `cases`.
fn for_each_case<T: Copy>(
    cases: &[T],
    test: impl Fn(T, &Setup, Role, &mut dyn Endpoint, &mut Forger),
) {
    for case in cases {
        for_each_connection(|setup, role, direct, forger| test(*case, setup, role, direct, forger));
    }
}

/// Checks that `direct` fails on a record and sends `alert`, and returns the error.
fn assert_refused(
    direct: &mut dyn Endpoint,
    forger: &mut Forger,
    mut record: Vec<u8>,
    alert: AlertDescription,
) -> Error {
    let (error, sent) = direct.failure(&mut record);
    let fatal = vec![2, u8::from(alert)];
    assert_eq!(forger.open(&sent), (ContentType::Alert, fatal), "{error}");
    assert!(direct.app().received.is_empty());
    error
}

/// Seals a record that the sealing half refuses to seal.
fn seal_unchecked(setup: &Setup, record: OutboundRecord<'_>) -> Vec<u8> {
    let mut encrypter = setup
        .records
        .algorithm(setup.id())
        .and_then(|algorithm| {
            algorithm
                .encrypter(&setup.made_up_keys())
                .ok()
        })
        .expect("the keys of the suite");
    let len = encrypter.encrypted_payload_len(record.content.len() + record.padding);
    let header = RecordHeader::new(23, u16::try_from(len).expect("fits a header"));
    let mut out = header.as_bytes().to_vec();
    out.resize(HEADER_LEN + len, 0);
    encrypter
        .encrypt_into(record, setup.sealer().seq(), &mut out[HEADER_LEN..])
        .expect("an encrypter that does not count");
    out
}

/// Checks that the opening half refuses `record` and wipes it, in place and into another slice.
fn assert_half_refuses(setup: &Setup, record: &[u8], err: DecryptionError) {
    let mut incoming = record.to_vec();
    let mut opener = setup.opener();
    assert_eq!(opener.decrypt_incoming(&mut incoming), Err(err));
    assert!(
        incoming[HEADER_LEN..]
            .iter()
            .all(|byte| *byte == 0)
    );
    assert_eq!(opener.decrypt_incoming(&mut []), Err(err));

    let mut incoming = record.to_vec();
    let mut out = vec![0xcc; record.len()];
    let mut opener = setup.opener();
    let room = opener
        .room_for(&incoming)
        .expect("a header");
    let refused = opener.decrypt_incoming_into(&mut incoming, &mut out);
    assert_eq!(refused, Err(err));
    assert!(
        incoming[HEADER_LEN..]
            .iter()
            .all(|byte| *byte == 0)
    );
    assert!(
        out[..room]
            .iter()
            .all(|byte| *byte == 0)
    );
}

/// Lengths of content and padding that are just too long for a record.
fn lengths_too_long(setup: &Setup) -> &'static [(usize, usize)] {
    const MAX: usize = MAX_CONTENT_LEN;
    match setup.is_tls13() {
        true => &[
            (MAX + 1, 0),
            (MAX, 1),
            (1, MAX),
            (0, MAX + 1),
            (MAX + 239, 0),
        ],
        false => &[(MAX + 1, 0), (MAX + 2024, 0)],
    }
}

/// Lengths of content and padding that just fit.
fn longest_lengths(setup: &Setup) -> &'static [(usize, usize)] {
    const MAX: usize = MAX_CONTENT_LEN;
    match setup.is_tls13() {
        true => &[(MAX, 0), (MAX - 1, 1), (1, MAX - 1), (0, MAX)],
        false => &[(MAX, 0)],
    }
}

#[test]
fn authentic_content_that_is_too_long_is_refused() {
    for setup in setups() {
        for (content, padding) in lengths_too_long(&setup) {
            println!("{}, {content} and {padding} bytes", setup.name());
            let content = pattern(*content);
            let record = OutboundRecord::new(ContentType::ApplicationData, content[..].into());
            let record = seal_unchecked(&setup, record.padded(*padding));
            assert_half_refuses(&setup, &record, DecryptionError::RecordOverflow);
        }
        for (content, padding) in longest_lengths(&setup) {
            println!("{}, {content} and {padding} bytes", setup.name());
            let content = pattern(*content);
            let record = OutboundRecord::new(ContentType::ApplicationData, content[..].into());
            let mut record = seal_unchecked(&setup, record.padded(*padding));
            let opened = setup
                .opener()
                .decrypt_incoming(&mut record)
                .expect("not too long")
                .expect("whole");
            assert!(record[opened.content()] == content);
        }
    }
}

#[test]
fn a_plaintext_of_zeros_has_no_type_and_is_refused() {
    let no_type = ContentType::Unknown(0);
    for setup in setups()
        .iter()
        .filter(|setup| setup.is_tls13())
    {
        println!("{}", setup.name());
        for padding in [0, 1, 100, MAX_CONTENT_LEN] {
            let record = OutboundRecord::new(no_type, b""[..].into()).padded(padding);
            let record = seal(&mut setup.sealer(), record);
            assert_half_refuses(setup, &record, DecryptionError::NoContentType);
        }
        assert_half_refuses(
            setup,
            &seal_empty_plaintext(setup),
            DecryptionError::NoContentType,
        );
    }
    for_each_case(&[0, 1, 100], |padding, setup, _, direct, forger| {
        if setup.is_tls13() {
            let record = OutboundRecord::new(no_type, b""[..].into()).padded(padding);
            let record = seal(&mut forger.sealer, record);
            assert_eq!(
                assert_refused(direct, forger, record, AlertDescription::UnexpectedMessage),
                PeerMisbehaved::IllegalTlsInnerPlaintext.into()
            );
        }
    });
}

/// A TLS 1.3 record with only a tag, and without a type byte.
fn seal_empty_plaintext(setup: &Setup) -> Vec<u8> {
    Forgery::new(23, b"").seal(setup, &setup.made_up_keys(), setup.sealer().seq())
}

#[test]
fn an_empty_record_is_accepted_and_delivers_nothing() {
    for_each_connection(|setup, _, direct, forger| {
        let mut paddings = vec![0];
        if setup.is_tls13() {
            paddings.extend([1, MAX_CONTENT_LEN]);
        }
        for padding in paddings {
            let record = OutboundRecord::new(ContentType::ApplicationData, b""[..].into());
            let record = seal(&mut forger.sealer, record.padded(padding));
            direct.app().incoming = record;
            direct.run().expect("an empty record");
            assert!(direct.app().incoming.is_empty());
            assert!(direct.app().received.is_empty());
            assert!(!direct.app().peer_closed);
        }
        direct.app().incoming = forger.seal(ContentType::ApplicationData, b"more");
        direct.run().expect("a record");
        assert_eq!(direct.app().received, b"more");
        assert!(direct.is_direct());
    });
}

#[test]
fn a_refused_message_is_wiped() {
    for_each_connection(|_, _, direct, forger| {
        // A Finished after the handshake.
        let mut record = forger.seal(ContentType::Handshake, b"\x14\0\0\x08a secret");
        assert!(direct.failure(&mut record).0 != Error::DecryptError);
        let secret = b"a secret";
        assert!(
            !record
                .windows(secret.len())
                .any(|window| window == secret)
        );
    });
}

#[test]
fn a_record_of_a_type_not_allowed_after_the_handshake_is_refused() {
    let types = [
        ContentType::ChangeCipherSpec,
        ContentType::Heartbeat,
        ContentType::Unknown(99),
        ContentType::Unknown(255),
    ];
    for_each_case(&types, |typ, _, _, direct, forger| {
        let record = forger.seal(typ, &[1]);
        let error = assert_refused(direct, forger, record, AlertDescription::UnexpectedMessage);
        assert!(
            matches!(error, Error::InappropriateMessage { got_type, .. } if got_type == typ),
            "{error}"
        );
    });
}

#[test]
fn an_unprotected_record_is_refused() {
    let records: [&[u8]; 3] = [
        // change_cipher_spec, which is ignored before the end of a TLS 1.3 handshake.
        &[20, 3, 3, 0, 1, 1],
        // close_notify, and handshake_failure.
        &[21, 3, 3, 0, 2, 1, 0],
        &[21, 3, 3, 0, 2, 2, 40],
    ];
    for_each_case(&records, |record, setup, _, direct, forger| {
        // Only TLS 1.2 has records that show the type of an alert.
        let alert = match (setup.is_tls13(), record[0]) {
            (false, 21) => AlertDescription::BadRecordMac,
            _ => AlertDescription::UnexpectedMessage,
        };
        assert_refused(direct, forger, record.to_vec(), alert);
        assert!(!direct.app().peer_closed);
    });
}

/// Whether `role` receives tickets.
fn receives_tickets(setup: &Setup, role: Role) -> bool {
    setup.is_tls13() && role == Role::Client
}

/// A NewSessionTicket as a server sends it.
fn ticket(len: usize) -> Vec<u8> {
    NewSessionTicket::with_len(len).message()
}

#[test]
fn tickets_are_accepted_however_they_are_split() {
    for_each_connection(|setup, role, direct, forger| {
        if !receives_tickets(setup, role) {
            return;
        }
        let tickets = [ticket(100), ticket(1), ticket(200)].concat();
        for len in [1, 2, 3, 4, 5, 50, 120, tickets.len()] {
            for part in tickets.chunks(len) {
                direct.app().incoming = forger.seal(ContentType::Handshake, part);
                direct
                    .run()
                    .expect("a part of a ticket");
                assert!(direct.app().incoming.is_empty());
            }
            direct.app().incoming = forger.seal(ContentType::ApplicationData, b"data");
            direct
                .run()
                .expect("no message is begun");
            assert_eq!(direct.app().received, b"data");
            direct.app().received.clear();
        }
    });
}

#[test]
fn nothing_may_come_between_the_parts_of_a_message() {
    let between: [(ContentType, &[u8]); 3] = [
        (ContentType::ApplicationData, b"data"),
        (ContentType::ApplicationData, b""),
        (ContentType::Alert, &[1, 0]),
    ];
    for_each_case(&between, |(typ, content), setup, role, direct, forger| {
        if !receives_tickets(setup, role) {
            return;
        }
        for part in [&ticket(9)[..1], &ticket(9)[1..7]] {
            direct.app().incoming = forger.seal(ContentType::Handshake, part);
            direct
                .run()
                .expect("a part of a ticket");
        }
        let record = forger.seal(typ, content);
        assert_eq!(
            assert_refused(direct, forger, record, AlertDescription::UnexpectedMessage),
            PeerMisbehaved::MessageInterleavedWithHandshakeMessage.into()
        );
    });
}

#[test]
fn a_message_longer_than_64_kib_is_refused_by_its_header() {
    for_each_connection(|setup, role, direct, forger| {
        if !receives_tickets(setup, role) {
            return;
        }
        direct.app().incoming = forger.seal(ContentType::Handshake, &[4, 1, 0]);
        direct
            .run()
            .expect("a part of a header");
        let record = forger.seal(ContentType::Handshake, &[0]);
        assert_eq!(
            assert_refused(direct, forger, record, AlertDescription::DecodeError),
            InvalidMessage::HandshakePayloadTooLarge.into()
        );
    });
}

#[test]
fn an_empty_handshake_record_is_refused() {
    for_each_connection(|_, _, direct, forger| {
        let record = forger.seal(ContentType::Handshake, &[]);
        assert_eq!(
            assert_refused(direct, forger, record, AlertDescription::UnexpectedMessage),
            InvalidMessage::InvalidEmptyPayload.into()
        );
    });
}
