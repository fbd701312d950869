//! Sends received data back, with the state machine and blocking sockets.
//!
//! Run `cargo run --example unbuffered_server -- 127.0.0.1:4433 certificates.pem key.pem`, then for example
//! `openssl s_client -connect 127.0.0.1:4433`.

mod common;

use std::io::Write;
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;

use rustls_direct::record::OUTGOING_BUFFER_LEN;
use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};

use common::{InputBuffer, Result, append_encoded};

fn main() -> ExitCode {
    common::exit_code(common::serve(echo))
}

fn echo(mut socket: TcpStream, config: Arc<ServerConfig>) -> Result<()> {
    let mut conn = UnbufferedServerConnection::new(config)?;
    let mut incoming = InputBuffer::new(Vec::new());
    let mut outgoing = Vec::new();
    let mut received = Vec::new();
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
            Ok(ConnectionState::ReadTraffic(mut read)) => {
                while let Some(record) = read.next_record() {
                    let record = record?;
                    received.extend_from_slice(record.payload);
                    discard += record.discard;
                }
            }
            Ok(ConnectionState::WriteTraffic(mut write)) => {
                if !received.is_empty() {
                    // Seals as many whole records as fit, which is at least one.
                    outgoing.resize(OUTGOING_BUFFER_LEN, 0);
                    let sealed = write.write(&received, &mut outgoing)?;
                    socket.write_all(&outgoing[..sealed.written])?;
                    received.drain(..sealed.consumed);
                } else if peer_has_closed {
                    outgoing.resize(100, 0);
                    let len = write.queue_close_notify(&mut outgoing)?;
                    socket.write_all(&outgoing[..len])?;
                } else {
                    needs_input = true;
                }
                outgoing.clear();
            }
            Ok(ConnectionState::PeerClosed) => peer_has_closed = true,
            Ok(ConnectionState::Closed) => return Ok(()),
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
