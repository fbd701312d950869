//! Do the two client examples work with `openssl s_server`?

use std::process::Command;

use testing::Identity;

use crate::failure::Result;
use crate::fixture::{CERTIFICATE, Files, KEY, data, data_of, example};
use crate::program::Program;
use crate::trials::{BOTH, TLS13, Test};

pub(crate) const TESTS: [Test; 6] = [
    ("unbuffered_client::fetches_a_page", BOTH, fetches_a_page),
    (
        "unbuffered_client::refuses_an_unknown_certificate",
        BOTH,
        |tls| refuses_an_unknown_certificate(tls, UNBUFFERED),
    ),
    (
        "split_client::sends_and_receives_at_once",
        BOTH,
        sends_and_receives_at_once,
    ),
    (
        "split_client::answers_key_updates",
        TLS13,
        answers_key_updates,
    ),
    (
        "split_client::reports_a_truncation",
        BOTH,
        reports_a_truncation,
    ),
    (
        "split_client::refuses_an_unknown_certificate",
        BOTH,
        |tls| refuses_an_unknown_certificate(tls, SPLIT),
    ),
];

/// The name of an example, and its last arguments.
type Example = (&'static str, &'static [&'static str]);

const UNBUFFERED: Example = ("unbuffered_client", &["/page"]);
const SPLIT: Example = ("split_client", &[]);

/// Starts `openssl s_server` for one connection, and a client that trusts `roots`.
fn start(
    (name, last): Example,
    tls: &str,
    args: &[&str],
    files: &Files,
    roots: &str,
) -> Result<[Program; 2]> {
    let mut command = Command::new("openssl");
    command
        .args(["s_server", tls, "-accept", "127.0.0.1:0", "-naccept", "1"])
        .args(["-cert", CERTIFICATE, "-key", KEY])
        .args(args);
    let (server, address) = Program::listen(command, files, "ACCEPT ")?;
    let mut command = example(name)?;
    command
        .args(["localhost", &address.port().to_string(), roots])
        .args(last);
    let client = Program::start(command, files)?;
    Ok([server, client])
}

fn fetches_a_page(tls: &str) -> Result<()> {
    let files = Files::new()?;
    let page = data(3 * 1024 * 1024);
    files.write("page", &page)?;
    let [mut server, mut client] = start(UNBUFFERED, tls, &["-WWW"], &files, CERTIFICATE)?;
    client.succeed()?;
    server.succeed()?;
    assert!(
        client
            .stdout
            .bytes
            .starts_with(b"HTTP/1.0 200 ")
    );
    assert!(client.stdout.bytes.ends_with(&page));
    assert!(data_of(&client.stdout.bytes) == page);
    Ok(())
}

fn refuses_an_unknown_certificate(tls: &str, example: Example) -> Result<()> {
    let files = Files::new()?;
    files.write(
        "other.pem",
        Identity::rsa()
            .certificate_pem
            .as_bytes(),
    )?;
    let [mut server, mut client] = start(example, tls, &[], &files, "other.pem")?;
    assert!(!client.finish()?);
    let text = String::from_utf8_lossy(&client.stderr.bytes);
    assert!(text.contains("invalid peer certificate"), "{text}");
    // The server receives an alert.
    let outcome = server
        .stderr
        .wait_for_text(" alert ", 1);
    server.with_stderr(outcome)
}

fn sends_and_receives_at_once(tls: &str) -> Result<()> {
    let files = Files::new()?;
    let [mut server, mut client] = start(SPLIT, tls, &[], &files, CERTIFICATE)?;
    let to_server = data(3 * 1024 * 1024);
    let mut to_client = to_server.clone();
    to_client.reverse();
    let feedings = [
        client.feed(to_server.clone()),
        server.feed(to_client.clone()),
    ];
    assert!(client.data(to_client.len())? == to_client);
    assert!(server.data(to_server.len())? == to_server);
    let [at_client, at_server] = feedings;
    server.fed(at_server)?;
    client.fed(at_client)?;
    client.close_input();
    client.succeed()?;
    server.succeed()?;
    assert!(
        client.stdout.bytes == to_client,
        "the data and nothing else"
    );
    assert!(data_of(&server.stdout.bytes) == to_server);
    Ok(())
}

/// How `s_server -msg` prints a received KeyUpdate.
const ANSWER: &str = "<<< TLS 1.3, Handshake [length 0005], KeyUpdate";

/// The client's input is silent, so only its reader works when the requests arrive.
fn answers_key_updates(tls: &str) -> Result<()> {
    let files = Files::new()?;
    let [mut server, mut client] = start(SPLIT, tls, &["-msg"], &files, CERTIFICATE)?;
    let data = data(1000);
    // The server must have no input before its handshake is complete: it would wait for data then.
    client.command(&data[..10])?;
    server.data(10)?;
    for round in 1..4 {
        // The server's input is empty, so this is not taken for data.
        server.command(b"K\n")?;
        let answered = server
            .stdout
            .wait_for_text(ANSWER, round);
        server.with_stderr(answered)?;
    }
    client.command(&data[10..])?;
    assert_eq!(server.data(data.len())?, data);
    client.close_input();
    client.succeed()?;
    server.succeed()
}

fn reports_a_truncation(tls: &str) -> Result<()> {
    let files = Files::new()?;
    let [mut server, mut client] = start(SPLIT, tls, &[], &files, CERTIFICATE)?;
    server.command(&data(100))?;
    assert_eq!(client.data(100)?, data(100));
    server.kill()?;
    assert!(!client.finish()?);
    let text = String::from_utf8_lossy(&client.stderr.bytes);
    assert!(text.contains("close_notify"), "{text}");
    Ok(())
}
