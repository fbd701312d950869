//! OpenSSL's command line tools as peers.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use rustls::CipherSuite;
use testing::{Role, Setup};

use crate::failure::{Error, Result};
use crate::openssl::{CERTIFICATE, Files, KEY, Openssl};

/// The command to send a close_notify and end.
#[cfg(feature = "std")]
pub(crate) const QUIT: &[u8] = b"Q\n";

/// The commands to send a KeyUpdate with and without a request.
#[cfg(feature = "std")]
pub(crate) const KEY_UPDATE_REQUESTED: &[u8] = b"K\n";
#[cfg(feature = "std")]
pub(crate) const KEY_UPDATE_NOT_REQUESTED: &[u8] = b"k\n";

/// Checks that there is an `openssl` to run.
pub(crate) fn version() -> std::result::Result<(), String> {
    match Command::new("openssl")
        .arg("version")
        .output()
    {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("`openssl version`: {}", output.status)),
        Err(err) => Err(format!("`openssl version`: {err}")),
    }
}

/// Runs the tool in the peer's role with `args`, and returns a fresh connection to it.
pub(crate) fn connect(
    setup: &Setup,
    role: Role,
    files: &Files,
    args: &[&str],
) -> Result<(Openssl, TcpStream)> {
    match role {
        Role::Client => {
            let args = [&["-naccept", "1"], args].concat();
            let (mut openssl, addr) = server(setup, files, &args)?;
            let socket = openssl.with_stderr(TcpStream::connect(addr).map_err(Error::from))?;
            Ok((openssl, socket))
        }
        Role::Server => client(setup, files, args),
    }
}

/// Runs `openssl s_server` with `args`, and returns its address.
pub(crate) fn server(setup: &Setup, files: &Files, args: &[&str]) -> Result<(Openssl, SocketAddr)> {
    let mut command = Command::new("openssl");
    command
        .args(["s_server", "-cert", CERTIFICATE, "-key", KEY])
        .args(["-accept", "127.0.0.1:0"])
        .args(suite_args(setup))
        .args(args);
    Openssl::server(files, command)
}

/// Runs `openssl s_client` with `args`, which verifies our certificate, and returns its connection to us.
pub(crate) fn client(setup: &Setup, files: &Files, args: &[&str]) -> Result<(Openssl, TcpStream)> {
    Openssl::client(files, |addr| {
        let mut command = Command::new("openssl");
        command
            .args(["s_client", "-verify_hostname", "localhost"])
            // `-verify_return_error` alone verifies nothing.
            .args(["-verify", "1", "-verify_return_error"])
            .args(["-CAfile", CERTIFICATE])
            .args(["-connect", &addr.to_string()])
            .args(suite_args(setup))
            .args(args);
        command
    })
}

fn suite_args(setup: &Setup) -> [&'static str; 3] {
    let name = name_of(setup.id());
    match setup.is_tls13() {
        true => ["-tls1_3", "-ciphersuites", name],
        false => ["-tls1_2", "-cipher", name],
    }
}

/// OpenSSL's name of a suite.
pub(crate) fn name_of(suite: CipherSuite) -> &'static str {
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
        other => panic!("OpenSSL's name of {other:?} is unknown here"),
    }
}
