//! Are records padded as the caller asks?

use rustls_direct::record::MAX_CONTENT_LEN;
use rustls_direct::unbuffered::WriteError;
use testing::{Endpoint, Forger, Forgery, Role, Setup, pattern, setups};

/// Runs `test` with our connection and the keys of its peer, for every suite and role.
fn for_each_connection(test: impl Fn(&Setup, &mut dyn Endpoint, &mut Forger)) {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut forger) = Forger::connected(&setup, role);
            test(&setup, &mut *direct, &mut forger);
            assert!(direct.is_direct());
        }
    }
}

/// Seals `data` with padding into a buffer of exactly the required size.
fn send_padded(direct: &mut dyn Endpoint, data: &[u8], padding: usize) -> Vec<u8> {
    let Err(WriteError::InsufficientSize(size)) = direct.encrypt_padded(data, padding, &mut [])
    else {
        panic!("expected InsufficientSize");
    };
    let mut out = vec![0xee; size.required_size];
    let written = direct.encrypt_padded(data, padding, &mut out);
    assert_eq!(written.ok(), Some(out.len()));
    out
}

/// R13-5.2-c, R13-5.4-a: `padding` zeros follow the type.
#[test]
fn padding_is_zeros_after_the_type() {
    for_each_connection(|setup, direct, forger| {
        if !setup.is_tls13() {
            return;
        }
        for (len, padding) in [(1, 0), (1, 1), (100, 1000), (1, MAX_CONTENT_LEN - 1)] {
            let data = pattern(len);
            let sent = send_padded(direct, &data, padding);
            let plaintext = [&data[..], &[23], &vec![0; padding]].concat();
            assert!(sent == forger.predict(Forgery::new(23, &plaintext)));
        }
    });
}

/// R13-5.4-a: content and padding are 2^14 bytes at most, so a full record gets no padding.
#[test]
fn padding_does_not_exceed_the_limit_of_content() {
    for_each_connection(|setup, direct, forger| {
        if !setup.is_tls13() {
            return;
        }
        for len in [MAX_CONTENT_LEN - 4, MAX_CONTENT_LEN] {
            for padding in [100, usize::MAX] {
                let data = pattern(len);
                let sent = send_padded(direct, &data, padding);
                let mut plaintext = [&data[..], &[23]].concat();
                plaintext.resize(MAX_CONTENT_LEN + 1, 0);
                assert!(sent == forger.predict(Forgery::new(23, &plaintext)));
            }
        }
        // Each record of a longer write is padded by itself.
        let data = pattern(MAX_CONTENT_LEN + 1);
        let sent = send_padded(direct, &data, 7);
        let (full, rest) = data.split_at(MAX_CONTENT_LEN);
        let full = [full, &[23]].concat();
        let rest = [rest, &[23], &[0; 7]].concat();
        let expected = [
            forger.predict(Forgery::new(23, &full)),
            forger.predict(Forgery::new(23, &rest)),
        ];
        assert!(sent == expected.concat());
    });
}

/// R13-5.4-a: TLS 1.2 has no padding. A call for it is refused, and no sequence number is used.
#[test]
fn tls12_has_no_padding() {
    for_each_connection(|setup, direct, forger| {
        if setup.is_tls13() {
            return;
        }
        let refused = direct.encrypt_padded(b"data", 1, &mut [0; 100]);
        assert!(matches!(refused, Err(WriteError::PaddingUnsupported)));
        let sent = send_padded(direct, b"data", 0);
        assert_eq!(sent, forger.predict(Forgery::new(23, b"data")));
    });
}
