//! A connection as a reader and a writer, for two threads.
//!
//! After its handshake a connection can be split into a half that opens records and a half that seals records. Each can
//! live on its own thread. Neither waits for the other while only application data is exchanged.
//!
//! Some records from the peer need an answer, and only the writer can seal it. [`Received::writer_owes`] is true while
//! the writer owes the peer an answer or an alert. The next [`Writer::write`] seals the answer before its data, and
//! [`Writer::flush`] seals it without data. After the reader has failed, `write` returns the error, and
//! [`Writer::flush`] or [`Writer::close_notify`] seals the alert.
//!
//! # An echo server
//!
//! This one runs on one thread. A program that reads and writes independently gives each half a thread, and each thread
//! a clone of the socket.
//!
//! ```no_run
//! # use std::error::Error;
//! # use std::io::{self, ErrorKind, Read, Write};
//! # use std::net::TcpStream;
//! # use std::sync::Arc;
//! # use rustls_direct::record::{INCOMING_BUFFER_LEN, OUTGOING_BUFFER_LEN};
//! # use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
//! # use rustls_direct::split::{Event, Received};
//! fn serve(mut socket: TcpStream, config: Arc<ServerConfig>) -> Result<(), Box<dyn Error>> {
//!     let mut conn = UnbufferedServerConnection::new(config)?;
//!     let mut tls = Vec::new();
//!     conn.complete_handshake(&mut socket, &mut tls)?; // Bytes that were read ahead stay in `tls`.
//!     let (mut reader, mut writer) = conn.split()?;
//!     let (mut filled, mut out) = (tls.len(), [0; OUTGOING_BUFFER_LEN]);
//!     tls.resize(INCOMING_BUFFER_LEN, 0);
//!     loop {
//!         let received = reader.read(&mut tls[..filled]);
//!         let owed = writer.flush(&mut out)?; // The answer to a KeyUpdate, or an alert.
//!         socket.write_all(&out[..owed])?;
//!         let Received { discard, event, .. } = received?;
//!         match event {
//!             Event::Data(data) => {
//!                 let sealed = writer.write(data, &mut out)?; // There is room for a record.
//!                 socket.write_all(&out[..sealed.written])?;
//!             }
//!             Event::Incomplete => filled += more(&mut socket, &mut tls[filled..])?,
//!             Event::Closed => break,
//!         }
//!         tls.copy_within(discard..filled, 0);
//!         filled -= discard;
//!     }
//!     let len = writer.close_notify(&mut out)?;
//!     Ok(socket.write_all(&out[..len])?)
//! }
//! fn more(socket: &mut TcpStream, room: &mut [u8]) -> io::Result<usize> {
//!     match socket.read(room)? { 0 => Err(ErrorKind::UnexpectedEof.into()), len => Ok(len) }
//! }
//! ```

mod errors;
mod getters;
#[cfg(all(loom, test))]
mod model;
mod reader;
mod secrets;
mod shared;
mod writer;

use alloc::sync::Arc;

use crate::handover::Negotiated;
pub use crate::traffic::{Gathered, Reservation, WriteError, Written};
use crate::traffic::{Traffic, UnreadRecord};
pub use errors::{SplitError, Truncated};
pub use reader::{Event, Reader, Received};
use secrets::SharedSecrets;
use shared::Shared;
pub use writer::Writer;

pub(crate) fn split(
    traffic: Traffic,
    unread: Option<UnreadRecord>,
    mut negotiated: Negotiated,
) -> (Reader, Writer) {
    let Traffic {
        sender,
        receiver,
        mut key_schedule,
    } = traffic;
    key_schedule.drop_extractable();
    let secrets = SharedSecrets::new(key_schedule, negotiated.exporter.take());
    let shared = Arc::new(Shared::new(&sender, negotiated));
    let reader = Reader {
        receiver,
        shared: shared.clone(),
        secrets: secrets.clone(),
        unread,
        failed: None,
    };
    let writer = Writer {
        sender,
        shared,
        secrets,
    };
    (reader, writer)
}
