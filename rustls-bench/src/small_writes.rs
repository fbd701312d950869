//! Small writes: much shorter than a full record.

use crate::args::{Args, Suite};
use crate::direction::Direction;
use crate::job::Job;

/// A few keystrokes, a network packet, a memory page, and sizes between them.
const SIZES: [u32; 6] = [16, 64, 256, 1024, 1350, 4096];

/// Returns the jobs of the command `small`.
pub(crate) fn jobs(args: &Args, suite: &Suite) -> Vec<Job> {
    let threads = args.threads.unwrap_or(1);
    SIZES
        .into_iter()
        .flat_map(|size| [(size, Direction::Send), (size, Direction::Recv)])
        .map(|(size, direction)| Job {
            threads: threads..=threads,
            ..Job::new(args.provider, &suite.name, direction, size)
        })
        .collect()
}
