//! The machine and the build, without which a number says nothing.

use std::fs;
use std::sync::LazyLock;

/// The allocator of Rust's side; that of C's is always the system's.
pub(crate) const ALLOCATOR: &str = match cfg!(feature = "jemalloc") {
    true => "jemalloc",
    false => "system",
};

/// The version of the compiler, as it says it.
pub(crate) const RUSTC: &str = env!("RUSTC_VERSION");

/// The name of the CPU, as Linux knows it.
pub(crate) fn cpu() -> &'static str {
    static CPU: LazyLock<String> = LazyLock::new(|| cpu_info("model name"));
    &CPU
}

/// Those features of the CPU that ciphers are made faster by.
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

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The kernel, and the distribution around it.
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

/// What the first processor's lines in `/proc/cpuinfo` have behind `key`.
fn cpu_info(key: &str) -> String {
    fs::read_to_string("/proc/cpuinfo")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == key)
        .map_or(UNKNOWN.into(), |(_, value)| value.trim().to_owned())
}
