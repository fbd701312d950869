//! Drives rustls to the end of the handshake and takes its keys.
//!
//! rustls is shown one whole record at a time, and asked after each whether the handshake is complete. Shown more, it
//! would open records that follow, and their plaintext, or a close_notify, would be lost when it is taken over. Only a
//! ChangeCipherSpec is shown together with what follows.
//!
//! Its `TransmitTlsData` is never acknowledged: when chunks are sent is between us and the caller. So rustls is always
//! ready to seal what may go along with them.

mod connection;
mod early;
mod place;
mod portion;

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::CertificateDer;
use rustls::{
    AlertDescription, CommonState, ContentType, Error, ExtractedSecrets, HandshakeKind,
    InvalidMessage, ProtocolVersion, Side, SupportedCipherSuite,
};

pub(crate) use connection::Connection;
use connection::Idle;
pub(crate) use place::Place;
use portion::next_portion_len;

use crate::crypto::{Choice, leaves_traces};
#[cfg(feature = "std")]
use crate::observer::{Exporter, Observer};
use crate::record::{Fragmenter, HEADER_LEN, RecordHeader, Version};
use crate::record_layer::{DecryptionState, EncryptionState, KeyError};
use crate::traffic::{FATAL, Receiver, Remainder, Sender, Traffic, traffic_keys};

/// Most bytes of input that rustls may hold on to while a handshake message is incomplete.
///
/// rustls takes messages of up to 64 KiB. Cut as small as rustls itself cuts them at the least (27 bytes of content,
/// 49 on the wire in TLS 1.3), such a message takes 119 kB.
const MAX_WINDOW: usize = 128 * 1024;

/// A connection of rustls that is still shaking hands.
pub(crate) struct Handshake {
    rustls: Connection,
    terms: Terms,
    #[cfg(feature = "std")]
    observer: Observer,
    /// A record of early data that was not read.
    pub(crate) unread: Option<Vec<u8>>,
    /// Early data that the caller has taken last.
    pub(crate) read: Vec<u8>,
    /// That rustls has said last that it has nothing to do, or would say so: it is not asked before there is more input.
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
    /// What was added to the output has to be sent, or what is [`unread`](Handshake::unread) to be read.
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
        let at_rest = match &rustls {
            // It has a ClientHello to send.
            Connection::Client(_) => None,
            Connection::Server(_) => Some(Idle { may_write: false }),
        };
        Self {
            rustls,
            terms,
            #[cfg(feature = "std")]
            observer: Observer::default(),
            unread: None,
            read: Vec::new(),
            at_rest,
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
        if incoming.len() < self.shown {
            return (0, Ok(Step::WhatWasShown));
        }
        let mut discard = 0;
        loop {
            let idle = match self.at_rest.take() {
                Some(idle) => idle,
                None => {
                    let rest = &mut incoming[discard..];
                    let (done, idle) = self.show(rest, outgoing);
                    discard += done;
                    match idle {
                        Ok(Some(idle)) => idle,
                        Ok(None) => return (discard, Ok(Step::Deliver)),
                        Err(error) => return (discard, Err(error)),
                    }
                }
            };

            // While rustls holds on to a part of a message, the conversion would drop that part.
            if self.shown == 0 && !self.common_state().is_handshaking() {
                return (discard, Ok(Step::Complete));
            }
            let rest = &incoming[discard + self.shown..];
            match next_portion_len(rest, MAX_WINDOW - self.shown) {
                None => {
                    let step = match idle.may_write && self.shown == 0 {
                        true => Step::ReceiveOrWrite,
                        false => Step::Receive,
                    };
                    self.at_rest = Some(idle);
                    return (discard, Ok(step));
                }
                Some(len) if self.shown + len > MAX_WINDOW => {
                    return (
                        discard,
                        Err(InvalidMessage::HandshakePayloadTooLarge.into()),
                    );
                }
                Some(len) => {
                    self.see_records(&rest[..len]);
                    self.shown += len;
                }
            }
        }
    }

    /// Shows rustls the front of `incoming`, and says how many bytes of it are done with.
    ///
    /// `None` if there is something to be delivered. Records that remain where it fails are put into `outgoing` as well.
    fn show(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Option<Idle>, Error>) {
        let window = &mut incoming[..self.shown];
        let (mut done, progress) = self.process(window, outgoing);
        let kept = window.get(done..).unwrap_or_default();
        if matches!(progress, Ok(Some(_))) && self.has_skipped(kept) {
            done = self.shown;
        }
        self.shown -= done.min(self.shown);

        if let Err(error) = self.check_supported() {
            outgoing.clear();
            add_plaintext_alert(AlertDescription::ProtocolVersion, outgoing);
            return (done, Err(error));
        }
        self.see_chunks(outgoing);
        let idle = match progress {
            Ok(idle) if !outgoing.is_empty() => {
                self.at_rest = idle;
                Ok(None)
            }
            Ok(idle) => Ok(idle),
            Err(error) => {
                let window = incoming
                    .get_mut(done..done + self.shown)
                    .unwrap_or_default();
                self.rustls
                    .add_last_words(window, outgoing);
                Err(error)
            }
        };
        (done, idle)
    }

    /// Whether what rustls has kept is a record that it has skipped, as early data that it has rejected.
    ///
    /// It does so by trial, and neither lets go of such a record nor remembers it: shown again, it would count again. A
    /// failed trial leaves zeros in all but the tag, which a record that was opened does not: its last byte that is not
    /// zero is its type. With a provider that wipes the type as well, nothing is known.
    fn has_skipped(&self, kept: &[u8]) -> bool {
        const TAG_LEN: usize = 16;
        let (Connection::Server(_), Some(header)) = (&self.rustls, RecordHeader::read(kept)) else {
            return false;
        };
        let payload = &kept[HEADER_LEN..];
        let plaintext = &payload[..payload.len().saturating_sub(TAG_LEN)];
        header.typ() == ContentType::ApplicationData
            && header.payload_len() == payload.len()
            && plaintext.iter().all(|byte| *byte == 0)
            && self
                .common_state()
                .negotiated_cipher_suite()
                .is_some_and(leaves_traces)
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
    fn see_records(&mut self, records: &[u8]) {
        if let Connection::Client(_) = &self.rustls {
            self.observer
                .see_records_of_server(records);
        }
    }

    #[cfg(not(feature = "std"))]
    fn see_chunks(&mut self, _: &[u8]) {}

    #[cfg(not(feature = "std"))]
    fn see_records(&mut self, _: &[u8]) {}

    /// What the handshake has agreed on so far. It ends with this.
    pub(crate) fn negotiated(&mut self) -> Negotiated {
        #[cfg(feature = "std")]
        let server_name = self.observer.take_server_name();
        let common = self.common_state();
        Negotiated {
            is_handshaking: common.is_handshaking(),
            tickets_received: self.tickets_received(),
            suite: common.negotiated_cipher_suite(),
            protocol_version: common.protocol_version(),
            handshake_kind: common.handshake_kind(),
            key_exchange_group: common.negotiated_key_exchange_group(),
            alpn_protocol: common.alpn_protocol().map(Box::from),
            peer_certificates: common
                .peer_certificates()
                .map(Box::from),
            #[cfg(feature = "std")]
            server_name,
            ..Negotiated::default()
        }
    }

    pub(crate) fn tickets_received(&self) -> u32 {
        match &self.rustls {
            Connection::Client(connection) => connection.tls13_tickets_received(),
            Connection::Server(_) => 0,
        }
    }

    /// Takes the keys out of rustls, and adds to `negotiated` what is known only now. Only after [`Step::Complete`].
    fn take_over(self, negotiated: &mut Negotiated) -> Result<Traffic, Error> {
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
        let name = suite.suite();
        let is_of_use = extractable || Version::of(name) == Version::Tls13;
        let (ExtractedSecrets { tx, rx }, kernel) = self.rustls.into_secrets(is_of_use)?;
        let refuse = |err: KeyError| Error::General(format!("{err}"));
        let keys = traffic_keys(&tx.1)?;
        let limit = confidentiality_limit(suite);
        let encryption =
            EncryptionState::with_algorithm(algorithm, name, keys, tx.0, limit).map_err(refuse)?;
        let mut sender = Sender::new(encryption, fragmenter);
        if self.has_closed {
            sender.begin_to_close();
        }
        let keys = traffic_keys(&rx.1)?;
        let decryption =
            DecryptionState::with_algorithm(algorithm, name, keys, rx.0).map_err(refuse)?;
        negotiated.is_direct = algorithm.is_direct();
        #[cfg(feature = "std")]
        {
            negotiated.exporter = self.observer.exporter(suite);
        }
        Ok(Traffic {
            sender,
            receiver: Receiver::new(decryption, side),
            remainder: match extractable {
                true => Remainder::extractable(kernel, tx.1, rx.1),
                false => Remainder::new(kernel),
            },
        })
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
    ) -> (usize, Result<Option<Idle>, Error>) {
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
    ) -> (usize, Result<Option<Idle>, Error>) {
        self.rustls
            .process(incoming, outgoing, &mut self.unread)
    }
}

/// Adds a record to `outgoing` that ends a handshake in which nothing is protected yet.
fn add_plaintext_alert(description: AlertDescription, outgoing: &mut Vec<u8>) {
    let alert = [FATAL, u8::from(description)];
    let header = RecordHeader::new(u8::from(ContentType::Alert), 2);
    outgoing.extend_from_slice(header.as_bytes());
    outgoing.extend_from_slice(&alert);
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

/// What the handshake agreed on, and what else the caller may ask for afterwards.
#[derive(Default)]
pub(crate) struct Negotiated {
    pub(crate) suite: Option<SupportedCipherSuite>,
    pub(crate) protocol_version: Option<ProtocolVersion>,
    pub(crate) handshake_kind: Option<HandshakeKind>,
    pub(crate) key_exchange_group: Option<&'static dyn SupportedKxGroup>,
    pub(crate) alpn_protocol: Option<Box<[u8]>>,
    pub(crate) peer_certificates: Option<Box<[CertificateDer<'static>]>>,
    #[cfg(feature = "std")]
    pub(crate) server_name: Option<Box<str>>,
    #[cfg(feature = "std")]
    pub(crate) exporter: Option<Exporter>,
    pub(crate) tickets_received: u32,
    /// Whether it was going on when this was noted.
    pub(crate) is_handshaking: bool,
    pub(crate) is_direct: bool,
}
