//! Records that the sealing half has no way to make.

use rustls_direct::cipher::TrafficKeys;

use crate::setup::Setup;

/// A record whose every part can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Forgery<'a> {
    /// Type and version in the header on the wire.
    pub shown: [u8; 3],
    /// Type and version for which the record is authentic.
    pub authentic: [u8; 3],
    /// What stands before the ciphertext of TLS 1.2 with AES-GCM, instead of what rustls and we would send.
    pub explicit_nonce: Option<[u8; 8]>,
    /// What is sealed: in TLS 1.3 with the type byte and the padding.
    pub plaintext: &'a [u8],
}

impl<'a> Forgery<'a> {
    /// One that an honest peer could have sealed too, if `plaintext` is what the version has.
    ///
    /// `typ` is the type that the header shows: 23 in an honest record of TLS 1.3.
    pub fn new(typ: u8, plaintext: &'a [u8]) -> Self {
        Self {
            shown: [typ, 3, 3],
            authentic: [typ, 3, 3],
            explicit_nonce: None,
            plaintext,
        }
    }

    /// Shows another type and version than it is authentic for.
    pub fn shown_as(self, shown: [u8; 3]) -> Self {
        Self { shown, ..self }
    }

    /// Shows this version, and is authentic for it.
    pub fn of_version(self, [major, minor]: [u8; 2]) -> Self {
        let [typ, ..] = self.authentic;
        let all = [typ, major, minor];
        Self {
            shown: all,
            authentic: all,
            ..self
        }
    }

    /// The record with sequence number `seq`.
    pub fn seal(&self, setup: &Setup, keys: &TrafficKeys, seq: u64) -> Vec<u8> {
        let gcm_of_tls12 = !setup.is_tls13() && format!("{:?}", setup.id()).contains("GCM");
        let mut nonce = keys.iv().nonce(seq);
        if let Some(explicit) = self.explicit_nonce {
            assert!(gcm_of_tls12, "no other suite has one");
            nonce[4..].copy_from_slice(&explicit);
        }
        let prefix = if gcm_of_tls12 { &nonce[4..] } else { &[] };
        let plain_len = u16::try_from(self.plaintext.len()).expect("fits a header");
        let payload_len = prefix.len() + self.plaintext.len() + TAG_LEN;
        let payload_len = u16::try_from(payload_len).expect("fits a header");
        let aad = match setup.is_tls13() {
            true => [&self.authentic[..], &payload_len.to_be_bytes()].concat(),
            false => {
                let seq = seq.to_be_bytes();
                [&seq[..], &self.authentic, &plain_len.to_be_bytes()].concat()
            }
        };
        let sealed = seal(setup, keys, nonce, &aad, self.plaintext);
        let header = [&self.shown[..], &payload_len.to_be_bytes()].concat();
        [&header[..], prefix, &sealed].concat()
    }
}

const TAG_LEN: usize = 16;

/// The bare AEAD call.
fn seal(
    setup: &Setup,
    keys: &TrafficKeys,
    nonce: [u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Vec<u8> {
    #[cfg(feature = "aws_lc_rs")]
    use aws_lc_rs::aead;
    #[cfg(not(feature = "aws_lc_rs"))]
    use ring::aead;

    let algorithm = match format!("{:?}", setup.id()) {
        name if name.contains("AES_128") => &aead::AES_128_GCM,
        name if name.contains("AES_256") => &aead::AES_256_GCM,
        _ => &aead::CHACHA20_POLY1305,
    };
    let key = aead::UnboundKey::new(algorithm, keys.key()).expect("a key of the suite");
    let mut sealed = plaintext.to_vec();
    let tag = aead::LessSafeKey::new(key)
        .seal_in_place_separate_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(aad),
            &mut sealed,
        )
        .expect("sealed");
    sealed.extend(tag.as_ref());
    sealed
}
