//! rustls's connection of either role, and what it does next.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus};
use rustls::{CommonState, Error, ExtractedSecrets};

use crate::traffic::Kernel;

/// rustls's connection of either role.
pub(crate) enum Connection {
    Client(rustls::client::UnbufferedClientConnection),
    Server(rustls::server::UnbufferedServerConnection),
}

/// rustls's state, without what it borrows.
enum Progress {
    /// A record was added to the output.
    Chunk,
    /// A record of early data was taken.
    EarlyData,
    Idle(Idle),
}

/// rustls has nothing to do.
pub(super) struct Idle {
    /// Whether application data may be sent.
    pub(super) may_write: bool,
}

impl Connection {
    pub(super) fn common_state(&self) -> &CommonState {
        match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        }
    }

    /// Goes on with `incoming` until there is no more to be sent, or early data was `unread_early_data`.
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

    /// What rustls would say behind a chunk, with no input left, if that is known without asking.
    fn idle_after_last_chunk(&self) -> Option<Idle> {
        let common = self.common_state();
        match self {
            _ if common.wants_write() => None,
            // It may send data before it has the client's Finished, or may not.
            Self::Server(_) if common.is_handshaking() => None,
            _ => Some(Idle {
                may_write: !common.is_handshaking(),
            }),
        }
    }

    /// Whether rustls, if it is asked, says that it is `idle`: a newer one could have something else to do.
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

    /// Adds what rustls still wants to send after an error.
    ///
    /// It has to be shown the same input again. It is not asked once more than it has something to say: it would refuse
    /// that input again, and in debug builds panic at the second alert.
    pub(super) fn append_alert(&mut self, incoming: &mut [u8], outgoing: &mut Vec<u8>) {
        while self.common_state().wants_write() {
            match self.step(incoming, outgoing, &mut None) {
                (_, Ok(Progress::Chunk)) => {}
                _ => break,
            }
        }
    }

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

    /// The keys of both directions, and if it `keep_kernel` what is left of rustls.
    ///
    /// That is put where it stays without a move more: each would be of half a kilobyte.
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

/// Room that most flights of a handshake have enough of.
const USUAL_FLIGHT_LEN: usize = 1000;

/// Adds a chunk of rustls's, which is a record, to `outgoing`.
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
