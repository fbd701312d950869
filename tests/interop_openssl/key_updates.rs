//! Both halves on threads of their own, and keys that either side replaces in the middle of the data.

use std::fs;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rustls::CipherSuite::{TLS13_AES_128_GCM_SHA256, TLS13_CHACHA20_POLY1305_SHA256};
use rustls_direct::split::Truncated;
use testing::{Role, Setup, setups};

use crate::data::{MAX_LEN, from_openssl, from_us};
use crate::halves::{self, Came, Opening, Sealing};
use crate::openssl::{Files, Input};
use crate::outcome::{Error, PATIENCE, Result, compare, same};
use crate::tools::{self, KEY_UPDATE_NOT_REQUESTED, KEY_UPDATE_REQUESTED};
use crate::trials::Trials;

/// How often OpenSSL replaces its key, first in a way that asks for an answer, then in one that does not.
const PAIRS_OF_THEIRS: usize = 3;

/// How often we do.
const OURS: usize = 6;

/// Bytes that go each way where less will do.
const LESS: usize = 5 * 1024 * 1024;

/// Bytes that we send when all else is over, with the last of our keys.
const POSTSCRIPT_LEN: usize = 1000;

/// Bytes of a record with a KeyUpdate: header (5), message (5), type (1), tag (16). RFC 8446 s4.6.3, s5.2.
const KEY_UPDATE_LEN: usize = 27;

/// Bytes of an alert. RFC 8446 s6.
const ALERT_LEN: usize = 2;

/// Where the tools write which messages they send and receive.
const MESSAGES: &str = "messages";

pub(crate) fn trials(trials: &mut Trials) {
    for setup in setups() {
        for role in Role::BOTH {
            let is_tls13 = setup.is_tls13();
            let (what, len) = match setup.id() {
                TLS13_AES_128_GCM_SHA256 | TLS13_CHACHA20_POLY1305_SHA256 => {
                    ("halves_100_mib", MAX_LEN)
                }
                _ => ("halves_5_mib", LESS),
            };
            let plan = Plan {
                len,
                pairs_of_theirs: if is_tls13 { PAIRS_OF_THEIRS } else { 0 },
                ours: if is_tls13 { OURS } else { 0 },
            };
            trials.add(what, &setup, role, |setup, role| plan.run(setup, role));
            if is_tls13 {
                // The answers go out although we have nothing to say.
                let plan = Plan {
                    len: 0,
                    pairs_of_theirs: PAIRS_OF_THEIRS,
                    ours: 0,
                };
                trials.add("halves_silent", &setup, role, |setup, role| {
                    plan.run(setup, role)
                });
            }
        }
    }
}

/// What goes each way at the same time.
struct Plan {
    len: usize,
    pairs_of_theirs: usize,
    ours: usize,
}

/// What the half that seals is told.
enum Signal {
    /// Something is owed to the peer.
    Owes,
    /// All that was expected has come.
    Received,
    /// OpenSSL was fed, and all that it asked for was answered.
    Fed,
    /// There is no more to be hoped for.
    Failed,
}

impl Plan {
    fn run(self, setup: &Setup, role: Role) -> Result<()> {
        let files = Files::new(setup)?;
        let write_messages = ["-msg", "-msgfile", MESSAGES];
        let (mut openssl, socket) = tools::connect(setup, role, &files, &write_messages)?;
        let input = openssl.input()?;
        let done = halves::connect(setup, role, socket)
            .and_then(|(opening, sealing)| self.exchange(opening, sealing, input));
        let answers = openssl.with_last_words(done)?;
        assert_eq!(answers, self.pairs_of_theirs);

        let sent = [from_us(self.len), from_us(POSTSCRIPT_LEN)].concat();
        compare("OpenSSL's output", &openssl.finish()?.data, &sent)?;
        self.check(&fs::read_to_string(files.path(MESSAGES))?);
        Ok(())
    }

    /// Everything at the same time. Returns how many KeyUpdates we have answered.
    fn exchange(&self, opening: Opening, sealing: Sealing, input: Input) -> Result<usize> {
        let (signals, to_writer) = mpsc::channel();
        let (answered, to_feeder) = mpsc::channel();
        let from_feeder = signals.clone();
        thread::scope(|scope| {
            let feeding = scope.spawn(|| self.feed(input, to_feeder, from_feeder));
            let reading = scope.spawn(|| self.read(opening, signals));
            let writing = scope.spawn(|| self.write(sealing, to_writer, answered));
            let read = reading.join().expect("the reader");
            let written = writing.join().expect("the writer");
            let fed = feeding.join().expect("the feeder");
            match (read, fed, written) {
                (Ok(()), Ok(()), Ok(answers)) => Ok(answers),
                failed => Err(format!("{failed:?}").into()),
            }
        })
    }

    /// Has OpenSSL send data, and between it KeyUpdates. An answer is waited for before the next is asked for, since one
    /// would do for both.
    fn feed(&self, input: Input, answered: Receiver<()>, signals: Sender<Signal>) -> Result<()> {
        let mut parts = parts(from_openssl(self.len), 2 * self.pairs_of_theirs);
        for _ in 0..self.pairs_of_theirs {
            input.data(parts.next().expect("a part"))?;
            input.command(KEY_UPDATE_REQUESTED)?;
            input.data(parts.next().expect("a part"))?;
            input.command(KEY_UPDATE_NOT_REQUESTED)?;
            answered
                .recv_timeout(PATIENCE)
                .map_err(|_| "OpenSSL's KeyUpdate is not answered")?;
        }
        input.data(parts.next().expect("a part"))?;
        Ok(signals.send(Signal::Fed)?)
    }

    fn read(&self, mut opening: Opening, signals: Sender<Signal>) -> Result<()> {
        let result = self.read_all(&mut opening, &signals);
        if result.is_err() {
            // If the writer has ended as well, nobody listens.
            let _ = signals.send(Signal::Failed);
            opening.abandon();
        }
        result
    }

    fn read_all(&self, opening: &mut Opening, signals: &Sender<Signal>) -> Result<()> {
        let mut rest = from_openssl(self.len);
        // If the writer has ended, it says itself why.
        let tell = |signal| drop(signals.send(signal));
        let mut told = false;
        loop {
            if rest.is_empty() && !told {
                tell(Signal::Received);
                told = true;
            }
            let came = opening.read(
                |payload| {
                    let (expected, after) = rest.split_at(payload.len().min(rest.len()));
                    rest = after;
                    compare("what came", payload, expected)
                },
                || tell(Signal::Owes),
            )?;
            match came {
                Came::Data => same("an end of input", opening.end_of_input(), Err(Truncated))?,
                Came::Closed if rest.is_empty() => break,
                other => return Err(format!("{other:?} with {} bytes missing", rest.len()).into()),
            }
        }
        same("the end of input", opening.end_of_input(), Ok(()))?;
        same("is_at_end", opening.is_at_end()?, true)
    }

    fn write(
        &self,
        mut sealing: Sealing,
        signals: Receiver<Signal>,
        answered: Sender<()>,
    ) -> Result<usize> {
        let result = self.write_all(&mut sealing, &signals, &answered);
        if result.is_err() {
            sealing.abandon();
        }
        result
    }

    fn write_all(
        &self,
        sealing: &mut Sealing,
        signals: &Receiver<Signal>,
        answered: &Sender<()>,
    ) -> Result<usize> {
        let mut answers = 0;
        let mut count = |len: usize| {
            same("a part of a KeyUpdate", len % KEY_UPDATE_LEN, 0)?;
            for _ in 0..len / KEY_UPDATE_LEN {
                answers += 1;
                // If the feeder has ended, it says itself why.
                let _ = answered.send(());
            }
            Ok::<(), Error>(())
        };
        let mut parts = parts(from_us(self.len), self.ours);
        count(sealing.send(parts.next().expect("a part"))?)?;
        for part in parts {
            count(sealing.refresh_traffic_keys()? - KEY_UPDATE_LEN)?;
            count(sealing.send(part)?)?;
        }
        let mut to_come = 2;
        while to_come > 0 {
            match signals.recv_timeout(PATIENCE)? {
                Signal::Received | Signal::Fed => to_come -= 1,
                Signal::Failed => return Err("there is no more to be hoped for".into()),
                Signal::Owes => {
                    let len = sealing.flush()?;
                    // The next answer is asked for when this one has gone out.
                    if len > 0 {
                        same("owes", sealing.writer.owes(), false)?;
                    }
                    count(len)?;
                }
            }
        }
        same("what is owed", sealing.send(from_us(POSTSCRIPT_LEN))?, 0)?;
        let close_notify = sealing.overhead + ALERT_LEN;
        same("close_notify", sealing.close_notify()?, close_notify)?;
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
                Some("18 00 00 01 00") => count.not_asking += 1,
                Some("18 00 00 01 01") => count.asking += 1,
                other => panic!("{other:?} is no KeyUpdate"),
            }
            // No second one of ours asks for an answer before the first was answered. RFC 9846 s4.7.3.
            assert!(received.asking <= 1 + sent.not_asking, "{messages}");
        }
        let theirs = self.pairs_of_theirs;
        assert!(received.asking >= self.ours.min(1), "{received:?}");
        assert_eq!(received.asking + received.not_asking, self.ours + theirs);
        // OpenSSL answers along with what it sends next, which may be another KeyUpdate, or nothing.
        assert_eq!(sent.asking, theirs);
        let not_asking = theirs..=theirs + received.asking;
        assert!(not_asking.contains(&sent.not_asking), "{sent:?}");
    }
}

/// `data` in parts of about the same length, with `cuts` between them.
fn parts(data: &[u8], cuts: usize) -> impl Iterator<Item = &[u8]> {
    let place = move |i| data.len() * i / (cuts + 1);
    (0..=cuts).map(move |i| &data[place(i)..place(i + 1)])
}

/// KeyUpdates that went one way.
#[derive(Debug, Default)]
struct KeyUpdates {
    asking: usize,
    not_asking: usize,
}
