//! A child process with its streams.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};

use crate::failure::{Result, TIMEOUT};
use crate::fixture::{Files, data_of};

/// A child process with all of its streams.
pub(crate) struct Program {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
}

/// The output of a process.
pub(crate) struct Output {
    pieces: Receiver<Vec<u8>>,
    pub(crate) bytes: Vec<u8>,
}

impl Program {
    /// Runs the command in the directory of `files`.
    pub(crate) fn start(mut command: Command, files: &Files) -> Result<Self> {
        let name = format!("{command:?}");
        let mut child = command
            .current_dir(files.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|err| format!("{name}: {err}"))?;
        Ok(Self {
            name,
            stdin: child.stdin.take(),
            stdout: Output::of(child.stdout.take().expect("a pipe")),
            stderr: Output::of(child.stderr.take().expect("a pipe")),
            child,
        })
    }

    /// Likewise, and waits until the process prints its address.
    pub(crate) fn listen(
        command: Command,
        files: &Files,
        label: &str,
    ) -> Result<(Self, SocketAddr)> {
        let mut program = Self::start(command, files)?;
        let address = program
            .stdout
            .wait_for(|bytes| line_after(bytes, label));
        let address = program.with_stderr(address)?;
        Ok((program, address.parse()?))
    }

    /// Writes to the input of the process, which it reads at once.
    pub(crate) fn command(&mut self, command: &[u8]) -> Result<()> {
        let stdin = self
            .stdin
            .as_mut()
            .ok_or("the input is in use")?;
        stdin.write_all(command)?;
        Ok(stdin.flush()?)
    }

    /// Writes to the input in another thread. Pass the result to [`fed`](Self::fed).
    pub(crate) fn feed(&mut self, data: Vec<u8>) -> Feeding {
        let mut stdin = self.stdin.take().expect("not in use");
        Feeding(thread::spawn(move || {
            stdin.write_all(&data)?;
            stdin.flush()?;
            Ok(stdin)
        }))
    }

    /// Takes the input back, once everything is written.
    pub(crate) fn fed(&mut self, feeding: Feeding) -> Result<()> {
        let stdin = feeding.0.join().expect("no panic")?;
        self.stdin = Some(stdin);
        Ok(())
    }

    pub(crate) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits until the process has printed this much data, and returns all of it.
    pub(crate) fn data(&mut self, len: usize) -> Result<Vec<u8>> {
        let data = self.stdout.wait_for(|bytes| {
            let enough = bytes.len() >= len;
            enough
                .then(|| data_of(bytes))
                .filter(|data| data.len() >= len)
        });
        self.with_stderr(data)
    }

    /// Waits until the process ends, and returns whether it succeeded.
    pub(crate) fn finish(&mut self) -> Result<bool> {
        for output in [&mut self.stdout, &mut self.stderr] {
            while output.more()? {}
        }
        Ok(self.child.wait()?.success())
    }

    /// Likewise, and requires that it succeeded.
    pub(crate) fn succeed(&mut self) -> Result<()> {
        let end = match self.finish() {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{} has failed", self.name).into()),
            Err(err) => Err(err),
        };
        self.with_stderr(end)
    }

    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Adds the error output of the process to an error.
    pub(crate) fn with_stderr<T>(&mut self, result: Result<T>) -> Result<T> {
        result.map_err(|why| {
            // An error means that the process has ended already.
            let _ = self.kill();
            while let Ok(true) = self.stderr.more() {}
            let printed = String::from_utf8_lossy(&self.stderr.bytes);
            format!("{why}\n{} printed:\n{printed}", self.name).into()
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that the process has ended already.
        let _ = self.kill();
    }
}

/// A thread that writes to the input of a process.
pub(crate) struct Feeding(JoinHandle<io::Result<ChildStdin>>);

impl Output {
    fn of(mut from: impl Read + Send + 'static) -> Self {
        let (sender, pieces) = mpsc::channel();
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
        Self {
            pieces,
            bytes: Vec::new(),
        }
    }

    /// Waits for more output. Returns `false` if there is no more.
    fn more(&mut self) -> Result<bool> {
        match self.pieces.recv_timeout(TIMEOUT) {
            Ok(piece) => self.bytes.extend(piece),
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
            Err(RecvTimeoutError::Timeout) => return Err("no more output".into()),
        }
        Ok(true)
    }

    /// Waits until `find` finds something in the output.
    pub(crate) fn wait_for<T>(&mut self, find: impl Fn(&[u8]) -> Option<T>) -> Result<T> {
        loop {
            if let Some(found) = find(&self.bytes) {
                return Ok(found);
            }
            if !self.more()? {
                return Err("the output ended".into());
            }
        }
    }

    /// Waits until the output contains `text` this many times.
    pub(crate) fn wait_for_text(&mut self, text: &str, times: usize) -> Result<()> {
        self.wait_for(|bytes| {
            let printed = String::from_utf8_lossy(bytes);
            (printed.matches(text).count() >= times).then_some(())
        })
        .map_err(|err| format!("{err}, without {text:?}").into())
    }
}

/// The rest of the line after `label`, if the line is complete.
fn line_after(bytes: &[u8], label: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (_, rest) = text.split_once(label)?;
    let (line, _) = rest.split_once('\n')?;
    Some(line.to_owned())
}
