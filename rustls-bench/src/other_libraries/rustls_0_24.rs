//! rustls 0.24, which opens records in place and appends sealed records to a `Vec`.

use std::hint::black_box;
use std::sync::Arc;

use rustls::ServerConnection;
use rustls_024::crypto::CryptoProvider;
use rustls_024::{ClientConfig, ClientSide, Connection, RootCertStore, SliceInput, Tcp};
use testing::raw::Plan;
use testing::{Setup, server_name};

use crate::library_client::LibraryClient;
use crate::rustls_server::{drain, feed};

struct Client {
    tls: Connection<ClientSide, Tcp>,
    /// Reused, so that it keeps its capacity.
    out: Vec<u8>,
}

pub(super) fn connect(setup: &Setup, server: &mut ServerConnection) -> Box<dyn LibraryClient> {
    let mut incoming = Vec::new();
    let mut outgoing = Vec::new();
    let mut tls = Arc::new(config(setup))
        .connect(server_name())
        .build(&mut outgoing)
        .expect("a connection");
    loop {
        feed(server, &outgoing);
        outgoing.clear();
        if !tls.is_handshaking() {
            break;
        }
        drain(server, &mut incoming);
        let mut input = SliceInput::new(&mut incoming);
        tls.read_tls(&mut input, &mut outgoing)
            .handle_all(&mut Vec::new())
            .expect("a handshake");
        let used = input.into_used();
        incoming.drain(..used);
    }
    let out = Vec::new();
    Box::new(Client { tls, out })
}

/// Returns the config of a client that supports only the suite to measure and trusts only the server's certificate.
fn config(setup: &Setup) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(setup.identity().certificate())
        .expect("a certificate");
    let mut config = ClientConfig::builder(Arc::new(provider(setup)))
        .with_root_certificates(roots)
        .with_no_client_auth()
        .expect("suites");
    config.max_fragment_size = setup.client_config().max_fragment_size;
    config
}

fn provider(setup: &Setup) -> CryptoProvider {
    let mut provider = match setup.library {
        "aws-lc-rs" => rustls_024_aws_lc_rs::DEFAULT_PROVIDER,
        "ring" => rustls_024_ring::DEFAULT_PROVIDER,
        other => panic!("{other} is an unknown library"),
    };
    let id = u16::from(setup.id());
    provider
        .tls12_cipher_suites
        .to_mut()
        .retain(|suite| u16::from(suite.common.suite) == id);
    provider
        .tls13_cipher_suites
        .to_mut()
        .retain(|suite| u16::from(suite.common.suite) == id);
    provider
}

impl LibraryClient for Client {
    fn send(&mut self, _: &Plan, plaintext: &[u8], _: &mut [u8]) -> usize {
        self.out.clear();
        self.tls
            .write(plaintext.into(), &mut self.out)
            .expect("a connection");
        black_box(&self.out).len()
    }

    fn recv(&mut self, _: &Plan, tls: &mut [u8]) -> usize {
        let mut content = 0;
        self.each_record(tls, |record| content += black_box(record).len());
        content
    }

    fn recv_into(&mut self, _: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
        let mut content = 0;
        self.each_record(tls, |record| {
            out[content..][..record.len()].copy_from_slice(record);
            content += record.len();
        });
        content
    }
}

impl Client {
    /// Passes the content of each record in `tls` to `take`.
    fn each_record(&mut self, tls: &mut [u8], mut take: impl FnMut(&[u8])) {
        let mut answers = Vec::new();
        let mut input = SliceInput::new(tls);
        let mut messages = self
            .tls
            .read_tls(&mut input, &mut answers);
        while let Some(payload) = messages.next_payload() {
            take(payload.expect("a record").bytes());
        }
    }
}
