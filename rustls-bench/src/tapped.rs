//! The least that takes over the connections of any config and loses nothing of them.
//!
//! Extraction is allowed in a copy of the config, whose key log and resolver of certificates are listened to: rustls tells
//! nobody else the secret of exporters, nor a server the name that was asked for. It is shown one record at a time, since it
//! would open those behind the handshake as well. There are no buffers, no errors and no states, and nothing else of what
//! was agreed on is kept.

use std::cell::RefCell;
use std::fmt;
use std::mem;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::server::{ClientHello, ResolvesServerCert, UnbufferedServerConnection};
use rustls::sign::CertifiedKey;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{ClientConfig, HandshakeKind, KeyLog, ServerConfig};
use rustls_direct_tests::server_name;

use crate::kernel::{Context, Convert, convert};
use crate::provider::Provider;
use crate::unbuffered::{Configs, Library, Side};
use crate::wire::Wire;

/// rustls with its connections listened to and converted.
pub(crate) struct Tapped;

impl Library for Tapped {
    type Client = TakenOver<UnbufferedClientConnection>;
    type Server = TakenOver<UnbufferedServerConnection>;

    fn client(configs: &Configs) -> Self::Client {
        let mut copy = ClientConfig::clone(&configs.client);
        copy.enable_secret_extraction = true;
        copy.key_log = Arc::new(Tap {
            key_log: copy.key_log,
            resolver: (),
        });
        let rustls = UnbufferedClientConnection::new(copy.into(), server_name());
        TakenOver::new(rustls.expect("a connection"), configs.provider)
    }

    fn server(configs: &Configs) -> Self::Server {
        let mut copy = ServerConfig::clone(&configs.server);
        let tap = Arc::new(Tap {
            key_log: copy.key_log,
            resolver: copy.cert_resolver,
        });
        copy.enable_secret_extraction = true;
        copy.key_log = tap.clone();
        copy.cert_resolver = tap;
        let rustls = UnbufferedServerConnection::new(copy.into());
        TakenOver::new(rustls.expect("a connection"), configs.provider)
    }
}

/// A connection of rustls that is to be converted in the end.
pub(crate) struct TakenOver<C> {
    rustls: C,
    provider: Provider,
    told: Told,
}

impl<C> TakenOver<C> {
    fn new(rustls: C, provider: Provider) -> Self {
        Self {
            rustls,
            provider,
            told: Told::NOTHING,
        }
    }
}

/// Where rustls is shown one record at a time.
trait ByRecord: Convert {
    fn go_on_by_record(&mut self, incoming: &mut Wire, outgoing: &mut Wire) -> bool;
}

macro_rules! by_record {
    ($connection:ty) => {
        impl ByRecord for $connection {
            fn go_on_by_record(&mut self, incoming: &mut Wire, outgoing: &mut Wire) -> bool {
                let (mut begin, mut end) = (0, 0);
                let complete = loop {
                    let shown = &mut incoming.sent()[begin..end];
                    let UnbufferedStatus { discard, state } = self.process_tls_records(shown);
                    begin += discard;
                    let complete = match state.expect("a handshake") {
                        ConnectionState::EncodeTlsData(mut data) => {
                            outgoing.add(|room| data.encode(room).expect("room for it"));
                            continue;
                        }
                        ConnectionState::TransmitTlsData(data) => {
                            data.done();
                            continue;
                        }
                        ConnectionState::BlockedHandshake => false,
                        ConnectionState::WriteTraffic(_) => true,
                        state => panic!("unexpected {state:?}"),
                    };
                    match incoming.sent()[end..] {
                        [_, _, _, high, low, ..] => {
                            end += 5 + usize::from(u16::from_be_bytes([high, low]));
                        }
                        _ => break complete,
                    }
                };
                incoming.discard(begin);
                complete
            }
        }
    };
}

by_record!(UnbufferedClientConnection);
by_record!(UnbufferedServerConnection);

impl<C: ByRecord> Side for TakenOver<C> {
    type Idle = (C::Kernel, [Context; 2], Told);

    fn go_on(&mut self, incoming: &mut Wire, outgoing: &mut Wire) -> bool {
        TOLD.replace(mem::take(&mut self.told));
        let complete = self
            .rustls
            .go_on_by_record(incoming, outgoing);
        self.told = TOLD.take();
        complete
    }

    fn handshake_kind(&self) -> Option<HandshakeKind> {
        self.rustls.handshake_kind()
    }

    fn finish(self) -> Self::Idle {
        let (kernel, contexts) = convert(self.rustls, self.provider);
        (kernel, contexts, self.told)
    }
}

/// What rustls has told about a connection.
#[derive(Default)]
pub(crate) struct Told {
    secret: Option<Box<[u8]>>,
    server_name: Option<Box<str>>,
}

impl Told {
    const NOTHING: Self = Self {
        secret: None,
        server_name: None,
    };
}

thread_local! {
    /// About the one that this thread is in.
    static TOLD: RefCell<Told> = const { RefCell::new(Told::NOTHING) };
}

/// Listens to what rustls tells a config, and passes it on.
struct Tap<Resolver> {
    key_log: Arc<dyn KeyLog>,
    resolver: Resolver,
}

impl<Resolver: Send + Sync> KeyLog for Tap<Resolver> {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if is_of_exporter(label) {
            TOLD.with_borrow_mut(|told| told.secret = Some(secret.into()));
        }
        if self.key_log.will_log(label) {
            self.key_log
                .log(label, client_random, secret);
        }
    }

    fn will_log(&self, label: &str) -> bool {
        is_of_exporter(label) || self.key_log.will_log(label)
    }
}

/// Whether exporters are derived from that secret.
fn is_of_exporter(label: &str) -> bool {
    matches!(label, "EXPORTER_SECRET" | "CLIENT_RANDOM")
}

impl ResolvesServerCert for Tap<Arc<dyn ResolvesServerCert>> {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(name) = client_hello.server_name() {
            TOLD.with_borrow_mut(|told| told.server_name = Some(name.into()));
        }
        self.resolver.resolve(client_hello)
    }
}

impl<Resolver> fmt::Debug for Tap<Resolver> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}
