//! Sends back what clients send, on the two halves of each connection.
//!
//! `cargo run --example split_echo_server -- 127.0.0.1:4433 certificates.pem key.pem`, and then for example
//! `openssl s_client -connect 127.0.0.1:4433`.

mod common;

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;

use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
use rustls_direct::split::{Event, Received};

use common::{Incoming, shake_hands};

fn main() -> ExitCode {
    common::exit(common::serve(serve))
}

fn serve(
    mut socket: TcpStream,
    config: Arc<ServerConfig>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut conn = UnbufferedServerConnection::new(config)?;
    let mut incoming = Incoming::new();
    shake_hands(&mut conn, &mut socket, &mut incoming)?;
    echo(conn, &mut socket, incoming.into_parts())
}

/// Sends back what comes on a connection after its handshake, of which `filled` bytes in `tls` have come already.
fn echo(
    conn: UnbufferedServerConnection,
    socket: &mut (impl Read + Write),
    (mut tls, mut filled): (Vec<u8>, usize),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (mut reader, mut writer) = conn.split()?;
    let mut out = [0; 20_000]; // A record, and what may have to come before it.
    loop {
        let received = reader.read(&mut tls[..filled]);
        // The answer to a key update, or an alert if this has failed.
        let owed = writer.flush(&mut out)?;
        socket.write_all(&out[..owed])?;
        let Received { discard, event, .. } = received?;
        match event {
            Event::Data(mut data) => {
                while !data.is_empty() {
                    let sealed = writer.write(data, &mut out)?;
                    socket.write_all(&out[..sealed.written])?;
                    data = &data[sealed.consumed..];
                }
            }
            Event::Incomplete => match socket.read(&mut tls[filled..])? {
                0 => return Ok(reader.end_of_input()?),
                more => filled += more,
            },
            Event::Closed => {
                let len = writer.close_notify(&mut out)?;
                return Ok(socket.write_all(&out[..len])?);
            }
        }
        tls.copy_within(discard..filled, 0);
        filled -= discard;
    }
}
