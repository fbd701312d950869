//! What can a script make the program do, whichever library the program runs over?

use std::sync::Arc;

use rustls::kernel::KernelConnection;
use rustls::{ClientConfig, Error, ExtractedSecrets, ServerConfig};
use testing::raw::Keys;

use crate::trace::Event;

/// The program, as the script sees it.
pub(crate) trait Application {
    fn behavior(&mut self) -> &mut Behavior;

    /// Appends bytes from the peer to the input, and runs the program.
    fn receive(&mut self, tls: &[u8]);

    /// Runs until there is nothing to do, or the connection has failed.
    fn run(&mut self);

    /// Queues an action for when the connection allows it.
    fn plan(&mut self, action: Action);

    /// Takes the bytes to be sent to the peer.
    fn outgoing(&mut self) -> Vec<u8>;

    /// Takes the events since the last call.
    fn seen(&mut self) -> Vec<Event>;

    /// Returns the results of all getters.
    fn getters(&self) -> Event;

    /// Consumes the connection for its secrets.
    fn extract(self: Box<Self>, how: Extraction) -> Result<Extracted, Error>;

    fn is_handshaking(&self) -> bool;

    fn has_failed(&self) -> bool;

    /// Checks that the library under test seals and opens the records.
    fn assert_direct(&self);
}

/// Something that the program is to do.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Write(Vec<u8>),
    WriteEarlyData(Vec<u8>),
    Close,
    RefreshKeys,
}

/// How the program uses the API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behavior {
    /// Takes records as they come. Otherwise the program stops at the first one.
    pub(crate) takes_records: bool,
    /// Calls with an empty buffer first, to learn the size. Otherwise the buffer has room for everything.
    pub(crate) queries_size_first: bool,
    /// How many of the next chunks the program does not encode.
    pub(crate) skips_chunks: usize,
    /// Encodes each chunk a second time.
    pub(crate) encodes_twice: bool,
    /// Passes its input to the connection. Otherwise it passes none.
    pub(crate) passes_input: bool,
    /// Writes during the handshake, if the connection allows it.
    pub(crate) writes_during_handshake: bool,
    /// Stops after each action.
    pub(crate) pauses_after_actions: bool,
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            takes_records: true,
            queries_size_first: true,
            skips_chunks: 0,
            encodes_twice: false,
            passes_input: true,
            writes_during_handshake: false,
            pauses_after_actions: false,
        }
    }
}

/// The config, and for one case the protocols, that a connection is created with.
pub(crate) enum NewConnection {
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

/// The two calls that give a connection's secrets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extraction {
    Secrets,
    Kernel,
}

/// A connection's secrets.
pub(crate) struct Extracted {
    pub(crate) tx: Keys,
    pub(crate) rx: Keys,
    /// What the kernel connection reports, if there is one.
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
