//! Which `std::io` errors do the errors of the halves become?

use std::error::Error as _;
use std::io::{self, ErrorKind};

use rustls::Error;
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::split::{SplitError, WriteError};
use rustls_direct::unbuffered::InsufficientSizeError;
use testing::one_setup_per_version;

#[test]
fn errors_of_writing_become_errors_of_io() {
    let size = InsufficientSizeError { required_size: 22 };
    for (error, kind) in [
        (WriteError::InsufficientSize(size), ErrorKind::InvalidInput),
        (
            WriteError::ContentTooLong {
                max: 1,
                provided: 2,
            },
            ErrorKind::InvalidInput,
        ),
        (
            WriteError::BeyondReservation {
                reserved: 1,
                provided: 2,
            },
            ErrorKind::InvalidInput,
        ),
        (WriteError::PaddingUnsupported, ErrorKind::Unsupported),
        (WriteError::KeyUpdateUnsupported, ErrorKind::Unsupported),
        (WriteError::KeyExhausted, ErrorKind::Other),
        (WriteError::HandshakeNotComplete, ErrorKind::NotConnected),
        (WriteError::Closed, ErrorKind::BrokenPipe),
        (
            WriteError::Failed(Box::new(Error::DecryptError)),
            ErrorKind::InvalidData,
        ),
    ] {
        let text = error.to_string();
        let error = io::Error::from(error);
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), text);
        let original = error.get_ref().expect("the original");
        let original = original
            .downcast_ref::<WriteError>()
            .expect("of ours");
        let source = original
            .source()
            .map(ToString::to_string);
        assert_eq!(source.is_some(), kind == ErrorKind::InvalidData);
    }
}

#[test]
fn a_connection_that_cannot_be_split_comes_back_in_an_error_of_io() {
    for setup in one_setup_per_version() {
        let error = setup
            .client()
            .split()
            .expect_err("before its handshake");
        assert_eq!(
            error.source().map(ToString::to_string),
            Some(Error::HandshakeNotComplete.to_string())
        );
        let error = io::Error::from(error);
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        let original = error
            .into_inner()
            .expect("the original")
            .downcast::<SplitError<UnbufferedClientConnection>>()
            .expect("of ours");
        assert!(original.connection.is_handshaking());
    }
}
