//! Warnings about misleading results.

use crate::messages::print_to_stderr;
use crate::transfer_result::TransferResult;

/// Warns on standard error about misleading `results`.
pub(crate) fn warn<'a>(results: impl IntoIterator<Item = &'a TransferResult>) {
    for warning in results.into_iter().flat_map(warnings) {
        print_to_stderr(&format!("warning: {warning}"));
    }
}

fn warnings(result: &TransferResult) -> impl Iterator<Item = String> {
    let what = format!(
        "{} of {}, {} bytes per write by {} with {}",
        result.direction.name(),
        result.lib,
        result.plaintext_size,
        threads(result.threads),
        result.suite
    );
    let is_not_reliable = result.is_not_reliable().then(|| {
        format!(
            "not reliable, the machine is busy, repeat with BENCH_MULTIPLIER=4: {what}: {:.3} times as fast as the bare \
             AEAD call",
            result.ratio_to_raw
        )
    });
    let page_faults = result.many_page_faults().map(|faults| {
        format!(
            "page faults: {what}: {faults:.1} per write; the allocator returns memory to the kernel and requests it again, \
             which makes the library look slower than it is (see BENCHMARKING.md)"
        )
    });
    is_not_reliable
        .into_iter()
        .chain(page_faults)
}

fn threads(count: usize) -> String {
    match count {
        1 => "1 thread".into(),
        _ => format!("{count} threads"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;
    use crate::transfer_result::tests::measured;

    #[test]
    fn a_warning_says_what_to_do() {
        let warnings = |ns, page_faults| {
            let result = measured(Library::Direct, "TLS13_AES_128_GCM_SHA256", ns, page_faults);
            warnings(&result).collect::<Vec<_>>()
        };
        assert!(warnings(100.0, 0.0).is_empty());
        let [warning] = &warnings(80.0, 0.0)[..] else {
            panic!("one warning");
        };
        let expected =
            "not reliable, the machine is busy, repeat with BENCH_MULTIPLIER=4: send of direct, ";
        assert!(warning.starts_with(expected), "{warning}");
        assert_eq!(warnings(80.0, 1.0).len(), 2);
    }
}
