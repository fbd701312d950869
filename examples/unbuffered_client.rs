//! Fetches a page over HTTPS and prints it, with the state machine and a blocking socket.
//!
//! `cargo run --example unbuffered_client -- example.com 443 /etc/ssl/certs/ca-certificates.crt /`

mod common;

use std::io::{self, Write};
use std::process::ExitCode;

use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};

use common::{InputBuffer, Result, append_encoded};

fn main() -> ExitCode {
    common::exit_code(fetch(&mut io::stdout().lock()))
}

fn fetch(page: &mut impl Write) -> Result<()> {
    let [host, port, roots, path] = common::arguments("HOST PORT ROOTS.pem PATH")?;
    let (mut conn, mut socket) = common::connect(&host, &port, &roots)?;
    let mut request = Some(format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"));
    let mut incoming = InputBuffer::new(Vec::new());
    let mut outgoing = Vec::new();
    let mut peer_has_closed = false;
    loop {
        let UnbufferedStatus { mut discard, state } = conn.process_tls_records(incoming.filled());
        let mut needs_input = false;
        match state {
            Ok(ConnectionState::EncodeTlsData(data)) => append_encoded(data, &mut outgoing)?,
            Ok(ConnectionState::TransmitTlsData(data)) => {
                socket.write_all(&outgoing)?;
                outgoing.clear();
                data.done();
            }
            Ok(ConnectionState::BlockedHandshake) => needs_input = true,
            Ok(ConnectionState::WriteTraffic(mut write)) => {
                if let Some(request) = request.take() {
                    outgoing.resize(request.len() + 100, 0);
                    let len = write.encrypt(request.as_bytes(), &mut outgoing)?;
                    socket.write_all(&outgoing[..len])?;
                } else if peer_has_closed {
                    outgoing.resize(100, 0);
                    let len = write.queue_close_notify(&mut outgoing)?;
                    socket.write_all(&outgoing[..len])?;
                } else {
                    needs_input = true;
                }
                outgoing.clear();
            }
            Ok(ConnectionState::ReadTraffic(mut read)) => {
                while let Some(record) = read.next_record() {
                    let record = record?;
                    page.write_all(record.payload)?;
                    discard += record.discard;
                }
            }
            Ok(ConnectionState::PeerClosed) => peer_has_closed = true,
            Ok(ConnectionState::Closed) => return Ok(page.flush()?),
            Ok(other) => return Err(format!("unexpected {other:?}").into()),
            // After the alert is sent, the next call returns the error again.
            Err(err) => {
                if !conn.wants_write() {
                    return Err(err.into());
                }
            }
        }
        incoming.discard(discard);
        if needs_input {
            incoming.receive(&mut socket)?;
        }
    }
}
