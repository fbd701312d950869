//! OpenSSL or BoringSSL. The crate `boring` is a fork of the crate `openssl`, so one program serves for both.

#[cfg(feature = "peer-boringssl")]
use boring as openssl;

use std::io::{Read, Write};

use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use rustls::ServerConnection;
use testing::Setup;
use testing::raw::Plan;

use super::application_buffer::{ApplicationBuffer, fill};
use super::memory_stream::MemoryStream;
use super::suite_name::{assert_suite, openssl_name};
use crate::library_client::LibraryClient;

struct Client {
    tls: SslStream<MemoryStream>,
    buffer: ApplicationBuffer,
}

pub(crate) fn connect(
    setup: &Setup,
    server: ServerConnection,
) -> (Box<dyn LibraryClient>, ServerConnection) {
    let mut tls = Ssl::new(&context(setup))
        .expect("a connection")
        .connect(MemoryStream::new(server))
        .expect("a handshake");
    let suite = tls
        .ssl()
        .current_cipher()
        .expect("a suite");
    assert_suite(suite.name(), setup);
    let server = tls.get_mut().take_server();
    let buffer = ApplicationBuffer::default();
    (Box::new(Client { tls, buffer }), server)
}

/// Returns a context in the default modes, which keep the buffers of a connection.
fn context(setup: &Setup) -> SslContext {
    let mut context = SslContext::builder(SslMethod::tls()).expect("a context");
    let version = match setup.is_tls13() {
        true => SslVersion::TLS1_3,
        false => SslVersion::TLS1_2,
    };
    context
        .set_min_proto_version(Some(version))
        .expect("a version that the library has");
    context
        .set_max_proto_version(Some(version))
        .expect("a version that the library has");
    match setup.is_tls13() {
        true => set_tls13_suite(&mut context, &openssl_name(setup)),
        false => context
            .set_cipher_list(&openssl_name(setup))
            .expect("a suite that the library has"),
    }
    let certificate = X509::from_pem(
        setup
            .identity()
            .certificate_pem
            .as_bytes(),
    )
    .expect("a certificate");
    context
        .cert_store_mut()
        .add_cert(certificate)
        .expect("a certificate");
    context.set_verify(SslVerifyMode::PEER);
    context.build()
}

#[cfg(feature = "peer-openssl")]
fn set_tls13_suite(context: &mut SslContextBuilder, suite: &str) {
    context
        .set_ciphersuites(suite)
        .expect("a suite that the library has");
}

/// Does nothing: BoringSSL always offers all TLS 1.3 suites, and the server supports only the one to measure.
#[cfg(feature = "peer-boringssl")]
fn set_tls13_suite(_: &mut SslContextBuilder, _: &str) {}

/// Returns the version that the linked library reports.
pub(crate) fn version() -> &'static str {
    openssl::version::version()
}

impl LibraryClient for Client {
    fn send(&mut self, _: &Plan, plaintext: &[u8], _: &mut [u8]) -> usize {
        self.tls
            .write_all(plaintext)
            .expect("a writer that takes all");
        self.tls.get_mut().sink.take_written()
    }

    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize {
        let writes = tls.len() / plan.tls_len;
        // SAFETY: the loan ends below, and nothing is read after a panic.
        unsafe { self.tls.get_mut().lend(tls) };
        let content = self
            .buffer
            .receive(plan, writes, |room| self.tls.read(room).expect("a record"));
        self.tls.get_mut().take_back();
        content
    }

    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
        let content = tls.len() / plan.tls_len * plan.plain_len();
        // SAFETY: the loan ends below, and nothing is read after a panic.
        unsafe { self.tls.get_mut().lend(tls) };
        fill(&mut out[..content], |room| {
            self.tls.read(room).expect("a record")
        });
        self.tls.get_mut().take_back();
        content
    }
}
