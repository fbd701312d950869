//! A program with OpenSSL, as a peer.
//!
//! Its standard input is a datagram socket. The command line tools take a command where a piece of input begins with its
//! letter, and a datagram is a piece whatever came before it: so commands go between data, without a moment to be met.

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

use crate::outcome::{PATIENCE, Result};

/// What every program reads at once, or less.
const PIECE: usize = 8 * 1024;

/// The directory that programs are run in.
pub(crate) struct Files(TempDir);

/// What is in there from the beginning.
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

/// A program that is run.
pub(crate) struct Openssl {
    child: Child,
    stdin: UnixDatagram,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    /// What came from `stdout` so far.
    said: Vec<u8>,
}

/// What a program has written to its standard output, where it mixes what came from us with what it has to say itself:
/// the order of the one among the other says nothing.
#[derive(Default)]
pub(crate) struct Output {
    /// What came from us: it has no ASCII.
    pub(crate) data: Vec<u8>,
    /// What the program said: lines of ASCII.
    pub(crate) text: String,
}

impl Output {
    fn new(said: &[u8]) -> Self {
        let mut output = Self::default();
        for line in said.split_inclusive(|byte| *byte == b'\n') {
            // Data has no end of a line, so that text can only be behind it.
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
    /// Runs a server, and waits for it to say where it listens.
    pub(crate) fn server(files: &Files, command: Command) -> Result<(Self, SocketAddr)> {
        let mut openssl = Self::start(files, command)?;
        let addr = loop {
            if let Some(addr) = line_after(&openssl.said, "ACCEPT ") {
                break addr.parse()?;
            }
            if !openssl.listen()? {
                return openssl.with_last_words(Err("OpenSSL does not listen".into()));
            }
        };
        Ok((openssl, addr))
    }

    /// Runs a client that is to connect to the address that `command` is made with.
    pub(crate) fn client(
        files: &Files,
        command: impl FnOnce(SocketAddr) -> Command,
    ) -> Result<(Self, TcpStream)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut openssl = Self::start(files, command(listener.local_addr()?))?;
        let socket = openssl.accept(&listener);
        let socket = openssl.with_last_words(socket)?;
        Ok((openssl, socket))
    }

    fn start(files: &Files, mut command: Command) -> Result<Self> {
        let (stdin, its_stdin) = UnixDatagram::pair()?;
        stdin.set_write_timeout(Some(PATIENCE))?;
        let mut child = command
            .current_dir(files.0.path())
            .stdin(OwnedFd::from(its_stdin))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Self {
            stdin,
            stdout: pieces(child.stdout.take().expect("is piped")),
            stderr: pieces(child.stderr.take().expect("is piped")),
            said: Vec::new(),
            child,
        })
    }

    /// Waiting in `accept` would be for ever, should OpenSSL not come.
    fn accept(&mut self, listener: &TcpListener) -> Result<TcpStream> {
        listener.set_nonblocking(true)?;
        let start = Instant::now();
        loop {
            match listener.accept() {
                Ok((socket, _)) => return Ok(socket),
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => {}
                Err(err) => return Err(err.into()),
            }
            if self.child.try_wait()?.is_some() || start.elapsed() > PATIENCE {
                return Err("OpenSSL does not connect".into());
            }
            // Only so that OpenSSL has the processor: nothing tells when it has come to connect.
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What feeds it.
    pub(crate) fn input(&self) -> Result<Input> {
        Ok(Input(self.stdin.try_clone()?))
    }

    /// Waits for more of its output. `false` if there will be none.
    fn listen(&mut self) -> Result<bool> {
        match self.stdout.recv_timeout(PATIENCE) {
            Ok(piece) => self.said.extend(piece),
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
            Err(RecvTimeoutError::Timeout) => return Err("OpenSSL has nothing to say".into()),
        }
        Ok(true)
    }

    /// Waits until it has written so many bytes.
    #[cfg(feature = "std")]
    pub(crate) fn wait_for(&mut self, len: usize) -> Result<()> {
        while self.said.len() < len {
            if !self.listen()? {
                return Err("OpenSSL has ended".into());
            }
        }
        Ok(())
    }

    /// All that it wrote, once it has ended without an error.
    pub(crate) fn finish(&mut self) -> Result<Output> {
        let output = self.output();
        self.with_last_words(output)
    }

    fn output(&mut self) -> Result<Output> {
        while self.listen()? {}
        let status = self.child.wait()?;
        if !status.success() {
            return Err(format!("OpenSSL ended with {status}").into());
        }
        Ok(Output::new(&self.said))
    }

    /// Ends it as nothing should end.
    #[cfg(feature = "std")]
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Adds to an error what OpenSSL has to say about it.
    pub(crate) fn with_last_words<T>(&mut self, result: Result<T>) -> Result<T> {
        result.map_err(|why| {
            // As a rule it is about to end by itself, and to say why.
            let mut said = Vec::new();
            let wait = Duration::from_secs(2);
            while let Ok(piece) = self.stderr.recv_timeout(wait) {
                said.extend(piece);
            }
            self.stop();
            said.extend(self.stderr.iter().flatten());
            format!("{why}\nopenssl said:\n{}", String::from_utf8_lossy(&said)).into()
        })
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

/// The standard input of a program.
pub(crate) struct Input(UnixDatagram);

impl Input {
    /// Data to be sent. It is no command, since it has no ASCII.
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

/// What stands behind `label` in its line, if all of that line is there.
fn line_after<'a>(text: &'a [u8], label: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(text).ok()?;
    let (_, rest) = text.split_once(label)?;
    let (line, _) = rest.split_once('\n')?;
    Some(line)
}

/// What can be read, piece by piece, without keeping the caller.
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
