//! Does the acceptor read a ClientHello before there is a config?
#![cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]

use rustls::{AlertDescription, Error, InvalidMessage};
use rustls_direct::server::{AcceptError, UnbufferedAccepted, UnbufferedAcceptor};
use testing::{Direct, Endpoint, Peer, Role, one_setup_per_version, pattern};

/// Passes `input` to an acceptor in pieces, and returns the outcome.
fn accept(input: &[u8], piece: usize) -> Result<Option<UnbufferedAccepted>, AcceptError> {
    let mut acceptor = UnbufferedAcceptor::default();
    let mut end = 0;
    while end < input.len() {
        end = input.len().min(end + piece);
        if let Some(accepted) = acceptor.accept(&input[..end])? {
            return Ok(Some(accepted));
        }
        // The same input again changes nothing.
        assert!(
            acceptor
                .accept(&input[..end])?
                .is_none()
        );
    }
    Ok(None)
}

/// The handshake message `hello` in records of `len` bytes of content.
fn in_records(hello: &[u8], len: usize) -> Vec<u8> {
    hello
        .chunks(len)
        .flat_map(|content| {
            let [.., high, low] = content.len().to_be_bytes();
            [&[22, 3, 1, high, low][..], content].concat()
        })
        .collect()
}

#[test]
fn a_config_is_chosen_by_the_name() {
    for setup in one_setup_per_version() {
        let mut client = Peer::new(&setup, Role::Client);
        let flight = client.write();
        for piece in [1, 7, 100, usize::MAX] {
            let accepted = accept(&flight, piece.min(flight.len()))
                .expect("a ClientHello")
                .expect("a whole ClientHello");
            let hello = accepted.client_hello();
            assert_eq!(hello.server_name(), Some("localhost"));
            assert!(
                hello
                    .cipher_suites()
                    .contains(&setup.id())
            );
        }

        let accepted = accept(&flight, usize::MAX >> 1)
            .expect("a ClientHello")
            .expect("a whole ClientHello");
        let conn = accepted
            .into_connection(setup.server_config())
            .expect("a connection");
        let mut direct = Direct::new(conn);
        direct.app().incoming = flight;
        client
            .talk_to(&mut direct)
            .expect("a handshake");
        assert!(direct.is_direct());
        client
            .read(&direct.send(b"data"))
            .expect("data");
        assert_eq!(client.received, b"data");
    }
}

#[test]
fn records_are_sealed_by_the_provider_that_was_passed() {
    for setup in one_setup_per_version() {
        let setup = setup.with_confidentiality_limit(100);
        let mut client = Peer::new(&setup, Role::Client);
        let flight = client.write();
        let accepted = accept(&flight, flight.len())
            .expect("a ClientHello")
            .expect("a whole ClientHello");
        let conn = accepted
            .into_connection_with_provider(setup.server_config(), setup.records)
            .expect("a connection");
        let mut direct = Direct::new(conn);
        direct.app().incoming = flight;
        client
            .talk_to(&mut direct)
            .expect("a handshake");
        assert!(direct.is_direct());
    }
}

#[test]
fn a_hello_may_arrive_in_many_records_and_pieces() {
    for setup in one_setup_per_version() {
        let hello = setup.client_hello();
        for len in [1, 3, 27, 100] {
            let input = in_records(&hello, len);
            for piece in [1, 6, 1000] {
                let accepted = accept(&input, piece).expect("a ClientHello");
                let accepted = accepted.expect("a whole ClientHello");
                assert_eq!(accepted.client_hello().server_name(), Some("localhost"));
            }
            // The hello is not accepted before its last byte.
            let begun = accept(&input[..input.len() - 1], 50);
            assert!(
                begun
                    .expect("a part of a ClientHello")
                    .is_none()
            );
        }
    }
}

#[test]
fn bytes_after_the_hello_are_not_read() {
    for setup in one_setup_per_version() {
        let mut input = in_records(&setup.client_hello(), 16_384);
        input.extend(pattern(100_000));
        for piece in [1000, usize::MAX >> 1] {
            assert!(
                accept(&input, piece)
                    .expect("a ClientHello")
                    .is_some()
            );
        }
    }
}

/// Checks that `input` is refused with this alert, and returns the error.
#[track_caller]
fn refused(input: &[u8], piece: usize, alert: AlertDescription) -> Error {
    let refused = accept(input, piece).expect_err("not a ClientHello");
    let [21, 3, _, 0, 2, 2, description] = refused.alert[..] else {
        panic!("no alert: {:?}", refused.alert);
    };
    assert_eq!(description, u8::from(alert));
    assert!(
        refused
            .to_string()
            .contains(&refused.error.to_string())
    );
    refused.error
}

#[test]
fn a_peer_that_is_not_a_tls_client_gets_an_alert() {
    for piece in [1, 1000] {
        let error = refused(b"GET / HTTP/1.1\r\n", piece, AlertDescription::DecodeError);
        assert_eq!(error, InvalidMessage::InvalidContentType.into());
    }
    let data = [23, 3, 3, 0, 1, 7];
    let error = refused(&data, 1, AlertDescription::UnexpectedMessage);
    assert!(
        matches!(error, Error::InappropriateMessage { .. }),
        "{error:?}"
    );
    let server_hello_done = [22, 3, 3, 0, 4, 14, 0, 0, 0];
    refused(&server_hello_done, 1, AlertDescription::UnexpectedMessage);
    let change_cipher_spec = [20, 3, 3, 0, 1, 1];
    refused(&change_cipher_spec, 1, AlertDescription::UnexpectedMessage);
    let empty_message = [22, 3, 3, 0, 4, 1, 0, 0, 0];
    refused(&empty_message, 1, AlertDescription::DecodeError);
}

#[test]
fn the_copied_input_is_bounded() {
    // A message without an end, in records of 1 kB and of one byte.
    let mut hello = vec![1, 0, 0xff, 0xff];
    hello.resize(100_000, 0);
    for len in [1, 1000] {
        let input = in_records(&hello, len);
        for piece in [1, 4000] {
            refused(&input, piece, AlertDescription::DecodeError);
        }
    }
}

#[test]
fn an_alert_is_not_answered_by_an_alert() {
    let refused = accept(&[21, 3, 1, 0, 2, 1, 0], 1).expect_err("not a ClientHello");
    assert!(refused.alert.is_empty(), "{:?}", refused.alert);
}

#[test]
fn an_acceptor_has_one_result() {
    let setup = &one_setup_per_version()[0];
    let input = in_records(&setup.client_hello(), 16_384);
    for input in [&input[..], b"no TLS"] {
        let mut acceptor = UnbufferedAcceptor::default();
        let _ = acceptor.accept(input);
        let again = acceptor
            .accept(input)
            .expect_err("it had a result");
        assert!(
            again
                .error
                .to_string()
                .contains("already")
        );
        assert!(again.alert.is_empty());
    }
}

#[test]
fn input_shorter_than_before_is_an_error_of_the_caller() {
    let mut acceptor = UnbufferedAcceptor::default();
    assert!(
        acceptor
            .accept(&[22, 3, 1])
            .expect("a part")
            .is_none()
    );
    let error = acceptor
        .accept(&[22])
        .expect_err("less than before");
    assert!(error.alert.is_empty());
    // The next call can succeed.
    assert!(
        acceptor
            .accept(&[22, 3, 1, 2])
            .expect("a part")
            .is_none()
    );
}

/// The acceptor refuses no hello that the connection accepts.
#[test]
fn the_connection_refuses_what_the_acceptor_refuses() {
    for setup in one_setup_per_version() {
        let hello = setup.client_hello();
        for at in 0..hello.len() {
            let mut altered = hello.clone();
            altered[at] ^= 0x55;
            let input = in_records(&altered, 16_384);
            if let Err(refused) = accept(&input, input.len()) {
                let mut direct = setup.direct(Role::Server);
                direct.app().incoming.clone_from(&input);
                assert_eq!(direct.run().expect_err("refused"), refused.error, "{at}");
            }
        }
    }
}
