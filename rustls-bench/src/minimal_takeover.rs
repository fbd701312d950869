//! A program that takes rustls connections over as rustls-direct does, and does nothing else.
//!
//! - It copies the config, to allow the extraction of secrets, which the caller's config may forbid.
//! - In the copy it listens to the key log and to the resolver of certificates: rustls's unbuffered API does not reveal
//!   the secret of exporters, nor the name that a client asks a server for.
//! - It shows rustls one record at a time, because a real takeover has to stop after the last record of the handshake.
//!   This program goes on with the tickets that follow.
//! - It encodes rustls's chunks straight into the transit buffer, and never tells rustls that they were sent.
//! - It ignores errors, records that find no room, and what was negotiated.

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

use crate::endpoint::{Endpoint, HandshakeImplementation};
use crate::handshake_configs::HandshakeConfigs;
use crate::kernel_conversion::{AeadContext, IntoKernel, convert};
use crate::provider::Provider;
use crate::transit_buffer::TransitBuffer;

/// rustls with listeners in a copy of its config, and a conversion at the end of the handshake.
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
        let listener = Arc::new(ConfigListener {
            key_log: copy.key_log,
            resolver: copy.cert_resolver,
        });
        copy.enable_secret_extraction = true;
        copy.key_log = listener.clone();
        copy.cert_resolver = listener;
        let rustls = UnbufferedServerConnection::new(copy.into());
        TakeoverEndpoint::new(rustls.expect("a connection"), configs.provider)
    }
}

/// A rustls connection that is shown one record at a time. [`finish`](Endpoint::finish) converts it.
pub(crate) struct TakeoverEndpoint<C> {
    rustls: C,
    provider: Provider,
    has_started: bool,
    overheard: OverheardFacts,
}

impl<C> TakeoverEndpoint<C> {
    fn new(rustls: C, provider: Provider) -> Self {
        Self {
            rustls,
            provider,
            has_started: false,
            overheard: OverheardFacts::NOTHING,
        }
    }
}

/// A rustls connection that is shown one record at a time.
trait RecordByRecord: IntoKernel {
    /// Whether it sends before it receives anything.
    const SENDS_FIRST: bool;

    /// Shows it `portion`, and returns how many bytes of `portion` it has consumed.
    fn show(&mut self, portion: &mut [u8], outgoing: &mut TransitBuffer) -> usize;

    fn is_complete(&self) -> bool;
}

macro_rules! implement_record_by_record {
    ($connection:ty, $sends_first:literal) => {
        impl RecordByRecord for $connection {
            const SENDS_FIRST: bool = $sends_first;

            fn show(&mut self, portion: &mut [u8], outgoing: &mut TransitBuffer) -> usize {
                let mut consumed = 0;
                loop {
                    let UnbufferedStatus { discard, state } =
                        self.process_tls_records(&mut portion[consumed..]);
                    consumed += discard;
                    match state.expect("a handshake") {
                        ConnectionState::EncodeTlsData(mut data) => {
                            outgoing.append(|room| data.encode(room).expect("room for it"));
                            if consumed == portion.len() && !self.wants_write() {
                                return consumed;
                            }
                        }
                        ConnectionState::TransmitTlsData(_)
                        | ConnectionState::BlockedHandshake
                        | ConnectionState::WriteTraffic(_) => return consumed,
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

implement_record_by_record!(UnbufferedClientConnection, true);
implement_record_by_record!(UnbufferedServerConnection, false);

/// Returns the length of the bytes at the front of `records` that are shown together: one record, or a ChangeCipherSpec
/// and the record after it.
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
    type Idle = (C::Kernel, [AeadContext; 2], OverheardFacts);

    /// Expects whole messages: a transit buffer holds everything that one side sends before it waits.
    fn process(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool {
        OVERHEARD.replace(mem::replace(&mut self.overheard, OverheardFacts::NOTHING));
        if C::SENDS_FIRST && !mem::replace(&mut self.has_started, true) {
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
        self.overheard = OVERHEARD.replace(OverheardFacts::NOTHING);
        self.rustls.is_complete()
    }

    fn handshake_kind(&self) -> Option<HandshakeKind> {
        self.rustls.handshake_kind()
    }

    fn finish(self) -> Self::Idle {
        let (kernel, contexts) = convert(self.rustls, self.provider);
        (kernel, contexts, self.overheard)
    }
}

/// What the listeners have overheard about a connection.
pub(crate) struct OverheardFacts {
    /// The secret that exporters are derived from. 48 bytes is the longest, in TLS 1.2 and with SHA-384.
    exporter_secret: Option<[u8; 48]>,
    server_name: Option<Box<str>>,
}

impl OverheardFacts {
    const NOTHING: Self = Self {
        exporter_secret: None,
        server_name: None,
    };
}

thread_local! {
    /// What was overheard about the connection that this thread is processing.
    static OVERHEARD: RefCell<OverheardFacts> = const { RefCell::new(OverheardFacts::NOTHING) };
}

/// Listens to the key log and the resolver of a config, and passes everything on to those of the caller.
struct ConfigListener<Resolver> {
    key_log: Arc<dyn KeyLog>,
    resolver: Resolver,
}

impl<Resolver: Send + Sync> KeyLog for ConfigListener<Resolver> {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if is_exporter_secret(label) {
            OVERHEARD.with_borrow_mut(|overheard| {
                let kept = overheard
                    .exporter_secret
                    .insert([0; 48]);
                kept[..secret.len()].copy_from_slice(secret);
            });
        }
        if self.key_log.will_log(label) {
            self.key_log
                .log(label, client_random, secret);
        }
    }

    fn will_log(&self, label: &str) -> bool {
        is_exporter_secret(label) || self.key_log.will_log(label)
    }
}

/// Returns whether `label` names the secret that exporters are derived from.
fn is_exporter_secret(label: &str) -> bool {
    matches!(label, "EXPORTER_SECRET" | "CLIENT_RANDOM")
}

impl ResolvesServerCert for ConfigListener<Arc<dyn ResolvesServerCert>> {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(name) = client_hello.server_name() {
            OVERHEARD.with_borrow_mut(|overheard| overheard.server_name = Some(name.into()));
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
