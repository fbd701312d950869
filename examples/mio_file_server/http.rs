//! The part of HTTP/1.1 that the server needs: GET, HEAD and PUT, one after the other on a connection. RFC 9112.

use std::fs::File;
use std::io::{self, Read};
use std::mem;

use httparse::{EMPTY_HEADER, Header, Request, Status};

use crate::files::{Directory, Upload};
use crate::status::{BAD_REQUEST, NO_CONTENT, StatusLine};

/// Maximum bytes of the request line and the header fields.
const MAX_HEAD_LEN: usize = 16 * 1024;

/// Bytes of a file that are read at a time: the content of eight records.
const CHUNK_LEN: usize = 8 * 16 * 1024;

/// The requests of one client, and the response to the current one.
pub(crate) struct Http {
    directory: Directory,
    /// Received bytes that are not yet processed.
    received: Vec<u8>,
    /// A PUT whose content is being received.
    put: Option<Put>,
    response: Option<Response>,
    /// Whether no response follows the current one.
    is_last: bool,
}

struct Put {
    upload: Upload,
    /// Bytes of content that are still to be received.
    left: u64,
    is_last: bool,
}

/// A response that is being sent.
struct Response {
    bytes: Vec<u8>,
    /// Bytes at the front of `bytes` that are sealed.
    done: usize,
    /// The file that follows `bytes`.
    file: Option<File>,
    /// Bytes of the file that are still to be read.
    left: u64,
}

impl Http {
    pub(crate) fn new(directory: Directory) -> Self {
        Self {
            directory,
            received: Vec::new(),
            put: None,
            response: None,
            is_last: false,
        }
    }

    /// Processes data that the client has sent.
    pub(crate) fn receive(&mut self, data: &[u8]) {
        if !self.is_last {
            self.received.extend_from_slice(data);
            self.process_received();
        }
    }

    pub(crate) fn is_responding(&self) -> bool {
        self.response.is_some()
    }

    /// Returns whether the last response is sent.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_last && self.response.is_none()
    }

    /// Returns the next bytes of the response to send. Empty if there is no response.
    pub(crate) fn response_bytes(&mut self) -> io::Result<&[u8]> {
        match &mut self.response {
            Some(response) => response.content(),
            None => Ok(&[]),
        }
    }

    /// Discards the first `len` of the [`response_bytes`](Self::response_bytes), which are sealed.
    pub(crate) fn discard_response(&mut self, len: usize) {
        if let Some(response) = &mut self.response {
            response.done += len;
            if response.done == response.bytes.len() && response.left == 0 {
                self.response = None;
                // The next request may already be received.
                self.process_received();
            }
        }
    }

    /// Processes received bytes until there is a response to send or more bytes are needed.
    fn process_received(&mut self) {
        while self.response.is_none() && !self.is_last && !self.received.is_empty() {
            let made_progress = match self.put.take() {
                Some(put) => self.receive_content(put),
                None => self.receive_request(),
            };
            if !made_progress {
                break;
            }
        }
    }

    fn receive_content(&mut self, mut put: Put) -> bool {
        let len = self
            .received
            .len()
            .min(usize::try_from(put.left).unwrap_or(usize::MAX));
        if let Err(status) = put.upload.write(&self.received[..len]) {
            self.refuse(status);
            return true;
        }
        self.received.drain(..len);
        put.left -= len as u64;
        match put.left {
            0 => self.finish_put(put),
            _ => self.put = Some(put),
        }
        true
    }

    fn finish_put(&mut self, put: Put) {
        self.is_last = put.is_last;
        match put.upload.finish() {
            Ok(status) => self.respond("", status, ""),
            Err(status) => self.respond("", status, status),
        }
    }

    /// Reads a request. Returns `false` if it is incomplete.
    fn receive_request(&mut self) -> bool {
        let received = mem::take(&mut self.received);
        let mut headers = [EMPTY_HEADER; 64];
        let mut request = Request::new(&mut headers);
        match request.parse(&received) {
            Ok(Status::Complete(len)) => {
                self.received = received[len..].to_vec();
                self.begin(&request);
                true
            }
            Ok(Status::Partial) if received.len() < MAX_HEAD_LEN => {
                self.received = received;
                false
            }
            Ok(Status::Partial) => {
                self.refuse("431 Request Header Fields Too Large");
                true
            }
            Err(_) => {
                self.refuse(BAD_REQUEST);
                true
            }
        }
    }

    /// Begins to respond to a request, or to receive its content.
    fn begin(&mut self, request: &Request<'_, '_>) {
        let headers = &*request.headers;
        let Some(len) = content_length(headers) else {
            return self.refuse(BAD_REQUEST);
        };
        if values_of(headers, "transfer-encoding")
            .next()
            .is_some()
        {
            return self.refuse("411 Length Required");
        }
        let is_last = request.version == Some(0) || has_item(headers, "connection", "close");
        let target = request.path.unwrap_or_default();
        match request.method.unwrap_or_default() {
            method @ ("GET" | "HEAD") => {
                // Content of such a request has no meaning, and is not read.
                self.is_last = is_last || len > 0;
                match self.directory.open_file(target) {
                    Ok((file, len)) => {
                        self.response = Some(Response::of_file(file, len, method, self.is_last));
                    }
                    Err(status) => self.respond(method, status, status),
                }
            }
            "PUT" => match self.directory.begin_upload(target) {
                Ok(upload) => {
                    let put = Put {
                        upload,
                        left: len,
                        is_last,
                    };
                    self.begin_put(put, has_item(headers, "expect", "100-continue"));
                }
                Err(status) => self.refuse(status),
            },
            _ => self.refuse("405 Method Not Allowed\r\nAllow: GET, HEAD, PUT"),
        }
    }

    fn begin_put(&mut self, put: Put, expects_continue: bool) {
        if put.left == 0 {
            return self.finish_put(put);
        }
        self.put = Some(put);
        if expects_continue {
            self.response = Some(Response::of(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()));
        }
    }

    /// Responds to a request whose content is not read, so no other request can follow.
    fn refuse(&mut self, status: StatusLine) {
        self.is_last = true;
        self.respond("", status, status);
    }

    /// Responds to a request of `method` with a status and, unless `text` is empty, a line of text.
    fn respond(&mut self, method: &str, status: StatusLine, text: &str) {
        let text = text.lines().next().unwrap_or_default();
        let content = match text {
            "" => String::new(),
            text => format!("{text}\n"),
        };
        // A 204 response has no Content-Length. RFC 9110 s8.6.
        let mut response = match status {
            NO_CONTENT => head(status, None, self.is_last),
            _ => head(status, Some(content.len() as u64), self.is_last),
        };
        if method != "HEAD" {
            response.push_str(&content);
        }
        self.response = Some(Response::of(response.into_bytes()));
    }
}

/// Returns the status line and the header fields of a response.
fn head(status: StatusLine, len: Option<u64>, is_last: bool) -> String {
    let mut head = format!("HTTP/1.1 {status}\r\n");
    if let Some(len) = len {
        head.push_str(&format!("Content-Length: {len}\r\n"));
    }
    if is_last {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    head
}

/// Returns the length of a request's content, or `None` if the header fields do not give one valid length.
fn content_length(headers: &[Header<'_>]) -> Option<u64> {
    let mut values = values_of(headers, "content-length");
    match (values.next(), values.next()) {
        (None, _) => Some(0),
        (Some(_), Some(_)) => None,
        (Some(len), None) => str::from_utf8(len)
            .ok()
            .filter(|len| {
                len.bytes()
                    .all(|byte| byte.is_ascii_digit())
            })
            .and_then(|len| len.parse().ok()),
    }
}

/// Returns whether the list in the header fields `name` has the item `value`.
fn has_item(headers: &[Header<'_>], name: &str, value: &str) -> bool {
    values_of(headers, name)
        .flat_map(|values| values.split(|byte| *byte == b','))
        .any(|item| {
            item.trim_ascii()
                .eq_ignore_ascii_case(value.as_bytes())
        })
}

/// Returns the values of the header fields `name`.
fn values_of<'h>(headers: &'h [Header<'h>], name: &str) -> impl Iterator<Item = &'h [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value)
}

impl Response {
    fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            done: 0,
            file: None,
            left: 0,
        }
    }

    fn of_file(file: File, len: u64, method: &str, is_last: bool) -> Self {
        let (file, left) = match method {
            "HEAD" => (None, 0),
            _ => (Some(file), len),
        };
        Self {
            file,
            left,
            ..Self::of(head("200 OK", Some(len), is_last).into_bytes())
        }
    }

    fn content(&mut self) -> io::Result<&[u8]> {
        if self.done == self.bytes.len()
            && let Some(file) = &mut self.file
        {
            // If the file has become shorter than announced, this fails, and the client sees the connection cut off.
            let len = CHUNK_LEN.min(usize::try_from(self.left).unwrap_or(CHUNK_LEN));
            self.bytes.resize(len, 0);
            file.read_exact(&mut self.bytes)?;
            self.done = 0;
            self.left -= len as u64;
        }
        Ok(&self.bytes[self.done..])
    }
}
