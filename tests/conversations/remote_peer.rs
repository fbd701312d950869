//! Who is on the other side of a conversation?

use std::io::{Read, Write};
use std::mem;

use rustls::{Connection, ContentType, Error};
use testing::{Configs, Forger, Peer, Role, Setup};

use crate::application::Extracted;
use crate::trace::{Bytes, Event};

/// rustls's buffered connection, a forger that has taken its keys, or no one any more.
pub(crate) enum RemotePeer {
    Gone,
    Rustls(Box<Peer>),
    Forger(Box<Forger>),
}

impl RemotePeer {
    pub(crate) fn new(configs: &Configs, role: Role) -> Self {
        Self::Rustls(Box::new(Forger::peer_of(configs.clone(), role)))
    }

    /// The connection, if its keys were not taken.
    pub(crate) fn rustls(&mut self) -> &mut Peer {
        match self {
            Self::Rustls(peer) => peer,
            Self::Forger(_) | Self::Gone => panic!("rustls is gone"),
        }
    }

    /// Takes the keys of the connection, for records that rustls would not send.
    pub(crate) fn into_forger(self, setup: &Setup) -> Self {
        match self {
            Self::Rustls(peer) => Self::Forger(Box::new(Forger::new(setup, *peer))),
            other => other,
        }
    }

    /// The forger that has taken the keys.
    pub(crate) fn forger(&mut self) -> &mut Forger {
        match self {
            Self::Rustls(_) | Self::Gone => panic!("rustls forges nothing"),
            Self::Forger(forger) => forger,
        }
    }

    /// Reads all of `tls`, and returns the events.
    pub(crate) fn read(&mut self, tls: &[u8]) -> Vec<Event> {
        match self {
            Self::Rustls(peer) => read(peer, tls),
            Self::Forger(forger) => open(forger, tls),
            Self::Gone => Vec::new(),
        }
    }

    /// Takes the bytes to be sent.
    pub(crate) fn write(&mut self) -> Vec<u8> {
        match self {
            Self::Rustls(peer) => peer.write(),
            Self::Forger(_) | Self::Gone => Vec::new(),
        }
    }

    /// Writes early data, before anything else.
    pub(crate) fn write_early_data(&mut self, data: &[u8]) {
        let Connection::Client(client) = &mut self.rustls().conn else {
            panic!("a server writes no early data");
        };
        client
            .early_data()
            .expect("a session that allows it")
            .write_all(data)
            .expect("not more than is allowed");
    }

    /// Consumes the connection for its secrets.
    pub(crate) fn extract(self) -> Result<Extracted, Error> {
        let Self::Rustls(peer) = self else {
            panic!("rustls is gone");
        };
        peer.conn
            .dangerous_extract_secrets()
            .map(Extracted::new)
    }
}

fn read(peer: &mut Peer, tls: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let was_closed = peer.closed;
    let outcome = peer.read(tls);
    if let Connection::Server(server) = &mut peer.conn {
        let mut early = Vec::new();
        if let Some(mut reader) = server.early_data() {
            reader
                .read_to_end(&mut early)
                .expect("readable early data");
        }
        if !early.is_empty() {
            events.push(Event::PeerReadEarly(Bytes(early)));
        }
    }
    if !peer.received.is_empty() {
        events.push(Event::PeerRead(Bytes(mem::take(&mut peer.received))));
    }
    if peer.closed && !was_closed {
        events.push(Event::PeerClosed);
    }
    match outcome {
        Ok(()) => {}
        Err(Error::AlertReceived(alert)) => events.push(Event::PeerReceivedAlert(alert)),
        Err(error) => events.push(Event::PeerFailed(format!("{error:?}"))),
    }
    events
}

fn open(forger: &mut Forger, tls: &[u8]) -> Vec<Event> {
    forger
        .open_all(tls)
        .into_iter()
        .map(|(typ, content)| match (typ, &content[..]) {
            (ContentType::Alert, [FATAL, alert]) => Event::PeerReceivedAlert((*alert).into()),
            _ => Event::PeerOpened(typ, Bytes(content)),
        })
        .collect()
}

/// The level of an alert that ends a connection.
const FATAL: u8 = 2;
