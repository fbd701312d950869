//! Records that an `EncryptionState` cannot seal.

use rustls_direct::cipher::TrafficKeys;

use crate::setup::Setup;

/// A record of which every part can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Forgery<'a> {
    /// Type and version in the header on the wire.
    pub shown: [u8; 3],
    /// Type and version for which the record is authentic.
    pub authentic: [u8; 3],
    /// The explicit nonce of TLS 1.2 with AES-GCM, if not the one that rustls and rustls-direct would send.
    pub explicit_nonce: Option<[u8; 8]>,
    /// The plaintext. In TLS 1.3 it includes the type byte and the padding.
    pub plaintext: &'a [u8],
}

impl<'a> Forgery<'a> {
    /// Makes a record that an honest peer could seal, if `plaintext` is as the version requires.
    ///
    /// `typ` is the type in the header: 23 in an honest record of TLS 1.3.
    pub fn new(typ: u8, plaintext: &'a [u8]) -> Self {
        Self {
            shown: [typ, 3, 3],
            authentic: [typ, 3, 3],
            explicit_nonce: None,
            plaintext,
        }
    }

    /// Changes the header after sealing, so that the record is not authentic for it.
    pub fn shown_as(self, shown: [u8; 3]) -> Self {
        Self { shown, ..self }
    }

    /// Sets the version in the header, for which the record is authentic.
    pub fn of_version(self, [major, minor]: [u8; 2]) -> Self {
        let [typ, ..] = self.authentic;
        let all = [typ, major, minor];
        Self {
            shown: all,
            authentic: all,
            ..self
        }
    }

    /// Seals the record under sequence number `seq`.
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

/// Calls the bare AEAD.
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
