//! What do callers and peers learn if a handshake or its transport fails?

use std::io::{self, ErrorKind, Read, Write};
use std::mem;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};
use rustls_direct::unbuffered::{ConnectionState, EncodeError, UnbufferedConnectionCommon};
use testing::{Configs, Role, Setup, each_connection, one_setup_per_version};

use crate::transports::{Blocking, Fixed};

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
    each_connection!(sends_an_alert, one_setup_per_version());
}

/// The peer receives the alert although its certificate is refused late.
#[test]
fn a_server_with_another_name_receives_an_alert() {
    for setup in one_setup_per_version() {
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
    each_connection!(cannot_send, one_setup_per_version());
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
    each_connection!(reports_the_end, one_setup_per_version());
}

/// The rest of the input is needed by rustls.
#[test]
fn the_rest_of_the_input_has_to_be_passed_again() {
    for setup in one_setup_per_version() {
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

/// The rest of a partly written record is not a record. Read as a header, it would announce any length.
#[test]
fn the_rest_of_a_partly_written_record_can_be_encoded() {
    for setup in one_setup_per_version() {
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
