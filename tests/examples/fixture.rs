//! The inputs of a test: an example's program, a directory of files, and data.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use testing::{Identity, pattern};

use crate::failure::Result;

/// Returns the command of an example that was built with this test.
pub(crate) fn example(name: &str) -> Result<Command> {
    // target/debug/deps/examples-0123456789abcdef
    let mut path = env::current_exe()?;
    path.pop();
    path.pop();
    path.push("examples");
    path.push(name);
    path.set_extension(env::consts::EXE_EXTENSION);
    match path.is_file() {
        true => Ok(Command::new(path)),
        false => Err(format!("{}: `cargo build --examples` makes it", path.display()).into()),
    }
}

/// A directory with a server's certificate and key.
pub(crate) struct Files(pub(crate) TempDir);

pub(crate) const CERTIFICATE: &str = "certificate.pem";
pub(crate) const KEY: &str = "key.pem";

impl Files {
    pub(crate) fn new() -> Result<Self> {
        let files = Self(TempDir::new()?);
        let identity = Identity::ecdsa();
        files.write(CERTIFICATE, identity.certificate_pem.as_bytes())?;
        files.write(KEY, identity.key_pem.as_bytes())?;
        Ok(files)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        Ok(std::fs::write(self.path(name), content)?)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Returns `len` bytes of data. They are not ASCII, so they differ from OpenSSL's own output, and begin none of its
/// commands.
pub(crate) fn data(len: usize) -> Vec<u8> {
    let mut data = pattern(len);
    for byte in &mut data {
        *byte |= 0x80;
    }
    data
}

/// Returns the data in `output`.
pub(crate) fn data_of(output: &[u8]) -> Vec<u8> {
    output
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii())
        .collect()
}
