//! s2n-tls, which reads and writes through callbacks.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::io::{self, Read, Write};
use std::rc::Rc;
use std::slice;
use std::task::Poll;

use rustls::ServerConnection;
use s2n_tls::config::Config;
use s2n_tls::connection::Connection;
use s2n_tls::enums::{Blinding, Mode};
use s2n_tls::security::Policy;
use testing::Setup;
use testing::raw::Plan;

use super::application_buffer::{ApplicationBuffer, fill};
use super::memory_stream::MemoryStream;
use super::suite_name::assert_suite;
use crate::library_client::LibraryClient;

struct Client {
    tls: Connection,
    /// The target of the context pointers of the callbacks.
    stream: Rc<RefCell<MemoryStream>>,
    buffer: ApplicationBuffer,
}

// SAFETY: only the connection and its callbacks hold the stream, and they move to another thread together with the
// client.
unsafe impl Send for Client {}

pub(crate) fn connect(
    setup: &Setup,
    server: ServerConnection,
) -> (Box<dyn LibraryClient>, ServerConnection) {
    let stream = Rc::new(RefCell::new(MemoryStream::new(server)));
    let mut tls = connection(setup, &stream).expect("a connection");
    ready(tls.poll_negotiate().map_ok(drop));
    assert_suite(tls.cipher_suite().expect("a suite"), setup);
    let server = stream.borrow_mut().take_server();
    let buffer = ApplicationBuffer::default();
    (
        Box::new(Client {
            tls,
            stream,
            buffer,
        }),
        server,
    )
}

fn connection(
    setup: &Setup,
    stream: &Rc<RefCell<MemoryStream>>,
) -> Result<Connection, s2n_tls::error::Error> {
    let mut config = Config::builder();
    config.with_system_certs(false)?;
    config.trust_pem(
        setup
            .identity()
            .certificate_pem
            .as_bytes(),
    )?;
    // No other policy has all suites. The server supports only the suite to measure.
    config.set_security_policy(&Policy::from_version("test_all")?)?;

    let mut tls = Connection::new(Mode::Client);
    tls.set_config(config.build()?)?;
    tls.set_server_name("localhost")?;
    // The largest records, and no delays after errors.
    tls.prefer_throughput()?;
    tls.set_blinding(Blinding::SelfService)?;
    tls.set_receive_callback(Some(receive))?;
    tls.set_send_callback(Some(send))?;
    let context = Rc::as_ptr(stream)
        .cast_mut()
        .cast::<c_void>();
    // SAFETY: a `Client` owns both the connection and the stream, so the pointer is valid while the connection is used.
    unsafe {
        tls.set_receive_context(context)?;
        tls.set_send_context(context)?;
    }
    Ok(tls)
}

/// # Safety
/// `context` points to a `RefCell<MemoryStream>`, and `buf` to `len` bytes that can be written.
unsafe extern "C" fn receive(context: *mut c_void, buf: *mut u8, len: u32) -> c_int {
    // SAFETY: the caller's duty.
    let (stream, buf) = unsafe {
        (
            &*context.cast::<RefCell<MemoryStream>>(),
            slice::from_raw_parts_mut(buf, len as usize),
        )
    };
    count(stream.borrow_mut().read(buf))
}

/// # Safety
/// `context` points to a `RefCell<MemoryStream>`, and `buf` to `len` bytes that can be read.
unsafe extern "C" fn send(context: *mut c_void, buf: *const u8, len: u32) -> c_int {
    // SAFETY: the caller's duty.
    let (stream, buf) = unsafe {
        (
            &*context.cast::<RefCell<MemoryStream>>(),
            slice::from_raw_parts(buf, len as usize),
        )
    };
    count(stream.borrow_mut().write(buf))
}

/// Returns the number of bytes as `read(2)` and `write(2)` do: -1 for an error.
fn count(result: io::Result<usize>) -> c_int {
    result
        .ok()
        .and_then(|count| c_int::try_from(count).ok())
        .unwrap_or(-1)
}

/// Returns the result of a call that never waits, because a memory stream is always ready.
fn ready<T>(poll: Poll<Result<T, s2n_tls::error::Error>>) -> T {
    match poll {
        Poll::Ready(result) => result.expect("a connection that works"),
        Poll::Pending => panic!("s2n waits for something"),
    }
}

impl LibraryClient for Client {
    fn send(&mut self, _: &Plan, mut plaintext: &[u8], _: &mut [u8]) -> usize {
        while !plaintext.is_empty() {
            let taken = ready(self.tls.poll_send(plaintext));
            plaintext = &plaintext[taken..];
        }
        self.stream
            .borrow_mut()
            .sink
            .take_written()
    }

    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize {
        let writes = tls.len() / plan.tls_len;
        // SAFETY: the loan ends below, and nothing is read after a panic.
        unsafe { self.stream.borrow_mut().lend(tls) };
        let content = self
            .buffer
            .receive(plan, writes, |room| ready(self.tls.poll_recv(room)));
        self.stream.borrow_mut().take_back();
        content
    }

    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
        let content = tls.len() / plan.tls_len * plan.plain_len();
        // SAFETY: the loan ends below, and nothing is read after a panic.
        unsafe { self.stream.borrow_mut().lend(tls) };
        fill(&mut out[..content], |room| ready(self.tls.poll_recv(room)));
        self.stream.borrow_mut().take_back();
        content
    }
}
