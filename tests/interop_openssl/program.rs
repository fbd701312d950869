//! Our own OpenSSL program, for what the command line tools cannot do.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use testing::{Role, Setup};

use crate::failure::{Error, Result};
use crate::openssl::{Files, Openssl};
use crate::tools::name_of;

/// The compiled `peer.c`.
pub(crate) struct Program {
    directory: TempDir,
}

impl Program {
    /// Compiles `peer.c`, which needs a C compiler and OpenSSL's headers.
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

    /// Runs the program with `steps` in the peer's role, and returns a fresh connection to it.
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
                let socket = openssl.with_stderr(TcpStream::connect(addr).map_err(Error::from))?;
                Ok((openssl, socket))
            }
            Role::Server => Openssl::client(files, |addr| command("client", addr.port())),
        }
    }
}
