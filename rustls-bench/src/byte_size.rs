//! Numbers of bytes as text.

/// Returns a number of bytes in the largest unit that divides it, as in `16 KiB`.
pub(crate) fn byte_size(bytes: u32) -> String {
    match bytes {
        _ if bytes >= 1 << 20 && bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes % (1 << 10) == 0 => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_in_the_largest_unit_that_divides_them() {
        for (bytes, expected) in [
            (16, "16 B"),
            (1024, "1 KiB"),
            (1350, "1350 B"),
            (65_536, "64 KiB"),
            (1 << 20, "1 MiB"),
            ((1 << 20) + 1024, "1025 KiB"),
        ] {
            assert_eq!(byte_size(bytes), expected);
        }
    }
}
