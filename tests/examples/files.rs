//! Does the file server on `mio` work with curl?

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant;

use testing::pattern;

use crate::failure::{Result, TIMEOUT};
use crate::file_server::Server;
use crate::trials::{BOTH, TLS13, Test};

pub(crate) const TESTS: [Test; 13] = [
    ("mio_file_server::sends_files", BOTH, sends_files),
    ("mio_file_server::accepts_files", BOTH, accepts_files),
    (
        "mio_file_server::keeps_connections",
        BOTH,
        keeps_connections,
    ),
    (
        "mio_file_server::answers_with_error_statuses",
        TLS13,
        answers_with_error_statuses,
    ),
    (
        "mio_file_server::serves_only_its_directory",
        TLS13,
        serves_only_its_directory,
    ),
    (
        "mio_file_server::waits_for_a_slow_client",
        BOTH,
        waits_for_a_slow_client,
    ),
    (
        "mio_file_server::waits_for_a_slow_upload",
        BOTH,
        waits_for_a_slow_upload,
    ),
    (
        "mio_file_server::outlives_an_aborted_download",
        BOTH,
        outlives_an_aborted_download,
    ),
    (
        "mio_file_server::drops_an_aborted_upload",
        BOTH,
        drops_an_aborted_upload,
    ),
    (
        "mio_file_server::serves_forty_at_once",
        BOTH,
        serves_forty_at_once,
    ),
    (
        "mio_file_server::serves_others_beside_idle_clients",
        TLS13,
        serves_others_beside_idle_clients,
    ),
    (
        "mio_file_server::sends_an_alert_to_a_client_without_tls",
        TLS13,
        sends_an_alert_to_a_client_without_tls,
    ),
    (
        "mio_file_server::answers_after_half_a_close",
        BOTH,
        answers_after_half_a_close,
    ),
];

/// 50 MB, and a part of a record.
const LARGE: usize = 50_000_003;

fn sends_files(tls: &str) -> Result<()> {
    let server = Server::start()?;
    for len in [0, 1, 16_384, 200_000, LARGE] {
        let content = pattern(len);
        server.write("a file", &content)?;
        assert!(server.fetch(tls, &["--fail", "@/a%20file?x=/.."])? == content);
        let head = String::from_utf8(server.fetch(tls, &["--head", "@/a%20file"])?)?;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(
            head.contains(&format!("Content-Length: {len}\r\n")),
            "{head}"
        );
    }
    Ok(())
}

fn accepts_files(tls: &str) -> Result<()> {
    let server = Server::start()?;
    let status = ["--write-out", "%{http_code}"];
    for (len, expected) in [(LARGE, "201"), (0, "204"), (1, "204"), (200_000, "204")] {
        let content = pattern(len);
        server
            .files
            .write("content", &content)?;
        let put = [&status[..], &["--upload-file", "content", "@/new"]].concat();
        assert_eq!(server.fetch(tls, &put)?, expected.as_bytes());
        assert!(server.read("new")? == content);
    }
    assert_eq!(server.names()?, ["new"]);
    Ok(())
}

fn keeps_connections(tls: &str) -> Result<()> {
    let server = Server::start()?;
    server.write("one", b"1")?;
    server.write("two", b"2")?;
    let urls = ["@/one", "@/none", "@/two", "@/one"];
    let text = server.fetch(
        tls,
        &[&["--write-out", " %{num_connects} "][..], &urls].concat(),
    )?;
    let text = String::from_utf8(text)?;
    assert_eq!(text, "1 1 404 Not Found\n 0 2 0 1 0 ");
    // Each of these requests needs a connection of its own.
    let close = ["--header", "Connection: close"];
    let text = server.fetch(
        tls,
        &[
            &["--write-out", " %{num_connects} "][..],
            &close,
            &["@/one", "@/two"],
        ]
        .concat(),
    )?;
    assert_eq!(String::from_utf8(text)?, "1 1 2 1 ");
    Ok(())
}

fn answers_with_error_statuses(tls: &str) -> Result<()> {
    let server = Server::start()?;
    fs::create_dir(server.files.path("served/directory"))?;
    server
        .files
        .write("content", &pattern(3_000_000))?;
    for (args, expected) in [
        (&["@/none"][..], "404 Not Found\n404"),
        (&["@/directory"], "404 Not Found\n404"),
        (&["@/directory/"], "404 Not Found\n404"),
        (
            &["--request", "DELETE", "@/file"],
            "405 Method Not Allowed\n405",
        ),
        (&["@/%ff"], "400 Bad Request\n400"),
        (&["@/a%00b"], "400 Bad Request\n400"),
        (&["-T", "content", "@/none/file"], "404 Not Found\n404"),
        (&["-T", "content", "@/directory"], "409 Conflict\n409"),
        (
            &[
                "-T",
                "content",
                "-H",
                "Transfer-Encoding: chunked",
                "@/file",
            ],
            "411 Length Required\n411",
        ),
        (
            &["-H", &format!("Many: {}", "x".repeat(20_000)), "@/none"],
            "431 Request Header Fields Too Large\n431",
        ),
    ] {
        let text = server.fetch(tls, &[&["--write-out", "%{http_code}"], args].concat())?;
        assert_eq!(String::from_utf8(text)?, expected, "{args:?}");
    }
    let head = server.fetch(tls, &["--head", "@/none"])?;
    assert!(head.starts_with(b"HTTP/1.1 404 Not Found\r\n"));
    assert_eq!(server.names()?, ["directory"]);
    Ok(())
}

fn serves_only_its_directory(tls: &str) -> Result<()> {
    let server = Server::start()?;
    server
        .files
        .write("secret", b"secret")?;
    server
        .files
        .write("content", b"overwritten")?;
    let mut targets = vec![
        "@/../secret",
        "@/%2e%2e/secret",
        "@/..%2fsecret",
        "@/none/../../secret",
        "@//etc/hostname",
        "@/%2fetc/hostname",
    ];
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(
            server.files.path("secret"),
            server.files.path("served/link"),
        )?;
        symlink(server.files.path("."), server.files.path("served/up"))?;
        targets.extend(["@/link", "@/up/secret"]);
    }
    for target in targets {
        let status = ["--path-as-is", "--write-out", "%{http_code}"];
        let text = server.fetch(tls, &[&status[..], &[target]].concat())?;
        assert_eq!(String::from_utf8(text)?, "403 Forbidden\n403", "{target}");
        let put = [&status[..], &["-T", "content", target]].concat();
        let text = String::from_utf8(server.fetch(tls, &put)?)?;
        // An upload replaces a link instead of the link's target.
        assert!(
            text == "403 Forbidden\n403" || target == "@/link" && text == "204",
            "{text}"
        );
        assert_eq!(fs::read(server.files.path("secret"))?, b"secret");
    }
    Ok(())
}

/// The socket holds only as much as the client reads, and others are served in the meantime.
fn waits_for_a_slow_client(tls: &str) -> Result<()> {
    let server = Server::start()?;
    let content = pattern(LARGE / 2);
    server.write("much", &content)?;
    let mut slow = server.curl(tls, &["--fail", "--limit-rate", "10M", "@/much"])?;
    slow.stdout
        .wait_for(|text| (text.len() > 1000).then_some(()))?;
    server.assert_serves(tls)?;
    slow.succeed()?;
    assert!(slow.stdout.bytes == content);
    Ok(())
}

fn waits_for_a_slow_upload(tls: &str) -> Result<()> {
    let server = Server::start()?;
    let content = pattern(3_000_000);
    server
        .files
        .write("content", &content)?;
    let mut slow = server.curl(tls, &["--limit-rate", "1M", "-T", "content", "@/new"])?;
    server.assert_serves(tls)?;
    slow.succeed()?;
    assert!(server.read("new")? == content);
    Ok(())
}

fn outlives_an_aborted_download(tls: &str) -> Result<()> {
    let mut server = Server::start()?;
    server.write("much", &pattern(LARGE))?;
    let mut client = server.curl(tls, &["--limit-rate", "5M", "@/much"])?;
    client
        .stdout
        .wait_for(|text| (text.len() > 1000).then_some(()))?;
    client.kill()?;
    let text = server
        .program
        .stderr
        .wait_for_text("127.0.0.1:", 1);
    server.program.with_stderr(text)?;
    server.assert_serves(tls)
}

fn drops_an_aborted_upload(tls: &str) -> Result<()> {
    let mut server = Server::start()?;
    server
        .files
        .write("content", &pattern(LARGE))?;
    let mut client = server.curl(tls, &["--limit-rate", "5M", "-T", "content", "@/new"])?;
    // Until there is a file for the upload.
    let begin = Instant::now();
    while server.names()?.is_empty() {
        assert!(begin.elapsed() < TIMEOUT);
        thread::yield_now();
    }
    client.kill()?;
    let text = server
        .program
        .stderr
        .wait_for_text("127.0.0.1:", 1);
    server.program.with_stderr(text)?;
    assert!(server.names()?.is_empty());
    server.assert_serves(tls)
}

fn serves_forty_at_once(tls: &str) -> Result<()> {
    let server = Server::start()?;
    let content = pattern(2_000_000);
    server.write("file", &content)?;
    let mut curl = server.curl(
        tls,
        &[
            "--parallel",
            "--parallel-immediate",
            "--parallel-max",
            "40",
            "--write-out",
            "%{num_connects} %{http_code}\n",
            "--output",
            "got#1",
            "@/file?[1-40]",
        ],
    )?;
    curl.succeed()?;
    let text = String::from_utf8_lossy(&curl.stdout.bytes);
    assert_eq!(text.matches("1 200\n").count(), 40, "{text}");
    for number in 1..=40 {
        let got = fs::read(
            server
                .files
                .path(&format!("got{number}")),
        )?;
        assert!(got == content, "{number}");
    }
    Ok(())
}

fn serves_others_beside_idle_clients(tls: &str) -> Result<()> {
    let mut server = Server::start()?;
    let mut silent = TcpStream::connect(server.address)?;
    let mut begun = TcpStream::connect(server.address)?;
    begun.write_all(&[22, 3, 1])?;
    let mut idle = server.rustls(tls)?;
    idle.flush()?;
    server.assert_serves(tls)?;
    drop((begun, idle));
    let text = server
        .program
        .stderr
        .wait_for_text("127.0.0.1:", 2);
    server.program.with_stderr(text)?;
    // An idle client is still served.
    silent.write_all(b"no TLS")?;
    assert_eq!(read_to_end(&mut silent)?.first(), Some(&21));
    server.assert_serves(tls)
}

fn sends_an_alert_to_a_client_without_tls(tls: &str) -> Result<()> {
    let mut server = Server::start()?;
    let mut socket = TcpStream::connect(server.address)?;
    socket.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    assert_eq!(read_to_end(&mut socket)?, [21, 3, 3, 0, 2, 2, 50]);
    // The server reads on, so the connection is not reset before the client reads the alert. No socket holds so much
    // data.
    socket.write_all(&vec![b'x'; LARGE])?;
    drop(socket);
    let text = server
        .program
        .stderr
        .wait_for_text("InvalidContentType", 1);
    server.program.with_stderr(text)?;
    server.assert_serves(tls)
}

fn read_to_end(from: &mut impl Read) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    from.read_to_end(&mut all)?;
    Ok(all)
}

/// All requests are followed by a close_notify, and all are answered.
fn answers_after_half_a_close(tls: &str) -> Result<()> {
    let server = Server::start()?;
    let content = pattern(1_000_000);
    server.write("file", &content)?;
    let mut client = server.rustls(tls)?;
    for request in ["GET /file", "PUT /new", "HEAD /file", "GET /new"] {
        let (length, content) = match request {
            "PUT /new" => ("Content-Length: 3\r\n", "new"),
            _ => ("", ""),
        };
        write!(
            client,
            "{request} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n{content}"
        )?;
    }
    client.conn.send_close_notify();
    client.flush()?;
    client.sock.shutdown(Shutdown::Write)?;

    // An error if there is no close_notify at the end.
    let answers = read_to_end(&mut client)?;
    let mut expected = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".to_vec();
    expected.extend(&content);
    expected.extend(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    expected.extend(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    expected.extend(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
    assert!(answers == expected);
    Ok(())
}
