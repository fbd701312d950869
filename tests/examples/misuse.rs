//! What do the examples print for `--help` and for wrong arguments?

use libtest_mimic::Trial;

use crate::failure::Result;
use crate::fixture::{CERTIFICATE, Files, KEY, example};
use crate::program::Program;

/// An example, its arguments, and a part of its error output.
type Misuse = (&'static str, &'static [&'static str], &'static str);

const ALL: [Misuse; 14] = [
    ("unbuffered_client", &[], "HOST PORT ROOTS.pem PATH"),
    ("split_client", &["localhost"], "HOST PORT ROOTS.pem"),
    (
        "unbuffered_server",
        &[],
        "ADDRESS:PORT CERTIFICATES.pem KEY.pem",
    ),
    (
        "split_echo_server",
        &["a", "b", "c", "d"],
        "ADDRESS:PORT CERTIFICATES.pem KEY.pem",
    ),
    (
        "unbuffered_client",
        &["localhost", "1", "none.pem", "/"],
        "none.pem",
    ),
    (
        "split_client",
        &["localhost", "1", KEY],
        "there is no certificate",
    ),
    (
        "split_client",
        &["not a name", "1", CERTIFICATE],
        "not a name",
    ),
    (
        "split_client",
        &["localhost", "no port", CERTIFICATE],
        "localhost:no port",
    ),
    (
        "unbuffered_server",
        &["127.0.0.1:0", "none.pem", KEY],
        "none.pem",
    ),
    (
        "unbuffered_server",
        &["127.0.0.1:0", CERTIFICATE, "none.pem"],
        "none.pem",
    ),
    (
        "split_echo_server",
        &["127.0.0.1:0", CERTIFICATE, "other.pem"],
        "other.pem",
    ),
    (
        "split_echo_server",
        &["nowhere", CERTIFICATE, KEY],
        "nowhere",
    ),
    (
        "mio_file_server",
        &["127.0.0.1:0", CERTIFICATE, KEY],
        "ADDRESS:PORT CERTIFICATES.pem KEY.pem DIRECTORY",
    ),
    (
        "mio_file_server",
        &["127.0.0.1:0", CERTIFICATE, KEY, CERTIFICATE],
        "not a directory",
    ),
];

const EXAMPLES: [&str; 5] = [
    "mio_file_server",
    "split_client",
    "split_echo_server",
    "unbuffered_client",
    "unbuffered_server",
];

pub(crate) fn trials() -> Vec<Trial> {
    let help = EXAMPLES.into_iter().map(|name| {
        Trial::test(format!("help::{name}"), move || {
            prints_help(name).map_err(|err| err.to_string().into())
        })
    });
    ALL.iter()
        .map(|misuse| {
            let (name, args, _) = misuse;
            let name = format!("misuse::{name} {}", args.join(" "));
            Trial::test(name, || {
                reports_misuse(misuse).map_err(|err| err.to_string().into())
            })
        })
        .chain(help)
        .collect()
}

fn prints_help(name: &str) -> Result<()> {
    let files = Files::new()?;
    let mut command = example(name)?;
    command.arg("--help");
    let mut program = Program::start(command, &files)?;
    program.succeed()?;
    let text = String::from_utf8_lossy(&program.stdout.bytes);
    assert!(
        text.starts_with("usage: ") && text.lines().count() == 1,
        "{text}"
    );
    Ok(())
}

fn reports_misuse((name, args, why): &Misuse) -> Result<()> {
    let files = Files::new()?;
    let other = rcgen::KeyPair::generate()?;
    files.write("other.pem", other.serialize_pem().as_bytes())?;
    let mut command = example(name)?;
    command.args(*args);
    let mut program = Program::start(command, &files)?;
    assert!(!program.finish()?);
    let text = String::from_utf8_lossy(&program.stderr.bytes);
    // In one line, for users.
    assert!(text.contains(why) && text.lines().count() == 1, "{text}");
    Ok(())
}
