//! Does `complete_handshake` work over transports of all kinds?
#![cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]

use std::io::{self, ErrorKind, Read, Write};
use std::mem;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};
use rustls_direct::unbuffered::{ConnectionState, EncodeError, UnbufferedConnectionCommon};
use testing::{
    Configs, Direct, Endpoint, Peer, Role, Setup, each_connection, encode, few_setups, pattern,
};

/// A buffered transport with rustls on the other side.
struct Wire {
    peer: Peer,
    /// Bytes that were written and not flushed. The peer has not received them.
    unflushed: Vec<u8>,
    /// Bytes from the peer that were not read.
    arriving: Vec<u8>,
    /// The most bytes that one call reads or writes.
    step: usize,
    /// The error of every other call.
    fails: Option<ErrorKind>,
    calls: usize,
    /// Data that the peer sends with the last flight of its handshake.
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

    /// All bytes that arrive without another write.
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

/// Checks that the peer's data and its close_notify are received after the handshake, whether they were read ahead or
/// not.
fn assert_nothing_is_lost<Data>(
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
    assert_eq!(direct.app().received, b"after it");
    assert!(direct.app().peer_closed);
    let tls = direct.send(b"and back");
    wire.peer.read(&tls).expect("data");
    assert_eq!(wire.peer.received, b"and back");
}

/// Completes the handshake of `conn` over a transport with a `change`, in as many calls as needed.
fn complete<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
    change: impl FnOnce(&mut Wire),
) {
    let mut wire = Wire::new(Peer::new(setup, role.other()));
    wire.last = Some(b"after it");
    change(&mut wire);
    let mut incoming = Vec::new();
    while let Err(err) = conn.complete_handshake(&mut wire, &mut incoming) {
        assert_eq!(Some(err.kind()), wire.fails);
    }
    assert_nothing_is_lost(conn, &mut wire, incoming);
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

fn would_block<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |wire| {
        wire.step = 100;
        wire.fails = Some(ErrorKind::WouldBlock);
    });
}

#[test]
fn data_after_the_handshake_is_not_lost() {
    each_connection!(at_once);
}

#[test]
fn short_reads_and_writes_are_completed() {
    each_connection!(in_steps, few_setups());
}

#[test]
fn an_interrupted_call_is_repeated() {
    each_connection!(interrupted, few_setups());
}

#[test]
fn a_handshake_continues_after_an_error_of_the_transport() {
    each_connection!(would_block, few_setups());
}

fn completed_twice<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    let mut wire = Wire::new(Peer::new(setup, role.other()));
    conn.complete_handshake(&mut wire, &mut Vec::new())
        .expect("a handshake");
    wire.last = Some(b"after it");
    let mut incoming = wire.rest();
    let (before, calls) = (incoming.clone(), wire.calls);
    conn.complete_handshake(&mut wire, &mut incoming)
        .expect("a complete handshake");
    assert_eq!(wire.calls, calls);
    assert!(incoming == before);
    assert_nothing_is_lost(conn, &mut wire, incoming);
}

#[test]
fn a_complete_handshake_needs_no_call_of_the_transport() {
    each_connection!(completed_twice, few_setups());
}

#[test]
fn a_server_that_may_send_before_the_clients_finished_waits_for_it() {
    for setup in few_setups() {
        let mut configs = setup.configs();
        configs.server.send_half_rtt_data = true;
        let mut wire = Wire::new(configs.peer(Role::Client));
        wire.last = Some(b"after it");
        let mut conn = configs.server();
        let mut incoming = Vec::new();
        conn.complete_handshake(&mut wire, &mut incoming)
            .expect("a handshake");
        assert_nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}

/// As in the documentation.
#[test]
fn early_data_can_be_read() {
    for setup in few_setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let configs = setup.configs().with_early_data(50_000);
        configs
            .peer(Role::Client)
            .shake_hands(&mut configs.peer(Role::Server));
        let mut wire = Wire::new(configs.peer(Role::Client));
        wire.last = Some(b"after it");
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
        assert_nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}

#[test]
fn a_client_may_send_early_data_first() {
    for setup in few_setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let configs = setup.configs().with_early_data(50_000);
        configs
            .peer(Role::Client)
            .shake_hands(&mut configs.peer(Role::Server));
        let mut wire = Wire::new(configs.peer(Role::Server));
        wire.last = Some(b"after it");
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
            .expect("a buffered transport");
        let mut incoming = Vec::new();
        conn.complete_handshake(&mut wire, &mut incoming)
            .expect("a handshake");
        assert_eq!(wire.peer.read_early().as_deref(), Some(&b"early"[..]));
        assert_nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}

/// A transport that reads from `0` until its end. Written bytes stay in `1`, and are flushed into `2`.
struct Fixed(&'static [u8], Vec<u8>, Vec<u8>);

impl Read for Fixed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Fixed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.1.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.2.append(&mut self.1);
        Ok(())
    }
}

/// The error of rustls in `error`.
fn inner(error: &io::Error) -> Option<&Error> {
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    error.get_ref()?.downcast_ref()
}

fn sends_an_alert<Data>(_: &Setup, _: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    let mut transport = Fixed(b"HTTP/1.1 400 Bad Request\r\n", Vec::new(), Vec::new());
    let mut incoming = Vec::new();
    let mut fail = |transport: &mut Fixed| {
        let error = conn
            .complete_handshake(transport, &mut incoming)
            .expect_err("not TLS");
        let expected = Error::from(InvalidMessage::InvalidContentType);
        assert_eq!(inner(&error), Some(&expected));
    };
    fail(&mut transport);
    let sent = mem::take(&mut transport.2);
    let alert = u8::from(AlertDescription::DecodeError);
    assert!(sent.ends_with(&[21, 3, 3, 0, 2, 2, alert]), "{sent:?}");
    fail(&mut transport);
    assert_eq!((transport.1, transport.2), (vec![], vec![]), "sent twice");
}

#[test]
fn the_alert_is_sent_before_the_error_is_returned() {
    each_connection!(sends_an_alert, few_setups());
}

/// The peer receives the alert although its certificate is refused late.
#[test]
fn a_server_with_another_name_receives_an_alert() {
    for setup in few_setups() {
        let mut configs: Configs = setup.configs();
        configs.name = ServerName::try_from("example.com").expect("a name");
        let mut server = configs.peer(Role::Server);
        let mut conn = configs.client();
        let mut hello = Fixed(b"", Vec::new(), Vec::new());
        let mut incoming = Vec::new();
        let end = conn.complete_handshake(&mut hello, &mut incoming);
        assert_eq!(end.expect_err("no answer").kind(), ErrorKind::UnexpectedEof);
        server
            .read(&hello.2)
            .expect("a ClientHello");

        let mut answer = Fixed(server.write().leak(), Vec::new(), Vec::new());
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
        let outcome = server.read(&answer.2);
        assert_eq!(
            outcome,
            Err(Error::AlertReceived(AlertDescription::BadCertificate))
        );
    }
}

fn cannot_send<Data>(_: &Setup, _: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    /// A transport that cannot be written to.
    struct Unwritable;

    impl Read for Unwritable {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            unreachable!("the handshake has failed")
        }
    }

    impl Write for Unwritable {
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
        // The ClientHello precedes the error.
        return;
    };
    let error = conn
        .complete_handshake(&mut Unwritable, &mut Vec::new())
        .expect_err("the first error");
    assert_eq!(inner(&error), Some(&expected));
}

#[test]
fn an_alert_that_cannot_be_sent_does_not_hide_the_error() {
    each_connection!(cannot_send, few_setups());
}

fn reports_the_end<Data>(_: &Setup, _: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    let mut transport = Fixed(&[22, 3, 1], Vec::new(), Vec::new());
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
fn the_end_of_the_transport_is_reported() {
    each_connection!(reports_the_end, few_setups());
}

/// The rest of the input is needed by rustls.
#[test]
fn the_rest_of_the_input_has_to_be_passed_again() {
    for setup in few_setups() {
        let hello = setup.client_hello();
        let mut begun = vec![22, 3, 1, 0, 40];
        begun.extend(&hello[..40]);
        let mut conn = setup.server();
        let mut transport = Fixed(begun.leak(), Vec::new(), Vec::new());
        let mut incoming = Vec::new();
        let end = conn.complete_handshake(&mut transport, &mut incoming);
        assert_eq!(end.expect_err("the end").kind(), ErrorKind::UnexpectedEof);
        assert_eq!(incoming.len(), 45);
        for wrong in [vec![1], vec![22, 3]] {
            let error = conn
                .complete_handshake(&mut transport, &mut wrong.clone())
                .expect_err("other input");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}

/// A transport that writes all but the last bytes of the first write, and then blocks.
struct Blocking {
    left: usize,
    is_full: bool,
}

impl Read for Blocking {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Blocking {
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

/// The rest of a partly written record is not a record. Read as a header, it would announce any length.
#[test]
fn the_rest_of_a_partly_written_record_can_be_encoded() {
    for setup in few_setups() {
        for left in [1, 4, 5, 100] {
            let mut conn = setup.client();
            let mut blocking = Blocking {
                left,
                is_full: false,
            };
            let refused = conn.complete_handshake(&mut blocking, &mut Vec::new());
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
                panic!("another error");
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
