//! The machine and the build, without which a number says nothing.

use std::fs;
use std::sync::LazyLock;

/// The allocator of Rust's side; that of C's is always the system's.
pub(crate) const ALLOCATOR: &str = match cfg!(feature = "jemalloc") {
    true => "jemalloc",
    false => "system",
};

/// The name of the CPU, as Linux knows it.
pub(crate) fn cpu() -> &'static str {
    static CPU: LazyLock<String> = LazyLock::new(|| cpu_info("model name"));
    &CPU
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

const UNKNOWN: &str = "unknown";

/// What the first processor's lines in `/proc/cpuinfo` have behind `key`.
fn cpu_info(key: &str) -> String {
    fs::read_to_string("/proc/cpuinfo")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == key)
        .map_or(UNKNOWN.into(), |(_, value)| value.trim().to_owned())
}
