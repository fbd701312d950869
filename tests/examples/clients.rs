//! The two clients, and `openssl s_server`.

use std::process::Command;

use testing::Identity;

use crate::fixture::{CERTIFICATE, Files, KEY, data, data_of, example};
use crate::outcome::Result;
use crate::program::Program;
use crate::trials::{BOTH, TLS13, Test};

pub(crate) const TESTS: [Test; 6] = [
    ("unbuffered_client::fetches_a_page", BOTH, fetches_a_page),
    ("unbuffered_client::refuses_a_stranger", BOTH, |tls| {
        refuses_a_stranger(tls, UNBUFFERED)
    }),
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
    ("split_client::notices_a_cut", BOTH, notices_a_cut),
    ("split_client::refuses_a_stranger", BOTH, |tls| {
        refuses_a_stranger(tls, SPLIT)
    }),
];

/// An example, and what it takes behind the arguments that both have.
type Example = (&'static str, &'static [&'static str]);

const UNBUFFERED: Example = ("unbuffered_client", &["/page"]);
const SPLIT: Example = ("split_client", &[]);

/// `openssl s_server` for one connection, and a client of it that trusts `roots`.
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
            .said
            .starts_with(b"HTTP/1.0 200 ")
    );
    assert!(client.stdout.said.ends_with(&page));
    assert!(data_of(&client.stdout.said) == page);
    Ok(())
}

fn refuses_a_stranger(tls: &str, example: Example) -> Result<()> {
    let files = Files::new()?;
    files.write(
        "other.pem",
        Identity::rsa()
            .certificate_pem
            .as_bytes(),
    )?;
    let [mut server, mut client] = start(example, tls, &[], &files, "other.pem")?;
    assert!(!client.finish()?);
    let said = String::from_utf8_lossy(&client.stderr.said);
    assert!(said.contains("invalid peer certificate"), "{said}");
    // The server was told why.
    let told = server
        .stderr
        .wait_for_text(" alert ", 1);
    server.with_last_words(told)
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
    assert!(client.stdout.said == to_client, "and nothing else");
    assert!(data_of(&server.stdout.said) == to_server);
    Ok(())
}

/// How `s_server -msg` tells of a KeyUpdate that it has got.
const ANSWER: &str = "<<< TLS 1.3, Handshake [length 0005], KeyUpdate";

/// Its input says nothing, so that only its reader is at work when they come.
fn answers_key_updates(tls: &str) -> Result<()> {
    let files = Files::new()?;
    let [mut server, mut client] = start(SPLIT, tls, &["-msg"], &files, CERTIFICATE)?;
    let data = data(1000);
    // The server is not to have anything to say before its handshake is complete: it would then wait for data.
    client.command(&data[..10])?;
    server.data(10)?;
    for round in 1..4 {
        // Nothing is in its input, so that this is not taken for data.
        server.command(b"K\n")?;
        let answered = server
            .stdout
            .wait_for_text(ANSWER, round);
        server.with_last_words(answered)?;
    }
    client.command(&data[10..])?;
    assert_eq!(server.data(data.len())?, data);
    client.close_input();
    client.succeed()?;
    server.succeed()
}

fn notices_a_cut(tls: &str) -> Result<()> {
    let files = Files::new()?;
    let [mut server, mut client] = start(SPLIT, tls, &[], &files, CERTIFICATE)?;
    server.command(&data(100))?;
    assert_eq!(client.data(100)?, data(100));
    server.kill()?;
    assert!(!client.finish()?);
    let said = String::from_utf8_lossy(&client.stderr.said);
    assert!(said.contains("close_notify"), "{said}");
    Ok(())
}
