//! Runs transfer jobs.

use indicatif::ProgressBar;

use crate::args::Args;
use crate::byte_size::byte_size;
use crate::job::Job;
use crate::library::Library;
use crate::transfer::Transfer;
use crate::transfer_result::TransferResult;
use crate::{raw_check, transfer_timing};

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
    let transfer = Transfer::new(&setup, job);
    raw_check::assert_raw_does_the_same(&transfer);

    // Every library is compared to `raw`, so `raw` is always measured.
    let mut measured = vec![Library::Raw];
    for lib in libs {
        if !measured.contains(lib) {
            measured.push(*lib);
        }
    }
    let samples =
        transfer_timing::measure(&transfer, job.threads.clone(), &measured, rounds, progress);
    let mut results = Vec::new();
    for threads in job.threads.clone() {
        let samples_of = |lib| {
            let found = samples
                .iter()
                .find(|samples| samples.lib == lib && samples.threads == threads);
            found.expect("every library was measured")
        };
        results.extend(libs.iter().map(|lib| {
            TransferResult::new(job, &setup, samples_of(*lib), samples_of(Library::Raw))
        }));
    }
    results
}

/// Measures `jobs` one after the other.
pub(crate) fn run(args: &Args, jobs: &[Job], progress: &ProgressBar) -> Vec<TransferResult> {
    jobs.iter()
        .flat_map(|job| run_job(job, &args.libs, args.rounds(), progress))
        .collect()
}
