//! A peer of our own with OpenSSL's library, for what the command line tools can not do.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use testing::{Role, Setup};

use crate::openssl::{Files, Openssl};
use crate::outcome::{Error, Result};
use crate::tools::name_of;

/// `peer.c`, compiled.
pub(crate) struct Program {
    directory: TempDir,
}

impl Program {
    /// Compiles it, which needs a C compiler and OpenSSL's headers.
    pub(crate) fn compile() -> std::result::Result<Self, String> {
        let program = TempDir::new()
            .map(|directory| Self { directory })
            .map_err(|err| err.to_string())?;
        let output = Command::new("cc")
            .args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(program.path())
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/interop_openssl/peer.c"
            ))
            .args(["-lssl", "-lcrypto"])
            .output()
            .map_err(|err| format!("cc: {err}"))?;
        match output.status.success() {
            true => Ok(program),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("peer")
    }

    /// One that goes through `steps` in the role that is not ours, and a connection on which nothing was said.
    pub(crate) fn connect(
        &self,
        setup: &Setup,
        role: Role,
        files: &Files,
        steps: &[&str],
    ) -> Result<(Openssl, TcpStream)> {
        let command = |role: &str, port: u16| {
            let mut command = Command::new(self.path());
            command
                .args([role, &port.to_string()])
                .arg(if setup.is_tls13() { "1.3" } else { "1.2" })
                .arg(name_of(setup.id()))
                .args(steps);
            command
        };
        match role {
            Role::Client => {
                let (mut openssl, addr) = Openssl::server(files, command("server", 0))?;
                let socket =
                    openssl.with_last_words(TcpStream::connect(addr).map_err(Error::from))?;
                Ok((openssl, socket))
            }
            Role::Server => Openssl::client(files, |addr| command("client", addr.port())),
        }
    }
}
