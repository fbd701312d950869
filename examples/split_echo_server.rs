//! Sends received data back, by the two halves of each connection. The documentation of `rustls_direct::split` shows
//! this code.
//!
//! Run `cargo run --example split_echo_server -- 127.0.0.1:4433 certificates.pem key.pem`, then for example
//! `openssl s_client -connect 127.0.0.1:4433`.

mod common;

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;

use rustls_direct::record::{INCOMING_BUFFER_LEN, OUTGOING_BUFFER_LEN};
use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
use rustls_direct::split::{Event, Received};

fn main() -> ExitCode {
    common::exit_code(common::serve(serve))
}

fn serve(mut socket: TcpStream, config: Arc<ServerConfig>) -> Result<(), Box<dyn Error>> {
    let mut conn = UnbufferedServerConnection::new(config)?;
    let mut tls = Vec::new();
    conn.complete_handshake(&mut socket, &mut tls)?; // Bytes that were read ahead stay in `tls`.
    let (mut reader, mut writer) = conn.split()?;
    let (mut filled, mut out) = (tls.len(), [0; OUTGOING_BUFFER_LEN]);
    tls.resize(INCOMING_BUFFER_LEN, 0);
    loop {
        let received = reader.read(&mut tls[..filled]);
        let owed = writer.flush(&mut out)?; // The answer to a KeyUpdate, or an alert.
        socket.write_all(&out[..owed])?;
        let Received { discard, event, .. } = received?;
        match event {
            Event::Data(data) => {
                let sealed = writer.write(data, &mut out)?; // There is room for a record.
                socket.write_all(&out[..sealed.written])?;
            }
            Event::Incomplete => filled += more(&mut socket, &mut tls[filled..])?,
            Event::Closed => break,
        }
        tls.copy_within(discard..filled, 0);
        filled -= discard;
    }
    let len = writer.close_notify(&mut out)?;
    Ok(socket.write_all(&out[..len])?)
}
fn more(socket: &mut TcpStream, room: &mut [u8]) -> io::Result<usize> {
    match socket.read(room)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        len => Ok(len),
    }
}
