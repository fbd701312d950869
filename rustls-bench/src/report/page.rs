//! The page: tables of the results, and the machine that they come from.

use std::fmt::Write;

use super::measured_cases::{
    LONG, ONE_OF_EACH_VERSION, OTHER_TLS13_SUITES, RECORD, SIZES, SUITE, TLS12_SUITE,
};
use super::origin::Origin;
use super::results::{Case, Results};
use crate::byte_size::byte_size;
use crate::direction::Direction;
use crate::handshake::{KERNEL, Side, TAKEOVER};
use crate::handshake_configs::HandshakeMode;
use crate::library::Library;
use crate::provider::Provider;
use crate::scaling::speedup;
use crate::table::Table;
use crate::transfer_result::TransferResult;

const DIRECT: &str = "direct";
const RUSTLS: &str = "rustls-0.23";

pub(super) fn page(results: &Results, origin: &Origin) -> String {
    let mut page = String::new();
    let mut add = |title: &str, body: &str| {
        let _ = write!(page, "{title}\n\n{body}\n");
    };
    add("# Benchmarks", &introduction(origin));
    add("## In short", &summary(results, origin));
    add("## Records", RECORDS);
    for (provider, suite) in suites() {
        let title = format!("### {suite} by {}", provider.name());
        add(&title, &records(results, provider, suite));
    }
    add("## Threads", &threads(results));
    add("## Handshakes", &handshakes(results));
    add("## Idle connections", &memory(results));
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn introduction(origin: &Origin) -> String {
    let mut table = Table::new(["", ""]);
    let features = origin.cpu_features.join(", ");
    let cpu = format!(
        "{} ({features}), {} processors",
        origin.cpu, origin.processors
    );
    for (name, value) in [
        ("CPU", cpu),
        ("system", origin.system.clone()),
        ("compiler", origin.compiler.clone()),
        ("allocator of the Rust code", origin.allocator.clone()),
        ("date", origin.date.clone()),
        ("command", format!("`{}`", origin.command)),
    ] {
        table.row([name.into(), value]);
    }
    format!(
        "The command below wrote this page. [BENCHMARKING.md](../BENCHMARKING.md) explains what each number means and \
         how to\nrepeat it. Other machines give other numbers, so compare ratios.\n\n{table}\n\
         ![Throughput by the size of writes](throughput.svg)\n\n![Time for one record](overhead.svg)\n"
    )
}

fn suites() -> impl Iterator<Item = (Provider, &'static str)> {
    use Provider::{AwsLcRs, Ring};
    [(AwsLcRs, SUITE)]
        .into_iter()
        .chain(OTHER_TLS13_SUITES.map(|suite| (AwsLcRs, suite)))
        .chain([(AwsLcRs, TLS12_SUITE), (Ring, SUITE)])
}

/// Returns the table that the README shows too, with a line of text.
fn summary(results: &Results, origin: &Origin) -> String {
    let mut table = Table::new(["", "raw", DIRECT, RUSTLS, "direct is faster by"]);
    for (what, direction, size) in [
        ("send 16 KiB", Direction::Send, RECORD),
        ("send 1 MiB", Direction::Send, LONG),
        ("receive 16 KiB in place", Direction::Recv, RECORD),
        ("receive 1 MiB in place", Direction::Recv, LONG),
        ("receive 16 KiB into a slice", Direction::Into, RECORD),
        ("receive 1 MiB into a slice", Direction::Into, LONG),
    ] {
        let case = Case {
            provider: Provider::AwsLcRs.name(),
            suite: SUITE,
            direction,
            size,
        };
        let of = |lib| {
            results
                .record(lib, case)
                .expect("a measured case")
        };
        let (raw, direct, rustls) = (of(Library::Raw.name()), of(DIRECT), of(RUSTLS));
        table.row([
            what.into(),
            marked(format!("{:.1} GB/s", raw.mb_per_s / 1000.0), &[raw]),
            marked(format!("{:.3}", direct.ratio_to_raw), &[direct]),
            marked(format!("{:.3}", rustls.ratio_to_raw), &[rustls]),
            marked(
                format!("{:.2}x", speedup_over(direct, rustls)),
                &[direct, rustls],
            ),
        ]);
    }
    let allocations = |lib| {
        let most = results
            .records
            .iter()
            .filter(|record| record.lib == lib)
            .map(|record| record.allocations_per_record)
            .reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)));
        number(most.flatten(), 2)
    };
    table.row([
        "allocations per record, at most".into(),
        allocations(Library::Raw.name()),
        allocations(DIRECT),
        allocations(RUSTLS),
        String::new(),
    ]);
    format!(
        "TLS 1.3 with AES-128-GCM by aws-lc-rs, one thread, on {}. `raw` is the bare AEAD call; the speed of each library\n\
         is relative to it.\n\n{}",
        origin.cpu,
        explained(&table.to_string())
    )
}

const RECORDS: &str = "\
The speed of each library relative to `raw`, the bare AEAD call on the same records, by the medians. From 4 KiB on, the
10th percentiles give the same ratios; if they do not, the machine was not quiet. `send` seals. `recv` opens, and leaves
the content where the library puts it. `into` opens, and leaves the content in a slice of the application. Sizes are
those of writes; a record holds up to 16 KiB.

`direct-streamed` seals into a buffer for one record, and writes the record to nowhere before it seals the next one. So
do OpenSSL, BoringSSL and s2n; rustls-0.23-buffered does it with a few records at a time. For writes that are longer
than a record, compare them with `direct-streamed`. The others, `raw` included, seal into a buffer that holds the whole
write.
";

/// Maximum columns of numbers in a table, to keep it readable on a repository's web page: one per size.
const COLUMNS: usize = SIZES.len();

fn records(results: &Results, provider: Provider, suite: &str) -> String {
    let raws: Vec<_> = results
        .records
        .iter()
        .filter(|record| record.suite == suite && record.provider == provider.name())
        .filter(|record| record.lib == Library::Raw.name())
        .collect();
    let (mut medians, mut percentiles_10) = (String::new(), String::new());
    for raws in raws.chunks(COLUMNS) {
        let mut table = table_of_cases(raws);
        table.row(cells("raw, ns", raws, |raw| {
            marked(format!("{:.1}", raw.median_ns_per_write), &[raw])
        }));
        table.row(cells("raw, MB/s", raws, |raw| {
            marked(format!("{:.0}", raw.mb_per_s), &[raw])
        }));
        add_libraries(&mut table, results, raws, |record| record.ratio_to_raw);
        let _ = writeln!(medians, "{table}");

        let mut table = table_of_cases(raws);
        add_libraries(&mut table, results, raws, |record| {
            record.percentile_10_ratio_to_raw
        });
        let _ = writeln!(percentiles_10, "{table}");
    }
    let tables = format!(
        "{medians}<details><summary>By the 10th percentiles</summary>\n\n{percentiles_10}</details>\n"
    );
    explained(&tables)
}

/// Returns a table with a column for the case of each of `raws`.
fn table_of_cases(raws: &[&TransferResult]) -> Table {
    Table::new(cells("", raws, |raw| {
        // Keeps a size on one line.
        let size = byte_size(raw.plaintext_size).replace(' ', "&nbsp;");
        format!("{} {size}", raw.direction.name())
    }))
}

fn cells(
    name: &str,
    raws: &[&TransferResult],
    cell: impl Fn(&TransferResult) -> String,
) -> impl Iterator<Item = String> {
    let cells: Vec<_> = raws
        .iter()
        .map(|raw| cell(raw))
        .collect();
    [name.to_owned()]
        .into_iter()
        .chain(cells)
}

/// Adds a row for each library with its speeds, and a row with the speed of `direct` as a multiple of rustls's.
fn add_libraries(
    table: &mut Table,
    results: &Results,
    raws: &[&TransferResult],
    speed: fn(&TransferResult) -> f64,
) {
    let of = |lib: &str, raw: &TransferResult| results.record(lib, Case::of(raw));
    for lib in results.libs() {
        let is_there = raws
            .iter()
            .any(|raw| of(lib, raw).is_some());
        if lib != Library::Raw.name() && is_there {
            table.row(cells(lib, raws, |raw| {
                of(lib, raw).map_or(String::new(), |record| {
                    marked(format!("{:.3}", speed(record)), &[record])
                })
            }));
        }
    }
    table.row(cells("direct / rustls-0.23", raws, |raw| {
        let [direct, rustls] = [DIRECT, RUSTLS].map(|lib| of(lib, raw).expect("a measured case"));
        marked(
            format!("{:.2}x", speed(direct) / speed(rustls)),
            &[direct, rustls],
        )
    }));
}

fn threads(results: &Results) -> String {
    let mut table = Table::new(["threads", "", "MB/s", "of one thread", "of raw"]);
    for result in &results.threads {
        table.row([
            result.threads.to_string(),
            result.lib.clone(),
            format!("{:.0}", result.mb_per_s),
            format!("{:.2}x", speedup(result, &results.threads)),
            marked(
                both(result.ratio_to_raw, result.percentile_10_ratio_to_raw),
                &[result],
            ),
        ]);
    }
    format!(
        "Each thread sends writes of {} on a connection of its own, with {SUITE} by aws-lc-rs.\n\n{}",
        byte_size(RECORD),
        explained(&table.to_string())
    )
}

fn handshakes(results: &Results) -> String {
    let mut text = format!(
        "Each side on its own clock, by aws-lc-rs, until it can seal and open records: for `{DIRECT}` this includes the \
         handover.\n`{KERNEL}` is rustls, the conversion of its connection, and an AEAD context for each direction.\n\
         `{TAKEOVER}` also copies the config, shows rustls one record at a time, and listens for what rustls's\n\
         unbuffered API does not reveal. Speeds are relative to `{RUSTLS}`. The last two columns are multiples of the\n\
         time that `{KERNEL}` adds.\n"
    );
    for suite in ONE_OF_EACH_VERSION {
        let mut table = Table::new([
            "",
            "",
            "rustls-0.23, per second",
            "direct",
            "rustls-0.23+kernel adds, us",
            "direct adds, us",
            "rustls-0.23+taps adds",
            "direct adds",
        ]);
        for kind in HandshakeMode::ALL {
            for side in Side::BOTH {
                let of = |lib| {
                    results
                        .handshake(lib, suite, kind, side)
                        .expect("a measured case")
                };
                let (rustls, kernel, tapped, direct) =
                    (of(RUSTLS), of(KERNEL), of(TAKEOVER), of(DIRECT));
                table.row([
                    kind.name().into(),
                    side.name().into(),
                    format!("{:.0}", rustls.handshakes_per_s),
                    both(direct.ratio_to_rustls, direct.percentile_10_ratio_to_rustls),
                    format!("{:.2}", kernel.added_ns / 1000.0),
                    format!("{:.2}", direct.added_ns / 1000.0),
                    format!("{:.2}x", tapped.added_ratio_to_kernel),
                    format!("{:.2}x", direct.added_ratio_to_kernel),
                ]);
            }
        }
        let _ = write!(text, "\n### {suite}\n\n{table}");
    }
    text
}

fn memory(results: &Results) -> String {
    let mut table = Table::new(["", "", "", "bytes", "of rustls-0.23"]);
    for idle in &results.memory {
        table.row([
            idle.protocol.clone(),
            idle.side.name().into(),
            idle.lib.clone(),
            number(idle.bytes, 0),
            number(idle.ratio_to_rustls, 3),
        ]);
    }
    let count = results
        .memory
        .first()
        .map_or(0, |idle| idle.connections);
    format!(
        "The bytes that each of {count} connections holds after a full handshake with AES-128-GCM by aws-lc-rs. Allocations \
         of the\nRust and of the C code count; memory that the connections share does not.\n\n{table}"
    )
}

/// Follows a number that depends on the allocator as much as on the library.
const MARK: &str = "†";

const EXPLANATION: &str = "\
† With many page faults: the library's allocator returned memory to the kernel and requested it again, which makes the
library look slower than it is. See [BENCHMARKING.md](../BENCHMARKING.md#page-faults).
";

/// Returns `text`, with the mark if one of its results needs the mark.
fn marked(mut text: String, results: &[&TransferResult]) -> String {
    if results
        .iter()
        .any(|result| result.many_page_faults().is_some())
    {
        text.push(' ');
        text.push_str(MARK);
    }
    text
}

/// Returns the tables, followed by the meaning of the mark if they have one.
fn explained(tables: &str) -> String {
    match tables.contains(MARK) {
        true => format!("{tables}\n{EXPLANATION}"),
        false => tables.into(),
    }
}

/// Returns the speed of `one` as a multiple of the speed of `other`.
fn speedup_over(one: &TransferResult, other: &TransferResult) -> f64 {
    other.median_ns_per_write / one.median_ns_per_write
}

/// Returns a ratio by the medians, followed by the same by the 10th percentiles.
fn both(medians: f64, percentiles_10: f64) -> String {
    format!("{medians:.3} ({percentiles_10:.3})")
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or("unknown".into(), |value| format!("{value:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer_result::tests::measured;

    #[test]
    fn numbers_with_many_page_faults_are_marked_and_explained() {
        let page = |page_faults| {
            let records = vec![
                measured(Library::Direct, SUITE, 100.0, 0.0),
                measured(Library::Rustls023, SUITE, 400.0, page_faults),
                measured(Library::Raw, SUITE, 100.0, 0.0),
            ];
            let results = Results {
                records,
                ..Results::default()
            };
            super::records(&results, Provider::AwsLcRs, SUITE)
        };
        let few = page(0.1);
        assert!(
            few.contains("| rustls-0.23 | 0.250 |\n| direct / rustls-0.23 | 4.00x |\n"),
            "{few}"
        );
        assert!(!few.contains(EXPLANATION), "{few}");
        let many = page(0.2);
        assert!(
            many.contains("| rustls-0.23 | 0.250 † |\n| direct / rustls-0.23 | 4.00x † |\n"),
            "{many}"
        );
        assert!(many.ends_with(EXPLANATION), "{many}");
    }
}
