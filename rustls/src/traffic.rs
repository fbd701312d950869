//! What records mean after the handshake.
//!
//! A connection has two halves that can live on two threads: [`Sender`] and [`Receiver`]. The receiver passes the
//! peer's [`Requests`] to the sender. The sender tells the receiver only its [`Progress`].

mod expected;
mod failure;
mod gathered;
mod kernel;
mod key_schedule;
mod keys;
mod limits;
mod owed;
mod post_handshake;
mod reassembly;
mod receiver;
mod request;
mod reservation;
mod secrets;
mod sender;
#[cfg(test)]
mod tests;
mod unread;
mod wire;
mod write_error;
mod written;

#[cfg(feature = "std")]
pub(crate) use failure::Failure;
pub use gathered::Gathered;
pub(crate) use kernel::Kernel;
#[cfg(all(loom, test))]
pub(crate) use kernel::KernelModel;
pub(crate) use key_schedule::KeySchedule;
#[cfg(feature = "std")]
pub(crate) use keys::{OwedFlag, ReceivingKeys, SendingKeys, TicketStore};
pub(crate) use receiver::{Control, Opening, Receiver};
#[cfg(feature = "std")]
pub(crate) use request::{Progress, Requests};
pub use reservation::Reservation;
pub(crate) use secrets::DirectionSecrets;
pub(crate) use sender::Sender;
pub(crate) use unread::{UnreadRecord, input_missing, taken_already};
pub(crate) use wire::fatal_alert;
pub use write_error::WriteError;
pub use written::Written;

/// A connection after its handshake.
pub(crate) struct Traffic {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
    pub(crate) key_schedule: KeySchedule,
}
