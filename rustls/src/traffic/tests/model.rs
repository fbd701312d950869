//! A sender against a model of one, which knows the number of the next record and what has ended.

extern crate std;

use alloc::vec;
use alloc::vec::Vec;
#[cfg(feature = "std")]
use std::io::IoSlice;

use rustls::AlertDescription;
use rustls::crypto::cipher::OutboundChunks;
use rustls::unbuffered::InsufficientSizeError;

use super::numbered::{Numbered, Record, records};
use super::*;
use crate::traffic::request::Requests;

const CONVERSATIONS: u64 = 100_000;
const STEPS: usize = 12;

/// Marsaglia, Xorshift RNGs.
struct Xorshift(u64);

impl Xorshift {
    /// A number from 0 to `end`, but for that.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// The same, for a size.
    fn len(&mut self, end: usize) -> usize {
        self.below(end.try_into().unwrap())
            .try_into()
            .unwrap()
    }

    /// Bytes that are not zero, so that no padding is taken for them.
    fn data(&mut self, len: usize) -> Vec<u8> {
        (0..len)
            .map(|_| 1 + self.below(255).to_le_bytes()[0])
            .collect()
    }

    /// `data` in pieces, some of which are empty.
    fn cut<'a>(&mut self, mut data: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = vec![];
        while !data.is_empty() {
            let (piece, rest) = data.split_at(self.len(data.len() + 1));
            pieces.push(piece);
            data = rest;
        }
        pieces
    }
}

/// What is to be written, and where.
struct Job {
    data: Vec<u8>,
    padding: usize,
    out: Vec<u8>,
}

/// The sender, and what is known of it.
struct Model {
    seed: u64,
    sender: Sender,
    random: Xorshift,
    /// A key has the numbers below it.
    limit: u64,
    /// That of the next record.
    number: u64,
    max_content_len: usize,
    /// Whether close_notify was sealed, or is owed.
    closed: bool,
    failed: bool,
    /// Whether an alert was sealed, which nothing may follow.
    has_said_all: bool,
}

impl Model {
    fn new(seed: u64) -> Self {
        // Seeds that are near each other would begin alike.
        let mut random = Xorshift(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let limit = 2 + random.below(6);
        let number = random.below(limit);
        let max_fragment_size = [32, 37, 100][random.len(3)];
        Self {
            seed,
            sender: sender_of(&Numbered, number..limit, Some(max_fragment_size)),
            random,
            limit,
            number,
            max_content_len: max_fragment_size - 5,
            closed: false,
            failed: false,
            has_said_all: false,
        }
    }

    fn step(&mut self) {
        match self.random.below(14) {
            0 => self.encrypts(),
            1 | 2 => self.encrypts_padded(),
            3 => self.writes_slice(),
            4 => self.writes_io_slices(),
            5 | 6 => self.writes_chunks(),
            7 | 8 => self.reserves(),
            9 => drop(self.sender.owe_refresh()),
            10 => self.is_asked_for_key_update(),
            11 => self.flushes(),
            12 => self.refreshes(),
            _ => self.ends_perhaps(),
        }
        if self.has_ended() {
            self.refuses_all();
        }
    }

    fn ends_perhaps(&mut self) {
        match self.random.below(8) {
            0 => self.closes(),
            1 => self.fails(),
            2 => self.sender.release_cipher(),
            _ => {}
        }
    }

    fn job(&mut self) -> Job {
        let len = self.random.len(300);
        let padding = match self.random.below(3) {
            0 => self.random.len(50),
            _ => 0,
        };
        Job {
            data: self.random.data(len),
            padding,
            out: self.room(),
        }
    }

    fn room(&mut self) -> Vec<u8> {
        vec![FILL; self.random.len(500)]
    }

    fn has_ended(&self) -> bool {
        self.closed || self.failed
    }

    /// Checks what was sealed at the front of `out` against all that is known, and returns the data in it.
    fn sealed(&mut self, out: &[u8], written: usize) -> Vec<u8> {
        let (tls, rest) = out.split_at(written);
        assert!(is_untouched(rest));
        let mut data = vec![];
        for record in records(tls) {
            self.goes_on_with(&record);
            if record.typ == DATA {
                data.extend(record.content);
            }
        }
        data
    }

    fn goes_on_with(&mut self, record: &Record<'_>) {
        assert!(!self.has_said_all);
        assert_eq!(record.number, self.number);
        assert!(self.number < self.limit);
        self.number += 1;
        match record.typ {
            DATA => {
                assert!(!self.has_ended());
                assert!((1..=self.max_content_len).contains(&record.content.len()));
                assert!(self.number < self.limit, "the last is not for data");
            }
            HANDSHAKE => {
                assert!(!self.failed);
                self.number = 0;
            }
            typ => {
                assert_eq!(typ, ALERT);
                assert!(self.has_ended());
                self.has_said_all = true;
            }
        }
    }

    /// Checks a refusal of data, and returns the room that is required, if that is what was missing.
    fn refused(&self, error: WriteError, out: &[u8]) -> Option<usize> {
        match error {
            WriteError::Failed(_) => assert!(self.failed),
            WriteError::Closed => assert!(self.closed && !self.failed),
            error => {
                assert!(!self.has_ended());
                return Some(room_missing(error, out));
            }
        }
        assert!(is_untouched(out));
        None
    }

    fn encrypts(&mut self) {
        let Job { data, mut out, .. } = self.job();
        match encrypt(&mut self.sender, &data, &mut out) {
            Ok(written) => assert_eq!(self.sealed(&out, written), data),
            Err(error) => drop(self.refused(error, &out)),
        }
    }

    fn encrypts_padded(&mut self) {
        let Job {
            data,
            padding,
            mut out,
        } = self.job();
        let room = out.len();
        let required = self
            .sender
            .required_len(data.len(), padding);
        let encrypt = |sender: &mut Sender, out: &mut [u8]| {
            sender.encrypt(&mut { KEYS }, &data, padding, out)
        };
        match encrypt(&mut self.sender, &mut out) {
            Ok(written) => {
                assert!(data.is_empty() || written == required);
                assert_eq!(self.sealed(&out, written), data);
            }
            Err(error) => {
                let Some(missing) = self.refused(error, &out) else {
                    return;
                };
                assert_eq!(missing, required);
                assert!(required > room);
                let out = fills(required, |out| encrypt(&mut self.sender, out));
                assert_eq!(self.sealed(&out, required), data);
            }
        }
    }

    fn writes_slice(&mut self) {
        let mut job = self.job();
        let data = job.data.clone();
        self.writes(&mut job, data[..].into());
    }

    fn writes_chunks(&mut self) {
        let mut job = self.job();
        let data = job.data.clone();
        let chunks = self.random.cut(&data);
        let content = match self.random.below(2) {
            0 => OutboundChunks::new(&chunks),
            _ => OutboundChunks::Multiple {
                chunks: &chunks,
                start: 0,
                end: data.len(),
            },
        };
        self.writes(&mut job, content.into());
    }

    #[cfg(feature = "std")]
    fn writes_io_slices(&mut self) {
        let mut job = self.job();
        let data = job.data.clone();
        let slices: Vec<_> = self
            .random
            .cut(&data)
            .into_iter()
            .map(IoSlice::new)
            .collect();
        self.writes(&mut job, slices[..].into());
    }

    #[cfg(not(feature = "std"))]
    fn writes_io_slices(&mut self) {}

    /// Writes as much of the job as has room, which is the same as `content`.
    fn writes(&mut self, job: &mut Job, content: Gathered<'_>) {
        let Job { data, padding, out } = job;
        let write = |sender: &mut Sender, out: &mut [u8]| {
            sender.write(&mut { KEYS }, content.clone(), *padding, out)
        };
        match write(&mut self.sender, out) {
            Ok(Written { consumed, written }) => {
                assert_eq!(consumed == 0, data.is_empty());
                assert_eq!(self.sealed(out, written), data[..consumed]);
            }
            Err(error) => {
                let Some(required) = self.refused(error, out) else {
                    return;
                };
                let mut consumed = 0;
                let out = fills(required, |out| {
                    let written = write(&mut self.sender, out)?;
                    consumed = written.consumed;
                    Ok(written.written)
                });
                assert!(consumed > 0);
                assert_eq!(self.sealed(&out, required), data[..consumed]);
            }
        }
    }

    fn reserves(&mut self) {
        let Job {
            data,
            padding,
            mut out,
        } = self.job();
        let data = &data[..data.len().min(self.max_content_len)];
        let len = self.random.len(data.len() + 1);
        match write_in_place(&mut self.sender, data, len, padding, &mut out) {
            Ok(Ok(written)) => {
                // What lies behind the records is content that was not sealed.
                let sealed = self.sealed(&out[..written], written);
                assert_eq!(sealed, data[..len]);
            }
            // Room for the content is not room for its padding.
            Ok(Err(error)) => {
                assert!(padding > 0);
                assert!(matches!(error, WriteError::InsufficientSize(_)), "{error}");
            }
            Err(error) => {
                if let Some(required) = self.refused(error, &out) {
                    self.reserves_exactly(data, required);
                }
            }
        }
    }

    fn reserves_exactly(&mut self, data: &[u8], required: usize) {
        if data.is_empty() {
            // There is nothing to fill the room with.
            return;
        }
        let out = fills(required, |out| {
            write_in_place(&mut self.sender, data, data.len(), 0, out)?
        });
        assert_eq!(self.sealed(&out, required), data);
    }

    fn is_asked_for_key_update(&mut self) {
        let wants_answer = self.random.below(2) == 0;
        self.sender.accept_requests(Requests {
            key_update: wants_answer,
            key_update_answered: !wants_answer,
            ..Requests::NONE
        });
    }

    fn flushes(&mut self) {
        let mut out = self.room();
        let required = self.sender.owed_len();
        match self
            .sender
            .flush(&mut { KEYS }, &mut out)
        {
            Ok(written) => {
                assert_eq!(written, required);
                assert_eq!(self.sealed(&out, written), []);
            }
            Err(error) => {
                assert_eq!(room_missing(error, &out), required);
                let out = fills(required, |out| self.sender.flush(&mut { KEYS }, out));
                assert_eq!(self.sealed(&out, required), []);
            }
        }
        assert!(!self.sender.owes());
    }

    fn refreshes(&mut self) {
        let mut out = self.room();
        match self
            .sender
            .refresh_traffic_keys(&mut { KEYS }, &mut out)
        {
            Ok(written) => {
                assert_eq!(self.sealed(&out, written), []);
                assert_eq!(self.number, 0);
            }
            Err(error) => drop(self.refused(error, &out)),
        }
    }

    fn closes(&mut self) {
        let mut out = self.room();
        let closed = self
            .sender
            .close_notify(&mut { KEYS }, &mut out);
        self.closed = true;
        match closed {
            Ok(written) => assert_eq!(self.sealed(&out, written), []),
            Err(WriteError::Failed(_)) => {
                assert!(self.failed);
                assert!(is_untouched(&out));
            }
            Err(error) => assert_eq!(room_missing(error, &out), self.sender.owed_len()),
        }
    }

    fn fails(&mut self) {
        let failure = Failure::with_alert(Error::DecryptError, AlertDescription::BadRecordMac);
        self.sender.fail(failure);
        self.failed = true;
    }

    /// Checks that no data is taken any more.
    fn refuses_all(&mut self) {
        let mut out = [FILL; 1000];
        let Self { sender, .. } = self;
        let refused = [
            encrypt(sender, b"x", &mut out).err(),
            sender
                .encrypt(&mut { KEYS }, b"x", 1, &mut out)
                .err(),
            sender
                .write(&mut { KEYS }, b"x".into(), 0, &mut out)
                .err(),
            Reservation::new(sender, &mut { KEYS }, None, 1, &mut out).err(),
            sender
                .refresh_traffic_keys(&mut { KEYS }, &mut out)
                .err(),
        ];
        for error in refused {
            let missing = self.refused(error.expect("a refusal"), &out);
            assert_eq!(missing, None);
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::println!("the seed was {}", self.seed);
        }
    }
}

/// The room that a refused call asks for, which is more than `out` has, and has touched nothing.
fn room_missing(error: WriteError, out: &[u8]) -> usize {
    assert!(is_untouched(out));
    let WriteError::InsufficientSize(InsufficientSizeError { required_size }) = error else {
        panic!("expected to be asked for room, not {error:?}");
    };
    assert!(required_size > out.len());
    required_size
}

/// Reserves a place for `data`, and seals `len` bytes of it there.
fn write_in_place(
    sender: &mut Sender,
    data: &[u8],
    len: usize,
    padding: usize,
    out: &mut [u8],
) -> Result<Result<usize, WriteError>, WriteError> {
    let mut keys = KEYS;
    let mut reserved = Reservation::new(sender, &mut keys, None, data.len(), out)?;
    reserved.content().copy_from_slice(data);
    Ok(reserved.seal(len, padding))
}

/// What `seal` makes of the room that it requires, of which it uses every byte, and can not spare one.
fn fills(required: usize, mut seal: impl FnMut(&mut [u8]) -> Result<usize, WriteError>) -> Vec<u8> {
    let mut out = vec![FILL; required];
    let short = &mut out[1..];
    let refused = seal(short).expect_err("a byte is missing");
    assert_eq!(room_missing(refused, short), required);
    assert_eq!(seal(&mut out).unwrap(), required);
    out
}

#[test]
fn a_sender_does_what_the_model_says() {
    for seed in 1..=CONVERSATIONS {
        let mut model = Model::new(seed);
        for _ in 0..STEPS {
            model.step();
        }
    }
}
