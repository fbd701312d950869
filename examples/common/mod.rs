//! What the examples share: their arguments, their configs, and a buffer for input.
#![allow(dead_code, reason = "no example uses all of it")]

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

/// Prints the error, if there is one, and returns the exit code of the program.
pub(crate) fn exit_code(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("{err}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the arguments of the program. `names` are their names in the usage message.
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

/// Adds to an error what it concerns, such as the name of a file.
pub(crate) fn with_context<T>(
    result: std::result::Result<T, impl Display>,
    context: impl Display,
) -> Result<T> {
    result.map_err(|err| format!("{context}: {err}").into())
}

/// Connects to a server. The TLS handshake has not begun.
///
/// The server's certificate has to be issued by a certificate in the file `roots`.
pub(crate) fn connect(
    host: &str,
    port: &str,
    roots: &str,
) -> Result<(UnbufferedClientConnection, TcpStream)> {
    let mut store = RootCertStore::empty();
    for root in certificates(roots)? {
        with_context(store.add(root), roots)?;
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth();
    let name = with_context(ServerName::try_from(host.to_owned()), host)?;
    let conn = UnbufferedClientConnection::new(Arc::new(config), name)?;
    let address = format!("{host}:{port}");
    let socket = with_context(TcpStream::connect(&address), address)?;
    Ok((conn, socket))
}

/// Serves each client on a thread of its own. The arguments of the program name the address and the certificate.
pub(crate) fn serve(serve: fn(TcpStream, Arc<ServerConfig>) -> Result<()>) -> Result<()> {
    let [address, chain, key] = arguments("ADDRESS:PORT CERTIFICATES.pem KEY.pem")?;
    let config = server_config(&chain, &key)?;
    let listener = with_context(TcpListener::bind(&address), address)?;
    println!("listening on {}", listener.local_addr()?);
    for socket in listener.incoming() {
        let (socket, config) = (socket?, config.clone());
        thread::spawn(move || {
            let served = socket
                .peer_addr()
                .map_err(Into::into)
                .and_then(|client| with_context(serve(socket, config), client));
            if let Err(err) = served {
                eprintln!("{err}");
            }
        });
    }
    Ok(())
}

/// Returns the config of a server with the certificate chain in the file `chain` and the private key in the file `key`.
pub(crate) fn server_config(chain: &str, key: &str) -> Result<Arc<ServerConfig>> {
    let private_key = with_context(PrivateKeyDer::from_pem_file(key), key)?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates(chain)?, private_key);
    Ok(Arc::new(with_context(
        config,
        format!("{chain} and {key}"),
    )?))
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = with_context(CertificateDer::pem_file_iter(path), path)?;
    match with_context(
        certificates.collect::<std::result::Result<Vec<_>, _>>(),
        path,
    )? {
        none if none.is_empty() => {
            Err(format!("{path}: there is no certificate in this file").into())
        }
        some => Ok(some),
    }
}

/// Returns the provider. A program that builds rustls with one provider only does not need to choose one.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Input that was received and not yet discarded.
pub(crate) struct InputBuffer {
    bytes: Vec<u8>,
    /// Where the input begins in `bytes`.
    start: usize,
    /// Where the input ends in `bytes`, and the free room begins.
    end: usize,
}

impl InputBuffer {
    /// Takes over bytes that were already received.
    ///
    /// The buffer grows if the handshake needs more than one record at once.
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

    /// Reads more input from the socket.
    ///
    /// # Errors
    /// `UnexpectedEof` if the peer has closed the socket, or the error of the socket.
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
                "the connection was closed without close_notify",
            )),
            len => {
                self.end += len;
                Ok(())
            }
        }
    }
}

/// Appends the encoded data to `outgoing`.
pub(crate) fn append_encoded<Data>(
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
