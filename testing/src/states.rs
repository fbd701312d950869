//! Connections that a test drives state by state.

use rustls::Error;
use rustls_direct::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, UnbufferedConnectionCommon,
};

/// Runs a generic function with a new connection of rustls-direct for every library, suite and role.
///
/// `$test` is a `fn<Data>(&Setup, Role, &mut UnbufferedConnectionCommon<Data>)`: a closure cannot be generic, and the
/// states of clients and servers are of different types.
#[macro_export]
macro_rules! each_connection {
    ($test:ident) => {
        $crate::each_connection!($test, $crate::setups());
    };
    ($test:ident, $setups:expr) => {
        let setups = $setups;
        assert!(!setups.is_empty());
        for setup in setups {
            println!("{}", setup.name());
            $test(&setup, $crate::Role::Client, &mut *setup.client());
            $test(&setup, $crate::Role::Server, &mut *setup.server());
        }
    };
}

/// Encodes `data` to the end of `out`, in exactly the required room.
pub fn encode<Data>(mut data: EncodeTlsData<'_, Data>, out: &mut Vec<u8>) {
    let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) else {
        panic!("nothing to encode");
    };
    let at = out.len();
    out.resize(at + size.required_size, 0);
    data.encode(&mut out[at..])
        .expect("room for it");
}

/// Fails a connection with `incoming`, and returns its error and the bytes that it still sends.
///
/// Checks the order: the error, the bytes to send, then the same error at every call, whatever the input.
pub fn failure<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    incoming: &mut [u8],
) -> (Error, Vec<u8>) {
    let Err(error) = conn.process_tls_records(incoming).state else {
        panic!("the connection goes on");
    };
    let mut sent = Vec::new();
    loop {
        match conn.process_tls_records(incoming).state {
            Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut sent),
            Ok(ConnectionState::TransmitTlsData(mut data)) => {
                assert!(!sent.is_empty());
                assert!(data.may_encrypt_app_data().is_none());
                data.done();
            }
            Ok(other) => panic!("{other:?} after {error}"),
            Err(again) => {
                // By text: no `Error::Other` equals another.
                assert_eq!(again.to_string(), error.to_string());
                break;
            }
        }
    }
    for incoming in [&mut [], incoming, &mut [0; 5]] {
        let status = conn.process_tls_records(incoming);
        let again = status.state.expect_err("an error");
        assert_eq!(again.to_string(), error.to_string());
        assert_eq!(status.discard, 0);
    }
    assert!(!conn.is_direct());
    assert!(!conn.is_handshaking());
    (error, sent)
}
