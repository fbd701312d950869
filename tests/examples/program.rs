//! A program that is run.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};

use crate::fixture::{Files, data_of};
use crate::outcome::{PATIENCE, Result};

/// A child process with all of its streams.
pub(crate) struct Program {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
}

/// What a program has written.
pub(crate) struct Output {
    pieces: Receiver<Vec<u8>>,
    pub(crate) said: Vec<u8>,
}

impl Program {
    /// Runs it in the directory of `files`.
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
            stdout: Output::of(child.stdout.take().expect("is piped")),
            stderr: Output::of(child.stderr.take().expect("is piped")),
            child,
        })
    }

    /// The same, and waits for it to say where it listens.
    pub(crate) fn listen(
        command: Command,
        files: &Files,
        label: &str,
    ) -> Result<(Self, SocketAddr)> {
        let mut program = Self::start(command, files)?;
        let address = program
            .stdout
            .wait_for(|said| line_after(said, label));
        let address = program.with_last_words(address)?;
        Ok((program, address.parse()?))
    }

    /// Writes to its input what it is going to take at once.
    pub(crate) fn command(&mut self, command: &[u8]) -> Result<()> {
        let stdin = self
            .stdin
            .as_mut()
            .ok_or("its input is in use")?;
        stdin.write_all(command)?;
        Ok(stdin.flush()?)
    }

    /// Writes to its input without keeping the caller. Hand the result to [`fed`](Self::fed).
    pub(crate) fn feed(&mut self, data: Vec<u8>) -> Feeding {
        let mut stdin = self
            .stdin
            .take()
            .expect("is not in use");
        Feeding(thread::spawn(move || {
            stdin.write_all(&data)?;
            stdin.flush()?;
            Ok(stdin)
        }))
    }

    /// Takes its input back, once all was written.
    pub(crate) fn fed(&mut self, feeding: Feeding) -> Result<()> {
        let stdin = feeding.0.join().expect("no panic")?;
        self.stdin = Some(stdin);
        Ok(())
    }

    pub(crate) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits until so much data has come out of it, and returns it all.
    pub(crate) fn data(&mut self, len: usize) -> Result<Vec<u8>> {
        let data = self.stdout.wait_for(|said| {
            let enough = said.len() >= len;
            enough
                .then(|| data_of(said))
                .filter(|data| data.len() >= len)
        });
        self.with_last_words(data)
    }

    /// Waits until it ends, and says whether it was content.
    pub(crate) fn finish(&mut self) -> Result<bool> {
        for output in [&mut self.stdout, &mut self.stderr] {
            while output.more()? {}
        }
        Ok(self.child.wait()?.success())
    }

    /// The same for one that has to be content.
    pub(crate) fn succeed(&mut self) -> Result<()> {
        let end = match self.finish() {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{} has failed", self.name).into()),
            Err(err) => Err(err),
        };
        self.with_last_words(end)
    }

    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Adds to an error what the program has to say about it.
    pub(crate) fn with_last_words<T>(&mut self, result: Result<T>) -> Result<T> {
        result.map_err(|why| {
            // An error means that it has ended already.
            let _ = self.kill();
            while let Ok(true) = self.stderr.more() {}
            let said = String::from_utf8_lossy(&self.stderr.said);
            format!("{why}\n{} said:\n{said}", self.name).into()
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.kill();
    }
}

/// Somebody who writes to the input of a program.
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
            said: Vec::new(),
        }
    }

    /// Waits for more. `false` if there will be none.
    fn more(&mut self) -> Result<bool> {
        match self.pieces.recv_timeout(PATIENCE) {
            Ok(piece) => self.said.extend(piece),
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
            Err(RecvTimeoutError::Timeout) => return Err("it has nothing to say".into()),
        }
        Ok(true)
    }

    /// Waits until there is something to be found in it.
    pub(crate) fn wait_for<T>(&mut self, find: impl Fn(&[u8]) -> Option<T>) -> Result<T> {
        loop {
            if let Some(found) = find(&self.said) {
                return Ok(found);
            }
            if !self.more()? {
                return Err("its output ended".into());
            }
        }
    }

    /// Waits until it has said this so many times.
    pub(crate) fn wait_for_text(&mut self, text: &str, times: usize) -> Result<()> {
        self.wait_for(|said| {
            let said = String::from_utf8_lossy(said);
            (said.matches(text).count() >= times).then_some(())
        })
        .map_err(|err| format!("{err}, without {text:?}").into())
    }
}

/// What stands behind `label` in its line, if all of that line is there.
fn line_after(said: &[u8], label: &str) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let (_, rest) = said.split_once(label)?;
    let (line, _) = rest.split_once('\n')?;
    Some(line.to_owned())
}
