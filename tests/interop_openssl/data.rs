//! What is sent.

use std::sync::LazyLock;

use testing::pattern;

/// Most that any test sends one way.
pub(crate) const MAX_LEN: usize = 100 * 1024 * 1024;

/// `len` bytes that OpenSSL sends. There is no ASCII in them, so that the tools do not take them for commands.
pub(crate) fn from_openssl(len: usize) -> &'static [u8] {
    static FROM_OPENSSL: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| byte | 0x80));
    &FROM_OPENSSL[..len]
}

/// `len` bytes that we send. There is no ASCII in them, so that they can be told from what the tools say.
pub(crate) fn from_us(len: usize) -> &'static [u8] {
    static FROM_US: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| !byte | 0x80));
    &FROM_US[..len]
}

fn repeat(f: fn(u8) -> u8) -> Vec<u8> {
    // Not a multiple of any size that matters, so that a byte in a wrong place shows.
    const PERIOD: usize = 1_000_003;
    let period: Vec<u8> = pattern(PERIOD)
        .into_iter()
        .map(f)
        .collect();
    period.repeat(MAX_LEN.div_ceil(PERIOD))
}
