//! A sender against a model of one, which knows the next sequence number and what has ended.

extern crate std;

use alloc::vec;
use alloc::vec::Vec;

use rustls::AlertDescription;
use rustls::unbuffered::InsufficientSizeError;

use super::numbered::{Numbered, Record, records};
use super::random::Xorshift;
use super::*;
use crate::traffic::request::Requests;

const CONVERSATIONS: u64 = 100_000;
const STEPS: usize = 12;

/// Data to be written, and the output.
pub(super) struct Write {
    pub(super) data: Vec<u8>,
    pub(super) padding: usize,
    pub(super) out: Vec<u8>,
}

/// A sender, and the state that it is expected to be in.
pub(super) struct Model {
    pub(super) seed: u64,
    pub(super) sender: Sender,
    pub(super) random: Xorshift,
    /// Each key has the sequence numbers below this one.
    pub(super) limit: u64,
    /// The sequence number of the next record.
    pub(super) number: u64,
    pub(super) max_content_len: usize,
    /// Whether close_notify was sealed or is owed.
    pub(super) closed: bool,
    pub(super) failed: bool,
    /// Whether an alert was sealed. Nothing may follow it.
    pub(super) sealed_alert: bool,
}

impl Model {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Xorshift::new(seed);
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
            sealed_alert: false,
        }
    }

    pub(super) fn step(&mut self) {
        match self.random.below(14) {
            0 => self.encrypt(),
            1 | 2 => self.encrypt_padded(),
            3 => self.write_slice(),
            4 => self.write_io_slices(),
            5 | 6 => self.write_chunks(),
            7 | 8 => self.reserve(),
            9 => drop(self.sender.owe_refresh()),
            10 => self.receive_key_update(),
            11 => self.flush(),
            12 => self.refresh(),
            _ => self.maybe_end(),
        }
        if self.has_ended() {
            self.assert_refuses_all();
        }
    }

    pub(super) fn maybe_end(&mut self) {
        match self.random.below(8) {
            0 => self.close(),
            1 => self.fail(),
            2 => self.sender.release_cipher(),
            _ => {}
        }
    }

    pub(super) fn random_write(&mut self) -> Write {
        let len = self.random.len(300);
        let padding = match self.random.below(3) {
            0 => self.random.len(50),
            _ => 0,
        };
        Write {
            data: self.random.data(len),
            padding,
            out: self.room(),
        }
    }

    pub(super) fn room(&mut self) -> Vec<u8> {
        vec![FILL; self.random.len(500)]
    }

    pub(super) fn has_ended(&self) -> bool {
        self.closed || self.failed
    }

    /// Checks the records at the front of `out`, and returns the data in them.
    pub(super) fn check_sealed(&mut self, out: &[u8], written: usize) -> Vec<u8> {
        let (tls, rest) = out.split_at(written);
        assert!(is_untouched(rest));
        let mut data = vec![];
        for record in records(tls) {
            self.check_record(&record);
            if record.typ == DATA {
                data.extend(record.content);
            }
        }
        data
    }

    pub(super) fn check_record(&mut self, record: &Record<'_>) {
        assert!(!self.sealed_alert);
        assert_eq!(record.number, self.number);
        assert!(self.number < self.limit);
        self.number += 1;
        match record.typ {
            DATA => {
                assert!(!self.has_ended());
                assert!((1..=self.max_content_len).contains(&record.content.len()));
                assert!(
                    self.number < self.limit,
                    "the last sequence number is not for data"
                );
            }
            HANDSHAKE => {
                assert!(!self.failed);
                self.number = 0;
            }
            typ => {
                assert_eq!(typ, ALERT);
                assert!(self.has_ended());
                self.sealed_alert = true;
            }
        }
    }

    /// Checks a refusal of data. Returns the required room if `out` was too short.
    pub(super) fn check_refused(&self, error: WriteError, out: &[u8]) -> Option<usize> {
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

    pub(super) fn receive_key_update(&mut self) {
        let wants_answer = self.random.below(2) == 0;
        self.sender.accept_requests(Requests {
            key_update: wants_answer,
            key_update_answered: !wants_answer,
            ..Requests::NONE
        });
    }

    pub(super) fn flush(&mut self) {
        let mut out = self.room();
        let required = self.sender.owed_len();
        match self
            .sender
            .flush(&mut { KEYS }, &mut out)
        {
            Ok(written) => {
                assert_eq!(written, required);
                assert_eq!(self.check_sealed(&out, written), []);
            }
            Err(error) => {
                assert_eq!(room_missing(error, &out), required);
                let out = seal_exactly(required, |out| self.sender.flush(&mut { KEYS }, out));
                assert_eq!(self.check_sealed(&out, required), []);
            }
        }
        assert!(!self.sender.owes());
    }

    pub(super) fn refresh(&mut self) {
        let mut out = self.room();
        match self
            .sender
            .refresh_traffic_keys(&mut { KEYS }, &mut out)
        {
            Ok(written) => {
                assert_eq!(self.check_sealed(&out, written), []);
                assert_eq!(self.number, 0);
            }
            Err(error) => drop(self.check_refused(error, &out)),
        }
    }

    pub(super) fn close(&mut self) {
        let mut out = self.room();
        let closed = self
            .sender
            .close_notify(&mut { KEYS }, &mut out);
        self.closed = true;
        match closed {
            Ok(written) => assert_eq!(self.check_sealed(&out, written), []),
            Err(WriteError::Failed(_)) => {
                assert!(self.failed);
                assert!(is_untouched(&out));
            }
            Err(error) => assert_eq!(room_missing(error, &out), self.sender.owed_len()),
        }
    }

    pub(super) fn fail(&mut self) {
        let failure = Failure::with_alert(Error::DecryptError, AlertDescription::BadRecordMac);
        self.sender.fail(failure);
        self.failed = true;
    }

    /// Checks that no data can be sealed any more.
    pub(super) fn assert_refuses_all(&mut self) {
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
            let missing = self.check_refused(error.expect("a refusal"), &out);
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

/// Returns the room that a refused call asks for. The call has not touched `out`, which has less.
pub(super) fn room_missing(error: WriteError, out: &[u8]) -> usize {
    assert!(is_untouched(out));
    let WriteError::InsufficientSize(InsufficientSizeError { required_size }) = error else {
        panic!("expected InsufficientSize, not {error:?}");
    };
    assert!(required_size > out.len());
    required_size
}

/// Reserves room for `data`, and seals `len` bytes of it there.
pub(super) fn write_in_place(
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

/// Seals into exactly the `required` room, and checks that one byte less is refused.
pub(super) fn seal_exactly(
    required: usize,
    mut seal: impl FnMut(&mut [u8]) -> Result<usize, WriteError>,
) -> Vec<u8> {
    let mut out = vec![FILL; required];
    let short = &mut out[1..];
    let refused = seal(short).expect_err("one byte too few");
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
