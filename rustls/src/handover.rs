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
mod window;

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use rustls::crypto::{SecureRandom, SupportedKxGroup};
use rustls::pki_types::CertificateDer;
use rustls::{
    AlertDescription, CommonState, ContentType, Error, ExtractedSecrets, HandshakeKind,
    ProtocolVersion, Side, SupportedCipherSuite,
};

pub(crate) use connection::Connection;
use connection::Idle;
pub(crate) use place::Place;
use portion::next_portion;
use window::{Kept, Refusal, Window};

#[cfg(feature = "tls12")]
use crate::crypto::Cipher;
use crate::crypto::{Choice, tells_whether_opened};
use crate::error::explained;
#[cfg(feature = "std")]
use crate::observer::{Exporter, Observer};
use crate::record::{Fragmenter, MAX_WINDOW, RecordHeader, Version, records};
use crate::record_layer::{DecryptionState, EncryptionState, KeyError, Mark};
use crate::traffic::{DirectionSecrets, KeySchedule, Receiver, Sender, Traffic, fatal_alert};

/// Bytes of the payload of an EndOfEarlyData in a record of its own: a header (4), type (1) and tag (16). RFC 8446 s4.5.
const END_OF_EARLY_DATA_PAYLOAD_LEN: usize = 4 + 1 + 16;

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
    /// Set when rustls last reported that it is idle; it is not called again until there is input.
    at_rest: Option<Idle>,
    /// Bytes at the front of the input that rustls has seen and not let go.
    ///
    /// It remembers places in them as offsets from their start, so they are shown again at the same offsets, with the
    /// next record behind them.
    shown: Window,
    /// Whether rustls has sent a protected record. A server of TLS 1.3 then wants protected records from its client.
    has_sent_protected: bool,
    /// Whether the peer has sent a ChangeCipherSpec. In TLS 1.2 its next record is protected.
    #[cfg(feature = "tls12")]
    peer_changed_cipher_spec: bool,
    /// Whether the server has accepted a client's early data.
    pub(crate) accepted_early_data: bool,
    /// What [`tells_whether_opened`] says of the suite, once it was asked.
    tells_whether_opened: Option<bool>,
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
    /// Of the crypto provider.
    pub(crate) random: &'static dyn SecureRandom,
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
            shown: Window::default(),
            has_sent_protected: false,
            #[cfg(feature = "tls12")]
            peer_changed_cipher_spec: false,
            accepted_early_data: false,
            tells_whether_opened: None,
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
        if incoming.is_empty() && !self.shown.is_empty() {
            // The caller knows that there is nothing new.
            return (0, Ok(Step::Receive));
        }
        if incoming.len() < self.shown.len() {
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
            if self.shown.is_empty() && !self.common_state().is_handshaking() {
                return (discard, Ok(Step::Complete));
            }
            let (shown, rest) = incoming[discard..].split_at(self.shown.len());
            let Some(portion) = next_portion(rest, MAX_WINDOW - shown.len()) else {
                let step = match idle.may_write && self.shown.is_empty() {
                    true => Step::ReceiveOrWrite,
                    false => Step::Receive,
                };
                self.at_rest = Some(idle);
                return (discard, Ok(step));
            };
            let may_hold_skipped = self.may_skip() && !self.tells_whether_opened();
            if let Err(refusal) = self
                .shown
                .add(&portion, may_hold_skipped)
            {
                return (discard, Err(self.refuse(refusal, shown, outgoing)));
            }
            self.see_records(&rest[..portion.len]);
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
        let window = &mut incoming[..self.shown.len()];
        let (mut done, progress) = self.process(window, outgoing);
        if let Ok(Some(_)) = progress {
            let kept = window.get(done..).unwrap_or_default();
            match self.remove_kept(kept) {
                Ok(true) => done = window.len(),
                Ok(false) => {}
                Err(refusal) => return (done, Err(self.refuse(refusal, kept, outgoing))),
            }
        }
        self.shown.remove(done);

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
                    .get_mut(done..done + self.shown.len())
                    .unwrap_or_default();
                self.rustls
                    .add_last_words(window, outgoing);
                Err(error)
            }
        };
        (done, idle)
    }

    /// Whether what rustls has kept is to be removed: a record that it has skipped as rejected early data.
    fn remove_kept(&mut self, kept: &[u8]) -> Result<bool, Refusal> {
        #[cfg(feature = "tls12")]
        if self.is_empty_finished(kept) {
            return Err(Refusal::empty_finished());
        }
        if kept.is_empty() || !self.opens_records() || !self.tells_whether_opened() {
            return Ok(false);
        }
        match self.shown.kept(kept) {
            Kept::Skipped if self.may_skip() => self.shown.skip().map(|()| true),
            // RFC 8446 s5.1. rustls bears some of them, and keeps them.
            Kept::Empty => Err(Refusal::empty_handshake_record()),
            Kept::Skipped | Kept::Other => Ok(false),
        }
    }

    /// Whether what rustls has kept is a protected record of TLS 1.2 without content, where a Finished belongs.
    #[cfg(feature = "tls12")]
    fn is_empty_finished(&self, kept: &[u8]) -> bool {
        self.peer_changed_cipher_spec
            && !kept.is_empty()
            && self
                .common_state()
                .negotiated_cipher_suite()
                .filter(|suite| Version::of(suite.suite()) == Version::Tls12)
                .and_then(|suite| Cipher::of(suite.suite()))
                .is_some_and(|cipher| {
                    self.shown
                        .is_empty_finished(kept, cipher.tls12_overhead())
                })
    }

    /// Whether rustls opens the records of the peer, in TLS 1.3.
    fn opens_records(&self) -> bool {
        let is_tls13 = self.common_state().protocol_version() == Some(ProtocolVersion::TLSv1_3);
        is_tls13
            && match &self.rustls {
                // As soon as it knows the version: the server's next record is protected.
                Connection::Client(_) => true,
                // Not between a HelloRetryRequest and the second ClientHello.
                Connection::Server(_) => self.has_sent_protected,
            }
    }

    /// Whether rustls may skip records that it cannot open. RFC 8446 s4.2.10.
    fn may_skip(&self) -> bool {
        matches!(self.rustls, Connection::Server(_)) && self.opens_records()
    }

    fn tells_whether_opened(&mut self) -> bool {
        if self.tells_whether_opened.is_none() {
            self.tells_whether_opened = self
                .common_state()
                .negotiated_cipher_suite()
                .map(tells_whether_opened);
        }
        self.tells_whether_opened == Some(true)
    }

    /// Ends the handshake because of what the peer has sent. rustls knows of no error yet, so it is shown one that makes
    /// it seal the alert: its keys are its own.
    #[cold]
    fn refuse(&mut self, refusal: Refusal, shown: &[u8], outgoing: &mut Vec<u8>) -> Error {
        let mut input = [shown, refusal.provocation].concat();
        let _ = self.process(&mut input, outgoing);
        self.rustls
            .add_last_words(&mut input, outgoing);
        refusal.error
    }

    /// Looks at what rustls sends.
    fn see_chunks(&mut self, chunks: &[u8]) {
        if let Connection::Server(_) = &self.rustls {
            self.see_records_of_server(chunks);
        }
        if self.has_sent_protected {
            return;
        }
        let first_protected =
            records(chunks).find(|(header, _)| header.typ() == ContentType::ApplicationData);
        if let Some((header, _)) = first_protected {
            self.has_sent_protected = true;
            // A client whose early data was accepted begins its last flight with an EndOfEarlyData. Any other flight begins
            // with a longer record, and an alert is shorter.
            self.accepted_early_data = matches!(self.rustls, Connection::Client(_))
                && header.payload_len() == END_OF_EARLY_DATA_PAYLOAD_LEN;
        }
    }

    /// Looks at what rustls is shown: a record, with the ChangeCipherSpec in front of it.
    fn see_records(&mut self, records: &[u8]) {
        #[cfg(feature = "tls12")]
        if records.first() == Some(&u8::from(ContentType::ChangeCipherSpec)) {
            self.peer_changed_cipher_spec = true;
        }
        if let Connection::Client(_) = &self.rustls {
            self.see_records_of_server(records);
        }
    }

    #[cfg(feature = "std")]
    fn see_records_of_server(&mut self, records: &[u8]) {
        self.observer
            .see_records_of_server(records);
    }

    #[cfg(not(feature = "std"))]
    fn see_records_of_server(&mut self, _: &[u8]) {}

    #[cfg(feature = "std")]
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.observer.server_name()
    }

    /// What the handshake has agreed on so far. It ends with this.
    pub(crate) fn negotiated(&mut self) -> Negotiated {
        #[cfg(feature = "std")]
        let server_name = self.observer.take_server_name();
        let common = self.common_state();
        Negotiated {
            is_handshaking: common.is_handshaking(),
            tickets_received: self.tickets_received(),
            accepted_early_data: self.accepted_early_data,
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
    fn take_over(
        self,
        #[cfg_attr(not(feature = "std"), expect(unused_variables))] negotiated: &mut Negotiated,
    ) -> Result<Traffic, Error> {
        let suite = self
            .common_state()
            .negotiated_cipher_suite()
            .ok_or(Error::HandshakeNotComplete)?;
        let Terms {
            choice,
            fragmenter,
            extractable,
            random,
        } = self.terms;
        let algorithm = choice.algorithm_of(suite)?;
        let side = match &self.rustls {
            Connection::Client(_) => Side::Client,
            Connection::Server(_) => Side::Server,
        };
        let name = suite.suite();
        let is_of_use = extractable || Version::of(name) == Version::Tls13;
        let (ExtractedSecrets { tx, rx }, kernel) = self.rustls.into_secrets(is_of_use)?;
        let refuse = |err: KeyError| explained(format!("{err}"));
        let (tx_seq, tx) = (tx.0, DirectionSecrets::new(tx.1)?);
        let (rx_seq, rx) = (rx.0, DirectionSecrets::new(rx.1)?);
        let keys = tx.keys().clone();
        let limit = confidentiality_limit(suite);
        let encryption = EncryptionState::with_algorithm(algorithm, name, keys, tx_seq, limit)
            .map_err(refuse)?;
        let mut sender = Sender::new(encryption, fragmenter);
        if self.has_closed {
            sender.begin_to_close();
        }
        let keys = rx.keys().clone();
        let mark = Mark::new(random)?;
        let mut decryption =
            DecryptionState::with_algorithm(algorithm, name, keys, rx_seq).map_err(refuse)?;
        decryption.set_mark(mark);
        #[cfg(feature = "std")]
        {
            negotiated.exporter = self.observer.exporter(suite);
        }
        Ok(Traffic {
            sender,
            receiver: Receiver::new(decryption, side),
            key_schedule: match extractable {
                true => KeySchedule::extractable(kernel, tx, rx),
                false => KeySchedule::new(kernel),
            },
        })
    }

    /// Refuses a handshake whose records we could not protect as soon as that is known.
    fn check_supported(&self) -> Result<(), Error> {
        let version = || self.common_state().protocol_version();
        match cfg!(feature = "tls12") || version() != Some(ProtocolVersion::TLSv1_2) {
            true => Ok(()),
            false => Err(explained(
                "the peer negotiated TLS 1.2, for which rustls-direct needs its feature `tls12`",
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
pub(crate) fn add_plaintext_alert(description: AlertDescription, outgoing: &mut Vec<u8>) {
    let alert = fatal_alert(description);
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
    /// Whether the server has accepted a client's early data.
    pub(crate) accepted_early_data: bool,
    /// Whether it was going on when this was noted.
    pub(crate) is_handshaking: bool,
}
