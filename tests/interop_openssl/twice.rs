//! Two connections, of which the second goes on from the first if it can.

use std::fs;
use std::net::TcpStream;

use rustls::HandshakeKind;
use testing::{Configs, Setup};

use crate::data::{from_openssl, from_us};
use crate::openssl::{Files, Input};
use crate::ours::{Connection, Ours, Over};
use crate::outcome::{Result, compare};
use crate::tools;

/// Bytes of data that go each way over every connection.
const LEN: usize = 50_000;

/// What the tools are asked to export, for [`EXPORTED_LEN`] bytes.
#[cfg(feature = "std")]
const LABEL: &str = "EXPORTER-rustls-direct";
const EXPORT: [&str; 4] = [
    "-keymatexport",
    "EXPORTER-rustls-direct",
    "-keymatexportlen",
    "77",
];

/// Not what one block of any hash function gives.
#[cfg(feature = "std")]
const EXPORTED_LEN: usize = 77;

const SESSION: &str = "session";
const EARLY_DATA: &str = "early";

/// What is known of a connection when it is over.
pub(crate) struct Met {
    pub(crate) kind: Option<HandshakeKind>,
    #[cfg(feature = "std")]
    pub(crate) exported: Vec<u8>,
    /// That came to us.
    pub(crate) early_data: Vec<u8>,
    /// What the client asked for, where we are the server.
    #[cfg(feature = "std")]
    pub(crate) server_name: Option<String>,
    /// What OpenSSL said.
    pub(crate) text: String,
}

/// Two connections of ours to one `s_server` with `args`, with early data in the second.
pub(crate) fn as_client(
    setup: &Setup,
    configs: &Configs,
    args: &[&str],
    early: &[u8],
    is_accepted: bool,
) -> Result<[Met; 2]> {
    let files = Files::new(setup)?;
    let args = [&["-naccept", "2"], &EXPORT[..], args].concat();
    let (mut openssl, addr) = tools::server(setup, &files, &args)?;
    let input = openssl.input()?;
    let mut meet = |early| {
        let met = (|| {
            let socket = TcpStream::connect(addr)?;
            let mut ours = Ours::shake_hands_early(configs.client(), socket, setup, early)?;
            if setup.is_tls13() {
                ours.wait_until(|ours| ours.conn.tls13_tickets_received() > 0)?;
            }
            let ours = talk(ours, &input)?;
            Met::new(&ours)
        })();
        openssl.with_last_words(met)
    };
    let mut met = [meet(&[])?, meet(early)?];
    let output = openssl.finish()?;
    let early = if is_accepted { early } else { &[] };
    let sent = [from_us(LEN), early, from_us(LEN)].concat();
    compare("OpenSSL's output", &output.data, &sent)?;
    let text = output.text;
    let (first, second) = text
        .split_once("CONNECTION CLOSED")
        .expect("two connections");
    met[0].text = first.into();
    met[1].text = second.into();
    Ok(met)
}

/// Two connections to us by one `s_client` each, with `args` and with early data in the second.
pub(crate) fn as_server(
    setup: &Setup,
    configs: [&Configs; 2],
    args: [&[&str]; 2],
    early: &[u8],
) -> Result<[Met; 2]> {
    let files = Files::new(setup)?;
    fs::write(files.path(EARLY_DATA), early)?;
    let mut resume = vec!["-sess_in", SESSION];
    if !early.is_empty() {
        resume.extend(["-early_data", EARLY_DATA]);
    }
    let meet = |configs: &Configs, extra: &[&str], args| {
        let args = [&EXPORT[..], extra, args].concat();
        let (mut openssl, socket) = tools::client(setup, &files, &args)?;
        let met = (|| {
            let ours = Ours::shake_hands(configs.server(), socket, setup)?;
            let ours = talk(ours, &openssl.input()?)?;
            let met = Met::new(&ours)?;
            #[cfg(feature = "std")]
            let met = Met {
                server_name: ours
                    .conn
                    .server_name()
                    .map(str::to_owned),
                ..met
            };
            Ok(met)
        })();
        let met = openssl.with_last_words(met)?;
        let output = openssl.finish()?;
        compare("OpenSSL's output", &output.data, from_us(LEN))?;
        Ok::<_, crate::outcome::Error>(Met {
            text: output.text,
            ..met
        })
    };
    let [first, second] = configs;
    Ok([
        meet(first, &["-sess_out", SESSION], args[0])?,
        meet(second, &resume, args[1])?,
    ])
}

/// Data each way, and closure.
fn talk<C: Connection>(mut ours: Ours<C>, input: &Input) -> Result<Over<C>> {
    ours.send(from_us(LEN))?;
    input.data(from_openssl(LEN))?;
    ours.wait_until(|ours| ours.received.len() >= LEN)?;
    let ours = ours.close()?;
    compare("what came", &ours.received, from_openssl(LEN))?;
    Ok(ours)
}

impl Met {
    fn new<C: Connection>(ours: &Over<C>) -> Result<Self> {
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
