//! As much of HTTP/1.1 as it takes: GET, HEAD and PUT, one after the other on a connection. RFC 9112.

use std::fs::File;
use std::io::{self, Read};
use std::mem;

use httparse::{EMPTY_HEADER, Header, Request, Status};

use crate::files::{Directory, Upload};
use crate::status::{BAD_REQUEST, NO_CONTENT, StatusLine};

/// Most bytes of the first lines of a request.
const MAX_HEAD: usize = 16 * 1024;

/// Bytes of a file that are read at a time: eight records.
const PIECE: usize = 8 * 16 * 1024;

/// The requests of a client.
pub(crate) struct Http {
    directory: Directory,
    /// What has come and was not dealt with.
    received: Vec<u8>,
    /// A PUT whose content is coming.
    put: Option<Put>,
    answer: Option<Answer>,
    /// Whether there will be no other answer.
    is_last: bool,
}

struct Put {
    upload: Upload,
    /// Bytes that have not come.
    left: u64,
    is_last: bool,
}

/// What is to be sent.
struct Answer {
    bytes: Vec<u8>,
    /// Bytes at the front of `bytes` that are done with.
    done: usize,
    /// What follows `bytes`.
    file: Option<File>,
    /// Bytes that follow.
    left: u64,
}

impl Http {
    pub(crate) fn new(directory: Directory) -> Self {
        Self {
            directory,
            received: Vec::new(),
            put: None,
            answer: None,
            is_last: false,
        }
    }

    /// Takes what the client has sent.
    pub(crate) fn receive(&mut self, data: &[u8]) {
        if !self.is_last {
            self.received.extend_from_slice(data);
            self.go_on();
        }
    }

    pub(crate) fn is_answering(&self) -> bool {
        self.answer.is_some()
    }

    /// Whether the last answer was sent.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_last && self.answer.is_none()
    }

    /// What is to be sent next.
    pub(crate) fn content(&mut self) -> io::Result<&[u8]> {
        match &mut self.answer {
            Some(answer) => answer.content(),
            None => Ok(&[]),
        }
    }

    /// Notes that the first `len` bytes of the [`content`](Self::content) were sealed.
    pub(crate) fn consume(&mut self, len: usize) {
        if let Some(answer) = &mut self.answer {
            answer.done += len;
            if answer.done == answer.bytes.len() && answer.left == 0 {
                self.answer = None;
                // There may be another request already.
                self.go_on();
            }
        }
    }

    fn go_on(&mut self) {
        while self.answer.is_none() && !self.is_last && !self.received.is_empty() {
            let went_on = match self.put.take() {
                Some(put) => self.receive_content(put),
                None => self.receive_request(),
            };
            if !went_on {
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
            0 => self.finish(put),
            _ => self.put = Some(put),
        }
        true
    }

    fn finish(&mut self, put: Put) {
        self.is_last = put.is_last;
        match put.upload.finish() {
            Ok(status) => self.answer("", status, ""),
            Err(status) => self.answer("", status, status),
        }
    }

    /// Reads a request. `false` if it is not whole.
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
            Ok(Status::Partial) if received.len() < MAX_HEAD => {
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

    fn begin(&mut self, request: &Request<'_, '_>) {
        let header = |name: &str| {
            let mut values = values_of(request.headers, name);
            (values.next(), values.next().is_some())
        };
        let has = |name: &str, value: &str| {
            values_of(request.headers, name)
                .flat_map(|values| values.split(|byte| *byte == b','))
                .any(|item| {
                    item.trim_ascii()
                        .eq_ignore_ascii_case(value.as_bytes())
                })
        };
        let len = match header("content-length") {
            (None, _) => Some(0),
            (Some(_), true) => None,
            (Some(len), false) => str::from_utf8(len)
                .ok()
                .filter(|len| {
                    len.bytes()
                        .all(|byte| byte.is_ascii_digit())
                })
                .and_then(|len| len.parse().ok()),
        };
        let Some(len) = len else {
            return self.refuse(BAD_REQUEST);
        };
        if header("transfer-encoding").0.is_some() {
            return self.refuse("411 Length Required");
        }
        let is_last = request.version == Some(0) || has("connection", "close");
        let target = request.path.unwrap_or_default();
        match request.method.unwrap_or_default() {
            method @ ("GET" | "HEAD") => {
                // Content of such a request means nothing, and is not read.
                self.is_last = is_last || len > 0;
                match self.directory.read(target) {
                    Ok((file, len)) => {
                        self.answer = Some(Answer::of_file(file, len, method, self.is_last));
                    }
                    Err(status) => self.answer(method, status, status),
                }
            }
            "PUT" => match self.directory.write(target) {
                Ok(upload) => {
                    let put = Put {
                        upload,
                        left: len,
                        is_last,
                    };
                    if len == 0 {
                        return self.finish(put);
                    }
                    self.put = Some(put);
                    if has("expect", "100-continue") {
                        self.answer = Some(Answer::of(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()));
                    }
                }
                Err(status) => self.refuse(status),
            },
            _ => self.refuse("405 Method Not Allowed\r\nAllow: GET, HEAD, PUT"),
        }
    }

    /// Answers a request whose content is not read, so that there can be no other.
    fn refuse(&mut self, status: StatusLine) {
        self.is_last = true;
        self.answer("", status, status);
    }

    /// Answers a request of `method` by a status, and a line of text if there is any.
    fn answer(&mut self, method: &str, status: StatusLine, text: &str) {
        let text = text.lines().next().unwrap_or_default();
        let content = match text {
            "" => String::new(),
            text => format!("{text}\n"),
        };
        // A status without content has no length either. RFC 9110 s8.6.
        let mut answer = match status {
            NO_CONTENT => head(status, None, self.is_last),
            _ => head(status, Some(content.len() as u64), self.is_last),
        };
        if method != "HEAD" {
            answer.push_str(&content);
        }
        self.answer = Some(Answer::of(answer.into_bytes()));
    }
}

/// The first lines of an answer.
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

fn values_of<'h>(headers: &'h [Header<'h>], name: &str) -> impl Iterator<Item = &'h [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value)
}

impl Answer {
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
            // Whoever was promised more than there is left in the file is cut off, and notices.
            let len = PIECE.min(usize::try_from(self.left).unwrap_or(PIECE));
            self.bytes.resize(len, 0);
            file.read_exact(&mut self.bytes)?;
            self.done = 0;
            self.left -= len as u64;
        }
        Ok(&self.bytes[self.done..])
    }
}
