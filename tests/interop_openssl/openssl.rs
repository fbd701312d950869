//! OpenSSL's command line tools as peers.

use std::fs;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::CipherSuite;
use rustls_direct_tests::Setup;
use tempfile::TempDir;

use crate::{FROM_OPENSSL, PATIENCE, Result};

/// `openssl s_server` or `openssl s_client`, which sends [`FROM_OPENSSL`].
pub(crate) struct Openssl {
    child: Child,
    stdout: Receiver<io::Result<Vec<u8>>>,
    stderr: Receiver<io::Result<Vec<u8>>>,
    /// Stays open, since what the tools do at its end is not the same in all versions.
    _stdin: JoinHandle<io::Result<ChildStdin>>,
    _files: TempDir,
}

impl Openssl {
    /// Whether there is one to run.
    pub(crate) fn version() -> Result<()> {
        match Command::new("openssl")
            .arg("version")
            .output()
        {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!("`openssl version`: {}", output.status)),
            Err(err) => Err(format!("`openssl version`: {err}")),
        }
    }

    /// A server for one connection to `addr`.
    pub(crate) fn server(setup: &Setup, addr: SocketAddr) -> Result<Self> {
        let mut command = Command::new("openssl");
        command
            .args(["s_server", "-quiet", "-naccept", "1"])
            .args(["-cert", CERTIFICATE, "-key", KEY])
            .args(["-accept", &addr.to_string()]);
        Self::start(setup, command)
    }

    /// A client that connects to `addr`, and insists on our certificate.
    pub(crate) fn client(setup: &Setup, addr: SocketAddr) -> Result<Self> {
        let mut command = Command::new("openssl");
        command
            // A line of the input that starts with Q, R, K or k is a command, and our data has such lines. -quiet turns
            // commands off by the way, -nocommands by its name.
            .args(["s_client", "-quiet", "-nocommands"])
            .args(["-servername", "localhost", "-verify_hostname", "localhost"])
            // -verify_return_error alone verifies nothing.
            .args(["-verify", "1", "-verify_return_error"])
            .args(["-CAfile", CERTIFICATE])
            .args(["-connect", &addr.to_string()]);
        Self::start(setup, command)
    }

    fn start(setup: &Setup, mut command: Command) -> Result<Self> {
        let files = TempDir::new().map_err(|err| err.to_string())?;
        let identity = setup.identity();
        for (name, pem) in [
            (CERTIFICATE, &identity.certificate_pem),
            (KEY, &identity.key_pem),
        ] {
            fs::write(files.path().join(name), pem).map_err(|err| err.to_string())?;
        }
        match setup.is_tls13() {
            true => command.args(["-tls1_3", "-ciphersuites"]),
            false => command.args(["-tls1_2", "-cipher"]),
        };
        let mut child = command
            .arg(name_of(setup.id()))
            .current_dir(files.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|err| format!("openssl: {err}"))?;

        // The tools do one thing at a time: their output has to be read for them to go on.
        let mut stdin = child.stdin.take().expect("is piped");
        Ok(Self {
            stdout: read_all(child.stdout.take().expect("is piped")),
            stderr: read_all(child.stderr.take().expect("is piped")),
            _stdin: thread::spawn(move || {
                stdin
                    .write_all(&FROM_OPENSSL)
                    .map(|()| stdin)
            }),
            child,
            _files: files,
        })
    }

    /// Tries until there is something, or `None` if OpenSSL has ended.
    pub(crate) fn wait_for<T>(&mut self, attempt: impl Fn() -> Option<T>) -> Result<Option<T>> {
        let start = Instant::now();
        loop {
            if let Some(done) = attempt() {
                return Ok(Some(done));
            }
            if !matches!(self.child.try_wait(), Ok(None)) {
                return Ok(None);
            }
            if start.elapsed() > PATIENCE {
                return Err(format!(
                    "OpenSSL neither connects nor ends\n{}",
                    self.last_words()
                ));
            }
            // Only so that OpenSSL has the processor: nothing tells when it has come to listen or to connect.
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// All that it wrote, once it has ended without an error.
    pub(crate) fn output(&mut self) -> Result<Vec<u8>> {
        let output = self
            .stdout
            .recv_timeout(PATIENCE)
            .map_err(|_| "OpenSSL does not end")?
            .map_err(|err| format!("OpenSSL's output: {err}"))?;
        match self.child.wait() {
            Ok(status) if status.success() => Ok(output),
            Ok(status) => Err(format!("OpenSSL ended with {status}")),
            Err(err) => Err(format!("OpenSSL: {err}")),
        }
    }

    /// Ends it, and returns what it said.
    pub(crate) fn last_words(&mut self) -> String {
        // As a rule it is about to end by itself, and to say why.
        let said = self
            .stderr
            .recv_timeout(Duration::from_secs(2));
        self.stop();
        match said.or_else(|_| self.stderr.recv_timeout(PATIENCE)) {
            Ok(Ok(said)) => format!("openssl said:\n{}", String::from_utf8_lossy(&said)),
            _ => "openssl's stderr can not be read".into(),
        }
    }

    fn stop(&mut self) {
        // Errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        self.stop();
    }
}

const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

/// Reads to the end without keeping the caller.
fn read_all(mut from: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut all = Vec::new();
        let result = from.read_to_end(&mut all).map(|_| all);
        // It may be that nobody wants to know.
        let _ = sender.send(result);
    });
    receiver
}

/// What OpenSSL calls a suite.
fn name_of(suite: CipherSuite) -> &'static str {
    use CipherSuite::*;
    match suite {
        TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-ECDSA-CHACHA20-POLY1305",
        TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        other => panic!("OpenSSL's name of {other:?} is not known here"),
    }
}
