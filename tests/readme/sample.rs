use std::error::Error;

use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};

/// Processes all of `tls_in`, during and after the handshake, and passes the plaintext of each record to `take`.
///
/// Send the bytes of `tls_out` afterwards. After an error, call this once more first: it adds the alert and returns the
/// error again. Returns whether the peer may send more.
fn receive(
    conn: &mut UnbufferedClientConnection,
    tls_in: &mut Vec<u8>,
    tls_out: &mut Vec<u8>,
    mut take: impl FnMut(&[u8]),
) -> Result<bool, Box<dyn Error>> {
    loop {
        let UnbufferedStatus { mut discard, state } = conn.process_tls_records(tls_in);
        let outcome = match state? {
            ConnectionState::ReadTraffic(mut read) => {
                if let Some(record) = read.next_record() {
                    let record = record?;
                    take(record.payload); // a slice of `tls_in`: the record was opened in place
                    discard += record.discard;
                }
                None
            }
            // After the handshake too: the answer to a KeyUpdate. No more input is read until it is encoded.
            ConnectionState::EncodeTlsData(mut data) => {
                let mut records = [0; 20_000]; // room for one record or more
                let len = data.encode(&mut records)?;
                tls_out.extend_from_slice(&records[..len]);
                None
            }
            ConnectionState::TransmitTlsData(data) => {
                data.done(); // the caller sends `tls_out`
                None
            }
            ConnectionState::BlockedHandshake | ConnectionState::WriteTraffic(_) => Some(true),
            ConnectionState::PeerClosed | ConnectionState::Closed => Some(false),
            other => {
                return Err(format!("{other:?} is only for servers that accept early data").into());
            }
        };
        tls_in.drain(..discard);
        if let Some(may_send_more) = outcome {
            return Ok(may_send_more);
        }
    }
}

/// Seals `data` at the front of `tls_out` and returns the number of bytes to send.
fn send(
    conn: &mut UnbufferedClientConnection,
    data: &[u8],
    tls_out: &mut [u8],
) -> Result<usize, Box<dyn Error>> {
    match conn
        .process_tls_records(&mut [])
        .state?
    {
        ConnectionState::WriteTraffic(mut write) => Ok(write.encrypt(data, tls_out)?),
        other => Err(format!("`receive` has to handle {other:?} first").into()),
    }
}
