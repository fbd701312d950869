//! Drives rustls to the end of the handshake and takes its keys.
//!
//! rustls is shown one whole record at a time, and asked after each whether the handshake is complete. Shown more, it
//! would open records that follow, and their plaintext, or a close_notify, would be lost when it is taken over.
//!
//! Its `TransmitTlsData` is never acknowledged: when chunks are sent is between us and the caller. So rustls is always
//! ready to seal what may go along with them.

use alloc::borrow::ToOwned;
use alloc::format;
#[cfg(feature = "std")]
use alloc::string::String;
use alloc::vec::Vec;

use rustls::client::{ClientConnectionData, EarlyDataError};
use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::CertificateDer;
use rustls::server::ServerConnectionData;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError,
    TransmitTlsData, UnbufferedStatus, WriteTraffic,
};
use rustls::{
    AlertDescription, CommonState, ContentType, Error, ExtractedSecrets, HandshakeKind,
    InvalidMessage, ProtocolVersion, Side, SupportedCipherSuite,
};

use crate::crypto::{Choice, leaves_traces};
#[cfg(feature = "std")]
use crate::observer::{Exporter, Observer};
use crate::record::{Fragmenter, HEADER_LEN, RecordHeader};
use crate::record_layer::{DecryptionState, EncryptionState, KeyError};
use crate::traffic::{FATAL, Kernel, Receiver, Sender, Traffic, traffic_keys, worth_keeping};

/// Most bytes of input that rustls may hold on to while a handshake message is incomplete.
///
/// rustls takes messages of up to 64 KiB. Cut as small as rustls itself cuts them at the least (27 bytes of content,
/// 49 on the wire in TLS 1.3), such a message takes 119 kB.
const MAX_WINDOW: usize = 128 * 1024;

/// Bytes that a record of early data is longer than its content: header, type and tag. RFC 8446 s5.2.
const EARLY_DATA_OVERHEAD: usize = HEADER_LEN + 1 + 16;

/// A connection of rustls that is still shaking hands.
pub(crate) struct Handshake {
    rustls: Connection,
    terms: Terms,
    #[cfg(feature = "std")]
    observer: Observer,
    /// A record of early data that was not read.
    pub(crate) unread: Option<Vec<u8>>,
    /// What rustls waits for, if it was asked after the last of its chunks.
    at_rest: Option<Idle>,
    /// Bytes at the front of the input that rustls has seen and not let go.
    ///
    /// It remembers places in them as offsets from their start, so they are shown again at the same offsets, with the
    /// next record behind them.
    shown: usize,
    /// Whether the caller has closed already.
    has_closed: bool,
    /// Records of data that were sealed along with the handshake.
    early_records: u64,
}

/// What a connection is made with, besides rustls's own.
pub(crate) struct Terms {
    pub(crate) choice: Choice,
    pub(crate) fragmenter: Fragmenter,
    /// Whether the caller's own config allows the extraction of secrets.
    pub(crate) extractable: bool,
}

/// What a handshake needs next.
pub(crate) enum Step {
    /// The input that it was shown before. The caller passed less than that.
    WhatWasShown,
    /// What was added to the output has to be sent, or what is [`unread`](Handshake::unread) to be read, or both.
    Deliver,
    /// More input. Application data may be sent already.
    ReceiveOrWrite,
    /// More input.
    Receive,
    /// Nothing: it is complete.
    Complete,
}

impl Handshake {
    pub(crate) fn new(rustls: Connection, terms: Terms) -> Self {
        Self {
            rustls,
            terms,
            #[cfg(feature = "std")]
            observer: Observer::default(),
            unread: None,
            at_rest: None,
            shown: 0,
            has_closed: false,
            early_records: 0,
        }
    }

    pub(crate) fn common_state(&self) -> &CommonState {
        self.rustls.common_state()
    }

    pub(crate) fn is_extractable(&self) -> bool {
        self.terms.extractable
    }

    /// Goes on with what is at the front of `incoming`, and says how many bytes of it are done with.
    ///
    /// Records that have to be sent are put into `outgoing`, which is empty, also those that remain where it fails: an
    /// alert, as a rule.
    pub(crate) fn advance(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Step, Error>) {
        if incoming.is_empty() && self.shown > 0 {
            // The caller knows that there is nothing new.
            return (0, Ok(Step::Receive));
        }
        let mut discard = 0;
        let mut is_lone_record = false;
        loop {
            let Some(window) = incoming
                .get_mut(discard..)
                .and_then(|rest| rest.get_mut(..self.shown))
            else {
                return (discard, Ok(Step::WhatWasShown));
            };
            let (mut done, progress) = match self.at_rest.take() {
                Some(idle) => (0, Ok(Progress::Idle(idle))),
                None => self.process(window, outgoing),
            };
            let has_chunks = !outgoing.is_empty();
            let is_waiting = matches!(progress, Ok(Progress::Idle(_))) && !has_chunks;
            if is_waiting && is_lone_record && done == 0 && self.has_skipped(window) {
                done = self.shown;
            }
            discard += done;
            self.shown -= done.min(self.shown);

            if let Err(error) = self.check_supported() {
                outgoing.clear();
                add_plaintext_alert(AlertDescription::ProtocolVersion, outgoing);
                return (discard, Err(error));
            }
            self.see_chunks(outgoing);
            let idle = match progress {
                Ok(Progress::Idle(idle)) if has_chunks => {
                    self.at_rest = Some(idle);
                    return (discard, Ok(Step::Deliver));
                }
                Ok(Progress::Idle(idle)) => idle,
                Ok(Progress::Chunk | Progress::EarlyData) => return (discard, Ok(Step::Deliver)),
                Err(error) => {
                    let window = incoming
                        .get_mut(discard..discard + self.shown)
                        .unwrap_or_default();
                    self.add_last_words(window, outgoing);
                    return (discard, Err(error));
                }
            };

            // While rustls holds on to a part of a message, the conversion would drop that part.
            if self.shown == 0 && !self.common_state().is_handshaking() {
                return (discard, Ok(Step::Complete));
            }
            let rest = &incoming[discard + self.shown..];
            match next_record_len(rest) {
                None if idle.may_write && self.shown == 0 => {
                    return (discard, Ok(Step::ReceiveOrWrite));
                }
                None => return (discard, Ok(Step::Receive)),
                Some(len) if self.shown + len > MAX_WINDOW => {
                    return (
                        discard,
                        Err(InvalidMessage::HandshakePayloadTooLarge.into()),
                    );
                }
                Some(len) => {
                    self.see_record(&rest[..len]);
                    is_lone_record = self.shown == 0;
                    self.shown += len;
                }
            }
        }
    }

    /// Whether rustls has skipped this record, as early data that it has rejected.
    ///
    /// It does so by trial, and neither lets go of such a record nor remembers it: shown again, it would count again. A
    /// failed trial leaves zeros in all but the tag, which a record that was opened does not: its last byte that is not
    /// zero is its type. With a provider that wipes the type as well, nothing is known.
    fn has_skipped(&self, record: &[u8]) -> bool {
        const TAG_LEN: usize = 16;
        let Connection::Server(_) = &self.rustls else {
            return false;
        };
        let Some((header, payload)) = record.split_at_checked(HEADER_LEN) else {
            return false;
        };
        let plaintext = &payload[..payload.len().saturating_sub(TAG_LEN)];
        header[0] == u8::from(ContentType::ApplicationData)
            && plaintext.iter().all(|byte| *byte == 0)
            && self
                .common_state()
                .negotiated_cipher_suite()
                .is_some_and(leaves_traces)
    }

    /// Seals what may go along with the handshake: a server's data before it has the client's Finished.
    ///
    /// `None` if nothing may.
    pub(crate) fn write<R>(
        &mut self,
        f: impl FnOnce(WriteTraffic<'_, ServerConnectionData>) -> R,
    ) -> Option<R> {
        let Connection::Server(connection) = &mut self.rustls else {
            return None;
        };
        if self.shown > 0 {
            // rustls would want to see that again.
            return None;
        }
        match connection
            .process_tls_records(&mut [])
            .state
        {
            Ok(ConnectionState::WriteTraffic(write)) => Some(f(write)),
            Ok(ConnectionState::TransmitTlsData(mut transmit)) => {
                transmit.may_encrypt_app_data().map(f)
            }
            _ => None,
        }
    }

    /// Whether [`write`](Self::write) can do anything.
    pub(crate) fn may_write(&mut self) -> bool {
        self.write(|_| ()).is_some()
    }

    /// Seals data of the application along with the handshake.
    pub(crate) fn encrypt(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, EncryptError> {
        let records = self.terms.fragmenter.count(data.len()) as u64;
        let sealed = self
            .early_records
            .saturating_add(records);
        if self.has_closed || sealed > self.early_limit() {
            return Err(EncryptError::EncryptExhausted);
        }
        let written = self
            .write(|mut write| write.encrypt(data, out))
            .unwrap_or(Err(EncryptError::EncryptExhausted))?;
        self.early_records = sealed;
        Ok(written)
    }

    /// How many records of data may be sealed before the handshake is complete: half of what the key allows, so that the
    /// other half is left for what follows.
    fn early_limit(&self) -> u64 {
        self.common_state()
            .negotiated_cipher_suite()
            .map_or(0, |suite| confidentiality_limit(suite) / 2)
    }

    /// Nothing more may be sealed along with the handshake. A close_notify will be owed when it is complete.
    ///
    /// rustls could seal one now, but would send session tickets after it.
    pub(crate) fn begin_to_close(&mut self) {
        self.has_closed = true;
    }

    /// What rustls makes of a client's early data, if it takes any.
    fn early_data<R>(
        &mut self,
        f: impl FnOnce(TransmitTlsData<'_, ClientConnectionData>) -> Option<R>,
    ) -> Option<R> {
        let Connection::Client(connection) = &mut self.rustls else {
            return None;
        };
        if self.shown > 0 {
            return None;
        }
        match connection
            .process_tls_records(&mut [])
            .state
        {
            Ok(ConnectionState::TransmitTlsData(transmit)) => f(transmit),
            _ => None,
        }
    }

    pub(crate) fn may_encrypt_early_data(&mut self) -> bool {
        self.early_data(|mut transmit| {
            transmit
                .may_encrypt_early_data()
                .map(drop)
        })
        .is_some()
    }

    pub(crate) fn encrypt_early_data(
        &mut self,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, EarlyDataError> {
        // rustls counts what it then finds no room for, and so would drop it when it is tried again.
        let records = self.terms.fragmenter.count(data.len());
        let required_size = data
            .len()
            .saturating_add(records * EARLY_DATA_OVERHEAD);
        if required_size > out.len() {
            return Err(EncryptError::from(InsufficientSizeError { required_size }).into());
        }
        self.early_data(|mut transmit| {
            transmit
                .may_encrypt_early_data()
                .map(|mut early| early.encrypt(data, out))
        })
        .unwrap_or(Err(EarlyDataError::ExceededAllowedEarlyData))
    }

    #[cfg(feature = "std")]
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.observer.server_name()
    }

    #[cfg(feature = "std")]
    fn see_chunks(&mut self, chunks: &[u8]) {
        if let Connection::Server(_) = &self.rustls {
            self.observer
                .see_records_of_server(chunks);
        }
    }

    #[cfg(feature = "std")]
    fn see_record(&mut self, record: &[u8]) {
        if let Connection::Client(_) = &self.rustls {
            self.observer
                .see_records_of_server(record);
        }
    }

    #[cfg(not(feature = "std"))]
    fn see_chunks(&mut self, _: &[u8]) {}

    #[cfg(not(feature = "std"))]
    fn see_record(&mut self, _: &[u8]) {}

    /// What the handshake has agreed on so far.
    pub(crate) fn negotiated(&self) -> Negotiated {
        Negotiated::of(self.common_state(), self.tickets_received())
    }

    pub(crate) fn tickets_received(&self) -> u32 {
        match &self.rustls {
            Connection::Client(connection) => connection.tls13_tickets_received(),
            Connection::Server(_) => 0,
        }
    }

    /// Takes the keys out of rustls. Only after [`Step::Complete`].
    pub(crate) fn take_over(self) -> Result<(Traffic, Kept), Error> {
        let suite = self
            .common_state()
            .negotiated_cipher_suite()
            .ok_or(Error::HandshakeNotComplete)?;
        let Terms {
            choice,
            fragmenter,
            extractable,
        } = self.terms;
        let algorithm = choice.algorithm_of(suite)?;
        let side = match &self.rustls {
            Connection::Client(_) => Side::Client,
            Connection::Server(_) => Side::Server,
        };
        let (ExtractedSecrets { tx, rx }, kernel) = self.rustls.into_secrets()?;

        let name = suite.suite();
        let refuse = |err: KeyError| Error::General(format!("{err}"));
        let (seq, secrets) = tx;
        let keys = traffic_keys(&secrets)?;
        let limit = confidentiality_limit(suite);
        let encryption =
            EncryptionState::with_algorithm(algorithm, name, &keys, seq, limit).map_err(refuse)?;
        let mut sender = Sender::new(encryption, fragmenter, extractable.then_some(secrets));
        if self.has_closed {
            sender.begin_to_close();
        }
        let (seq, secrets) = rx;
        let keys = traffic_keys(&secrets)?;
        let decryption =
            DecryptionState::with_algorithm(algorithm, name, &keys, seq).map_err(refuse)?;
        let traffic = Traffic {
            sender,
            receiver: Receiver::new(decryption, side, extractable.then_some(secrets)),
            kernel: worth_keeping(kernel, extractable),
        };
        #[cfg(feature = "std")]
        let (exporter, server_name) = self.observer.finish(suite);
        let kept = Kept {
            is_direct: algorithm.is_direct(),
            #[cfg(feature = "std")]
            exporter,
            #[cfg(feature = "std")]
            server_name,
        };
        Ok((traffic, kept))
    }

    /// Refuses a handshake whose records we could not protect as soon as that is known.
    fn check_supported(&self) -> Result<(), Error> {
        let version = || self.common_state().protocol_version();
        match cfg!(feature = "tls12") || version() != Some(ProtocolVersion::TLSv1_2) {
            true => Ok(()),
            false => Err(Error::General(
                "the peer negotiated TLS 1.2, for which rustls-direct needs its feature `tls12`"
                    .into(),
            )),
        }
    }

    /// Shows `incoming` to rustls, and notes what it tells.
    #[cfg(feature = "std")]
    fn process(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Progress, Error>) {
        self.observer.watch(|| {
            self.rustls
                .process(incoming, outgoing, &mut self.unread)
        })
    }

    /// Shows `incoming` to rustls.
    #[cfg(not(feature = "std"))]
    fn process(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Progress, Error>) {
        self.rustls
            .process(incoming, outgoing, &mut self.unread)
    }

    /// Adds what rustls still wants to send after an error.
    ///
    /// It has to be shown the same input again. It is not asked once more than it has something to say: it would refuse
    /// that input again, and in debug builds panic at the second alert.
    fn add_last_words(&mut self, incoming: &mut [u8], outgoing: &mut Vec<u8>) {
        while self.common_state().wants_write() {
            match self
                .rustls
                .step(incoming, outgoing, &mut self.unread)
            {
                (_, Ok(Progress::Chunk)) => {}
                _ => break,
            }
        }
    }
}

/// Adds a record to `outgoing` that ends a handshake in which nothing is protected yet.
fn add_plaintext_alert(description: AlertDescription, outgoing: &mut Vec<u8>) {
    let alert = [FATAL, u8::from(description)];
    let header = RecordHeader::new(u8::from(ContentType::Alert), 2);
    outgoing.extend_from_slice(header.as_bytes());
    outgoing.extend_from_slice(&alert);
}

/// How many bytes rustls needs to see of the record at the front of `input`, if they are there.
///
/// A header that rustls is going to refuse is shown at once, as soon as there is enough of it, by the same rule: read as a
/// length, what stands in a `GET / HTTP/1.1` would be waited for in vain. One that it accepts is never shown without its
/// payload, whatever version it shows.
fn next_record_len(input: &[u8]) -> Option<usize> {
    if let ContentType::Unknown(_) = ContentType::from(*input.first()?) {
        return Some(TYPE_LEN);
    }
    let [_, major, minor, ..] = *input else {
        return None;
    };
    match ProtocolVersion::from(u16::from_be_bytes([major, minor])) {
        ProtocolVersion::Unknown(_) if major != 3 => return Some(TYPE_LEN + VERSION_LEN),
        _ => {}
    }
    let header = RecordHeader::read(input)?;
    let len = match header.payload_len() {
        RUSTLS_MAX_PAYLOAD_LEN.. => HEADER_LEN,
        len => HEADER_LEN + len,
    };
    (input.len() >= len).then_some(len)
}

/// Bytes of the parts of a header. RFC 8446 s5.1.
const TYPE_LEN: usize = 1;
const VERSION_LEN: usize = 2;

/// rustls refuses a record from this length on, by its header. RFC 5246 s6.2.3.
const RUSTLS_MAX_PAYLOAD_LEN: usize = (1 << 14) + 2048;

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
    /// Whether it was going on when this was noted.
    pub(crate) is_handshaking: bool,
    pub(crate) tickets_received: u32,
}

impl Negotiated {
    fn of(common: &CommonState, tickets_received: u32) -> Self {
        Self {
            is_handshaking: common.is_handshaking(),
            tickets_received,
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

/// What is kept of a handshake because the caller may ask for it.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) is_direct: bool,
    #[cfg(feature = "std")]
    pub(crate) exporter: Option<Exporter>,
    #[cfg(feature = "std")]
    pub(crate) server_name: Option<String>,
}

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
struct Idle {
    /// Whether application data may be sent.
    may_write: bool,
}

impl Connection {
    fn common_state(&self) -> &CommonState {
        match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        }
    }

    /// Goes on with `incoming` until there is no more to be sent.
    fn process(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
        unread: &mut Option<Vec<u8>>,
    ) -> (usize, Result<Progress, Error>) {
        let mut discard = 0;
        loop {
            let rest = incoming
                .get_mut(discard..)
                .unwrap_or_default();
            let (done, progress) = self.step(rest, outgoing, unread);
            discard += done;
            match progress {
                Ok(Progress::Chunk) => {}
                progress => return (discard, progress),
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

    fn into_secrets(self) -> Result<(ExtractedSecrets, Kernel), Error> {
        match self {
            Self::Client(connection) => connection
                .dangerous_into_kernel_connection()
                .map(|(secrets, kernel)| (secrets, Kernel::Client(kernel))),
            Self::Server(connection) => connection
                .dangerous_into_kernel_connection()
                .map(|(secrets, kernel)| (secrets, Kernel::Server(kernel))),
        }
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
const USUAL_FLIGHT: usize = 1000;

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
        outgoing.reserve(USUAL_FLIGHT);
    }
    let begin = outgoing.len();
    outgoing.resize(begin + required_size, 0);
    data.encode(&mut outgoing[begin..])
        .map(drop)
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
        assert_eq!(next_record_len(b"G"), Some(1));
        assert_eq!(next_record_len(b"GET / HTTP"), Some(1));
        assert_eq!(next_record_len(&[22, 2]), None);
        assert_eq!(next_record_len(&[22, 2, 0]), Some(3));
        assert_eq!(next_record_len(&[22, 2, 0, 0xff, 0xff]), Some(3));
        assert_eq!(next_record_len(&[22, 3, 3, 0x48, 0x00]), Some(5));
        assert_eq!(next_record_len(&[22, 3, 3, 0x47, 0xff]), None);
    }
}
