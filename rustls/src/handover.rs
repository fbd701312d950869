//! Drives rustls to the end of the handshake and takes its keys.
//!
//! rustls is shown one whole record at a time, and asked after each whether the handshake is complete. Shown more, it
//! would open records that follow, and their plaintext, or a close_notify, would be lost when it is taken over.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use rustls::crypto::SupportedKxGroup;
use rustls::kernel::KernelConnection;
use rustls::pki_types::CertificateDer;
use rustls::server::ServerConnectionData;
use rustls::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};
use rustls::{
    AlertDescription, CommonState, ConnectionTrafficSecrets, ContentType, Error, ExtractedSecrets,
    HandshakeKind, InvalidMessage, ProtocolVersion, SupportedCipherSuite,
};

use crate::cipher::{InvalidKey, TrafficKeys};
use crate::crypto::Choice;
use crate::record::{Fragmenter, HEADER_LEN, RecordHeader};
use crate::record_layer::{DecryptionState, EncryptionState, KeyError, RecordLayer};
use crate::traffic::{FATAL, Tickets, Traffic};

/// Most bytes of input that rustls may hold on to while a handshake message is incomplete.
///
/// rustls takes messages of up to 64 KiB. Cut as small as rustls itself cuts them at the least (27 bytes of content,
/// 49 on the wire in TLS 1.3), such a message takes 119 kB.
const MAX_WINDOW: usize = 128 * 1024;

/// A connection of rustls that is still shaking hands.
pub(crate) struct Handshake {
    rustls: Connection,
    choice: Choice,
    fragmenter: Fragmenter,
    /// Bytes at the front of the input that rustls has seen and not let go.
    ///
    /// It remembers places in them as offsets from their start, so they are shown again at the same offsets, with the
    /// next record behind them.
    shown: usize,
}

/// What a handshake needs next.
pub(crate) enum Step {
    /// The input that it was shown before. The caller passed less than that.
    WhatWasShown,
    /// These bytes have to be sent.
    Send(Vec<u8>),
    /// More input.
    Receive,
    /// Nothing: it is complete.
    Complete,
}

/// The end of a handshake that failed.
pub(crate) struct HandshakeFailure {
    pub(crate) error: Error,
    /// What remains to be sent: an alert, as a rule.
    pub(crate) last_words: Vec<Vec<u8>>,
}

impl Handshake {
    pub(crate) fn new(rustls: Connection, choice: Choice, fragmenter: Fragmenter) -> Self {
        Self {
            rustls,
            choice,
            fragmenter,
            shown: 0,
        }
    }

    pub(crate) fn common_state(&self) -> &CommonState {
        self.rustls.common_state()
    }

    /// Goes on with what is at the front of `incoming`, and says how many bytes of it are done with.
    pub(crate) fn advance(
        &mut self,
        incoming: &mut [u8],
    ) -> (usize, Result<Step, HandshakeFailure>) {
        let mut discard = 0;
        loop {
            let Some(window) = incoming
                .get_mut(discard..)
                .and_then(|rest| rest.get_mut(..self.shown))
            else {
                return (discard, Ok(Step::WhatWasShown));
            };
            let (done, progress) = self.rustls.process(window);
            discard += done;
            self.shown -= done.min(self.shown);

            if let Err(failure) = self.refuse_unsupported() {
                return (discard, Err(failure));
            }
            match progress {
                Ok(Progress::Chunk(chunk)) => return (discard, Ok(Step::Send(chunk))),
                Ok(Progress::Idle) => {}
                Err(error) => {
                    let window = incoming
                        .get_mut(discard..discard + self.shown)
                        .unwrap_or_default();
                    let last_words = self.rustls.last_words(window);
                    return (discard, Err(HandshakeFailure { error, last_words }));
                }
            }

            // While rustls holds on to a part of a message, the conversion would drop that part.
            if self.shown == 0 && !self.common_state().is_handshaking() {
                return (discard, Ok(Step::Complete));
            }
            match next_record_len(&incoming[discard + self.shown..]) {
                None => return (discard, Ok(Step::Receive)),
                Some(len) if self.shown + len > MAX_WINDOW => {
                    let error = Error::from(InvalidMessage::HandshakePayloadTooLarge);
                    return (discard, Err(error.into()));
                }
                Some(len) => self.shown += len,
            }
        }
    }

    /// Takes the keys out of rustls. Only after [`Step::Complete`].
    pub(crate) fn take_over(self) -> Result<Traffic, Error> {
        let suite = self
            .common_state()
            .negotiated_cipher_suite()
            .ok_or(Error::HandshakeNotComplete)?;
        let provider = self.choice.provider_for(suite)?;
        let (secrets, tickets) = self.rustls.into_secrets()?;

        let name = suite.suite();
        let refuse = |err: KeyError| Error::General(format!("{err}"));
        let (seq, keys) = secrets.tx;
        let encryption = EncryptionState::new(
            provider,
            name,
            &traffic_keys(keys)?,
            seq,
            confidentiality_limit(suite),
        )
        .map_err(refuse)?;
        let (seq, keys) = secrets.rx;
        let decryption =
            DecryptionState::new(provider, name, &traffic_keys(keys)?, seq).map_err(refuse)?;
        Ok(Traffic::new(
            RecordLayer {
                encryption,
                decryption,
            },
            self.fragmenter,
            // In TLS 1.2 they come during the handshake.
            tickets.filter(|_| suite.tls13().is_some()),
        ))
    }

    /// Ends a handshake whose records we could not protect as soon as that is known.
    ///
    /// This early neither side protects anything yet, so that the alert is a plaintext record.
    fn refuse_unsupported(&self) -> Result<(), HandshakeFailure> {
        let common = self.common_state();
        if cfg!(feature = "tls12") || common.protocol_version() != Some(ProtocolVersion::TLSv1_2) {
            return Ok(());
        }
        let header = RecordHeader::new(u8::from(ContentType::Alert), 2);
        let alert = [FATAL, u8::from(AlertDescription::ProtocolVersion)];
        Err(HandshakeFailure {
            error: Error::General(
                "the peer negotiated TLS 1.2, for which rustls-direct needs its feature `tls12`"
                    .into(),
            ),
            last_words: vec![[&header.as_bytes()[..], &alert].concat()],
        })
    }
}

impl From<Error> for HandshakeFailure {
    fn from(error: Error) -> Self {
        Self {
            error,
            last_words: Vec::new(),
        }
    }
}

/// How many bytes rustls needs to see of the record at the front of `input`, if they are there.
///
/// A header that rustls is going to refuse, by the same rule as this one, is shown at once: read as a length, what
/// stands in a `GET / HTTP/1.1` would be waited for in vain. One that it accepts is never shown without its payload,
/// whatever version it shows.
fn next_record_len(input: &[u8]) -> Option<usize> {
    let header = RecordHeader::read(input)?;
    let known_version = match header.version() {
        ProtocolVersion::Unknown(version) => version >> 8 == 3,
        _ => true,
    };
    let plausible = known_version
        && !matches!(header.typ(), ContentType::Unknown(_))
        && header.payload_len() < RUSTLS_MAX_PAYLOAD_LEN;
    let len = match plausible {
        true => HEADER_LEN + header.payload_len(),
        false => HEADER_LEN,
    };
    (input.len() >= len).then_some(len)
}

/// rustls refuses a record from this length on, by its header. RFC 5246 s6.2.3.
const RUSTLS_MAX_PAYLOAD_LEN: usize = (1 << 14) + 2048;

fn traffic_keys(secrets: ConnectionTrafficSecrets) -> Result<TrafficKeys, Error> {
    use ConnectionTrafficSecrets::*;
    match &secrets {
        Aes128Gcm { key, iv } | Aes256Gcm { key, iv } | Chacha20Poly1305 { key, iv } => {
            TrafficKeys::new(key.as_ref(), iv.as_ref())
                .map_err(|err: InvalidKey| Error::General(format!("{err}")))
        }
        _ => Err(Error::General(
            "rustls gave keys for an AEAD that rustls-direct does not know".into(),
        )),
    }
}

fn confidentiality_limit(suite: SupportedCipherSuite) -> u64 {
    match suite {
        #[cfg(feature = "tls12")]
        SupportedCipherSuite::Tls12(suite) => suite.common.confidentiality_limit,
        suite => suite
            .tls13()
            .map_or(0, |suite| suite.common.confidentiality_limit),
    }
}

/// What the handshake agreed on, kept for afterwards.
#[derive(Default)]
pub(crate) struct Negotiated {
    pub(crate) suite: Option<SupportedCipherSuite>,
    pub(crate) protocol_version: Option<ProtocolVersion>,
    pub(crate) handshake_kind: Option<HandshakeKind>,
    pub(crate) key_exchange_group: Option<&'static dyn SupportedKxGroup>,
    pub(crate) alpn_protocol: Option<Vec<u8>>,
    pub(crate) peer_certificates: Option<Vec<CertificateDer<'static>>>,
}

impl Negotiated {
    pub(crate) fn of(common: &CommonState) -> Self {
        Self {
            suite: common.negotiated_cipher_suite(),
            protocol_version: common.protocol_version(),
            handshake_kind: common.handshake_kind(),
            key_exchange_group: common.negotiated_key_exchange_group(),
            alpn_protocol: common
                .alpn_protocol()
                .map(<[u8]>::to_owned),
            peer_certificates: common
                .peer_certificates()
                .map(<[_]>::to_vec),
        }
    }
}

/// rustls's connection of either role.
pub(crate) enum Connection {
    Client(Box<rustls::client::UnbufferedClientConnection>),
    Server(Box<rustls::server::UnbufferedServerConnection>),
}

/// rustls's state, without what it borrows.
enum Progress {
    Chunk(Vec<u8>),
    Idle,
}

impl Connection {
    fn common_state(&self) -> &CommonState {
        match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        }
    }

    fn process(&mut self, incoming: &mut [u8]) -> (usize, Result<Progress, Error>) {
        match self {
            Self::Client(connection) => progress(connection.process_tls_records(incoming)),
            Self::Server(connection) => progress(connection.process_tls_records(incoming)),
        }
    }

    /// What rustls still wants to send after an error.
    ///
    /// It has to be shown the same input again. It is not asked once more than it has something to say: it would refuse
    /// that input again, and in debug builds panic at the second alert.
    fn last_words(&mut self, incoming: &mut [u8]) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        while self.common_state().wants_write() {
            match self.process(incoming) {
                (_, Ok(Progress::Chunk(chunk))) => chunks.push(chunk),
                _ => break,
            }
        }
        chunks
    }

    fn into_secrets(self) -> Result<(ExtractedSecrets, Option<Tickets>), Error> {
        match self {
            Self::Client(connection) => connection
                .dangerous_into_kernel_connection()
                .map(|(secrets, kernel)| (secrets, Some(kernel))),
            Self::Server(connection) => connection
                .dangerous_into_kernel_connection()
                .map(|(secrets, _): (_, KernelConnection<ServerConnectionData>)| (secrets, None)),
        }
    }
}

fn progress<Data>(status: UnbufferedStatus<'_, '_, Data>) -> (usize, Result<Progress, Error>) {
    let progress = status
        .state
        .and_then(|state| match state {
            ConnectionState::EncodeTlsData(mut data) => {
                let mut chunk = Vec::new();
                if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut chunk) {
                    chunk.resize(size.required_size, 0);
                }
                match data.encode(&mut chunk) {
                    Ok(_) => Ok(Progress::Chunk(chunk)),
                    Err(err) => Err(Error::General(format!("{err}"))),
                }
            }
            // When chunks are sent is between us and the caller.
            ConnectionState::TransmitTlsData(data) => {
                data.done();
                Ok(Progress::Idle)
            }
            // A server may be here before it has the client's Finished.
            ConnectionState::WriteTraffic(_) | ConnectionState::BlockedHandshake => {
                Ok(Progress::Idle)
            }
            other => Err(Error::General(format!(
                "rustls-direct did not expect rustls to be in {other:?} before the handover"
            ))),
        });
    (status.discard, progress)
}

#[cfg(test)]
mod tests {
    use super::next_record_len;

    #[test]
    fn whole_records_are_shown() {
        assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7]), Some(7));
        assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7, 22]), Some(7));
    }

    #[test]
    fn parts_of_records_are_not() {
        for len in 0..7 {
            assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7][..len]), None);
        }
    }

    #[test]
    fn records_of_a_version_that_rustls_takes_are_shown_whole() {
        for version in [[3, 0], [3, 9], [0xfe, 0xff], [0xfe, 0xfd]] {
            let header = [22, version[0], version[1], 0, 2];
            assert_eq!(next_record_len(&header), None);
            assert_eq!(next_record_len(&[&header[..], &[7, 7]].concat()), Some(7));
        }
    }

    #[test]
    fn headers_that_are_none_are_shown_at_once() {
        assert_eq!(next_record_len(b"GET / HTTP"), Some(5));
        assert_eq!(next_record_len(&[22, 2, 0, 0xff, 0xff]), Some(5));
        assert_eq!(next_record_len(&[22, 3, 3, 0x48, 0x00]), Some(5));
        assert_eq!(next_record_len(&[22, 3, 3, 0x47, 0xff]), None);
    }
}
