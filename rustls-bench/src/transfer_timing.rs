//! Times a transfer by every library in turn.

use std::ops::RangeInclusive;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use indicatif::ProgressBar;

use crate::library::Library;
use crate::page_faults;
use crate::samples::{Samples, interleave};
use crate::session::Session;
use crate::stack_depth::{DEPTHS, run_at_depth};
use crate::transfer::{Buffers, Transfer};

/// How long a library is measured before the next library's turn.
const SLICE: Duration = Duration::from_millis(10);

/// A session is replaced before it has sealed or opened this many records. The limit of AES-GCM is 2^24.
const MAX_RECORDS: usize = 1 << 22;

/// The samples of one library with one number of threads.
pub(crate) struct TransferSamples {
    pub(crate) lib: Library,
    pub(crate) threads: usize,
    /// Nanoseconds per write, over the writes of all threads together.
    pub(crate) ns_per_write: Samples,
    /// Page faults per write in the same slices of time. Empty if the system does not report page faults.
    pub(crate) page_faults_per_write: Samples,
    pub(crate) allocations_per_record: Option<f64>,
    /// TLS bytes of a sent write beyond those that were planned.
    pub(crate) extra_tls_bytes: usize,
}

/// A library that is being measured.
struct Turn {
    /// One per thread.
    sessions: Vec<Session>,
    /// Records that each session has sealed or opened.
    records: usize,
    samples: TransferSamples,
}

/// Measures each of `libs` with each number of threads, in `rounds` rounds.
pub(crate) fn measure(
    transfer: &Transfer<'_>,
    threads: RangeInclusive<usize>,
    libs: &[Library],
    rounds: usize,
    progress: &ProgressBar,
) -> Vec<TransferSamples> {
    let timer = Timer {
        transfer,
        max_threads: *threads.end(),
    };
    let mut turns: Vec<_> = threads
        .flat_map(|threads| {
            libs.iter()
                .map(move |lib| (threads, *lib))
        })
        .map(|(threads, lib)| timer.turn(lib, threads))
        .collect();
    let mut buffers: Vec<_> = (0..timer.max_threads)
        .map(|_| transfer.buffers(transfer.batch))
        .collect();
    let batches = timer.calibrate(&mut turns[0], &mut buffers[0]);
    interleave(&mut turns, rounds, progress, |turn| {
        timer.reserve_writes(turn, (batches + 1) * transfer.batch);
        timer.sample(turn, &mut buffers, batches);
    });
    turns
        .into_iter()
        .map(|turn| turn.samples)
        .collect()
}

struct Timer<'a> {
    transfer: &'a Transfer<'a>,
    max_threads: usize,
}

impl Timer<'_> {
    fn turn(&self, lib: Library, threads: usize) -> Turn {
        let transfer = self.transfer;
        let mut sessions: Vec<_> = (0..threads)
            .map(|_| transfer.session(lib))
            .collect();
        // Comes first: a library may allocate its buffers when it first needs them.
        let extra_tls_bytes = transfer.warm_up(&mut sessions[0]);
        let allocations_per_record = transfer.count_allocations(&mut sessions[0]);
        Turn {
            sessions,
            records: (transfer.batch + transfer.counted_writes()) * transfer.plan.records.len(),
            samples: TransferSamples {
                lib,
                threads,
                ns_per_write: Samples::default(),
                page_faults_per_write: Samples::default(),
                allocations_per_record,
                extra_tls_bytes,
            },
        }
    }

    /// Returns how many batches fill a slice.
    fn calibrate(&self, turn: &mut Turn, buffers: &mut Buffers) -> usize {
        let transfer = self.transfer;
        let mut batches = 1;
        loop {
            self.reserve_writes(turn, batches * transfer.batch);
            let time = transfer.run_batches(&mut turn.sessions[0], buffers, batches);
            if time >= SLICE || batches * buffers.tls.len() > 1 << 30 {
                return batches;
            }
            batches *= 2;
        }
    }

    /// Replaces the sessions unless their keys allow `writes` more writes.
    fn reserve_writes(&self, turn: &mut Turn, writes: usize) {
        let records = writes * self.transfer.plan.records.len();
        if turn.records + records > MAX_RECORDS {
            for session in &mut turn.sessions {
                *session = self.transfer.session(turn.samples.lib);
            }
            turn.records = 0;
        }
        turn.records += records;
    }

    /// Takes a sample while all sessions of the turn work at once.
    fn sample(&self, turn: &mut Turn, buffers: &mut [Buffers], batches: usize) {
        let barrier = Barrier::new(turn.sessions.len());
        let depth = turn.samples.ns_per_write.len() % DEPTHS;
        let measure = |(session, buffers): (&mut Session, &mut Buffers)| {
            run_at_depth(depth, || {
                // One batch fills the caches, which hold the data of another library.
                self.transfer
                    .run_batches(session, buffers, 1);
                // Includes sealing the records to receive, which allocates nothing.
                page_faults::count_during(|| {
                    barrier.wait();
                    self.transfer
                        .run_batches(session, buffers, batches)
                })
            })
        };
        let pairs = turn.sessions.iter_mut().zip(buffers);
        let measured: Vec<_> = match self.max_threads {
            1 => pairs.map(measure).collect(),
            // If several threads are compared with one, the one is a thread of its own as well.
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
        let writes_per_thread = (batches * self.transfer.batch) as f64;
        turn.samples
            .add(&measured, writes_per_thread);
    }
}

impl TransferSamples {
    /// Adds the times and page faults that the threads `measured` in one slice.
    fn add(&mut self, measured: &[(Duration, Option<u64>)], writes_per_thread: f64) {
        let writes_per_ns: f64 = measured
            .iter()
            .map(|(time, _)| writes_per_thread / time.as_nanos() as f64)
            .sum();
        self.ns_per_write
            .push(writes_per_ns.recip());
        let faults: Option<u64> = measured
            .iter()
            .map(|(_, faults)| *faults)
            .sum();
        if let Some(faults) = faults {
            let all_writes = writes_per_thread * measured.len() as f64;
            self.page_faults_per_write
                .push(faults as f64 / all_writes);
        }
    }
}
