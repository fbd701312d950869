//! Runs transfer jobs.

use indicatif::ProgressBar;

use crate::args::Args;
use crate::byte_size::byte_size;
use crate::job::Job;
use crate::library::Library;
use crate::transfer_result::TransferResult;
use crate::work::Work;

/// Measures `job`, and returns the results for each number of threads, in the order of `libs`.
pub(crate) fn run_job(
    job: &Job,
    libs: &[Library],
    rounds: usize,
    progress: &ProgressBar,
) -> Vec<TransferResult> {
    progress.set_message(format!(
        "{} {}, {}",
        job.direction.name(),
        byte_size(job.plaintext_size),
        job.suite
    ));
    let setup = job.setup();
    let work = Work::new(&setup, job);
    work.check_that_raw_is_the_same();

    // Every library is compared to `raw`, so `raw` is always measured.
    let mut measured = vec![Library::Raw];
    for lib in libs {
        if !measured.contains(lib) {
            measured.push(*lib);
        }
    }
    let samples = work.measure(&measured, rounds, progress);
    let mut results = Vec::new();
    for threads in job.threads.clone() {
        let of = |lib| {
            let sampled = samples
                .iter()
                .find(|sampled| sampled.lib == lib && sampled.threads == threads);
            sampled.expect("every library was measured")
        };
        results.extend(
            libs.iter()
                .map(|lib| TransferResult::new(job, &setup, of(*lib), of(Library::Raw))),
        );
    }
    results
}

/// Measures `jobs` one after the other.
pub(crate) fn run(args: &Args, jobs: &[Job], progress: &ProgressBar) -> Vec<TransferResult> {
    jobs.iter()
        .flat_map(|job| run_job(job, &args.libs, args.rounds(), progress))
        .collect()
}
