//! A library's client after its handshake, with a peer that seals records for it.

use testing::Setup;
use testing::raw::{Keys, Raw, raw};

use crate::counting_sink::CountingSink;
use crate::direction::Direction;
use crate::library::Library;
use crate::library_client::LibraryClient;
use crate::raw_client::RawClient;
use crate::split_client::SplitClient;
use crate::streamed_client::StreamedClient;
use crate::unbuffered_client::{DirectClient, Rustls023Client};
use crate::{other_libraries, rustls_server};

/// A client after its handshake, and its peer.
pub(crate) struct Session {
    pub(crate) client: Box<dyn LibraryClient>,
    /// The key that the client seals with.
    pub(crate) send_keys: Keys,
    /// Seals the records that the client receives.
    pub(crate) peer: Box<dyn Raw>,
}

impl Session {
    /// Connects `lib` for data in `direction`: `direct` receives into a slice by its halves, and else by the state
    /// machine.
    pub(crate) fn new(lib: Library, setup: &Setup, direction: Direction) -> Self {
        #[cfg(feature = "peer-openssl")]
        if lib == Library::DirectOpenssl {
            let records = openssl_provider::COMBINED_RECORD_PROVIDER;
            let setup = setup
                .clone()
                .with_records(records)
                .adopted();
            return Self::new(Library::Direct, &setup, direction);
        }
        let mut server = rustls_server::new(setup);
        let client: Option<Box<dyn LibraryClient>> = match lib {
            Library::Direct if direction == Direction::Into => {
                Some(Box::new(SplitClient::connect(setup, &mut server)))
            }
            Library::Direct => Some(Box::new(DirectClient::connect(setup, &mut server))),
            Library::DirectStreamed => {
                let sink = CountingSink::default();
                Some(Box::new(StreamedClient::connect(setup, &mut server, sink)))
            }
            Library::Rustls023 => Some(Box::new(Rustls023Client::connect(setup, &mut server))),
            Library::Raw => {
                Rustls023Client::connect(setup, &mut server);
                None
            }
            _ => {
                let (client, same_server) = other_libraries::connect(lib, setup, server);
                server = same_server;
                Some(client)
            }
        };
        let (send_keys, recv_keys) = rustls_server::client_keys(server);
        Self {
            client: client.unwrap_or_else(|| {
                Box::new(RawClient::new(setup, send_keys.clone(), recv_keys.clone()))
            }),
            send_keys,
            peer: raw(setup, recv_keys),
        }
    }
}
