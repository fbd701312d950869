//! What a program adds to a handshake that takes connections over as this library does, and does nothing else.
//!
//! The caller's config may forbid the extraction of secrets, so it is copied. In the copy, the key log and the resolver of
//! certificates are listened to: rustls's unbuffered API does not tell the secret of exporters, nor a server the name that
//! was asked for. rustls is shown one record at a time, so that it could be left behind the last one of the handshake;
//! here it goes on with the tickets that follow. Chunks go straight onto the wire, and nothing is said to have been sent.
//! Errors, records that find no room, and what was agreed on are nobody's business here.

use std::cell::RefCell;
use std::fmt;
use std::mem;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::server::{ClientHello, ResolvesServerCert, UnbufferedServerConnection};
use rustls::sign::CertifiedKey;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{ClientConfig, HandshakeKind, KeyLog, ServerConfig};
use rustls_direct::record::HEADER_LEN;
use testing::server_name;

use crate::endpoint::{Endpoint, HandshakeConfigs, HandshakeImplementation};
use crate::kernel_conversion::{Context, IntoKernel, convert};
use crate::provider::Provider;
use crate::transit_buffer::TransitBuffer;

/// rustls with its connections listened to and converted.
pub(crate) struct MinimalTakeover;

impl HandshakeImplementation for MinimalTakeover {
    type Client = TakeoverEndpoint<UnbufferedClientConnection>;
    type Server = TakeoverEndpoint<UnbufferedServerConnection>;

    fn client(configs: &HandshakeConfigs) -> Self::Client {
        let mut copy = ClientConfig::clone(&configs.client);
        copy.enable_secret_extraction = true;
        copy.key_log = Arc::new(ConfigListener {
            key_log: copy.key_log,
            resolver: (),
        });
        let rustls = UnbufferedClientConnection::new(copy.into(), server_name());
        TakeoverEndpoint::new(rustls.expect("a connection"), configs.provider)
    }

    fn server(configs: &HandshakeConfigs) -> Self::Server {
        let mut copy = ServerConfig::clone(&configs.server);
        let tap = Arc::new(ConfigListener {
            key_log: copy.key_log,
            resolver: copy.cert_resolver,
        });
        copy.enable_secret_extraction = true;
        copy.key_log = tap.clone();
        copy.cert_resolver = tap;
        let rustls = UnbufferedServerConnection::new(copy.into());
        TakeoverEndpoint::new(rustls.expect("a connection"), configs.provider)
    }
}

/// A connection of rustls that is to be converted in the end.
pub(crate) struct TakeoverEndpoint<C> {
    rustls: C,
    provider: Provider,
    begun: bool,
    told: HandshakeFacts,
}

impl<C> TakeoverEndpoint<C> {
    fn new(rustls: C, provider: Provider) -> Self {
        Self {
            rustls,
            provider,
            begun: false,
            told: HandshakeFacts::NOTHING,
        }
    }
}

/// Where rustls is shown one record at a time.
trait RecordByRecord: IntoKernel {
    /// Whether it has something to send before anything has come.
    const BEGINS: bool;

    /// Shows it `portion`, and says how many bytes of that are done with.
    fn show(&mut self, portion: &mut [u8], outgoing: &mut TransitBuffer) -> usize;

    fn is_complete(&self) -> bool;
}

macro_rules! record_by_record {
    ($connection:ty, $begins:literal) => {
        impl RecordByRecord for $connection {
            const BEGINS: bool = $begins;

            fn show(&mut self, portion: &mut [u8], outgoing: &mut TransitBuffer) -> usize {
                let mut done = 0;
                loop {
                    let UnbufferedStatus { discard, state } =
                        self.process_tls_records(&mut portion[done..]);
                    done += discard;
                    match state.expect("a handshake") {
                        ConnectionState::EncodeTlsData(mut data) => {
                            outgoing.append(|room| data.encode(room).expect("room for it"));
                            if done == portion.len() && !self.wants_write() {
                                return done;
                            }
                        }
                        ConnectionState::TransmitTlsData(_)
                        | ConnectionState::BlockedHandshake
                        | ConnectionState::WriteTraffic(_) => return done,
                        state => panic!("unexpected {state:?}"),
                    }
                }
            }

            fn is_complete(&self) -> bool {
                !self.is_handshaking()
            }
        }
    };
}

record_by_record!(UnbufferedClientConnection, true);
record_by_record!(UnbufferedServerConnection, false);

/// How many bytes at the front of `records` are shown together: a record, and a ChangeCipherSpec with what follows it.
fn portion_len(records: &[u8]) -> Option<usize> {
    const CHANGE_CIPHER_SPEC: u8 = 20;
    let [typ, _, _, high, low, ..] = *records else {
        return None;
    };
    let len = HEADER_LEN + usize::from(u16::from_be_bytes([high, low]));
    match typ {
        CHANGE_CIPHER_SPEC => Some(len + portion_len(&records[len..]).unwrap_or(0)),
        _ => Some(len),
    }
}

impl<C: RecordByRecord> Endpoint for TakeoverEndpoint<C> {
    type Idle = (C::KernelConversion, [Context; 2], HandshakeFacts);

    /// Messages have come as a whole: a wire holds all that one side had to say.
    fn go_on(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool {
        FACTS.replace(mem::replace(&mut self.told, HandshakeFacts::NOTHING));
        if C::BEGINS && !mem::replace(&mut self.begun, true) {
            self.rustls.show(&mut [], outgoing);
        }
        let (mut begin, mut end) = (0, 0);
        while let Some(len) = portion_len(&incoming.filled()[end..]) {
            end += len;
            begin += self
                .rustls
                .show(&mut incoming.filled()[begin..end], outgoing);
        }
        incoming.discard(begin);
        self.told = FACTS.replace(HandshakeFacts::NOTHING);
        self.rustls.is_complete()
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
pub(crate) struct HandshakeFacts {
    /// As long as the longest: that of TLS 1.2, and of SHA-384.
    secret: Option<[u8; 48]>,
    server_name: Option<Box<str>>,
}

impl HandshakeFacts {
    const NOTHING: Self = Self {
        secret: None,
        server_name: None,
    };
}

thread_local! {
    /// About the one that this thread is in.
    static FACTS: RefCell<HandshakeFacts> = const { RefCell::new(HandshakeFacts::NOTHING) };
}

/// Listens to what rustls tells a config, and passes it on.
struct ConfigListener<Resolver> {
    key_log: Arc<dyn KeyLog>,
    resolver: Resolver,
}

impl<Resolver: Send + Sync> KeyLog for ConfigListener<Resolver> {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if is_of_exporter(label) {
            FACTS.with_borrow_mut(|told| {
                let kept = told.secret.insert([0; 48]);
                kept[..secret.len()].copy_from_slice(secret);
            });
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

impl ResolvesServerCert for ConfigListener<Arc<dyn ResolvesServerCert>> {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(name) = client_hello.server_name() {
            FACTS.with_borrow_mut(|told| told.server_name = Some(name.into()));
        }
        self.resolver.resolve(client_hello)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.resolver.only_raw_public_keys()
    }
}

impl<Resolver> fmt::Debug for ConfigListener<Resolver> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfigListener")
    }
}
