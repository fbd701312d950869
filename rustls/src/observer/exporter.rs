//! Keying material for the application. RFC 5705, RFC 8446 s7.5.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::sync::{Mutex, PoisonError};

use rustls::crypto::tls13::{HkdfExpander, OkmBlock};
use rustls::{Error, KeyLog, SupportedCipherSuite, Tls13CipherSuite};
use zeroize::Zeroizing;

use super::randoms::RANDOM_LEN;

/// Sees the secret on its way to the caller's key log.
pub(super) struct SecretTap {
    inner: Arc<dyn KeyLog>,
    seen: Mutex<Option<Seen>>,
}

/// A secret that was logged, and the client's random with it.
pub(super) struct Seen {
    secret: Zeroizing<Vec<u8>>,
    client_random: Vec<u8>,
}

/// The exporter's secret of TLS 1.3, and the master secret of TLS 1.2, in the words of the NSS key log format.
const LABELS: [&str; 2] = ["EXPORTER_SECRET", "CLIENT_RANDOM"];

impl SecretTap {
    pub(super) fn new(inner: Arc<dyn KeyLog>) -> Self {
        Self {
            inner,
            seen: Mutex::new(None),
        }
    }

    pub(super) fn take(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl KeyLog for SecretTap {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if LABELS.contains(&label) {
            *self
                .seen
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(Seen {
                secret: Zeroizing::new(secret.to_vec()),
                client_random: client_random.to_vec(),
            });
        }
        if self.inner.will_log(label) {
            self.inner
                .log(label, client_random, secret);
        }
    }

    fn will_log(&self, label: &str) -> bool {
        LABELS.contains(&label) || self.inner.will_log(label)
    }
}

impl fmt::Debug for SecretTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Derives keying material from what a handshake agreed on. Wiped when dropped.
pub(crate) struct Exporter {
    suite: SupportedCipherSuite,
    secret: Zeroizing<Vec<u8>>,
    /// Of client and server, in TLS 1.2.
    #[cfg(feature = "tls12")]
    randoms: Vec<u8>,
}

impl Exporter {
    /// `None` if not all was seen that it takes.
    pub(super) fn new(
        suite: SupportedCipherSuite,
        seen: Seen,
        server_random: Option<[u8; RANDOM_LEN]>,
    ) -> Option<Self> {
        let Seen {
            secret,
            client_random,
        } = seen;
        let randoms = match suite.tls13() {
            Some(_) => Vec::new(),
            None => [&client_random[..], &server_random?].concat(),
        };
        #[cfg(not(feature = "tls12"))]
        drop(randoms);
        Some(Self {
            suite,
            secret,
            #[cfg(feature = "tls12")]
            randoms,
        })
    }

    /// Fills `output`, which is not empty.
    pub(crate) fn export(
        &self,
        output: &mut [u8],
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Result<(), Error> {
        match self.suite {
            #[cfg(feature = "tls12")]
            SupportedCipherSuite::Tls12(suite) => {
                let mut seed = self.randoms.clone();
                if let Some(context) = context {
                    let len = u16::try_from(context.len()).map_err(|_| {
                        Error::General("the context of an exporter is at most 65535 bytes".into())
                    })?;
                    seed.extend_from_slice(&len.to_be_bytes());
                    seed.extend_from_slice(context);
                }
                suite
                    .prf_provider
                    .for_secret(output, &self.secret, label, &seed);
                Ok(())
            }
            suite => match suite.tls13() {
                Some(suite) => export_tls13(suite, &self.secret, output, label, context),
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

/// HKDF-Expand-Label. RFC 8446 s7.1.
fn expand_label(
    expander: &dyn HkdfExpander,
    label: &[u8],
    context: &[u8],
    output: &mut [u8],
) -> Result<(), Error> {
    const PREFIX: &[u8] = b"tls13 ";
    let too_much = || Error::General("the label or the output of an exporter is too long".into());
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
