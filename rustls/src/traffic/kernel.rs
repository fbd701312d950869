//! rustls's kernel connection: it derives the traffic secrets of later keys, and stores tickets.

#[cfg(all(loom, test))]
use alloc::boxed::Box;

use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{ConnectionTrafficSecrets, Error};

#[cfg(all(loom, test))]
use super::keys::{ReceivingKeys, SendingKeys, TicketStore};

/// rustls's `KernelConnection` of either role.
pub(crate) enum Kernel {
    Client(KernelConnection<ClientConnectionData>),
    Server(KernelConnection<ServerConnectionData>),
    #[cfg(all(loom, test))]
    Model(Box<dyn KernelModel>),
}

/// Stands in for rustls where loom runs the split halves.
#[cfg(all(loom, test))]
pub(crate) trait KernelModel: SendingKeys + ReceivingKeys + TicketStore + Send {}

impl Kernel {
    pub(super) fn update_tx_secret(&mut self) -> Result<ConnectionTrafficSecrets, Error> {
        let (_, secrets) = match self {
            Self::Client(kernel) => kernel.update_tx_secret(),
            Self::Server(kernel) => kernel.update_tx_secret(),
            #[cfg(all(loom, test))]
            Self::Model(_) => unreachable!("the model gives keys, not secrets"),
        }?;
        Ok(secrets)
    }

    pub(super) fn update_rx_secret(&mut self) -> Result<ConnectionTrafficSecrets, Error> {
        let (_, secrets) = match self {
            Self::Client(kernel) => kernel.update_rx_secret(),
            Self::Server(kernel) => kernel.update_rx_secret(),
            #[cfg(all(loom, test))]
            Self::Model(_) => unreachable!("the model gives keys, not secrets"),
        }?;
        Ok(secrets)
    }

    /// Hands a NewSessionTicket to the client's session store. `body` is the message without its header.
    pub(super) fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error> {
        match self {
            Self::Client(kernel) => kernel.handle_new_session_ticket(body),
            Self::Server(_) => Ok(()),
            #[cfg(all(loom, test))]
            Self::Model(model) => model.store_ticket(body),
        }
    }
}
