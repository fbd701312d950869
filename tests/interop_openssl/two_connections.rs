//! Two connections, of which the second resumes the first if possible.

use std::fs;
use std::net::TcpStream;

use rustls::HandshakeKind;
use testing::{Configs, Setup};

use crate::data::{from_openssl, from_us};
use crate::failure::{Result, compare};
use crate::openssl::{Files, Input};
use crate::ours::{ClosedConnection, Connection, Ours};
use crate::tools;

/// Bytes of data that each connection sends each way.
const LEN: usize = 50_000;

/// The label of the exports.
#[cfg(feature = "std")]
const LABEL: &str = "EXPORTER-rustls-direct";
const EXPORT: [&str; 4] = [
    "-keymatexport",
    "EXPORTER-rustls-direct",
    "-keymatexportlen",
    "77",
];

/// Not a multiple of any hash's length.
#[cfg(feature = "std")]
const EXPORTED_LEN: usize = 77;

const SESSION: &str = "session";
const EARLY_DATA: &str = "early";

/// What is known of a connection after its end.
pub(crate) struct Outcome {
    pub(crate) kind: Option<HandshakeKind>,
    #[cfg(feature = "std")]
    pub(crate) exported: Vec<u8>,
    /// Early data that we received.
    pub(crate) early_data: Vec<u8>,
    /// The name that the client asked for, if we are the server.
    #[cfg(feature = "std")]
    pub(crate) server_name: Option<String>,
    /// The text that OpenSSL printed.
    pub(crate) text: String,
}

/// Makes two connections of ours to one `s_server` with `args`, with early data in the second.
pub(crate) fn as_client(
    setup: &Setup,
    configs: &Configs,
    args: &[&str],
    early: &[u8],
    is_accepted: bool,
) -> Result<[Outcome; 2]> {
    let files = Files::new(setup)?;
    let args = [&["-naccept", "2"], &EXPORT[..], args].concat();
    let (mut openssl, addr) = tools::server(setup, &files, &args)?;
    let input = openssl.input()?;
    let mut connect = |early| {
        let outcome = (|| {
            let socket = TcpStream::connect(addr)?;
            let mut ours = Ours::shake_hands_early(configs.client(), socket, setup, early)?;
            if setup.is_tls13() {
                ours.wait_until(|ours| ours.conn.tls13_tickets_received() > 0)?;
            }
            let ours = exchange_and_close(ours, &input)?;
            Outcome::new(&ours)
        })();
        openssl.with_stderr(outcome)
    };
    let mut outcome = [connect(&[])?, connect(early)?];
    let output = openssl.finish()?;
    let early = if is_accepted { early } else { &[] };
    let sent = [from_us(LEN), early, from_us(LEN)].concat();
    compare("OpenSSL's output", &output.data, &sent)?;
    let text = output.text;
    let (first, second) = text
        .split_once("CONNECTION CLOSED")
        .expect("two connections");
    outcome[0].text = first.into();
    outcome[1].text = second.into();
    Ok(outcome)
}

/// Accepts two connections of one `s_client` each, with `args`, and with early data in the second.
pub(crate) fn as_server(
    setup: &Setup,
    configs: [&Configs; 2],
    args: [&[&str]; 2],
    early: &[u8],
) -> Result<[Outcome; 2]> {
    let files = Files::new(setup)?;
    fs::write(files.path(EARLY_DATA), early)?;
    let mut resume = vec!["-sess_in", SESSION];
    if !early.is_empty() {
        resume.extend(["-early_data", EARLY_DATA]);
    }
    let connect = |configs: &Configs, extra: &[&str], args| {
        let args = [&EXPORT[..], extra, args].concat();
        let (mut openssl, socket) = tools::client(setup, &files, &args)?;
        let outcome = (|| {
            let ours = Ours::shake_hands(configs.server(), socket, setup)?;
            let ours = exchange_and_close(ours, &openssl.input()?)?;
            let outcome = Outcome::new(&ours)?;
            #[cfg(feature = "std")]
            let outcome = Outcome {
                server_name: ours
                    .conn
                    .server_name()
                    .map(str::to_owned),
                ..outcome
            };
            Ok(outcome)
        })();
        let outcome = openssl.with_stderr(outcome)?;
        let output = openssl.finish()?;
        compare("OpenSSL's output", &output.data, from_us(LEN))?;
        Ok::<_, crate::failure::Error>(Outcome {
            text: output.text,
            ..outcome
        })
    };
    let [first, second] = configs;
    Ok([
        connect(first, &["-sess_out", SESSION], args[0])?,
        connect(second, &resume, args[1])?,
    ])
}

/// Sends data each way, and closes.
fn exchange_and_close<C: Connection>(
    mut ours: Ours<C>,
    input: &Input,
) -> Result<ClosedConnection<C>> {
    ours.send(from_us(LEN))?;
    input.data(from_openssl(LEN))?;
    ours.wait_until(|ours| ours.received.len() >= LEN)?;
    let ours = ours.close()?;
    compare("the received data", &ours.received, from_openssl(LEN))?;
    Ok(ours)
}

impl Outcome {
    fn new<C: Connection>(ours: &ClosedConnection<C>) -> Result<Self> {
        Ok(Self {
            kind: ours.conn.handshake_kind(),
            #[cfg(feature = "std")]
            exported: ours.conn.export_keying_material(
                vec![0; EXPORTED_LEN],
                LABEL.as_bytes(),
                None,
            )?,
            early_data: ours.received_early.clone(),
            #[cfg(feature = "std")]
            server_name: None,
            text: String::new(),
        })
    }
}
