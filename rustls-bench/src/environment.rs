//! The machine and the build that the numbers come from.

use std::fs;
use std::sync::LazyLock;

/// The allocator of the Rust code. The C code always uses the system's.
pub(crate) const ALLOCATOR: &str = match cfg!(feature = "jemalloc") {
    true => "jemalloc",
    false => "system",
};

/// The version that the compiler reports.
pub(crate) const RUSTC: &str = env!("RUSTC_VERSION");

/// Returns the name of the CPU as reported by Linux.
pub(crate) fn cpu() -> &'static str {
    static CPU: LazyLock<String> = LazyLock::new(|| cpu_info("model name"));
    &CPU
}

/// Returns the features of the CPU that make ciphers faster.
pub(crate) fn cpu_features() -> Vec<String> {
    const RELEVANT: [&str; 9] = [
        "aes",
        "avx2",
        "avx512f",
        "pclmulqdq",
        "pmull",
        "sha2",
        "sha_ni",
        "vaes",
        "vpclmulqdq",
    ];
    let all = match cpu_info("flags") {
        flags if flags == UNKNOWN => cpu_info("Features"),
        flags => flags,
    };
    all.split_whitespace()
        .filter(|feature| RELEVANT.contains(feature))
        .map(str::to_owned)
        .collect()
}

/// Returns the number of processors that this process may use.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the distribution and the kernel.
pub(crate) fn system() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")
        .map_or(UNKNOWN.into(), |release| release.trim().to_owned());
    let distribution = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = distribution
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or(UNKNOWN, |name| name.trim_matches('"'));
    format!("{name}, {} {kernel}", std::env::consts::OS)
}

const UNKNOWN: &str = "unknown";

/// Returns the value of `key` for the first processor in `/proc/cpuinfo`.
fn cpu_info(key: &str) -> String {
    fs::read_to_string("/proc/cpuinfo")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == key)
        .map_or(UNKNOWN.into(), |(_, value)| value.trim().to_owned())
}
