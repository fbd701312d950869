//! A process with OpenSSL as our peer.
//!
//! Its standard input is a datagram socket. The command line tools take a piece of input for a command if it begins
//! with a command's letter, and each datagram is a piece. So commands can be sent between data, at any time.

use std::fs;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testing::Setup;

use crate::failure::{Result, TIMEOUT};

/// All programs read at least this many bytes at once.
const PIECE: usize = 8 * 1024;

/// The directory that the processes run in.
pub(crate) struct Files(TempDir);

/// The files in the directory.
pub(crate) const CERTIFICATE: &str = "certificate.pem";
pub(crate) const KEY: &str = "key.pem";

impl Files {
    pub(crate) fn new(setup: &Setup) -> Result<Self> {
        let files = Self(TempDir::new()?);
        let identity = setup.identity();
        fs::write(files.path(CERTIFICATE), &identity.certificate_pem)?;
        fs::write(files.path(KEY), &identity.key_pem)?;
        Ok(files)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A running process.
pub(crate) struct Openssl {
    child: Child,
    stdin: UnixDatagram,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    /// The output so far.
    printed: Vec<u8>,
}

/// The output of a process. It mixes the data that we sent with text of its own, in no particular order.
#[derive(Default)]
pub(crate) struct Output {
    /// The data, which is not ASCII.
    pub(crate) data: Vec<u8>,
    /// The text, in lines of ASCII.
    pub(crate) text: String,
}

impl Output {
    fn new(printed: &[u8]) -> Self {
        let mut output = Self::default();
        for line in printed.split_inclusive(|byte| *byte == b'\n') {
            // Data has no line end, so text can only follow it in a line.
            let text = line
                .iter()
                .rposition(|byte| !byte.is_ascii())
                .map_or(0, |last| last + 1);
            output
                .data
                .extend_from_slice(&line[..text]);
            output
                .text
                .push_str(&String::from_utf8_lossy(&line[text..]));
        }
        output
    }
}

impl Openssl {
    /// Runs a server, and waits until it prints its address.
    pub(crate) fn server(files: &Files, command: Command) -> Result<(Self, SocketAddr)> {
        let mut openssl = Self::start(files, command)?;
        let addr = loop {
            if let Some(addr) = line_after(&openssl.printed, "ACCEPT ") {
                break addr.parse()?;
            }
            if !openssl.read_output()? {
                return openssl.with_stderr(Err("OpenSSL does not listen".into()));
            }
        };
        Ok((openssl, addr))
    }

    /// Runs a client that connects to the address that `command` is called with.
    pub(crate) fn client(
        files: &Files,
        command: impl FnOnce(SocketAddr) -> Command,
    ) -> Result<(Self, TcpStream)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut openssl = Self::start(files, command(listener.local_addr()?))?;
        let socket = openssl.accept(&listener);
        let socket = openssl.with_stderr(socket)?;
        Ok((openssl, socket))
    }

    fn start(files: &Files, mut command: Command) -> Result<Self> {
        let (stdin, child_stdin) = UnixDatagram::pair()?;
        stdin.set_write_timeout(Some(TIMEOUT))?;
        let mut child = command
            .current_dir(files.0.path())
            .stdin(OwnedFd::from(child_stdin))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Self {
            stdin,
            stdout: pieces(child.stdout.take().expect("a pipe")),
            stderr: pieces(child.stderr.take().expect("a pipe")),
            printed: Vec::new(),
            child,
        })
    }

    /// Accepts OpenSSL's connection. A blocking `accept` would wait for ever if none comes.
    fn accept(&mut self, listener: &TcpListener) -> Result<TcpStream> {
        listener.set_nonblocking(true)?;
        let start = Instant::now();
        loop {
            match listener.accept() {
                Ok((socket, _)) => return Ok(socket),
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => {}
                Err(err) => return Err(err.into()),
            }
            if self.child.try_wait()?.is_some() || start.elapsed() > TIMEOUT {
                return Err("OpenSSL does not connect".into());
            }
            // Leaves the processor to OpenSSL. No signal tells when it connects.
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The input of the process.
    pub(crate) fn input(&self) -> Result<Input> {
        Ok(Input(self.stdin.try_clone()?))
    }

    /// Waits for more output. Returns `false` if there is no more.
    fn read_output(&mut self) -> Result<bool> {
        match self.stdout.recv_timeout(TIMEOUT) {
            Ok(piece) => self.printed.extend(piece),
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
            Err(RecvTimeoutError::Timeout) => return Err("OpenSSL prints nothing".into()),
        }
        Ok(true)
    }

    /// Waits until the process has printed `len` bytes.
    #[cfg(feature = "std")]
    pub(crate) fn wait_for(&mut self, len: usize) -> Result<()> {
        while self.printed.len() < len {
            if !self.read_output()? {
                return Err("OpenSSL has ended".into());
            }
        }
        Ok(())
    }

    /// Waits for the process to end without an error, and returns its output.
    pub(crate) fn finish(&mut self) -> Result<Output> {
        let output = self.output();
        self.with_stderr(output)
    }

    fn output(&mut self) -> Result<Output> {
        while self.read_output()? {}
        let status = self.child.wait()?;
        if !status.success() {
            return Err(format!("OpenSSL ended with {status}").into());
        }
        Ok(Output::new(&self.printed))
    }

    /// Kills the process.
    #[cfg(feature = "std")]
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Adds OpenSSL's error output to an error.
    pub(crate) fn with_stderr<T>(&mut self, result: Result<T>) -> Result<T> {
        result.map_err(|why| {
            // Usually the process is about to end, and prints the reason.
            let mut printed = Vec::new();
            let wait = Duration::from_secs(2);
            while let Ok(piece) = self.stderr.recv_timeout(wait) {
                printed.extend(piece);
            }
            self.stop();
            printed.extend(self.stderr.iter().flatten());
            format!(
                "{why}\nopenssl printed:\n{}",
                String::from_utf8_lossy(&printed)
            )
            .into()
        })
    }

    fn stop(&mut self) {
        // Errors mean that the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The standard input of a process.
pub(crate) struct Input(UnixDatagram);

impl Input {
    /// Sends data. It is not ASCII, so it is no command.
    pub(crate) fn data(&self, data: &[u8]) -> Result<()> {
        data.chunks(PIECE)
            .try_for_each(|piece| self.command(piece))
    }

    pub(crate) fn command(&self, command: &[u8]) -> Result<()> {
        match self.0.send(command) {
            Ok(len) if len == command.len() => Ok(()),
            other => Err(format!("OpenSSL's input: {other:?}").into()),
        }
    }
}

/// The rest of the line after `label`, if the line is complete.
fn line_after<'a>(text: &'a [u8], label: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(text).ok()?;
    let (_, rest) = text.split_once(label)?;
    let (line, _) = rest.split_once('\n')?;
    Some(line)
}

/// Reads in another thread, piece by piece.
fn pieces(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(len @ 1..) = from.read(&mut piece) {
            if sender
                .send(piece[..len].to_vec())
                .is_err()
            {
                break;
            }
        }
    });
    receiver
}
