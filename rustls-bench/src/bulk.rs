//! Sending and receiving much data, by all libraries in turn.

use std::error::Error;
use std::time::{Duration, Instant};

use malloc_counter::allocations;
use rustls_direct_tests::raw::{Plan, Shape, raw};
use rustls_direct_tests::{Setup, pattern};

use crate::args::{Args, Bulk, Lib};
use crate::measurement::{Direction, Measurement, Samples};
use crate::subject::Session;

/// How long a library is measured before it is the next one's turn.
///
/// So short that a change of the machine's pace meets all of them alike.
const SLICE: Duration = Duration::from_millis(10);

/// How many turns each library has at a multiplier of 1.
const ROUNDS: f64 = 40.0;

/// Bytes of TLS that are received between two looks at the clock, at the least.
const RECV_BATCH: usize = 128 * 1024;

/// A connection is made anew before it has sealed or opened so many records. AES-GCM's limit is 2^24.
const MAX_RECORDS: usize = 1 << 22;

/// Writes that are looked at to count allocations, or fewer if they are long.
const COUNTED_WRITES: usize = 16;
const COUNTED_BYTES: usize = 64 << 20;

pub(crate) fn run(args: &Args, bulk: &Bulk) -> Result<Vec<Measurement>, Box<dyn Error>> {
    let mut setup = args.provider.setup(&bulk.suite)?;
    if let Some(size) = bulk.max_fragment {
        setup = setup.with_max_fragment_size(size.into());
    }
    let work = Work::new(&setup, bulk);
    work.check_that_raw_is_the_same();

    // Always there, because the others are compared to it.
    let mut libs = vec![Lib::Raw];
    for lib in &args.libs {
        if !libs.contains(lib) {
            libs.push(*lib);
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rounds = (ROUNDS * args.multiplier)
        .ceil()
        .max(3.0) as usize;

    let mut results = Vec::new();
    for direction in [Direction::Send, Direction::Recv] {
        let samples = work.measure(direction, &libs, rounds);
        let raw = samples[0].median_ns_per_write();
        for lib in &args.libs {
            let at = libs
                .iter()
                .position(|known| known == lib)
                .expect("it was put there");
            results.push(Measurement::new(
                args,
                bulk,
                &setup,
                *lib,
                direction,
                &samples[at],
                raw,
            ));
        }
    }
    Ok(results)
}

/// What every library is asked to do.
struct Work<'a> {
    setup: &'a Setup,
    plan: Plan,
    plaintext: Vec<u8>,
}

/// A library in the middle of being measured.
struct Turn {
    lib: Lib,
    session: Session,
    /// Records that the session has sealed or opened.
    records: usize,
    samples: Samples,
}

impl<'a> Work<'a> {
    fn new(setup: &'a Setup, bulk: &Bulk) -> Self {
        let plaintext_size = bulk.plaintext_size as usize;
        Self {
            setup,
            plan: Plan::new(
                Shape::of(setup),
                plaintext_size,
                bulk.max_fragment.map(usize::from),
            ),
            plaintext: pattern(plaintext_size),
        }
    }

    /// Seals the same writes under the same key with `direct` and with `raw`: a baseline that does other work, or the
    /// same work on other bytes, would be none.
    fn check_that_raw_is_the_same(&self) {
        let mut direct = Session::new(Lib::Direct, self.setup);
        let mut raw = raw(self.setup, direct.send_keys.clone());
        let mut by_direct = self.output(0x00);
        let mut by_raw = self.output(0xff);
        for _ in 0..3 {
            let written = direct
                .subject
                .send(&self.plan, &self.plaintext, &mut by_direct);
            raw.seal(&self.plan, &self.plaintext, &mut by_raw);
            assert_eq!(written, by_direct.len());
            assert!(by_direct == by_raw, "raw and direct seal different bytes");
        }
        let mut incoming = self.incoming(&mut direct, 1);
        let content = direct
            .subject
            .recv(&self.plan, &mut incoming);
        assert_eq!(content, self.plaintext.len());
    }

    /// Room for one write, filled with `byte` but for the headers.
    fn output(&self, byte: u8) -> Vec<u8> {
        let mut out = vec![byte; self.plan.tls_len];
        self.plan.write_headers(&mut out);
        out
    }

    /// `writes` writes of the session's peer.
    fn incoming(&self, session: &mut Session, writes: usize) -> Vec<u8> {
        let mut tls = vec![0; self.plan.tls_len * writes];
        self.seal_again(session, &mut tls);
        tls
    }

    fn seal_again(&self, session: &mut Session, tls: &mut [u8]) {
        for write in tls.chunks_exact_mut(self.plan.tls_len) {
            self.plan.write_headers(write);
            session
                .peer
                .seal(&self.plan, &self.plaintext, write);
        }
    }

    fn measure(&self, direction: Direction, libs: &[Lib], rounds: usize) -> Vec<Samples> {
        let mut turns: Vec<_> = libs
            .iter()
            .map(|&lib| Turn {
                lib,
                session: Session::new(lib, self.setup),
                records: 0,
                samples: Samples::default(),
            })
            .collect();
        let batch = match direction {
            Direction::Send => 1,
            Direction::Recv => RECV_BATCH.div_ceil(self.plan.tls_len),
        };
        let mut buffer = self.output(0);
        buffer.resize(self.plan.tls_len * batch, 0);

        for turn in &mut turns {
            // Once for buffers that a library allocates when it first needs them.
            match direction {
                Direction::Send => {
                    turn.samples.extra_tls_bytes = self.extra(&mut turn.session, &mut buffer);
                }
                Direction::Recv => {
                    self.run_batches(direction, &mut turn.session, &mut buffer, 1);
                }
            }
            turn.samples.allocations_per_record =
                self.count_allocations(direction, &mut turn.session);
            turn.records += (batch + self.counted_writes()) * self.plan.records.len();
        }
        let batches = self.calibrate(direction, &mut turns[0], &mut buffer);
        for round in 0..rounds {
            for i in 0..turns.len() {
                // Nobody always comes behind the same one.
                let turn = &mut turns[(round + i) % libs.len()];
                self.renew(turn, (batches + 1) * batch);
                // Once for the caches, which belonged to another.
                self.run_batches(direction, &mut turn.session, &mut buffer, 1);
                let time = self.run_batches(direction, &mut turn.session, &mut buffer, batches);
                turn.samples.push(time, batches * batch);
            }
        }
        turns
            .into_iter()
            .map(|turn| turn.samples)
            .collect()
    }

    /// How many bytes of TLS more than planned a write makes, because the library makes smaller records.
    fn extra(&self, session: &mut Session, buffer: &mut [u8]) -> usize {
        let written = session
            .subject
            .send(&self.plan, &self.plaintext, buffer);
        written
            .checked_sub(self.plan.tls_len)
            .expect("nobody makes larger records")
    }

    /// How many batches fill a slice.
    fn calibrate(&self, direction: Direction, turn: &mut Turn, buffer: &mut [u8]) -> usize {
        let writes_per_batch = buffer.len() / self.plan.tls_len;
        let mut batches = 1;
        loop {
            self.renew(turn, batches * writes_per_batch);
            let time = self.run_batches(direction, &mut turn.session, buffer, batches);
            if time >= SLICE || batches * buffer.len() > 1 << 30 {
                return batches;
            }
            batches *= 2;
        }
    }

    /// Makes room for `writes` more writes under the session's keys.
    fn renew(&self, turn: &mut Turn, writes: usize) {
        let records = writes * self.plan.records.len();
        if turn.records + records > MAX_RECORDS {
            turn.session = Session::new(turn.lib, self.setup);
            turn.records = 0;
        }
        turn.records += records;
    }

    /// The time that the session takes for so many batches. Sealing what it is to receive is outside the clock.
    fn run_batches(
        &self,
        direction: Direction,
        session: &mut Session,
        buffer: &mut [u8],
        batches: usize,
    ) -> Duration {
        match direction {
            Direction::Send => {
                let start = Instant::now();
                for _ in 0..batches {
                    let written = session
                        .subject
                        .send(&self.plan, &self.plaintext, buffer);
                    assert!(written >= self.plan.tls_len);
                }
                start.elapsed()
            }
            Direction::Recv => (0..batches)
                .map(|_| {
                    self.seal_again(session, buffer);
                    let start = Instant::now();
                    let content = session.subject.recv(&self.plan, buffer);
                    let time = start.elapsed();
                    let writes = buffer.len() / self.plan.tls_len;
                    assert_eq!(content, writes * self.plaintext.len());
                    time
                })
                .sum(),
        }
    }

    fn counted_writes(&self) -> usize {
        (COUNTED_BYTES / self.plan.tls_len).clamp(1, COUNTED_WRITES)
    }

    fn count_allocations(&self, direction: Direction, session: &mut Session) -> Option<f64> {
        let mut out = self.output(0);
        let mut tls = match direction {
            Direction::Send => Vec::new(),
            Direction::Recv => self.incoming(session, self.counted_writes()),
        };
        let (calls, ()) = allocations(|| match direction {
            Direction::Send => {
                for _ in 0..self.counted_writes() {
                    session
                        .subject
                        .send(&self.plan, &self.plaintext, &mut out);
                }
            }
            Direction::Recv => {
                session
                    .subject
                    .recv(&self.plan, &mut tls);
            }
        });
        let records = self.counted_writes() * self.plan.records.len();
        calls.map(|calls| calls as f64 / records as f64)
    }
}
