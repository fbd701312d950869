//! What a script can have the program do, whichever library it runs over.

use std::sync::Arc;

use rustls::kernel::KernelConnection;
use rustls::{ClientConfig, Error, ExtractedSecrets, ServerConfig};
use testing::raw::Keys;

use crate::trace::Event;

/// The program, as the script sees it.
pub(crate) trait Application {
    fn habits(&mut self) -> &mut Habits;

    /// Appends what has come from the peer to what is there, and goes on.
    fn receive(&mut self, tls: &[u8]);

    /// Goes on until there is nothing to do, or the connection has failed.
    fn run(&mut self);

    /// Does this as soon as the connection lets it.
    fn plan(&mut self, deed: Deed);

    /// Takes what is to be sent to the peer.
    fn outgoing(&mut self) -> Vec<u8>;

    /// Takes what was seen since the last time.
    fn seen(&mut self) -> Vec<Event>;

    /// What all getters say now.
    fn getters(&self) -> Event;

    /// Gives the connection away for its secrets.
    fn extract(self: Box<Self>, how: Extraction) -> Result<Extracted, Error>;

    fn is_handshaking(&self) -> bool;

    fn has_failed(&self) -> bool;

    /// Checks that the library that is to seal and open the records does.
    fn assert_direct(&self);
}

/// What the program is to do.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Write(Vec<u8>),
    WriteEarlyData(Vec<u8>),
    Close,
    RefreshKeys,
}

/// How the program goes about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// Takes records as they come. Otherwise it stops when there is one.
    pub(crate) takes_records: bool,
    /// Asks how much room is needed, by having none. Otherwise it has enough for everything.
    pub(crate) asks_for_room: bool,
    /// Does not encode so many of the next chunks.
    pub(crate) drops_chunks: usize,
    /// Encodes what was encoded already.
    pub(crate) encodes_twice: bool,
    /// Shows the connection what has come. Otherwise it shows nothing.
    pub(crate) shows_input: bool,
    /// Writes together with the handshake, if that may be.
    pub(crate) writes_in_handshake: bool,
    /// Leaves what follows from a deed for later.
    pub(crate) rests_after_deeds: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            takes_records: true,
            asks_for_room: true,
            drops_chunks: 0,
            encodes_twice: false,
            shows_input: true,
            writes_in_handshake: false,
            rests_after_deeds: false,
        }
    }
}

/// What a connection is made of.
pub(crate) enum Opening {
    Client {
        config: Arc<ClientConfig>,
    },
    ClientWithAlpn {
        config: Arc<ClientConfig>,
        protocols: Vec<Vec<u8>>,
    },
    Server {
        config: Arc<ServerConfig>,
    },
}

/// The two ways to a connection's secrets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extraction {
    Secrets,
    Kernel,
}

/// What came of a connection's secrets.
pub(crate) struct Extracted {
    pub(crate) tx: Keys,
    pub(crate) rx: Keys,
    /// What the kernel connection says, if there is one.
    pub(crate) kernel: Option<String>,
}

impl Extracted {
    pub(crate) fn new(ExtractedSecrets { tx, rx }: ExtractedSecrets) -> Self {
        Self {
            tx: tx.into(),
            rx: rx.into(),
            kernel: None,
        }
    }

    pub(crate) fn with_kernel<Data>(
        (secrets, mut kernel): (ExtractedSecrets, KernelConnection<Data>),
    ) -> Self {
        let updated = [kernel.update_tx_secret(), kernel.update_rx_secret()];
        let kernel = format!(
            "{:?}, {:?}, updated {:?}",
            kernel.protocol_version(),
            kernel.negotiated_cipher_suite().suite(),
            updated.map(|updated| updated.map(|(seq, _)| seq)),
        );
        Self {
            kernel: Some(kernel),
            ..Self::new(secrets)
        }
    }
}
