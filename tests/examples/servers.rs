//! Do the two echo servers work with `openssl s_client`?

use std::process::Command;

use crate::failure::Result;
use crate::fixture::{CERTIFICATE, Files, KEY, data, example};
use crate::program::Program;
use crate::trials::{BOTH, TLS13, Test};

pub(crate) const TESTS: [Test; 6] = [
    ("unbuffered_server::sends_much_back", BOTH, |tls| {
        sends_much_back(tls, UNBUFFERED)
    }),
    ("unbuffered_server::answers_key_updates", TLS13, |tls| {
        answers_key_updates(tls, UNBUFFERED)
    }),
    ("unbuffered_server::reports_a_truncation", BOTH, |tls| {
        reports_a_truncation(tls, UNBUFFERED)
    }),
    ("split_echo_server::sends_much_back", BOTH, |tls| {
        sends_much_back(tls, SPLIT)
    }),
    ("split_echo_server::answers_key_updates", TLS13, |tls| {
        answers_key_updates(tls, SPLIT)
    }),
    ("split_echo_server::reports_a_truncation", BOTH, |tls| {
        reports_a_truncation(tls, SPLIT)
    }),
];

const UNBUFFERED: &str = "unbuffered_server";
const SPLIT: &str = "split_echo_server";

struct Server {
    program: Program,
    address: String,
    files: Files,
}

impl Server {
    fn start(name: &str) -> Result<Self> {
        let files = Files::new()?;
        let mut command = example(name)?;
        command.args(["127.0.0.1:0", CERTIFICATE, KEY]);
        let (program, address) = Program::listen(command, &files, "listening on ")?;
        Ok(Self {
            program,
            address: address.to_string(),
            files,
        })
    }

    /// Starts a client with `args` that verifies our certificate.
    fn client(&self, tls: &str, args: &[&str]) -> Result<Program> {
        let mut command = Command::new("openssl");
        command
            .args(["s_client", tls, "-connect", &self.address])
            .args(["-CAfile", CERTIFICATE, "-verify_hostname", "localhost"])
            // `-verify_return_error` alone verifies nothing.
            .args(["-verify", "1", "-verify_return_error"])
            .args(args);
        Program::start(command, &self.files)
    }
}

/// The client prints nothing but the data, and closes at the end of its input.
const QUIET: &[&str] = &["-quiet", "-no_ign_eof", "-nocommands"];

fn sends_much_back(tls: &str, server: &str) -> Result<()> {
    let server = Server::start(server)?;
    let data = data(3 * 1024 * 1024);
    // Two clients at once, with a thread each.
    let mut clients = [server.client(tls, QUIET)?, server.client(tls, QUIET)?];
    let feedings = clients
        .each_mut()
        .map(|client| client.feed(data.clone()));
    for (client, feeding) in clients.iter_mut().zip(feedings) {
        assert!(client.data(data.len())? == data);
        client.fed(feeding)?;
        client.close_input();
        client.succeed()?;
        assert!(client.stdout.bytes == data, "the data and nothing else");
    }
    Ok(())
}

/// How `s_client -msg` prints a received KeyUpdate.
const ANSWER: &str = "<<< TLS 1.3, Handshake [length 0005], KeyUpdate";

fn answers_key_updates(tls: &str, server: &str) -> Result<()> {
    let server = Server::start(server)?;
    let mut client = server.client(tls, &["-msg"])?;
    let data = data(1000);
    for (round, piece) in (1..).zip(data.chunks(250)) {
        // The client's input is empty, so this is not taken for data. The client requests an update, and then only
        // reads.
        client.command(b"K\n")?;
        let answered = client
            .stdout
            .wait_for_text(ANSWER, round);
        client.with_stderr(answered)?;
        client.command(piece)?;
        let so_far = round * piece.len();
        assert_eq!(client.data(so_far)?, data[..so_far]);
    }
    client.command(b"Q\n")?;
    client.succeed()
}

fn reports_a_truncation(tls: &str, server: &str) -> Result<()> {
    let mut server = Server::start(server)?;
    let mut client = server.client(tls, QUIET)?;
    client.command(&data(100))?;
    client.data(100)?;
    client.kill()?;
    let text = server
        .program
        .stderr
        .wait_for_text("127.0.0.1:", 1);
    server.program.with_stderr(text)?;
    // The server still serves others.
    let mut client = server.client(tls, QUIET)?;
    client.command(&data(100))?;
    assert_eq!(client.data(100)?, data(100));
    client.close_input();
    client.succeed()
}
