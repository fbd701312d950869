//! Where and how the results were measured.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::environment;

#[derive(Deserialize, Serialize)]
pub(super) struct Origin {
    pub(super) cpu: String,
    pub(super) cpu_features: Vec<String>,
    pub(super) processors: usize,
    pub(super) system: String,
    pub(super) compiler: String,
    pub(super) allocator: String,
    pub(super) date: String,
    pub(super) command: String,
}

impl Origin {
    /// Describes this machine and this program. The default for `date` is today.
    pub(super) fn of_this_run(date: Option<Date>) -> Self {
        Self {
            cpu: environment::cpu().into(),
            cpu_features: environment::cpu_features(),
            processors: environment::processors(),
            system: environment::system(),
            compiler: environment::RUSTC.into(),
            allocator: environment::ALLOCATOR.into(),
            date: date
                .unwrap_or_else(|| OffsetDateTime::now_utc().date())
                .to_string(),
            command: command(),
        }
    }
}

/// Returns the command as it was typed, without the path of the program.
fn command() -> String {
    let multiplier = std::env::var("BENCH_MULTIPLIER")
        .map(|multiplier| format!("BENCH_MULTIPLIER={multiplier} "))
        .unwrap_or_default();
    let args: Vec<_> = std::env::args().skip(1).collect();
    format!("{multiplier}rustls-bench {}", args.join(" "))
}
