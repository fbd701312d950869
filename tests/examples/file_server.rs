//! The file server on `mio`, and its clients.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::failure::Result;
use crate::fixture::{CERTIFICATE, Files, KEY, example};
use crate::program::Program;

pub(crate) struct Server {
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    pub(crate) files: Files,
}

impl Server {
    /// Serves an empty directory.
    pub(crate) fn start() -> Result<Self> {
        let files = Files::new()?;
        fs::create_dir(files.path("served"))?;
        let mut command = example("mio_file_server")?;
        command.args(["127.0.0.1:0", CERTIFICATE, KEY, "served"]);
        let (program, address) = Program::listen(command, &files, "listening on ")?;
        Ok(Self {
            program,
            address,
            files,
        })
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        self.files
            .write(&format!("served/{name}"), content)
    }

    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>> {
        Ok(fs::read(self.files.path("served").join(name))?)
    }

    /// The names of all files in the directory, complete or not.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        fs::read_dir(self.files.path("served"))?
            .map(|entry| {
                Ok(entry?
                    .file_name()
                    .to_string_lossy()
                    .into_owned())
            })
            .collect()
    }

    /// Runs curl with `args`, in which a leading `@` stands for the server.
    pub(crate) fn curl(&self, tls: &str, args: &[&str]) -> Result<Program> {
        let port = self.address.port();
        let mut command = Command::new("curl");
        command
            // No .curlrc, and no proxy.
            .args(["-q", "--noproxy", "*", "--silent", "--show-error"])
            .args(["--cacert", CERTIFICATE])
            .args(["--resolve", &format!("localhost:{port}:127.0.0.1")])
            .args(match tls {
                "-tls1_2" => ["--tlsv1.2", "--tls-max", "1.2"],
                _ => ["--tlsv1.3", "--tls-max", "1.3"],
            });
        for arg in args {
            match arg.strip_prefix('@') {
                Some(path) => command.arg(format!("https://localhost:{port}{path}")),
                None => command.arg(arg),
            };
        }
        Program::start(command, &self.files)
    }

    /// Runs curl, and returns its output.
    pub(crate) fn fetch(&self, tls: &str, args: &[&str]) -> Result<Vec<u8>> {
        let mut curl = self.curl(tls, args)?;
        curl.succeed()?;
        Ok(curl.stdout.bytes.clone())
    }

    /// Checks that the server answers another client.
    pub(crate) fn assert_serves(&self, tls: &str) -> Result<()> {
        self.write("small", b"a small file")?;
        assert_eq!(self.fetch(tls, &["@/small"])?, b"a small file");
        Ok(())
    }

    /// A client on rustls.
    pub(crate) fn rustls(&self, tls: &str) -> Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.files.path(CERTIFICATE))?)?;
        let version = match tls {
            "-tls1_2" => &rustls::version::TLS12,
            _ => &rustls::version::TLS13,
        };
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost")?;
        let conn = ClientConnection::new(Arc::new(config), name)?;
        Ok(StreamOwned::new(conn, TcpStream::connect(self.address)?))
    }
}
