//! What every library is asked to do, and how long it takes.

use std::mem;
use std::ops::RangeInclusive;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use malloc_counter::allocations;
use testing::raw::{Keys, Plan, Shape, raw};
use testing::{Setup, pattern};

use crate::direction::Direction;
use crate::job::Job;
use crate::library::Library;
use crate::page_faults;
use crate::rustls_server;
use crate::samples::{Samples, interleave};
use crate::session::Session;
use crate::stack_depth::{DEPTHS, run_at_depth};
use crate::streamed_client::StreamedClient;

/// How long a library is measured before it is the next one's turn.
pub(crate) const SLICE: Duration = Duration::from_millis(10);

/// Bytes of TLS that are received between two looks at the clock, at the least.
const RECV_BATCH: usize = 128 * 1024;

/// A connection is made anew before it has sealed or opened so many records. AES-GCM's limit is 2^24.
const MAX_RECORDS: usize = 1 << 22;

/// Writes that are looked at to count allocations, or fewer if they are long.
const COUNTED_WRITES: usize = 16;
const COUNTED_BYTES: usize = 64 << 20;

pub(crate) struct Work<'a> {
    setup: &'a Setup,
    direction: Direction,
    threads: RangeInclusive<usize>,
    plan: Plan,
    plaintext: Vec<u8>,
    /// Writes between two looks at the clock.
    batch: usize,
}

/// What was found out of a library.
pub(crate) struct Sampled {
    pub(crate) lib: Library,
    pub(crate) threads: usize,
    /// Nanoseconds for a write. Those of several threads go by together.
    pub(crate) ns_per_write: Samples,
    /// Of all threads together, in the same slices of time. None at all if the system does not tell.
    pub(crate) page_faults_per_write: Samples,
    pub(crate) allocations_per_record: Option<f64>,
    /// Of each write that is sent, beyond what is planned.
    pub(crate) extra_tls_bytes: usize,
}

/// A library in the middle of being measured.
struct Turn {
    /// One for each thread.
    sessions: Vec<Session>,
    /// Records that each session has sealed or opened.
    records: usize,
    sampled: Sampled,
}

/// The buffers of a thread, the same for all libraries: none shall have the better place.
struct Buffers {
    tls: Vec<u8>,
    /// Where content is wanted. Has room for the type byte of the last record.
    content: Vec<u8>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(setup: &'a Setup, job: &Job) -> Self {
        let plaintext_size = job.plaintext_size as usize;
        let plan = Plan::new(
            Shape::of(setup),
            plaintext_size,
            job.max_fragment.map(usize::from),
        );
        let batch = match job.direction {
            Direction::Send => 1,
            Direction::Recv | Direction::Into => RECV_BATCH.div_ceil(plan.tls_len),
        };
        Self {
            setup,
            direction: job.direction,
            threads: job.threads.clone(),
            plan,
            plaintext: pattern(plaintext_size),
            batch,
        }
    }

    /// Seals the same writes under the same key with `direct` and with `raw`: a baseline that does other work, or the
    /// same work on other bytes, would be none. So does `direct-streamed`, whose bytes nobody looks at later. All open what
    /// the other end has sealed.
    pub(crate) fn check_that_raw_is_the_same(&self) {
        let mut direct = self.session(Library::Direct);
        self.check_that_raw_seals_the_same(direct.send_keys, || {
            let mut sealed = vec![0; self.plan.tls_len];
            let written = direct
                .client
                .send(&self.plan, &self.plaintext, &mut sealed);
            sealed.truncate(written);
            sealed
        });
        let mut server = rustls_server::new(self.setup);
        let mut streamed = StreamedClient::connect(self.setup, &mut server, Vec::new());
        let (send_keys, _) = rustls_server::client_keys(server);
        self.check_that_raw_seals_the_same(send_keys, || {
            streamed.write_all(&self.plaintext);
            mem::take(&mut streamed.to)
        });
        for lib in [Library::Direct, Library::DirectStreamed, Library::Raw] {
            let mut session = self.session(lib);
            let mut buffers = self.buffers(2);
            self.seal_again(&mut session, &mut buffers.tls);
            assert_eq!(
                self.receive(&mut session, &mut buffers),
                2 * self.plaintext.len()
            );
            if self.direction == Direction::Into {
                let content = buffers
                    .content
                    .chunks(self.plaintext.len())
                    .take(2);
                assert!(
                    content
                        .into_iter()
                        .all(|content| content == self.plaintext)
                );
            }
        }
    }

    fn check_that_raw_seals_the_same(&self, keys: Keys, mut seal: impl FnMut() -> Vec<u8>) {
        let mut twin = raw(self.setup, keys);
        let mut by_raw = vec![0xff; self.plan.tls_len];
        self.plan.write_headers(&mut by_raw);
        for _ in 0..3 {
            twin.seal(&self.plan, &self.plaintext, &mut by_raw);
            assert!(seal() == by_raw, "raw and direct seal different bytes");
        }
    }

    pub(crate) fn measure(
        &self,
        libs: &[Library],
        rounds: usize,
        progress: &ProgressBar,
    ) -> Vec<Sampled> {
        let mut turns: Vec<_> = self
            .threads
            .clone()
            .flat_map(|threads| {
                libs.iter()
                    .map(move |lib| (threads, *lib))
            })
            .map(|(threads, lib)| self.turn(lib, threads))
            .collect();
        let mut buffers: Vec<_> = (0..*self.threads.end())
            .map(|_| self.buffers(self.batch))
            .collect();
        let batches = self.calibrate(&mut turns[0], &mut buffers[0]);
        interleave(&mut turns, rounds, progress, |turn| {
            self.renew(turn, (batches + 1) * self.batch);
            self.slice(turn, &mut buffers, batches);
        });
        turns
            .into_iter()
            .map(|turn| turn.sampled)
            .collect()
    }

    fn session(&self, lib: Library) -> Session {
        Session::new(lib, self.setup, self.direction)
    }

    /// Room for so many writes.
    fn buffers(&self, writes: usize) -> Buffers {
        let mut tls = vec![0; self.plan.tls_len * writes];
        for write in tls.chunks_exact_mut(self.plan.tls_len) {
            self.plan.write_headers(write);
        }
        let content = match self.direction {
            Direction::Into => self.plaintext.len() * writes + 1,
            Direction::Send | Direction::Recv => 0,
        };
        Buffers {
            tls,
            content: vec![0; content],
        }
    }

    fn turn(&self, lib: Library, threads: usize) -> Turn {
        let mut sessions: Vec<_> = (0..threads)
            .map(|_| self.session(lib))
            .collect();
        // The first time is also that of buffers that a library allocates when it needs them.
        let extra_tls_bytes = self.warm_up(&mut sessions[0]);
        let allocations_per_record = self.count_allocations(&mut sessions[0]);
        Turn {
            sessions,
            records: (self.batch + self.counted_writes()) * self.plan.records.len(),
            sampled: Sampled {
                lib,
                threads,
                ns_per_write: Samples::default(),
                page_faults_per_write: Samples::default(),
                allocations_per_record,
                extra_tls_bytes,
            },
        }
    }

    /// Sends or receives once, and returns how many bytes of TLS more than planned a write makes.
    fn warm_up(&self, session: &mut Session) -> usize {
        let mut buffers = self.buffers(self.batch);
        if self.direction != Direction::Send {
            self.run_batches(session, &mut buffers, 1);
            return 0;
        }
        self.send(session, &mut buffers)
            .checked_sub(self.plan.tls_len)
            .expect("nobody makes larger records")
    }

    /// How many batches fill a slice.
    fn calibrate(&self, turn: &mut Turn, buffers: &mut Buffers) -> usize {
        let mut batches = 1;
        loop {
            self.renew(turn, batches * self.batch);
            let time = self.run_batches(&mut turn.sessions[0], buffers, batches);
            if time >= SLICE || batches * buffers.tls.len() > 1 << 30 {
                return batches;
            }
            batches *= 2;
        }
    }

    /// Makes room for `writes` more writes under the sessions' keys.
    fn renew(&self, turn: &mut Turn, writes: usize) {
        let records = writes * self.plan.records.len();
        if turn.records + records > MAX_RECORDS {
            for session in &mut turn.sessions {
                *session = self.session(turn.sampled.lib);
            }
            turn.records = 0;
        }
        turn.records += records;
    }

    /// Takes a sample while all sessions are at work at once.
    fn slice(&self, turn: &mut Turn, buffers: &mut [Buffers], batches: usize) {
        let barrier = Barrier::new(turn.sessions.len());
        let depth = turn.sampled.ns_per_write.len() % DEPTHS;
        let measure = |(session, buffers): (&mut Session, &mut Buffers)| {
            run_at_depth(depth, || {
                // Once for the caches, which belonged to another.
                self.run_batches(session, buffers, 1);
                // With what is sealed to be received, which allocates nothing.
                page_faults::count_during(|| {
                    barrier.wait();
                    self.run_batches(session, buffers, batches)
                })
            })
        };
        let pairs = turn.sessions.iter_mut().zip(buffers);
        let measured: Vec<_> = match self.threads.end() {
            1 => pairs.map(measure).collect(),
            // Where several are compared with one, that one is on a thread of its own as well.
            _ => thread::scope(|scope| {
                let threads: Vec<_> = pairs
                    .map(|pair| scope.spawn(|| measure(pair)))
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| {
                        thread
                            .join()
                            .expect("it does not panic")
                    })
                    .collect()
            }),
        };
        let writes = (batches * self.batch) as f64;
        let writes_per_ns: f64 = measured
            .iter()
            .map(|(time, _)| writes / time.as_nanos() as f64)
            .sum();
        turn.sampled
            .ns_per_write
            .push(writes_per_ns.recip());
        let faults: Option<u64> = measured
            .iter()
            .map(|(_, faults)| *faults)
            .sum();
        if let Some(faults) = faults {
            let all_writes = writes * measured.len() as f64;
            turn.sampled
                .page_faults_per_write
                .push(faults as f64 / all_writes);
        }
    }

    /// The time that the session takes for so many batches. Sealing what it is to receive is outside the clock.
    fn run_batches(
        &self,
        session: &mut Session,
        buffers: &mut Buffers,
        batches: usize,
    ) -> Duration {
        if self.direction == Direction::Send {
            let start = Instant::now();
            for _ in 0..batches {
                self.send(session, buffers);
            }
            return start.elapsed();
        }
        let expected = self.batch * self.plaintext.len();
        (0..batches)
            .map(|_| {
                self.seal_again(session, &mut buffers.tls);
                let start = Instant::now();
                let content = self.receive(session, buffers);
                let time = start.elapsed();
                assert_eq!(content, expected);
                time
            })
            .sum()
    }

    fn send(&self, session: &mut Session, buffers: &mut Buffers) -> usize {
        let written = session
            .client
            .send(&self.plan, &self.plaintext, &mut buffers.tls);
        assert!(written >= self.plan.tls_len);
        written
    }

    fn receive(&self, session: &mut Session, buffers: &mut Buffers) -> usize {
        let Buffers { tls, content } = buffers;
        match self.direction {
            Direction::Into => session
                .client
                .recv_into(&self.plan, tls, content),
            Direction::Send | Direction::Recv => session.client.recv(&self.plan, tls),
        }
    }

    /// Fills `tls` with writes of the session's peer.
    fn seal_again(&self, session: &mut Session, tls: &mut [u8]) {
        for write in tls.chunks_exact_mut(self.plan.tls_len) {
            self.plan.write_headers(write);
            session
                .peer
                .seal(&self.plan, &self.plaintext, write);
        }
    }

    fn counted_writes(&self) -> usize {
        (COUNTED_BYTES / self.plan.tls_len).clamp(1, COUNTED_WRITES)
    }

    fn count_allocations(&self, session: &mut Session) -> Option<f64> {
        let writes = self.counted_writes();
        let calls = match self.direction {
            Direction::Send => {
                let mut buffers = self.buffers(1);
                let send = |_| _ = self.send(session, &mut buffers);
                allocations(|| (0..writes).for_each(send)).0
            }
            Direction::Recv | Direction::Into => {
                let mut buffers = self.buffers(writes);
                self.seal_again(session, &mut buffers.tls);
                allocations(|| self.receive(session, &mut buffers)).0
            }
        };
        let records = writes * self.plan.records.len();
        calls.map(|calls| calls as f64 / records as f64)
    }
}
