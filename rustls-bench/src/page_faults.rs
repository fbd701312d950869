//! Page faults, of which an allocator causes many that gives memory back to the kernel and takes it again.

use std::fs::File;
use std::io::Read;

/// If there are more for each write, its time says as much of the allocator as of the library.
pub(crate) const MOST: f64 = 0.1;

/// What `work` returns, and how many page faults this thread had meanwhile. Nothing if the system does not tell.
pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (T, Option<u64>) {
    let before = so_far();
    let result = work();
    let faults = so_far()
        .zip(before)
        .map(|(after, before)| after - before);
    (result, faults)
}

/// Those of this thread. Nothing is allocated to find out, as it is the allocator that is looked at.
fn so_far() -> Option<u64> {
    // What is needed is at the front.
    let mut stat = [0; 512];
    let len = File::open("/proc/thread-self/stat")
        .ok()?
        .read(&mut stat)
        .ok()?;
    minor(&stat[..len])
}

/// The tenth field: those that no disk was needed for. The second one is a name in brackets, and may have both brackets and
/// spaces in it.
fn minor(stat: &[u8]) -> Option<u64> {
    let end_of_name = stat
        .iter()
        .rposition(|byte| *byte == b')')?;
    let behind_name = std::str::from_utf8(&stat[end_of_name + 1..]).ok()?;
    behind_name
        .split_ascii_whitespace()
        .nth(7)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_faults_are_behind_any_name() {
        for name in ["rustls-bench", "a name", "1) R 2 (3", ""] {
            let stat = format!("812 ({name}) R 1 812 812 34817 812 4194304 9137 60 5 7 11 3\n");
            assert_eq!(minor(stat.as_bytes()), Some(9137), "{name}");
        }
    }

    #[test]
    fn what_is_not_like_that_has_none() {
        for stat in [
            "",
            "812 name R 1 2 3 4 5 6 7 8",
            "812 (name) R 1",
            "1 (n) R a b c d e f g h",
        ] {
            assert_eq!(minor(stat.as_bytes()), None, "{stat}");
        }
    }

    #[test]
    fn pages_that_are_new_are_counted() {
        // So much comes from the kernel, and nothing of it is there before it is touched.
        let mut memory = vec![0_u8; 64 << 20];
        let ((), faults) = during(|| memory.fill(1));
        if cfg!(target_os = "linux") {
            assert!(faults.is_some_and(|faults| faults > 0), "{faults:?}");
        }
    }
}
