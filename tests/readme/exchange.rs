use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls_direct::client::{ClientConfig, UnbufferedClientConnection};
use rustls_direct::record::{INCOMING_BUFFER_LEN, OUTGOING_BUFFER_LEN};
use rustls_direct::split::{Event, Received};

/// Sends `request` and returns everything that the server sends until it closes the connection.
fn exchange(
    mut socket: TcpStream,
    config: Arc<ClientConfig>,
    request: &[u8],
) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut conn = UnbufferedClientConnection::new(config, "localhost".try_into()?)?;
    let mut tls = Vec::new();
    conn.complete_handshake(&mut socket, &mut tls)?; // Bytes that were read ahead stay in `tls`.
    let (mut reader, mut writer) = conn.split()?;

    let mut out = [0; OUTGOING_BUFFER_LEN];
    let mut unsent = request;
    while !unsent.is_empty() {
        let sealed = writer.write(unsent, &mut out)?; // As many records as fit into `out`.
        socket.write_all(&out[..sealed.written])?;
        unsent = &unsent[sealed.consumed..];
    }

    let mut answer = Vec::new();
    let mut filled = tls.len();
    tls.resize(INCOMING_BUFFER_LEN, 0);
    loop {
        let received = reader.read(&mut tls[..filled]);
        let owed = writer.flush(&mut out)?; // The answer to a KeyUpdate, or an alert.
        socket.write_all(&out[..owed])?;
        let Received { discard, event, .. } = received?;
        match event {
            Event::Data(data) => answer.extend_from_slice(data), // `data` is a slice of `tls`.
            Event::Incomplete => match socket.read(&mut tls[filled..])? {
                0 => return Err("the connection was cut off".into()),
                len => filled += len,
            },
            Event::Closed => break,
        }
        tls.copy_within(discard..filled, 0);
        filled -= discard;
    }
    let len = writer.close_notify(&mut out)?;
    socket.write_all(&out[..len])?;
    Ok(answer)
}
