//! A process with Java's TLS as our peer.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testing::{Role, Setup};

use crate::failure::{Result, TIMEOUT};

/// A directory with the compiled program, and the file that makes its keys wear out soon.
pub(crate) struct Java {
    classes: TempDir,
}

/// Overrides one of Java's security properties: for each cipher, how many bytes a key may protect.
const SECURITY: &str =
    "jdk.tls.keyLimits=AES/GCM/NoPadding KeyUpdate 2^14, ChaCha20-Poly1305 KeyUpdate 2^14\n";

const SECURITY_FILE: &str = "java.security";

impl Java {
    /// Compiles `Peer.java`, which needs a JDK.
    pub(crate) fn compile() -> std::result::Result<Self, String> {
        let classes = TempDir::new().map_err(|err| err.to_string())?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop_java/Peer.java");
        let output = Command::new("javac")
            .arg("-Xlint:all")
            .arg("-Werror")
            .arg("-d")
            .arg(classes.path())
            .arg(source)
            .output()
            .map_err(|err| format!("javac: {err}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        fs::write(classes.path().join(SECURITY_FILE), SECURITY).map_err(|err| err.to_string())?;
        Ok(Self { classes })
    }

    /// Runs the program in the peer's role, and `exchange` with a fresh connection to it. `send` and `receive` are our
    /// numbers of bytes.
    pub(crate) fn run_peer(
        &self,
        setup: &Setup,
        role: Role,
        send: usize,
        receive: usize,
        exchange: impl FnOnce(TcpStream) -> Result<()>,
    ) -> Result<()> {
        let files = TempDir::new()?;
        let identity = setup.identity();
        fs::write(
            files.path().join("certificate.pem"),
            &identity.certificate_pem,
        )?;
        fs::write(files.path().join("key.pem"), &identity.key_pem)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut security = OsString::from("-Djava.security.properties=");
        security.push(self.classes.path().join(SECURITY_FILE));
        let mut child = Command::new("java")
            .current_dir(files.path())
            .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1"])
            .arg(security)
            .arg("-cp")
            .arg(self.classes.path())
            .arg("Peer")
            .arg(match role {
                Role::Client => "server",
                Role::Server => "client",
            })
            .arg(
                listener
                    .local_addr()?
                    .port()
                    .to_string(),
            )
            .arg(format!("{:?}", setup.id()).replacen("TLS13_", "TLS_", 1))
            .args([receive.to_string(), send.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let exchanged = match role {
            Role::Client => connect(&mut child),
            Role::Server => accept(&listener, &mut child),
        }
        .and_then(exchange);
        let ended = end(child, exchanged.is_err());
        match (exchanged, ended) {
            (Ok(()), Ok(())) => Ok(()),
            (exchanged, ended) => Err(format!("{exchanged:?}\nJava: {ended:?}").into()),
        }
    }
}

/// Connects to the port that the process prints.
fn connect(child: &mut Child) -> Result<TcpStream> {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line)?;
    let port: u16 = line.trim().parse()?;
    Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?)
}

/// Accepts the process's connection. A blocking `accept` would wait for ever if none comes.
fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let start = Instant::now();
    loop {
        match listener.accept() {
            Ok((socket, _)) => return Ok(socket),
            Err(err) if err.kind() == ErrorKind::WouldBlock => {}
            Err(err) => return Err(err.into()),
        }
        if child.try_wait()?.is_some() || start.elapsed() > TIMEOUT {
            return Err("Java does not connect".into());
        }
        // Leaves the processor to Java. No signal tells when it connects.
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits for the process to end, and returns its error output if it has failed.
fn end(mut child: Child, has_failed: bool) -> Result<()> {
    if has_failed {
        // Usually the process has seen its socket end, and prints the reason.
        let start = Instant::now();
        while child.try_wait()?.is_none() && start.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(2));
        }
        // An error means that the process has ended already.
        let _ = child.kill();
    }
    let mut printed = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut printed)?;
    match child.wait()?.success() {
        true => Ok(()),
        false => Err(printed.into()),
    }
}
