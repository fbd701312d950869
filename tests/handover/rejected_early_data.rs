//! Does our server skip early data that it rejects, and cannot open? RFC 8446 s4.2.10.

use std::mem;

use rustls::server::ServerSessionMemoryCache;
use rustls::{AlertDescription, ContentType, Error, HandshakeKind};
use testing::{Configs, Endpoint, Peer, Role, Setup, one_setup_per_version, pattern, setups};

use crate::early_client::{each_with_early_data, with_early_data_ticket};
use crate::handshake_kinds::with_hello_retry;
use crate::{exchange_data, records};

/// Why a server rejects the early data of a client that has a ticket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RejectReason {
    /// The server has lost the session.
    SessionLost,
    /// The server no longer accepts early data.
    NotAllowed,
    /// The server asks for another ClientHello.
    HelloRetry,
}

impl RejectReason {
    pub(crate) const ALL: [Self; 3] = [Self::SessionLost, Self::NotAllowed, Self::HelloRetry];

    /// The kind of the handshake that follows.
    pub(crate) fn kind(self) -> HandshakeKind {
        match self {
            Self::SessionLost => HandshakeKind::Full,
            Self::NotAllowed => HandshakeKind::Resumed,
            Self::HelloRetry => HandshakeKind::FullWithHelloRetryRequest,
        }
    }

    /// Most bytes that the server skips: payloads of records, with type and tag. If the server accepts no early data,
    /// the limit is the size of one record.
    pub(crate) fn limit(self) -> usize {
        match self {
            Self::NotAllowed => 16_384,
            Self::SessionLost | Self::HelloRetry => MAX_EARLY_DATA as usize,
        }
    }

    /// Changes `configs` to those of such a server.
    pub(crate) fn configs(self, setup: &Setup, mut configs: Configs) -> Configs {
        match self {
            Self::SessionLost => configs.server.session_storage = ServerSessionMemoryCache::new(10),
            Self::NotAllowed => configs.server.max_early_data_size = 0,
            Self::HelloRetry => {
                configs.server = with_hello_retry(setup).server;
                configs.server.max_early_data_size = MAX_EARLY_DATA;
            }
        }
        configs
    }
}

/// Most early data that the server would accept.
pub(crate) const MAX_EARLY_DATA: u32 = 200;

/// A handshake with rejected early data, up to where the early data would arrive.
pub(crate) struct RejectedHandshake {
    pub(crate) direct: Box<dyn Endpoint>,
    pub(crate) peer: Peer,
    /// The client's next flight.
    pub(crate) rest: Vec<u8>,
}

impl RejectedHandshake {
    pub(crate) fn new(configs: &Configs) -> Self {
        let mut direct = configs.direct(Role::Server);
        let mut peer = configs.peer(Role::Client);
        // No data, but an announcement of it.
        direct.app().incoming = peer.send_early(&[]);
        direct.run().expect("a ClientHello");
        assert!(direct.app().incoming.is_empty());
        let flight = mem::take(&mut direct.app().outgoing);
        peer.read(&flight).expect("a flight");
        let rest = peer.write();
        assert!(!rest.is_empty());
        Self { direct, peer, rest }
    }

    /// Delivers `pieces` one by one.
    pub(crate) fn deliver<'a>(
        &mut self,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), Error> {
        for piece in pieces {
            self.direct.app().incoming.extend(piece);
            self.direct.run()?;
        }
        Ok(())
    }

    /// Completes the handshake, and exchanges data.
    pub(crate) fn finish(mut self, reason: RejectReason) {
        assert!(self.direct.app().incoming.is_empty());
        self.peer
            .talk_to(&mut *self.direct)
            .expect("the rest of the handshake");
        assert_eq!(self.direct.negotiated().kind, Some(reason.kind()));
        assert!(
            self.direct
                .app()
                .received_early
                .is_empty()
        );
        exchange_data(&mut *self.direct, &mut self.peer);
    }

    /// Checks that the handshake has failed for good, and that the client receives the alert for it.
    pub(crate) fn assert_failed(mut self, reason: RejectReason, outcome: Result<(), Error>) {
        let alert = match (reason, outcome) {
            // The record is not tried, because nothing is protected yet.
            (RejectReason::HelloRetry, Err(Error::InappropriateMessage { got_type, .. })) => {
                assert_eq!(got_type, ContentType::ApplicationData);
                AlertDescription::UnexpectedMessage
            }
            (RejectReason::SessionLost | RejectReason::NotAllowed, Err(Error::DecryptError)) => {
                AlertDescription::BadRecordMac
            }
            (_, other) => panic!("{reason:?}: {other:?}"),
        };
        self.direct
            .run()
            .expect_err("a repeated error");
        assert!(!self.direct.is_direct());
        assert_eq!(
            self.peer
                .read(&mem::take(&mut self.direct.app().outgoing)),
            Err(Error::AlertReceived(alert))
        );
    }
}

/// Builds a record of this type and payload.
pub(crate) fn record(typ: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("fits a header");
    [&[typ, 3, 3][..], &len.to_be_bytes(), payload].concat()
}

/// Payloads of this length that no server can open: zeros, a pattern, ones, and zeros except in the place of the tag.
fn payloads(len: usize) -> [Vec<u8>; 4] {
    let mut tag_alone = vec![0; len];
    let at = len.saturating_sub(16);
    tag_alone[at..].copy_from_slice(&pattern(len - at));
    [vec![0; len], pattern(len), vec![0xff; len], tag_alone]
}

/// Records of early data whose payloads have these lengths.
fn junk(lens: &[usize], choice: usize) -> Vec<u8> {
    lens.iter()
        .flat_map(|len| record(23, &payloads(*len)[choice]))
        .collect()
}

/// Several ways to split `total` into lengths of payloads, some as short as a tag.
fn partitions(total: usize) -> Vec<Vec<usize>> {
    let split = |sizes: &[usize]| {
        let mut lens = Vec::new();
        let mut rest = total;
        for size in sizes.iter().cycle() {
            let len = rest.min(*size);
            lens.push(len);
            rest -= len;
            if rest == 0 {
                return lens;
            }
        }
        lens
    };
    vec![
        split(&[total]),
        split(&[total - 1]),
        split(&[17]),
        split(&[16]),
        split(&[15]),
        split(&[1]),
        split(&[0, 33, 16, 0, 17, 1]),
        split(&[18, 15, 100]),
    ]
}

/// Several ways to cut `tls`: not at all, by records, byte by byte, and in pieces of 23 bytes.
fn cuts(tls: &[u8]) -> [Vec<&[u8]>; 4] {
    [
        vec![tls],
        records(tls),
        tls.chunks(1).collect(),
        tls.chunks(23).collect(),
    ]
}

/// rustls neither discards nor remembers a record that it skips, and charges it again each time it sees it.
#[test]
fn a_skipped_record_is_charged_once_in_any_pieces() {
    each_with_early_data(one_setup_per_version(), |setup| {
        for reason in RejectReason::ALL {
            println!("{reason:?}");
            for half_rtt in [false, true] {
                for lens in partitions(reason.limit()) {
                    // Byte by byte, 16 KiB in records of one byte would take too long.
                    let few = if lens.len() > 1000 { 2 } else { 4 };
                    for cut in 0..few {
                        let mut configs =
                            reason.configs(setup, with_early_data_ticket(setup, MAX_EARLY_DATA));
                        configs.server.send_half_rtt_data = half_rtt;
                        let mut rejected = RejectedHandshake::new(&configs);
                        let tls = [junk(&lens, cut), mem::take(&mut rejected.rest)].concat();
                        rejected
                            .deliver(cuts(&tls)[cut].iter().copied())
                            .expect("no more than the limit");
                        rejected.finish(reason);
                    }
                }
            }
        }
    });
}

#[test]
fn every_kind_of_payload_is_skipped_with_every_suite() {
    each_with_early_data(setups(), |setup| {
        for reason in RejectReason::ALL {
            for len in [1, 15, 16, 17, 18, 32, 33, 199, 200] {
                for choice in 0..4 {
                    let mut rejected = RejectedHandshake::new(
                        &reason.configs(setup, with_early_data_ticket(setup, MAX_EARLY_DATA)),
                    );
                    let tls = [junk(&[len], choice), mem::take(&mut rejected.rest)].concat();
                    rejected
                        .deliver([&tls[..]])
                        .unwrap_or_else(|err| panic!("{reason:?}, {len} bytes, {choice}: {err}"));
                    rejected.finish(reason);
                }
            }
        }
    });
}

#[test]
fn one_byte_more_than_the_limit_ends_the_handshake() {
    each_with_early_data(one_setup_per_version(), |setup| {
        for reason in RejectReason::ALL {
            println!("{reason:?}");
            for mut lens in partitions(reason.limit()) {
                match &mut lens[..] {
                    [len] => *len += 1,
                    _ => lens.push(1),
                }
                let few = if lens.len() > 1000 { 2 } else { 4 };
                for cut in 0..few {
                    let mut rejected = RejectedHandshake::new(
                        &reason.configs(setup, with_early_data_ticket(setup, MAX_EARLY_DATA)),
                    );
                    let (last, before) = lens.split_last().expect("some");
                    let before = junk(before, cut);
                    rejected
                        .deliver(cuts(&before)[cut].iter().copied())
                        .expect("no more than the limit");
                    let outcome = rejected.deliver([&junk(&[*last], cut)[..]]);
                    rejected.assert_failed(reason, outcome);
                }
            }
        }
    });
}

#[test]
fn genuine_early_data_is_skipped_with_its_hello() {
    each_with_early_data(setups(), |setup| {
        for reason in RejectReason::ALL {
            let configs = reason.configs(setup, with_early_data_ticket(setup, MAX_EARLY_DATA));
            let mut direct = configs.direct(Role::Server);
            let mut peer = configs.peer(Role::Client);
            for len in [1, 60] {
                let early = peer.send_early(&pattern(len));
                direct.app().incoming.extend(early);
            }
            direct.run().expect("a ClientHello");
            assert!(direct.app().incoming.is_empty());
            let rejected = RejectedHandshake {
                direct,
                peer,
                rest: Vec::new(),
            };
            rejected.finish(reason);
        }
    });
}

#[test]
fn nothing_is_skipped_after_a_second_client_hello() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let mut rejected = RejectedHandshake::new(
            &RejectReason::HelloRetry.configs(setup, with_early_data_ticket(setup, MAX_EARLY_DATA)),
        );
        let hello = mem::take(&mut rejected.rest);
        rejected
            .deliver([&hello[..]])
            .expect("a second ClientHello");
        let outcome = rejected.deliver([&record(23, &[7; 17])[..]]);
        assert_eq!(outcome, Err(Error::DecryptError));
        // The client receives the same alert as from another server.
        rejected.assert_failed(RejectReason::SessionLost, outcome);
    });
}

#[test]
fn half_rtt_data_can_be_sent_while_early_data_is_skipped() {
    each_with_early_data(one_setup_per_version(), |setup| {
        for reason in [RejectReason::SessionLost, RejectReason::NotAllowed] {
            let mut configs = reason.configs(setup, with_early_data_ticket(setup, MAX_EARLY_DATA));
            configs.server.send_half_rtt_data = true;
            let mut rejected = RejectedHandshake::new(&configs);
            for len in [17, 16, 100] {
                let tls = junk(&[len], 0);
                // In two pieces, so that data is sent in the middle of a record as well.
                for piece in tls.chunks(20) {
                    rejected
                        .deliver([piece])
                        .expect("no more than the limit");
                    let tls = rejected.direct.send(b"still here");
                    rejected
                        .peer
                        .read(&tls)
                        .expect("half-RTT data");
                    assert_eq!(mem::take(&mut rejected.peer.received), b"still here");
                }
            }
            let rest = mem::take(&mut rejected.rest);
            rejected
                .deliver([&rest[..]])
                .expect("a Finished");
            rejected.finish(reason);
        }
    });
}
