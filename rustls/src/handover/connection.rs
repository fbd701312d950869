//! Drives rustls's unbuffered connection of either role.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus};
use rustls::{CommonState, Error, ExtractedSecrets};

use crate::traffic::Kernel;

/// A connection of rustls, of either role.
pub(crate) enum Connection {
    Client(rustls::client::UnbufferedClientConnection),
    Server(rustls::server::UnbufferedServerConnection),
}

/// The result of one step of rustls's state machine, without borrows.
enum Progress {
    /// rustls added a record to the output.
    Chunk,
    /// rustls returned the content of a record of early data.
    EarlyData,
    Idle(Idle),
}

/// rustls needs more input.
pub(super) struct Idle {
    /// Whether the application may already write data.
    pub(super) may_write: bool,
}

impl Connection {
    pub(super) fn common_state(&self) -> &CommonState {
        match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        }
    }

    /// Processes `incoming` until rustls needs more input or returns early data.
    ///
    /// Adds records to `outgoing`, and puts early data into `unread`. Returns how many bytes of `incoming` rustls
    /// discards, and `None` if it returned early data.
    pub(super) fn process(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
        unread: &mut Option<Vec<u8>>,
    ) -> (usize, Result<Option<Idle>, Error>) {
        let mut discard = 0;
        loop {
            let rest = incoming
                .get_mut(discard..)
                .unwrap_or_default();
            let (done, progress) = self.step(rest, outgoing, unread);
            discard += done;
            match progress {
                Ok(Progress::Chunk) if discard == incoming.len() => {
                    if let Some(idle) = self.idle_after_last_chunk() {
                        debug_assert!(self.confirms_idle(&idle, outgoing, unread));
                        return (discard, Ok(Some(idle)));
                    }
                }
                Ok(Progress::Chunk) => {}
                Ok(Progress::EarlyData) => return (discard, Ok(None)),
                Ok(Progress::Idle(idle)) => return (discard, Ok(Some(idle))),
                Err(error) => return (discard, Err(error)),
            }
        }
    }

    /// Predicts the idle state of rustls after a chunk and without further input, if `CommonState` determines it.
    ///
    /// This spares one call into rustls.
    fn idle_after_last_chunk(&self) -> Option<Idle> {
        let common = self.common_state();
        match self {
            _ if common.wants_write() => None,
            // Not known: some servers may send data before they have the client's Finished.
            Self::Server(_) if common.is_handshaking() => None,
            _ => Some(Idle {
                may_write: !common.is_handshaking(),
            }),
        }
    }

    /// Asks rustls whether the predicted `idle` state is right. A newer version of rustls may do something else.
    fn confirms_idle(
        &mut self,
        idle: &Idle,
        outgoing: &mut Vec<u8>,
        unread: &mut Option<Vec<u8>>,
    ) -> bool {
        let (done, progress) = self.step(&mut [], outgoing, unread);
        done == 0
            && matches!(progress, Ok(Progress::Idle(said)) if said.may_write == idle.may_write)
    }

    /// Appends the records that rustls still wants to send after an error, usually an alert.
    ///
    /// `incoming` has to be the input that caused the error. rustls is called only while it wants to write: otherwise
    /// it would refuse the input again, and a debug build would panic at the second alert.
    pub(super) fn append_alert(&mut self, incoming: &mut [u8], outgoing: &mut Vec<u8>) {
        while self.common_state().wants_write() {
            match self.step(incoming, outgoing, &mut None) {
                (_, Ok(Progress::Chunk)) => {}
                _ => break,
            }
        }
    }

    /// Runs one step of rustls's state machine.
    fn step(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
        unread: &mut Option<Vec<u8>>,
    ) -> (usize, Result<Progress, Error>) {
        match self {
            Self::Client(connection) => {
                progress(connection.process_tls_records(incoming), outgoing)
            }
            Self::Server(connection) => {
                let UnbufferedStatus { discard, state } = connection.process_tls_records(incoming);
                match state {
                    Ok(ConnectionState::ReadEarlyData(mut early)) => match early.next_record() {
                        Some(record) => (
                            discard,
                            record.map(|record| {
                                *unread = Some(record.payload.to_vec());
                                Progress::EarlyData
                            }),
                        ),
                        None => (discard, Ok(Progress::Idle(Idle { may_write: false }))),
                    },
                    state => progress(UnbufferedStatus { discard, state }, outgoing),
                }
            }
        }
    }

    /// Converts the connection to the secrets of both directions and, if `keep_kernel`, rustls's kernel connection.
    ///
    /// The kernel connection is boxed here, because each further move would copy half a kilobyte.
    pub(super) fn into_secrets(
        self,
        keep_kernel: bool,
    ) -> Result<(ExtractedSecrets, Option<Box<Kernel>>), Error> {
        Ok(match self {
            Self::Client(connection) => {
                let (secrets, kernel) = connection.dangerous_into_kernel_connection()?;
                (
                    secrets,
                    keep_kernel.then(|| Box::new(Kernel::Client(kernel))),
                )
            }
            Self::Server(connection) => {
                let (secrets, kernel) = connection.dangerous_into_kernel_connection()?;
                (
                    secrets,
                    keep_kernel.then(|| Box::new(Kernel::Server(kernel))),
                )
            }
        })
    }
}

/// Reduces rustls's state to [`Progress`], after encoding its chunk into `outgoing`.
fn progress<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    outgoing: &mut Vec<u8>,
) -> (usize, Result<Progress, Error>) {
    let progress = status
        .state
        .and_then(|state| match state {
            ConnectionState::EncodeTlsData(mut data) => encode(&mut data, outgoing)
                .map(|()| Progress::Chunk)
                .map_err(|err| Error::General(format!("{err}"))),
            ConnectionState::TransmitTlsData(mut data) => Ok(Progress::Idle(Idle {
                may_write: data.may_encrypt_app_data().is_some(),
            })),
            ConnectionState::WriteTraffic(_) => Ok(Progress::Idle(Idle { may_write: true })),
            ConnectionState::BlockedHandshake => Ok(Progress::Idle(Idle { may_write: false })),
            other => Err(Error::General(format!(
                "rustls-direct did not expect rustls to be in {other:?} before the handover"
            ))),
        });
    (status.discard, progress)
}

/// Length in bytes that most flights of a handshake do not exceed.
const USUAL_FLIGHT_LEN: usize = 1000;

/// Encodes a chunk of rustls, which is one record, at the end of `outgoing`.
fn encode<Data>(
    data: &mut EncodeTlsData<'_, Data>,
    outgoing: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let required_size = match data.encode(&mut []) {
        Err(EncodeError::InsufficientSize(size)) => size.required_size,
        other => return other.map(drop),
    };
    if outgoing.capacity() == 0 {
        outgoing.reserve(USUAL_FLIGHT_LEN);
    }
    let begin = outgoing.len();
    outgoing.resize(begin + required_size, 0);
    data.encode(&mut outgoing[begin..])
        .map(drop)
}
