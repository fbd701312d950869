//! `complete_handshake` over transports of every kind.
#![cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]

use std::io::{self, ErrorKind, Read, Write};
use std::mem;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};
use rustls_direct::unbuffered::{ConnectionState, EncodeError, UnbufferedConnectionCommon};
use testing::{
    Configs, Direct, Endpoint, Peer, Role, Setup, each_connection, encode, few_setups, pattern,
};

/// A buffered transport, with rustls on its other side.
struct Wire {
    peer: Peer,
    /// Bytes that were written and not flushed: the peer has none of them.
    unflushed: Vec<u8>,
    /// Bytes from the peer that were not read.
    arriving: Vec<u8>,
    /// Most bytes that one call takes or gives.
    step: usize,
    /// How every other call fails.
    fails: Option<ErrorKind>,
    calls: usize,
    /// What the peer sends with the last flight of its handshake.
    last: Option<&'static [u8]>,
}

impl Wire {
    fn new(peer: Peer) -> Self {
        Self {
            peer,
            unflushed: Vec::new(),
            arriving: Vec::new(),
            step: usize::MAX,
            fails: None,
            calls: 0,
            last: None,
        }
    }

    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        match self.fails {
            Some(kind) if self.calls % 2 == 1 => Err(kind.into()),
            _ => Ok(()),
        }
    }

    /// All that comes without another word from us.
    fn rest(&mut self) -> Vec<u8> {
        self.peer_writes();
        mem::take(&mut self.arriving)
    }

    fn peer_writes(&mut self) {
        self.arriving.extend(self.peer.write());
        if !self.peer.conn.is_handshaking()
            && let Some(last) = self.last.take()
        {
            self.arriving
                .extend(self.peer.send(last));
            self.peer.conn.send_close_notify();
            self.arriving.extend(self.peer.write());
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.call()?;
        assert!(self.unflushed.is_empty(), "a flight was not flushed");
        self.peer_writes();
        let len = buf
            .len()
            .min(self.arriving.len())
            .min(self.step);
        buf[..len].copy_from_slice(&self.arriving[..len]);
        self.arriving.drain(..len);
        Ok(len)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.call()?;
        let len = buf.len().min(self.step);
        self.unflushed.extend(&buf[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call()?;
        self.peer
            .read(&mem::take(&mut self.unflushed))
            .expect("a handshake");
        Ok(())
    }
}

/// Checks that data of the peer and its close_notify come after the handshake, whether they were read ahead or not.
fn nothing_is_lost<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    wire: &mut Wire,
    mut incoming: Vec<u8>,
) {
    assert!(conn.is_direct() && !conn.wants_write());
    assert!(!wire.peer.conn.is_handshaking());
    assert!(incoming.len() < 4096);
    incoming.extend(wire.rest());
    let mut direct = Direct::new(&mut *conn);
    direct.app().incoming = incoming;
    direct.run().expect("data");
    assert_eq!(direct.app().received, b"behind it");
    assert!(direct.app().peer_closed);
    let tls = direct.send(b"and back");
    wire.peer.read(&tls).expect("data");
    assert_eq!(wire.peer.received, b"and back");
}

/// Completes the handshake of `conn` over a transport with a `change`, as often as it takes.
fn complete<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
    change: impl FnOnce(&mut Wire),
) {
    let mut wire = Wire::new(Peer::new(setup, role.other()));
    wire.last = Some(b"behind it");
    change(&mut wire);
    let mut incoming = Vec::new();
    while let Err(err) = conn.complete_handshake(&mut wire, &mut incoming) {
        assert_eq!(Some(err.kind()), wire.fails);
    }
    nothing_is_lost(conn, &mut wire, incoming);
}

fn at_once<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |_| {});
}

fn in_steps<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |wire| wire.step = 7);
}

fn interrupted<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |wire| {
        wire.step = 100;
        wire.fails = Some(ErrorKind::Interrupted);
    });
}

fn told_to_wait<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |wire| {
        wire.step = 100;
        wire.fails = Some(ErrorKind::WouldBlock);
    });
}

#[test]
fn nothing_that_follows_is_lost() {
    each_connection!(at_once);
}

#[test]
fn short_reads_and_writes_are_no_matter() {
    each_connection!(in_steps, few_setups());
}

#[test]
fn an_interrupted_call_is_made_again() {
    each_connection!(interrupted, few_setups());
}

#[test]
fn after_an_error_of_the_transport_it_goes_on() {
    each_connection!(told_to_wait, few_setups());
}

fn does_nothing<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    let mut wire = Wire::new(Peer::new(setup, role.other()));
    conn.complete_handshake(&mut wire, &mut Vec::new())
        .expect("a handshake");
    wire.last = Some(b"behind it");
    let mut incoming = wire.rest();
    let (before, calls) = (incoming.clone(), wire.calls);
    conn.complete_handshake(&mut wire, &mut incoming)
        .expect("it is complete");
    assert_eq!(wire.calls, calls);
    assert!(incoming == before);
    nothing_is_lost(conn, &mut wire, incoming);
}

#[test]
fn once_it_is_complete_nothing_is_done() {
    each_connection!(does_nothing, few_setups());
}

#[test]
fn a_server_that_may_send_before_the_clients_finished_waits_for_it() {
    for setup in few_setups() {
        let mut configs = setup.configs();
        configs.server.send_half_rtt_data = true;
        let mut wire = Wire::new(configs.peer(Role::Client));
        wire.last = Some(b"behind it");
        let mut conn = configs.server();
        let mut incoming = Vec::new();
        conn.complete_handshake(&mut wire, &mut incoming)
            .expect("a handshake");
        nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}

/// As the documentation shows.
#[test]
fn early_data_is_handed_out() {
    for setup in few_setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let configs = setup.configs().with_early_data(50_000);
        configs
            .peer(Role::Client)
            .shake_hands(&mut configs.peer(Role::Server));
        let mut wire = Wire::new(configs.peer(Role::Client));
        wire.last = Some(b"behind it");
        let early = pattern(40_000);
        wire.arriving = wire.peer.send_early(&early);

        let mut conn = configs.server();
        let mut incoming = Vec::new();
        let mut early_data = Vec::new();
        while let Err(err) = conn.complete_handshake(&mut wire, &mut incoming) {
            assert!(err.to_string().contains("early data"), "{err}");
            match conn.process_tls_records(&mut []).state {
                Ok(ConnectionState::ReadEarlyData(mut read)) => {
                    while let Some(Ok(record)) = read.next_record() {
                        early_data.extend_from_slice(record.payload);
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(early_data == early);
        nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}

#[test]
fn a_client_may_send_early_data_before() {
    for setup in few_setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let configs = setup.configs().with_early_data(50_000);
        configs
            .peer(Role::Client)
            .shake_hands(&mut configs.peer(Role::Server));
        let mut wire = Wire::new(configs.peer(Role::Server));
        wire.last = Some(b"behind it");
        let mut conn = configs.client();
        let mut flight = Vec::new();
        while !matches!(
            conn.process_tls_records(&mut []).state,
            Ok(ConnectionState::BlockedHandshake)
        ) {
            match conn.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut flight),
                Ok(ConnectionState::TransmitTlsData(mut data)) => {
                    let mut early = data
                        .may_encrypt_early_data()
                        .expect("a ticket");
                    let mut out = [0; 100];
                    let len = early
                        .encrypt(b"early", &mut out)
                        .expect("room for it");
                    flight.extend(&out[..len]);
                    data.done();
                }
                other => panic!("{other:?}"),
            }
        }
        wire.write_all(&flight)
            .and_then(|()| wire.flush())
            .expect("it takes all");
        let mut incoming = Vec::new();
        conn.complete_handshake(&mut wire, &mut incoming)
            .expect("a handshake");
        assert_eq!(wire.peer.read_early().as_deref(), Some(&b"early"[..]));
        nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}

/// A transport that brings `0` and then ends. What is written stays in `1`, and is flushed into `2`.
struct Foreign(&'static [u8], Vec<u8>, Vec<u8>);

impl Read for Foreign {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Foreign {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.1.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.2.append(&mut self.1);
        Ok(())
    }
}

/// The error of rustls's inside of `error`.
fn inner(error: &io::Error) -> Option<&Error> {
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    error.get_ref()?.downcast_ref()
}

fn tells_why<Data>(_: &Setup, _: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    let mut transport = Foreign(b"HTTP/1.1 400 Bad Request\r\n", Vec::new(), Vec::new());
    let mut incoming = Vec::new();
    let mut fail = |transport: &mut Foreign| {
        let error = conn
            .complete_handshake(transport, &mut incoming)
            .expect_err("this is no TLS");
        let expected = Error::from(InvalidMessage::InvalidContentType);
        assert_eq!(inner(&error), Some(&expected));
    };
    fail(&mut transport);
    let sent = mem::take(&mut transport.2);
    let alert = u8::from(AlertDescription::DecodeError);
    assert!(sent.ends_with(&[21, 3, 3, 0, 2, 2, alert]), "{sent:?}");
    fail(&mut transport);
    assert_eq!((transport.1, transport.2), (vec![], vec![]), "once");
}

#[test]
fn the_alert_is_sent_before_the_error_is_returned() {
    each_connection!(tells_why, few_setups());
}

/// The peer hears why its certificate is refused, although that is known only late.
#[test]
fn a_stranger_is_told_so() {
    for setup in few_setups() {
        let mut configs: Configs = setup.configs();
        configs.name = ServerName::try_from("example.com").expect("a name");
        let mut server = configs.peer(Role::Server);
        let mut conn = configs.client();
        let mut hello = Foreign(b"", Vec::new(), Vec::new());
        let mut incoming = Vec::new();
        let end = conn.complete_handshake(&mut hello, &mut incoming);
        assert_eq!(end.expect_err("no answer").kind(), ErrorKind::UnexpectedEof);
        server
            .read(&hello.2)
            .expect("a ClientHello");

        let mut answer = Foreign(server.write().leak(), Vec::new(), Vec::new());
        let refused = conn.complete_handshake(&mut answer, &mut incoming);
        let refused = refused.expect_err("another name");
        assert!(
            matches!(
                inner(&refused),
                Some(Error::InvalidCertificate(
                    CertificateError::NotValidForNameContext { .. }
                ))
            ),
            "{refused}"
        );
        let told = server.read(&answer.2);
        assert_eq!(
            told,
            Err(Error::AlertReceived(AlertDescription::BadCertificate))
        );
    }
}

fn cannot_tell<Data>(_: &Setup, _: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    /// Nothing can be written to it.
    struct Deaf;

    impl Read for Deaf {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            unreachable!("it has failed")
        }
    }

    impl Write for Deaf {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let Err(expected) = conn
        .process_tls_records(&mut b"no TLS".to_vec())
        .state
        .map(drop)
    else {
        // Its ClientHello goes first.
        return;
    };
    let error = conn
        .complete_handshake(&mut Deaf, &mut Vec::new())
        .expect_err("it has failed");
    assert_eq!(inner(&error), Some(&expected));
}

#[test]
fn an_alert_that_can_not_be_sent_does_not_hide_the_error() {
    each_connection!(cannot_tell, few_setups());
}

fn notices<Data>(_: &Setup, _: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    let mut transport = Foreign(&[22, 3, 1], Vec::new(), Vec::new());
    let mut incoming = Vec::new();
    for _ in 0..2 {
        let error = conn
            .complete_handshake(&mut transport, &mut incoming)
            .expect_err("the end");
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(error.to_string(), "tls handshake eof");
    }
    assert_eq!(incoming, [22, 3, 1]);
}

#[test]
fn the_end_of_the_transport_is_noticed() {
    each_connection!(notices, few_setups());
}

/// Bytes that rustls has to see again.
#[test]
fn what_it_left_has_to_be_presented_again() {
    for setup in few_setups() {
        let hello = setup.client_hello();
        let mut begun = vec![22, 3, 1, 0, 40];
        begun.extend(&hello[..40]);
        let mut conn = setup.server();
        let mut transport = Foreign(begun.leak(), Vec::new(), Vec::new());
        let mut incoming = Vec::new();
        let end = conn.complete_handshake(&mut transport, &mut incoming);
        assert_eq!(end.expect_err("the end").kind(), ErrorKind::UnexpectedEof);
        assert_eq!(incoming.len(), 45);
        for lost in [vec![1], vec![22, 3]] {
            let error = conn
                .complete_handshake(&mut transport, &mut lost.clone())
                .expect_err("not what was left");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}

/// A transport that takes all of the first write but so many bytes, and then nothing.
struct Narrow {
    left: usize,
    is_full: bool,
}

impl Read for Narrow {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Narrow {
    fn write(&mut self, tls: &[u8]) -> io::Result<usize> {
        match mem::replace(&mut self.is_full, true) {
            true => Err(ErrorKind::WouldBlock.into()),
            false => Ok(tls.len() - self.left),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is left of a record is no record of its own: read as a header, it would announce any length.
#[test]
fn what_was_written_in_part_can_be_encoded() {
    for setup in few_setups() {
        for left in [1, 4, 5, 100] {
            let mut conn = setup.client();
            let mut narrow = Narrow {
                left,
                is_full: false,
            };
            let refused = conn.complete_handshake(&mut narrow, &mut Vec::new());
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::WouldBlock);
            let state = conn
                .process_tls_records(&mut [])
                .state
                .expect("to begin");
            let ConnectionState::EncodeTlsData(mut data) = state else {
                panic!("{state:?}");
            };
            let EncodeError::InsufficientSize(size) = data
                .encode(&mut vec![0; left - 1])
                .expect_err("a byte too few")
            else {
                panic!("not about room");
            };
            assert_eq!(size.required_size, left);
            let mut out = [0; 1000];
            assert_eq!(
                data.encode(&mut out)
                    .expect("room for it"),
                left
            );
        }
    }
}
