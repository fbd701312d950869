//! Protects long records of CHACHA20-POLY1305 with OpenSSL, and all others with aws-lc-rs.
//!
//! Both libraries hold the key and seal to the same bytes, so each record can use either of them.

use rustls::CipherSuite;
use rustls_direct::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use rustls_direct::crypto::aws_lc_rs;
use rustls_direct::record::RecordHeader;

use crate::aead::CHACHA20_POLY1305;
use crate::algorithm::OpenSsl;

/// Length of the shortest payload that OpenSSL seals and opens.
///
/// Measured by `examples/crossover.rs` on an Intel Xeon with AVX-512 (family 6, model 207), with OpenSSL 3.0.19 and
/// aws-lc-rs 1.19, while other programs ran. The table has OpenSSL's time per record as a multiple of that of
/// aws-lc-rs, as medians of four runs.
///
/// | content | sealing | opening in place |
/// | ---: | ---: | ---: |
/// | 1350 B | 1.53 | 1.44 |
/// | 2048 B | 1.18 | 1.06 |
/// | 3072 B | 0.99 | 0.92 |
/// | 4096 B | 0.84 | 0.82 |
/// | 16,384 B | 0.65 | 0.60 |
///
/// Opening into another slice gives the same multiples as opening in place. Without AVX-512, which `OPENSSL_ia32cap`
/// can hide from OpenSSL, aws-lc-rs is faster at every size: the multiple is 1.06 to 1.12 at 16,384 B. For AES-GCM it
/// is 2.6 or more at every size.
const MIN_OPENSSL_LEN: usize = 3072;

/// Returns whether OpenSSL is faster from [`MIN_OPENSSL_LEN`] on, which it is only with AVX-512.
fn openssl_is_faster() -> bool {
    #[cfg(target_arch = "x86_64")]
    return CHACHA20_POLY1305.is_available() && std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Chooses the faster library. See [`COMBINED_RECORD_PROVIDER`](crate::COMBINED_RECORD_PROVIDER).
#[derive(Debug)]
pub(crate) struct Combined;

impl RecordProvider for Combined {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        use CipherSuite::*;
        match suite {
            TLS13_CHACHA20_POLY1305_SHA256 if openssl_is_faster() => Some(&TLS13),
            TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
                if openssl_is_faster() =>
            {
                Some(&TLS12)
            }
            suite => aws_lc_rs::RECORD_PROVIDER.algorithm(suite),
        }
    }
}

/// Chooses the library for each record of the suite by the length of the payload.
struct ByLength(CipherSuite);

static TLS13: ByLength = ByLength(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);

/// Also for the RSA suite, whose records are the same.
static TLS12: ByLength = ByLength(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256);

impl ByLength {
    /// Returns what `make` makes with the algorithm of aws-lc-rs and with that of OpenSSL.
    fn make_both<T>(
        &self,
        make: impl Fn(&dyn AeadAlgorithm) -> Result<T, InvalidKey>,
    ) -> Result<(T, T), InvalidKey> {
        let of = |provider: &dyn RecordProvider| {
            provider
                .algorithm(self.0)
                .ok_or(InvalidKey)
                .and_then(&make)
        };
        Ok((of(aws_lc_rs::RECORD_PROVIDER)?, of(&OpenSsl)?))
    }
}

impl AeadAlgorithm for ByLength {
    fn key_len(&self) -> usize {
        32
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        let (short, long) = self.make_both(|algorithm| algorithm.encrypter(keys))?;
        Ok(Box::new(Encrypters { short, long }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        let (short, long) = self.make_both(|algorithm| algorithm.decrypter(keys))?;
        Ok(Box::new(Decrypters { short, long }))
    }
}

struct Encrypters {
    short: Box<dyn MessageEncrypter>,
    long: Box<dyn MessageEncrypter>,
}

impl MessageEncrypter for Encrypters {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let encrypter = match out.len() {
            0..MIN_OPENSSL_LEN => &mut self.short,
            _ => &mut self.long,
        };
        encrypter.encrypt_into(record, seq, out)
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        self.long
            .encrypted_payload_len(content_and_padding)
    }

    fn payload_prefix_len(&self) -> usize {
        self.long.payload_prefix_len()
    }
}

struct Decrypters {
    short: Box<dyn MessageDecrypter>,
    long: Box<dyn MessageDecrypter>,
}

impl Decrypters {
    fn for_payload(&mut self, payload: &[u8]) -> &mut dyn MessageDecrypter {
        match payload.len() {
            0..MIN_OPENSSL_LEN => &mut *self.short,
            _ => &mut *self.long,
        }
    }
}

impl MessageDecrypter for Decrypters {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        self.for_payload(payload)
            .decrypt_in_place(header, payload, seq)
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        self.for_payload(payload)
            .decrypt_into(header, payload, seq, out)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        self.long
            .decrypted_payload_len(payload_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chooses by length on every CPU, with or without AVX-512.
    #[derive(Debug)]
    struct AlwaysByLength;

    impl RecordProvider for AlwaysByLength {
        fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
            [&TLS13, &TLS12]
                .into_iter()
                .find(|by_length| by_length.0 == suite)
                .map(|by_length| by_length as _)
        }
    }

    #[test]
    fn records_of_both_libraries_can_alternate() {
        let report = rustls_direct_provider_test::check(&AlwaysByLength);
        assert_eq!(report.suites().len(), 2);
        report.assert_passed();
    }
}
