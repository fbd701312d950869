//! Early data that our server rejects, and so has to skip without being able to open it. RFC 8446 s4.2.10.

use std::mem;

use rustls::server::ServerSessionMemoryCache;
use rustls::{AlertDescription, ContentType, Error, HandshakeKind};
use testing::{Configs, Endpoint, Peer, Role, Setup, few_setups, pattern, setups};

use crate::early_client::{acquainted, each_with_early_data};
use crate::kinds::retried;
use crate::{converse, records};

/// Why a server does not take the early data of a client that it has met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Why {
    /// It has forgotten the client.
    Forgotten,
    /// It takes none any more.
    Unwanted,
    /// It asks for another ClientHello.
    Retried,
}

impl Why {
    pub(crate) const ALL: [Self; 3] = [Self::Forgotten, Self::Unwanted, Self::Retried];

    /// What the handshake comes to.
    pub(crate) fn kind(self) -> HandshakeKind {
        match self {
            Self::Forgotten => HandshakeKind::Full,
            Self::Unwanted => HandshakeKind::Resumed,
            Self::Retried => HandshakeKind::FullWithHelloRetryRequest,
        }
    }

    /// Most bytes that the server skips: payloads of records, with type and tag. As many as one record has if there is
    /// nothing else to go by.
    pub(crate) fn limit(self) -> usize {
        match self {
            Self::Unwanted => 16_384,
            Self::Forgotten | Self::Retried => MAX as usize,
        }
    }

    /// The same configs, but with such a server.
    pub(crate) fn of(self, setup: &Setup, mut configs: Configs) -> Configs {
        match self {
            Self::Forgotten => configs.server.session_storage = ServerSessionMemoryCache::new(10),
            Self::Unwanted => configs.server.max_early_data_size = 0,
            Self::Retried => {
                configs.server = retried(setup).server;
                configs.server.max_early_data_size = MAX;
            }
        }
        configs
    }
}

/// Most early data that the server would take.
pub(crate) const MAX: u32 = 200;

/// A handshake in which early data is rejected, up to where that would come.
pub(crate) struct Rejection {
    pub(crate) direct: Box<dyn Endpoint>,
    pub(crate) peer: Peer,
    /// What the client says next.
    pub(crate) rest: Vec<u8>,
}

impl Rejection {
    pub(crate) fn new(configs: &Configs) -> Self {
        let mut direct = configs.direct(Role::Server);
        let mut peer = configs.peer(Role::Client);
        // None of its own, but it says that there may be some.
        direct.app().incoming = peer.send_early(&[]);
        direct.run().expect("a ClientHello");
        assert!(direct.app().incoming.is_empty());
        let flight = mem::take(&mut direct.app().outgoing);
        peer.read(&flight).expect("a flight");
        let rest = peer.write();
        assert!(!rest.is_empty());
        Self { direct, peer, rest }
    }

    /// Lets `pieces` come one by one.
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

    /// Goes on to the end of the handshake, and beyond.
    pub(crate) fn finish(mut self, why: Why) {
        assert!(self.direct.app().incoming.is_empty());
        self.peer
            .talk_to(&mut *self.direct)
            .expect("the rest of the handshake");
        assert_eq!(self.direct.agreed().kind, Some(why.kind()));
        assert!(
            self.direct
                .app()
                .received_early
                .is_empty()
        );
        converse(&mut *self.direct, &mut self.peer);
    }

    /// Checks that it has failed for good, and that the client is told why.
    pub(crate) fn has_failed(mut self, why: Why, outcome: Result<(), Error>) {
        let alert = match (why, outcome) {
            // Not a trial, since nothing is protected yet.
            (Why::Retried, Err(Error::InappropriateMessage { got_type, .. })) => {
                assert_eq!(got_type, ContentType::ApplicationData);
                AlertDescription::UnexpectedMessage
            }
            (Why::Forgotten | Why::Unwanted, Err(Error::DecryptError)) => {
                AlertDescription::BadRecordMac
            }
            (_, other) => panic!("{why:?}: {other:?}"),
        };
        self.direct
            .run()
            .expect_err("it has failed");
        assert!(!self.direct.is_direct());
        assert_eq!(
            self.peer
                .read(&mem::take(&mut self.direct.app().outgoing)),
            Err(Error::AlertReceived(alert))
        );
    }
}

/// A record that looks protected.
pub(crate) fn record(typ: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("fits a header");
    [&[typ, 3, 3][..], &len.to_be_bytes(), payload].concat()
}

/// Payloads that no server can open, of this length: zeros, bytes, and zeros with something in the place of the tag.
fn payloads(len: usize) -> [Vec<u8>; 4] {
    let mut tag_alone = vec![0; len];
    let at = len.saturating_sub(16);
    tag_alone[at..].copy_from_slice(&pattern(len - at));
    [vec![0; len], pattern(len), vec![0xff; len], tag_alone]
}

/// Early data whose payloads have these lengths.
fn junk(lens: &[usize], choice: usize) -> Vec<u8> {
    lens.iter()
        .flat_map(|len| record(23, &payloads(*len)[choice]))
        .collect()
}

/// Lengths of payloads that are `total` together, among them those of hardly more than a tag.
fn partitions(total: usize) -> Vec<Vec<usize>> {
    let of = |sizes: &[usize]| {
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
        of(&[total]),
        of(&[total - 1]),
        of(&[17]),
        of(&[16]),
        of(&[15]),
        of(&[1]),
        of(&[0, 33, 16, 0, 17, 1]),
        of(&[18, 15, 100]),
    ]
}

/// How the early data and what follows it come: in one buffer, by records, byte by byte, and in odd pieces.
fn cuts(tls: &[u8]) -> [Vec<&[u8]>; 4] {
    [
        vec![tls],
        records(tls),
        tls.chunks(1).collect(),
        tls.chunks(23).collect(),
    ]
}

/// Trap: rustls neither discards a record that it skips nor remembers it, and charges it again each time it sees it.
#[test]
fn a_skipped_record_is_charged_once_however_it_comes() {
    each_with_early_data(few_setups(), |setup| {
        for why in Why::ALL {
            println!("{why:?}");
            for half_rtt in [false, true] {
                for lens in partitions(why.limit()) {
                    // Byte by byte, 16 KiB of records of one byte would take their time.
                    let few = if lens.len() > 1000 { 2 } else { 4 };
                    for cut in 0..few {
                        let mut configs = why.of(setup, acquainted(setup, MAX));
                        configs.server.send_half_rtt_data = half_rtt;
                        let mut rejection = Rejection::new(&configs);
                        let tls = [junk(&lens, cut), mem::take(&mut rejection.rest)].concat();
                        rejection
                            .deliver(cuts(&tls)[cut].iter().copied())
                            .expect("no more than the limit");
                        rejection.finish(why);
                    }
                }
            }
        }
    });
}

#[test]
fn every_kind_of_payload_is_skipped_with_every_suite() {
    each_with_early_data(setups(), |setup| {
        for why in Why::ALL {
            for len in [1, 15, 16, 17, 18, 32, 33, 199, 200] {
                for choice in 0..4 {
                    let mut rejection = Rejection::new(&why.of(setup, acquainted(setup, MAX)));
                    let tls = [junk(&[len], choice), mem::take(&mut rejection.rest)].concat();
                    rejection
                        .deliver([&tls[..]])
                        .unwrap_or_else(|err| panic!("{why:?}, {len} bytes, {choice}: {err}"));
                    rejection.finish(why);
                }
            }
        }
    });
}

#[test]
fn one_byte_more_than_the_limit_ends_the_handshake() {
    each_with_early_data(few_setups(), |setup| {
        for why in Why::ALL {
            println!("{why:?}");
            for mut lens in partitions(why.limit()) {
                match &mut lens[..] {
                    [len] => *len += 1,
                    _ => lens.push(1),
                }
                let few = if lens.len() > 1000 { 2 } else { 4 };
                for cut in 0..few {
                    let mut rejection = Rejection::new(&why.of(setup, acquainted(setup, MAX)));
                    let (last, before) = lens.split_last().expect("some");
                    let before = junk(before, cut);
                    rejection
                        .deliver(cuts(&before)[cut].iter().copied())
                        .expect("no more than the limit");
                    let outcome = rejection.deliver([&junk(&[*last], cut)[..]]);
                    rejection.has_failed(why, outcome);
                }
            }
        }
    });
}

#[test]
fn what_a_client_has_sent_in_good_faith_is_skipped_with_its_hello() {
    each_with_early_data(setups(), |setup| {
        for why in Why::ALL {
            let configs = why.of(setup, acquainted(setup, MAX));
            let mut direct = configs.direct(Role::Server);
            let mut peer = configs.peer(Role::Client);
            for len in [1, 60] {
                let early = peer.send_early(&pattern(len));
                direct.app().incoming.extend(early);
            }
            direct.run().expect("a ClientHello");
            assert!(direct.app().incoming.is_empty());
            let rejection = Rejection {
                direct,
                peer,
                rest: Vec::new(),
            };
            rejection.finish(why);
        }
    });
}

#[test]
fn nothing_is_skipped_after_a_second_client_hello() {
    each_with_early_data(few_setups(), |setup| {
        let mut rejection = Rejection::new(&Why::Retried.of(setup, acquainted(setup, MAX)));
        let hello = mem::take(&mut rejection.rest);
        rejection
            .deliver([&hello[..]])
            .expect("a second ClientHello");
        let outcome = rejection.deliver([&record(23, &[7; 17])[..]]);
        assert_eq!(outcome, Err(Error::DecryptError));
        // Which is told as by any other server.
        rejection.has_failed(Why::Forgotten, outcome);
    });
}

#[test]
fn half_rtt_data_can_be_sent_while_early_data_is_skipped() {
    each_with_early_data(few_setups(), |setup| {
        for why in [Why::Forgotten, Why::Unwanted] {
            let mut configs = why.of(setup, acquainted(setup, MAX));
            configs.server.send_half_rtt_data = true;
            let mut rejection = Rejection::new(&configs);
            for len in [17, 16, 100] {
                let tls = junk(&[len], 0);
                // In two pieces, so that there is a part of a record in between as well.
                for piece in tls.chunks(20) {
                    rejection
                        .deliver([piece])
                        .expect("no more than the limit");
                    let tls = rejection.direct.send(b"still here");
                    rejection
                        .peer
                        .read(&tls)
                        .expect("half-RTT data");
                    assert_eq!(mem::take(&mut rejection.peer.received), b"still here");
                }
            }
            let rest = mem::take(&mut rejection.rest);
            rejection
                .deliver([&rest[..]])
                .expect("a Finished");
            rejection.finish(why);
        }
    });
}
