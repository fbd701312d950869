//! Do both sides replace their keys in the middle of the data, with each half on its own thread?

use std::fs;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rustls::CipherSuite::{TLS13_AES_128_GCM_SHA256, TLS13_CHACHA20_POLY1305_SHA256};
use rustls_direct::split::Truncated;
use testing::{Role, Setup, setups};

use crate::data::{MAX_LEN, from_openssl, from_us};
use crate::failure::{Error, Result, TIMEOUT, compare, ensure_equal};
use crate::halves::{self, ReadOutcome, SocketReader, SocketWriter};
use crate::openssl::{Files, Input};
use crate::tools::{self, KEY_UPDATE_NOT_REQUESTED, KEY_UPDATE_REQUESTED};
use crate::trials::Trials;

/// How often OpenSSL updates its key, first with a request and then without one.
const THEIR_UPDATE_PAIRS: usize = 3;

/// How often we update our key.
const OUR_UPDATES: usize = 6;

/// Bytes that are sent each way if fewer are enough.
const SHORT_LEN: usize = 5 * 1024 * 1024;

/// Bytes that we send at the end, with our last key.
const FINAL_LEN: usize = 1000;

/// Bytes of a record with a KeyUpdate: header (5), message (5), type (1), tag (16). RFC 8446 s4.6.3, s5.2.
const KEY_UPDATE_LEN: usize = 27;

/// Bytes of an alert. RFC 8446 s6.
const ALERT_LEN: usize = 2;

/// The file to which the tools write the messages that they send and receive.
const MESSAGES: &str = "messages";

pub(crate) fn trials(trials: &mut Trials) {
    for setup in setups() {
        for role in Role::BOTH {
            let is_tls13 = setup.is_tls13();
            let (what, len) = match setup.id() {
                TLS13_AES_128_GCM_SHA256 | TLS13_CHACHA20_POLY1305_SHA256 => {
                    ("halves_100_mib", MAX_LEN)
                }
                _ => ("halves_5_mib", SHORT_LEN),
            };
            let plan = Plan {
                len,
                their_update_pairs: if is_tls13 { THEIR_UPDATE_PAIRS } else { 0 },
                ours: if is_tls13 { OUR_UPDATES } else { 0 },
            };
            trials.add(what, &setup, role, |setup, role| plan.run(setup, role));
            if is_tls13 {
                // Answers are sent although we send no data.
                let plan = Plan {
                    len: 0,
                    their_update_pairs: THEIR_UPDATE_PAIRS,
                    ours: 0,
                };
                trials.add("halves_silent", &setup, role, |setup, role| {
                    plan.run(setup, role)
                });
            }
        }
    }
}

/// How much is sent each way at the same time.
struct Plan {
    len: usize,
    their_update_pairs: usize,
    ours: usize,
}

/// A signal to the thread of the writer.
enum Signal {
    /// Something is owed to the peer.
    Owes,
    /// All expected data has arrived.
    Received,
    /// OpenSSL has all its input, and all its requests were answered.
    Fed,
    /// The reader has failed.
    Failed,
}

impl Plan {
    fn run(self, setup: &Setup, role: Role) -> Result<()> {
        let files = Files::new(setup)?;
        let write_messages = ["-msg", "-msgfile", MESSAGES];
        let (mut openssl, socket) = tools::connect(setup, role, &files, &write_messages)?;
        let input = openssl.input()?;
        let done =
            halves::connect(setup, role, socket).and_then(|(socket_reader, socket_writer)| {
                self.exchange(socket_reader, socket_writer, input)
            });
        let answers = openssl.with_stderr(done)?;
        assert_eq!(answers, self.their_update_pairs);

        let sent = [from_us(self.len), from_us(FINAL_LEN)].concat();
        compare("OpenSSL's output", &openssl.finish()?.data, &sent)?;
        self.check(&fs::read_to_string(files.path(MESSAGES))?);
        Ok(())
    }

    /// Runs all threads. Returns how many KeyUpdates we have answered.
    fn exchange(
        &self,
        socket_reader: SocketReader,
        socket_writer: SocketWriter,
        input: Input,
    ) -> Result<usize> {
        let (signals, to_writer) = mpsc::channel();
        let (answered, to_feeder) = mpsc::channel();
        let from_feeder = signals.clone();
        thread::scope(|scope| {
            let feeding = scope.spawn(|| self.feed(input, to_feeder, from_feeder));
            let reading = scope.spawn(|| self.read(socket_reader, signals));
            let writing = scope.spawn(|| self.write(socket_writer, to_writer, answered));
            let read = reading.join().expect("the reader");
            let written = writing.join().expect("the writer");
            let fed = feeding.join().expect("the feeder");
            match (read, fed, written) {
                (Ok(()), Ok(()), Ok(answers)) => Ok(answers),
                failed => Err(format!("{failed:?}").into()),
            }
        })
    }

    /// Makes OpenSSL send data with KeyUpdates in between. Waits for each answer before the next request, because one
    /// answer would serve for both.
    fn feed(&self, input: Input, answered: Receiver<()>, signals: Sender<Signal>) -> Result<()> {
        let mut parts = parts(from_openssl(self.len), 2 * self.their_update_pairs);
        for _ in 0..self.their_update_pairs {
            input.data(parts.next().expect("a part"))?;
            input.command(KEY_UPDATE_REQUESTED)?;
            input.data(parts.next().expect("a part"))?;
            input.command(KEY_UPDATE_NOT_REQUESTED)?;
            answered
                .recv_timeout(TIMEOUT)
                .map_err(|_| "OpenSSL's KeyUpdate is not answered")?;
        }
        input.data(parts.next().expect("a part"))?;
        Ok(signals.send(Signal::Fed)?)
    }

    fn read(&self, mut socket_reader: SocketReader, signals: Sender<Signal>) -> Result<()> {
        let result = self.read_all(&mut socket_reader, &signals);
        if result.is_err() {
            // If the writer has ended as well, nobody receives this.
            let _ = signals.send(Signal::Failed);
            socket_reader.abandon();
        }
        result
    }

    fn read_all(&self, socket_reader: &mut SocketReader, signals: &Sender<Signal>) -> Result<()> {
        let mut rest = from_openssl(self.len);
        // If the writer has ended, it reports the reason.
        let tell = |signal| drop(signals.send(signal));
        let mut told = false;
        loop {
            if rest.is_empty() && !told {
                tell(Signal::Received);
                told = true;
            }
            let outcome = socket_reader.read(
                |payload| {
                    let (expected, after) = rest.split_at(payload.len().min(rest.len()));
                    rest = after;
                    compare("the received data", payload, expected)
                },
                || tell(Signal::Owes),
            )?;
            match outcome {
                ReadOutcome::Data => ensure_equal(
                    "an end of input",
                    socket_reader.end_of_input(),
                    Err(Truncated),
                )?,
                ReadOutcome::Closed if rest.is_empty() => break,
                other => return Err(format!("{other:?} with {} bytes missing", rest.len()).into()),
            }
        }
        ensure_equal("the end of input", socket_reader.end_of_input(), Ok(()))?;
        ensure_equal("is_at_end", socket_reader.is_at_end()?, true)
    }

    fn write(
        &self,
        mut socket_writer: SocketWriter,
        signals: Receiver<Signal>,
        answered: Sender<()>,
    ) -> Result<usize> {
        let result = self.write_all(&mut socket_writer, &signals, &answered);
        if result.is_err() {
            socket_writer.abandon();
        }
        result
    }

    fn write_all(
        &self,
        socket_writer: &mut SocketWriter,
        signals: &Receiver<Signal>,
        answered: &Sender<()>,
    ) -> Result<usize> {
        let mut answers = 0;
        let mut count = |len: usize| {
            ensure_equal("a part of a KeyUpdate", len % KEY_UPDATE_LEN, 0)?;
            for _ in 0..len / KEY_UPDATE_LEN {
                answers += 1;
                // If the feeder has ended, it reports the reason.
                let _ = answered.send(());
            }
            Ok::<(), Error>(())
        };
        let mut parts = parts(from_us(self.len), self.ours);
        count(socket_writer.send(parts.next().expect("a part"))?)?;
        for part in parts {
            count(socket_writer.refresh_traffic_keys()? - KEY_UPDATE_LEN)?;
            count(socket_writer.send(part)?)?;
        }
        let mut to_come = 2;
        while to_come > 0 {
            match signals.recv_timeout(TIMEOUT)? {
                Signal::Received | Signal::Fed => to_come -= 1,
                Signal::Failed => return Err("the reader has failed".into()),
                Signal::Owes => {
                    let len = socket_writer.flush()?;
                    // The next request follows only after this answer was sent.
                    if len > 0 {
                        ensure_equal("owes", socket_writer.writer.owes(), false)?;
                    }
                    count(len)?;
                }
            }
        }
        ensure_equal("what is owed", socket_writer.send(from_us(FINAL_LEN))?, 0)?;
        let close_notify = socket_writer.overhead + ALERT_LEN;
        ensure_equal("close_notify", socket_writer.close_notify()?, close_notify)?;
        Ok(answers)
    }

    /// Checks which KeyUpdates OpenSSL has seen.
    fn check(&self, messages: &str) {
        let mut sent = KeyUpdates::default();
        let mut received = KeyUpdates::default();
        let mut lines = messages.lines();
        while let Some(line) = lines.next() {
            if !line.ends_with("KeyUpdate") {
                continue;
            }
            let count = match line.starts_with(">>>") {
                true => &mut sent,
                false => &mut received,
            };
            match lines.next().map(str::trim) {
                Some("18 00 00 01 00") => count.not_requesting += 1,
                Some("18 00 00 01 01") => count.requesting += 1,
                other => panic!("{other:?} is not a KeyUpdate"),
            }
            // We request no second answer before the first has arrived. RFC 9846 s4.7.3.
            assert!(received.requesting <= 1 + sent.not_requesting, "{messages}");
        }
        let theirs = self.their_update_pairs;
        assert!(received.requesting >= self.ours.min(1), "{received:?}");
        assert_eq!(
            received.requesting + received.not_requesting,
            self.ours + theirs
        );
        // OpenSSL answers with its next output, which may be another KeyUpdate, or nothing.
        assert_eq!(sent.requesting, theirs);
        let not_requesting = theirs..=theirs + received.requesting;
        assert!(not_requesting.contains(&sent.not_requesting), "{sent:?}");
    }
}

/// Splits `data` into parts of about the same length, with `cuts` between them.
fn parts(data: &[u8], cuts: usize) -> impl Iterator<Item = &[u8]> {
    let place = move |i| data.len() * i / (cuts + 1);
    (0..=cuts).map(move |i| &data[place(i)..place(i + 1)])
}

/// KeyUpdates in one direction.
#[derive(Debug, Default)]
struct KeyUpdates {
    requesting: usize,
    not_requesting: usize,
}
