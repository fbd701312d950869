//! What is left of rustls after a handshake: it derives the keys of key updates, and stores tickets.

use alloc::boxed::Box;
use alloc::format;

use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{ConnectionTrafficSecrets, Error, ProtocolVersion};

use crate::cipher::{InvalidKey, TrafficKeys};

/// The part of rustls that both halves of a connection turn to now and then.
pub(crate) trait KeySchedule {
    /// The next generation of what we seal with. RFC 8446 s7.2.
    fn next_sending_secrets(&mut self) -> Result<ConnectionTrafficSecrets, Error>;

    /// The next generation of what we open with.
    fn next_receiving_secrets(&mut self) -> Result<ConnectionTrafficSecrets, Error>;

    /// Stores a NewSessionTicket, which comes without its header.
    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error>;

    /// Says whether anything is owed to the peer, where somebody else wants to know.
    fn settle(&mut self, owes: bool) {
        let _ = owes;
    }
}

/// rustls's connection of either role, without its keys.
pub(crate) enum Kernel {
    Client(KernelConnection<ClientConnectionData>),
    Server(KernelConnection<ServerConnectionData>),
}

impl Kernel {
    fn is_tls13(&self) -> bool {
        let version = match self {
            Self::Client(kernel) => kernel.protocol_version(),
            Self::Server(kernel) => kernel.protocol_version(),
        };
        version == ProtocolVersion::TLSv1_3
    }
}

/// TLS 1.2 has no use for rustls after the handshake, so that there may be nothing left of it.
impl KeySchedule for Option<Box<Kernel>> {
    fn next_sending_secrets(&mut self) -> Result<ConnectionTrafficSecrets, Error> {
        let (_, secrets) = match self.as_deref_mut() {
            Some(Kernel::Client(kernel)) => kernel.update_tx_secret(),
            Some(Kernel::Server(kernel)) => kernel.update_tx_secret(),
            None => Err(no_key_update()),
        }?;
        Ok(secrets)
    }

    fn next_receiving_secrets(&mut self) -> Result<ConnectionTrafficSecrets, Error> {
        let (_, secrets) = match self.as_deref_mut() {
            Some(Kernel::Client(kernel)) => kernel.update_rx_secret(),
            Some(Kernel::Server(kernel)) => kernel.update_rx_secret(),
            None => Err(no_key_update()),
        }?;
        Ok(secrets)
    }

    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error> {
        match self.as_deref_mut() {
            Some(Kernel::Client(kernel)) => kernel.handle_new_session_ticket(body),
            _ => Ok(()),
        }
    }
}

/// Keeps of `kernel` what the connection or the caller has a use for.
pub(crate) fn worth_keeping(kernel: Kernel, extractable: bool) -> Option<Box<Kernel>> {
    (extractable || kernel.is_tls13()).then(|| Box::new(kernel))
}

fn no_key_update() -> Error {
    Error::General("TLS 1.2 has no key update".into())
}

/// The key and iv in `secrets`.
pub(crate) fn traffic_keys(secrets: &ConnectionTrafficSecrets) -> Result<TrafficKeys, Error> {
    use ConnectionTrafficSecrets::*;
    match secrets {
        Aes128Gcm { key, iv } | Aes256Gcm { key, iv } | Chacha20Poly1305 { key, iv } => {
            TrafficKeys::new(key.as_ref(), iv.as_ref())
                .map_err(|err: InvalidKey| Error::General(format!("{err}")))
        }
        _ => Err(Error::General(
            "rustls gave keys for an AEAD that rustls-direct does not know".into(),
        )),
    }
}
