//! The data that either side sends.

use std::sync::LazyLock;

use testing::pattern;

/// The most bytes that a test sends one way.
pub(crate) const MAX_LEN: usize = 100 * 1024 * 1024;

/// Returns `len` bytes that OpenSSL sends. They are not ASCII, so the tools do not take them for commands.
pub(crate) fn from_openssl(len: usize) -> &'static [u8] {
    static FROM_OPENSSL: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| byte | 0x80));
    &FROM_OPENSSL[..len]
}

/// Returns `len` bytes that we send. They are not ASCII, so they differ from the tools' own output.
pub(crate) fn from_us(len: usize) -> &'static [u8] {
    static FROM_US: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| !byte | 0x80));
    &FROM_US[..len]
}

fn repeat(f: fn(u8) -> u8) -> Vec<u8> {
    // Not a multiple of any relevant size, so that a misplaced byte is noticed.
    const PERIOD: usize = 1_000_003;
    let period: Vec<u8> = pattern(PERIOD)
        .into_iter()
        .map(f)
        .collect();
    period.repeat(MAX_LEN.div_ceil(PERIOD))
}
