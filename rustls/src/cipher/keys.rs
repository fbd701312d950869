//! The key and iv of one direction.

use alloc::sync::Arc;
use core::fmt;

use zeroize::Zeroizing;

use super::error::InvalidKey;

/// Length of a nonce in bytes. The iv has the same length. Both hold for every supported suite. RFC 8446 s5.3.
pub const NONCE_LEN: usize = 12;

/// The key or the iv passed to [`TrafficKeys::new`] has an invalid length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvalidLength {
    /// Length of the given key in bytes. It may be up to [`TrafficKeys::MAX_KEY_LEN`].
    pub key: usize,
    /// Length of the given iv in bytes. It has to be [`NONCE_LEN`].
    pub iv: usize,
}

impl fmt::Display for InvalidLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, iv } = self;
        write!(
            f,
            "a key is at most {} bytes and an iv is {NONCE_LEN} bytes, but a key of {key} and an iv of {iv} were given",
            TrafficKeys::MAX_KEY_LEN
        )
    }
}

impl core::error::Error for InvalidLength {}

impl From<InvalidLength> for InvalidKey {
    fn from(_: InvalidLength) -> Self {
        Self
    }
}

/// The key and iv of one direction. `Debug` never shows them.
///
/// Both lie in one allocation. Moving or cloning this value or its [`Iv`] copies only a pointer, so the secrets exist
/// once. Dropping the last pointer wipes and frees the allocation.
///
/// In TLS 1.3 they are the write key and write iv of RFC 8446 s7.3. In TLS 1.2 they come from the key block. With
/// AES-GCM in TLS 1.2, the iv is the salt (4 bytes), followed by the explicit nonce of sequence number 0 (8 bytes). The
/// explicit nonces of later records are these 8 bytes XOR the sequence number. A decrypter uses only the salt.
#[derive(Clone)]
pub struct TrafficKeys(Iv);

impl TrafficKeys {
    /// Length in bytes of the longest key of any supported suite.
    pub const MAX_KEY_LEN: usize = 32;

    /// Copies `key` and `iv` into one allocation.
    ///
    /// # Errors
    ///
    /// - [`InvalidLength`]: `key` is longer than [`MAX_KEY_LEN`](Self::MAX_KEY_LEN), or `iv` is not [`NONCE_LEN`]
    ///   bytes.
    pub fn new(key: &[u8], iv: &[u8]) -> Result<Self, InvalidLength> {
        if key.len() > Self::MAX_KEY_LEN || iv.len() != NONCE_LEN {
            return Err(InvalidLength {
                key: key.len(),
                iv: iv.len(),
            });
        }
        // The allocation is filled in place: moving a filled value into it would leave a copy on the stack.
        let mut secret = Arc::new(Secret::default());
        let place = Arc::get_mut(&mut secret).expect("nobody else has it yet");
        place.key_len = key.len();
        place.key[..key.len()].copy_from_slice(key);
        place.iv.copy_from_slice(iv);
        Ok(Self(Iv(secret)))
    }

    /// Returns the key.
    pub fn key(&self) -> &[u8] {
        let secret = &*self.0.0;
        &secret.key[..secret.key_len]
    }

    /// Returns the iv.
    pub fn iv(&self) -> &Iv {
        &self.0
    }
}

impl fmt::Debug for TrafficKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrafficKeys")
            .field("key_len", &self.0.0.key_len)
            .finish_non_exhaustive()
    }
}

/// The iv that nonces are made from. `Debug` never shows it.
///
/// This is a pointer to the allocation of the [`TrafficKeys`]. While it lives, the iv and also the key stay in memory.
#[derive(Clone)]
pub struct Iv(Arc<Secret>);

/// The bytes of [`TrafficKeys`]. They never leave their allocation, and are wiped in it.
#[derive(Default)]
struct Secret {
    key: Zeroizing<[u8; TrafficKeys::MAX_KEY_LEN]>,
    key_len: usize,
    iv: Zeroizing<[u8; NONCE_LEN]>,
}

impl Iv {
    /// Computes the nonce of record `seq`: the iv with `seq` (64 bits, big-endian) XORed into its last eight bytes.
    ///
    /// RFC 8446 s5.3, RFC 7905 s2.
    #[inline]
    pub fn nonce(&self, seq: u64) -> [u8; NONCE_LEN] {
        let mut nonce = *self.0.iv;
        let [.., a, b, c, d, e, f, g, h] = nonce;
        let low = u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ seq;
        nonce[4..].copy_from_slice(&low.to_be_bytes());
        nonce
    }

    /// Returns the bytes of the iv.
    pub fn as_bytes(&self) -> &[u8; NONCE_LEN] {
        &self.0.iv
    }
}

impl fmt::Debug for Iv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iv")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    #[test]
    fn a_nonce_is_the_iv_xor_the_sequence_number() {
        let keys = TrafficKeys::new(&[], &[0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).unwrap();
        assert_eq!(keys.iv().nonce(0), *keys.iv().as_bytes());
        assert_eq!(
            keys.iv().nonce(0x0102_0304_0506_07ff),
            [
                0xf0,
                1,
                2,
                3,
                4 ^ 1,
                5 ^ 2,
                6 ^ 3,
                7 ^ 4,
                8 ^ 5,
                9 ^ 6,
                10 ^ 7,
                11 ^ 0xff
            ]
        );
    }

    #[test]
    fn debug_contains_no_secret() {
        let keys = TrafficKeys::new(&[0xaa; 16], &[0xbb; 12]).unwrap();
        let debug = format!("{keys:?} {:?}", keys.iv());
        assert_eq!(debug, "TrafficKeys { key_len: 16, .. } Iv { .. }");
    }

    #[test]
    fn keys_of_a_wrong_length_are_refused() {
        for (key, iv) in [(33, 12), (300, 12), (16, 0), (16, 11), (16, 13), (33, 13)] {
            let refused = TrafficKeys::new(&vec![0; key], &vec![0; iv]).unwrap_err();
            assert_eq!(refused, InvalidLength { key, iv });
        }
        assert_eq!(
            InvalidLength { key: 33, iv: 11 }.to_string(),
            "a key is at most 32 bytes and an iv is 12 bytes, but a key of 33 and an iv of 11 were given"
        );
        assert_eq!(
            TrafficKeys::new(&[7; 32], &[0; 12])
                .unwrap()
                .key(),
            &[7; 32]
        );
    }
}
