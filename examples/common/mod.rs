//! What the examples have in common: their arguments, their configs, and a buffer for what comes in.
#![allow(dead_code, reason = "no example needs all of it")]

use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::thread;

use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls_direct::client::{ClientConfig, UnbufferedClientConnection};
use rustls_direct::record::INCOMING_BUFFER_LEN;
use rustls_direct::server::ServerConfig;
use rustls_direct::unbuffered::{EncodeError, EncodeTlsData};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Tells what went wrong, if anything did.
pub(crate) fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("{err}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments of the program, which are called `names`.
pub(crate) fn arguments<const N: usize>(names: &str) -> Result<[String; N]> {
    let mut arguments = env::args();
    let program = arguments.next().unwrap_or_default();
    let usage = format!("usage: {program} {names}");
    let arguments: Vec<_> = arguments.collect();
    if arguments == ["--help"] {
        println!("{usage}");
        process::exit(0);
    }
    arguments
        .try_into()
        .map_err(|_| usage.into())
}

/// Says what could not be done.
pub(crate) fn explain<T>(
    result: std::result::Result<T, impl Display>,
    what: impl Display,
) -> Result<T> {
    result.map_err(|err| format!("{what}: {err}").into())
}

/// A connection to a server, on which nothing was said. The server's certificate has to come from one of those in `roots`.
pub(crate) fn connect(
    host: &str,
    port: &str,
    roots: &str,
) -> Result<(UnbufferedClientConnection, TcpStream)> {
    let mut store = RootCertStore::empty();
    for root in certificates(roots)? {
        explain(store.add(root), roots)?;
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth();
    let name = explain(ServerName::try_from(host.to_owned()), host)?;
    let conn = UnbufferedClientConnection::new(Arc::new(config), name)?;
    let address = format!("{host}:{port}");
    let socket = explain(TcpStream::connect(&address), address)?;
    Ok((conn, socket))
}

/// Serves each client that connects on a thread of its own, at the address and with the certificate that the arguments of
/// the program name.
pub(crate) fn serve(serve: fn(TcpStream, Arc<ServerConfig>) -> Result<()>) -> Result<()> {
    let [address, chain, key] = arguments("ADDRESS:PORT CERTIFICATES.pem KEY.pem")?;
    let config = server_config(&chain, &key)?;
    let listener = explain(TcpListener::bind(&address), address)?;
    println!("listening on {}", listener.local_addr()?);
    for socket in listener.incoming() {
        let (socket, config) = (socket?, config.clone());
        thread::spawn(move || {
            let served = socket
                .peer_addr()
                .map_err(Into::into)
                .and_then(|client| explain(serve(socket, config), client));
            if let Err(err) = served {
                eprintln!("{err}");
            }
        });
    }
    Ok(())
}

/// A server that shows the certificates in the file `chain`, of which it has the private key in the file `key`.
pub(crate) fn server_config(chain: &str, key: &str) -> Result<Arc<ServerConfig>> {
    let private_key = explain(PrivateKeyDer::from_pem_file(key), key)?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates(chain)?, private_key);
    Ok(Arc::new(explain(config, format!("{chain} and {key}"))?))
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = explain(CertificateDer::pem_file_iter(path), path)?;
    match explain(
        certificates.collect::<std::result::Result<Vec<_>, _>>(),
        path,
    )? {
        none if none.is_empty() => Err(format!("{path}: there is no certificate in it").into()),
        some => Ok(some),
    }
}

/// A program that builds rustls with one provider does without this.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// What has come in and is not done with yet.
pub(crate) struct Incoming {
    bytes: Vec<u8>,
    /// Where in `bytes` it begins.
    start: usize,
    /// Where in `bytes` there is room for more.
    end: usize,
}

impl Incoming {
    /// Begins with what has come already. It grows if a handshake needs more than one record at once.
    pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
        let end = bytes.len();
        bytes.resize(end.max(INCOMING_BUFFER_LEN), 0);
        Self {
            bytes,
            start: 0,
            end,
        }
    }

    pub(crate) fn filled(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    pub(crate) fn discard(&mut self, len: usize) {
        self.start += len;
    }

    /// Waits for more.
    pub(crate) fn receive(&mut self, socket: &mut impl Read) -> io::Result<()> {
        self.bytes
            .copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.bytes.len() {
            self.bytes.resize(2 * self.end, 0);
        }
        match socket.read(&mut self.bytes[self.end..])? {
            0 => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the connection was cut off: there was no close_notify",
            )),
            len => {
                self.end += len;
                Ok(())
            }
        }
    }
}

/// Puts what is to be encoded behind `outgoing`.
pub(crate) fn encode<Data>(
    mut data: EncodeTlsData<'_, Data>,
    outgoing: &mut Vec<u8>,
) -> Result<()> {
    let end = outgoing.len();
    if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
        outgoing.resize(end + size.required_size, 0);
    }
    data.encode(&mut outgoing[end..])?;
    Ok(())
}
