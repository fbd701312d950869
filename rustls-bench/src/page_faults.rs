//! Page faults. An allocator that returns memory to the kernel and requests it again causes many of them.

use std::fs::File;
use std::io::Read;

/// With more page faults per write than this, the time depends on the allocator as much as on the library.
pub(crate) const MAX_PER_WRITE: f64 = 0.1;

/// Runs `work` and counts the page faults of this thread meanwhile.
///
/// The count is `None` if the system does not report it.
pub(crate) fn count_during<T>(work: impl FnOnce() -> T) -> (T, Option<u64>) {
    let before = count_so_far();
    let result = work();
    let faults = count_so_far()
        .zip(before)
        .map(|(after, before)| after - before);
    (result, faults)
}

/// Returns the page faults of this thread so far. Allocates nothing, because the allocator is what is being measured.
fn count_so_far() -> Option<u64> {
    // The needed field is near the front.
    let mut stat = [0; 512];
    let len = File::open("/proc/thread-self/stat")
        .ok()?
        .read(&mut stat)
        .ok()?;
    minor_faults(&stat[..len])
}

/// Returns the tenth field of `stat`: the faults that needed no disk access.
///
/// The second field is a name in brackets, which may itself contain brackets and spaces.
fn minor_faults(stat: &[u8]) -> Option<u64> {
    let end_of_name = stat
        .iter()
        .rposition(|byte| *byte == b')')?;
    let after_name = std::str::from_utf8(&stat[end_of_name + 1..]).ok()?;
    after_name
        .split_ascii_whitespace()
        .nth(7)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_faults_are_found_after_any_name() {
        for name in ["rustls-bench", "a name", "1) R 2 (3", ""] {
            let stat = format!("812 ({name}) R 1 812 812 34817 812 4194304 9137 60 5 7 11 3\n");
            assert_eq!(minor_faults(stat.as_bytes()), Some(9137), "{name}");
        }
    }

    #[test]
    fn malformed_text_has_no_page_faults() {
        for stat in [
            "",
            "812 name R 1 2 3 4 5 6 7 8",
            "812 (name) R 1",
            "1 (n) R a b c d e f g h",
        ] {
            assert_eq!(minor_faults(stat.as_bytes()), None, "{stat}");
        }
    }

    #[test]
    fn new_pages_are_counted() {
        // So large an allocation comes from the kernel, which maps each page when it is first touched.
        let mut memory = vec![0_u8; 64 << 20];
        let ((), faults) = count_during(|| memory.fill(1));
        if cfg!(target_os = "linux") {
            assert!(faults.is_some_and(|faults| faults > 0), "{faults:?}");
        }
    }
}
