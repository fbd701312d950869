//! Derives keying material for the application. RFC 5705, RFC 8446 s7.5.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rustls::crypto::tls13::{HkdfExpander, OkmBlock};
use rustls::{Error, SupportedCipherSuite, Tls13CipherSuite};
use zeroize::Zeroizing;

use super::randoms::RANDOM_LEN;
use crate::error::explained;

/// Labels of the NSS key log format: the exporter secret of TLS 1.3, and the master secret of TLS 1.2.
const TLS13_LABEL: &str = "EXPORTER_SECRET";
const TLS12_LABEL: &str = "CLIENT_RANDOM";

/// Returns whether an [`Exporter`] needs the secret that is logged under `label`.
pub(crate) fn is_exporter_secret(label: &str) -> bool {
    matches!(label, TLS13_LABEL | TLS12_LABEL)
}

/// The bytes that an [`Exporter`] is made from: the secret, followed in TLS 1.2 by the client's and the server's
/// random.
///
/// The allocation has its final size from the start. It never grows, because growing would leave an unwiped copy.
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Copies an [exporter secret](is_exporter_secret), which was logged under `label`.
    pub(super) fn new(label: &str, client_random: &[u8], secret: &[u8]) -> Self {
        let (client_random, server_random_len) = match label {
            TLS13_LABEL => (&[][..], 0),
            _ => (client_random, RANDOM_LEN),
        };
        let len = secret.len() + client_random.len() + server_random_len;
        let mut bytes = Zeroizing::new(Vec::with_capacity(len));
        bytes.extend_from_slice(secret);
        bytes.extend_from_slice(client_random);
        Self(bytes)
    }
}

/// Refuses an empty output.
pub(crate) fn check_output(output: &[u8]) -> Result<(), Error> {
    match output {
        [] => Err(explained("the output of an exporter may not be empty")),
        _ => Ok(()),
    }
}

/// Derives keying material from the secret of a handshake, which is wiped on drop.
pub(crate) struct Exporter(Zeroizing<Box<[u8]>>);

impl Exporter {
    /// Makes the exporter. `None` if `suite` is of TLS 1.2 and `server_random` is missing.
    pub(super) fn new(
        suite: SupportedCipherSuite,
        secret: Secret,
        server_random: Option<[u8; RANDOM_LEN]>,
    ) -> Option<Self> {
        let Secret(mut bytes) = secret;
        if suite.tls13().is_none() {
            bytes.extend_from_slice(&server_random?);
        }
        let bytes = core::mem::take(&mut *bytes);
        Some(Self(Zeroizing::new(bytes.into_boxed_slice())))
    }

    /// Fills `output` with keying material. `suite` is the cipher suite that the exporter was made for.
    pub(crate) fn export(
        &self,
        suite: SupportedCipherSuite,
        output: &mut [u8],
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Result<(), Error> {
        match suite {
            #[cfg(feature = "tls12")]
            SupportedCipherSuite::Tls12(suite) => {
                let (secret, randoms) = self
                    .0
                    .split_at(self.0.len() - 2 * RANDOM_LEN);
                let mut seed = randoms.to_vec();
                if let Some(context) = context {
                    let len = u16::try_from(context.len()).map_err(|_| {
                        explained("the context of an exporter is at most 65535 bytes")
                    })?;
                    seed.extend_from_slice(&len.to_be_bytes());
                    seed.extend_from_slice(context);
                }
                suite
                    .prf_provider
                    .for_secret(output, secret, label, &seed);
                Ok(())
            }
            suite => match suite.tls13() {
                Some(suite) => export_tls13(suite, &self.0, output, label, context),
                None => Err(Error::HandshakeNotComplete),
            },
        }
    }
}

fn export_tls13(
    suite: &Tls13CipherSuite,
    secret: &[u8],
    output: &mut [u8],
    label: &[u8],
    context: Option<&[u8]>,
) -> Result<(), Error> {
    let hash = suite.common.hash_provider;
    let of_label = {
        let expander = suite
            .hkdf_provider
            .expander_for_okm(&OkmBlock::new(secret));
        let mut derived = Zeroizing::new([0; OkmBlock::MAX_LEN]);
        let derived = &mut derived[..expander.hash_len()];
        expand_label(&*expander, label, hash.hash(&[]).as_ref(), derived)?;
        OkmBlock::new(derived)
    };
    let context = hash.hash(context.unwrap_or_default());
    let expander = suite
        .hkdf_provider
        .expander_for_okm(&of_label);
    expand_label(&*expander, b"exporter", context.as_ref(), output)
}

/// Computes HKDF-Expand-Label. RFC 8446 s7.1.
fn expand_label(
    expander: &dyn HkdfExpander,
    label: &[u8],
    context: &[u8],
    output: &mut [u8],
) -> Result<(), Error> {
    const PREFIX: &[u8] = b"tls13 ";
    let too_much = || explained("the label or the output of an exporter is too long");
    let output_len = u16::try_from(output.len()).map_err(|_| too_much())?;
    let label_len = u8::try_from(PREFIX.len() + label.len()).map_err(|_| too_much())?;
    let context_len = u8::try_from(context.len()).map_err(|_| too_much())?;
    let info = [
        &output_len.to_be_bytes()[..],
        &[label_len],
        PREFIX,
        label,
        &[context_len],
        context,
    ];
    expander
        .expand_slice(&info, output)
        .map_err(|_| too_much())
}
