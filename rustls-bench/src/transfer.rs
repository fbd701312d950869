//! A transfer: the writes that every library sends or receives, and the time that this takes.

use std::time::{Duration, Instant};

use malloc_counter::allocations;
use testing::raw::{Plan, Shape};
use testing::{Setup, pattern};

use crate::direction::Direction;
use crate::job::Job;
use crate::library::Library;
use crate::session::Session;

/// Minimum number of TLS bytes that are received between two readings of the clock.
const RECV_BATCH: usize = 128 * 1024;

/// Maximum number of writes, and of TLS bytes, in which allocations are counted.
const COUNTED_WRITES: usize = 16;
const COUNTED_BYTES: usize = 64 << 20;

pub(crate) struct Transfer<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) direction: Direction,
    pub(crate) plan: Plan,
    pub(crate) plaintext: Vec<u8>,
    /// Writes between two readings of the clock.
    pub(crate) batch: usize,
}

/// The buffers of a thread. All libraries use the same ones, so none has a better place in memory.
pub(crate) struct Buffers {
    pub(crate) tls: Vec<u8>,
    /// The application's slice for `into`. Has room for the type byte of the last record.
    pub(crate) content: Vec<u8>,
}

impl<'a> Transfer<'a> {
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
            plan,
            plaintext: pattern(plaintext_size),
            batch,
        }
    }

    pub(crate) fn session(&self, lib: Library) -> Session {
        Session::new(lib, self.setup, self.direction)
    }

    /// Returns buffers with room for `writes` writes.
    pub(crate) fn buffers(&self, writes: usize) -> Buffers {
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

    /// Sends or receives for the first time, and returns the TLS bytes of a sent write beyond those that were planned.
    pub(crate) fn warm_up(&self, session: &mut Session) -> usize {
        let mut buffers = self.buffers(self.batch);
        if self.direction != Direction::Send {
            self.run_batches(session, &mut buffers, 1);
            return 0;
        }
        self.send(session, &mut buffers)
            .checked_sub(self.plan.tls_len)
            .expect("no library makes larger records")
    }

    /// Returns the time that the session takes for `batches` batches.
    ///
    /// The time to seal the records that the session receives is not included.
    pub(crate) fn run_batches(
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
                self.seal_by_peer(session, &mut buffers.tls);
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

    pub(crate) fn receive(&self, session: &mut Session, buffers: &mut Buffers) -> usize {
        let Buffers { tls, content } = buffers;
        match self.direction {
            Direction::Into => session
                .client
                .recv_into(&self.plan, tls, content),
            Direction::Send | Direction::Recv => session.client.recv(&self.plan, tls),
        }
    }

    /// Fills `tls` with writes that the session's peer seals.
    pub(crate) fn seal_by_peer(&self, session: &mut Session, tls: &mut [u8]) {
        for write in tls.chunks_exact_mut(self.plan.tls_len) {
            self.plan.write_headers(write);
            session
                .peer
                .seal(&self.plan, &self.plaintext, write);
        }
    }

    /// Returns the number of writes in which [`count_allocations`](Self::count_allocations) counts.
    pub(crate) fn counted_writes(&self) -> usize {
        (COUNTED_BYTES / self.plan.tls_len).clamp(1, COUNTED_WRITES)
    }

    /// Returns the allocations per record, or `None` if the system cannot count them.
    pub(crate) fn count_allocations(&self, session: &mut Session) -> Option<f64> {
        let writes = self.counted_writes();
        let calls = match self.direction {
            Direction::Send => {
                let mut buffers = self.buffers(1);
                let send = |_| _ = self.send(session, &mut buffers);
                allocations(|| (0..writes).for_each(send)).0
            }
            Direction::Recv | Direction::Into => {
                let mut buffers = self.buffers(writes);
                self.seal_by_peer(session, &mut buffers.tls);
                allocations(|| self.receive(session, &mut buffers)).0
            }
        };
        let records = writes * self.plan.records.len();
        calls.map(|calls| calls as f64 / records as f64)
    }
}
