//! The first example of README and of the library's front page, run against a server of rustls.

use std::net::TcpListener;
use std::thread;

use rustls::{ServerConnection, StreamOwned};

use super::one_setup_per_version;

// Included, so that the function can be private as it is shown.
include!("exchange.rs");

/// Longer than a record, and longer than the buffers of the example.
const LEN: usize = 50_000;

#[test]
fn both_pages_show_the_code_that_is_run() {
    let code = include_str!("exchange.rs");
    let block = format!("```rust,no_run\n{code}```\n");
    assert!(include_str!("../../README.md").contains(&block));

    let comment: String = code
        .lines()
        .map(|line| {
            format!("//! {line}")
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect();
    let block = format!("//! ```no_run\n{comment}//! ```\n");
    assert!(include_str!("../../rustls/src/lib.rs").contains(&block));
}

#[test]
fn the_example_sends_the_request_and_returns_the_answer() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let configs = setup.configs();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener
            .local_addr()
            .expect("an address");
        let server = ServerConnection::new(Arc::new(configs.server)).expect("a connection");
        let serving = thread::spawn(move || {
            let (socket, _) = listener.accept().expect("a client");
            let mut stream = StreamOwned::new(server, socket);
            let mut request = vec![0; LEN];
            stream
                .read_exact(&mut request)
                .expect("a request");
            request.reverse();
            stream
                .write_all(&request)
                .expect("an answer");
            stream.conn.send_close_notify();
            stream.flush().expect("a close_notify");
            request
        });

        let request: Vec<u8> = (0..LEN)
            .map(|i| u8::try_from(i % 251).expect("a byte"))
            .collect();
        let socket = TcpStream::connect(address).expect("a socket");
        let answer = exchange(socket, Arc::new(configs.client), &request).expect("an answer");
        let sent = serving.join().expect("no panic");
        assert!(answer == sent);
        assert!(answer.iter().rev().eq(&request));
    }
}
