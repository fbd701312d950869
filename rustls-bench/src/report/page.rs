//! The page: what was found out, in tables, and on which machine.

use std::fmt::Write;

use super::Origin;
use super::results::{Results, Task};
use super::set::{LONG, ONE_OF_EACH_VERSION, OTHERS, RECORD, SUITE, TLS12_SUITE};
use super::style::size;
use crate::configs::Kind;
use crate::handshake::{KERNEL, Side, TAPPED};
use crate::host;
use crate::library::Lib;
use crate::measurement::{Direction, Measurement};
use crate::provider::Provider;
use crate::scaling::speedup;
use crate::table::Table;

const DIRECT: &str = "direct";
const RUSTLS: &str = "rustls-0.23";

pub(super) fn page(results: &Results, origin: &Origin) -> String {
    let mut page = String::new();
    let mut add = |title: &str, body: &str| {
        let _ = write!(page, "{title}\n\n{body}\n");
    };
    add("# Benchmarks", &introduction(origin));
    add("## In short", &summary(results));
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
    let features = host::cpu_features().join(", ");
    let cpu = format!("{} ({features}), {} processors", host::cpu(), host::cores());
    for (name, value) in [
        ("CPU", cpu),
        ("system", host::system()),
        ("compiler", host::RUSTC.into()),
        ("allocator of Rust's side", host::ALLOCATOR.into()),
        ("date", origin.date.to_string()),
        ("command", format!("`{}`", origin.command)),
    ] {
        table.row([name.into(), value]);
    }
    format!(
        "Written by the command below; [BENCHMARKING.md](../BENCHMARKING.md) says what each number means and how to \
         repeat it.\nOther machines have other numbers: look at the ratios.\n\n{table}\n\
         ![Throughput by the size of writes](throughput.svg)\n\n![Time for one record](overhead.svg)\n"
    )
}

fn suites() -> impl Iterator<Item = (Provider, &'static str)> {
    use Provider::{AwsLcRs, Ring};
    [(AwsLcRs, SUITE)]
        .into_iter()
        .chain(OTHERS.map(|suite| (AwsLcRs, suite)))
        .chain([(AwsLcRs, TLS12_SUITE), (Ring, SUITE)])
}

/// What the README shows.
fn summary(results: &Results) -> String {
    let mut table = Table::new(["", "raw", DIRECT, RUSTLS, "direct is faster by"]);
    for (what, direction, size) in [
        ("send 16 KiB", Direction::Send, RECORD),
        ("send 1 MiB", Direction::Send, LONG),
        ("receive 16 KiB in place", Direction::Recv, RECORD),
        ("receive 1 MiB in place", Direction::Recv, LONG),
        ("receive 16 KiB into a slice", Direction::Into, RECORD),
        ("receive 1 MiB into a slice", Direction::Into, LONG),
    ] {
        let task = Task {
            provider: Provider::AwsLcRs.name(),
            suite: SUITE,
            direction,
            size,
        };
        let of = |lib| {
            results
                .record(lib, task)
                .expect("it is in the set")
        };
        let (raw, direct, rustls) = (of(Lib::Raw.name()), of(DIRECT), of(RUSTLS));
        table.row([
            what.into(),
            marked(format!("{:.1} GB/s", raw.mb_per_s / 1000.0), &[raw]),
            marked(format!("{:.3}", direct.ratio_to_raw), &[direct]),
            marked(format!("{:.3}", rustls.ratio_to_raw), &[rustls]),
            marked(format!("{:.2}x", beside(direct, rustls)), &[direct, rustls]),
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
        "allocations per record, at the most".into(),
        allocations(Lib::Raw.name()),
        allocations(DIRECT),
        allocations(RUSTLS),
        String::new(),
    ]);
    format!(
        "TLS 1.3 with AES-128-GCM by aws-lc-rs, one thread, on {}. The speed of a library is that beside `raw`, the bare \
         AEAD call.\n\n{}",
        host::cpu(),
        explained(&table)
    )
}

const RECORDS: &str = "\
Each library's speed beside `raw`, the bare AEAD call on the same records, by the medians and, in brackets, by the 10th
percentiles: from 4 KiB on, where the two differ, the machine was not quiet. `send` seals, `recv` opens where the library likes to, and
`into` has the content in a slice of the application's. Sizes are those of writes; records hold up to 16 KiB.

`direct-streamed` seals into a buffer that holds one record, which goes to nowhere before the next one is sealed. So do
OpenSSL, BoringSSL and s2n, and rustls-0.23-buffered with some records at a time: where a write is longer than a record,
they have to be compared with it. The others, `raw` among them, seal into a buffer that holds the whole write.
";

fn records(results: &Results, provider: Provider, suite: &str) -> String {
    let of_suite: Vec<_> = results
        .records
        .iter()
        .filter(|record| record.suite == suite && record.provider == provider.name())
        .collect();
    let libs: Vec<_> = results
        .libs()
        .into_iter()
        .filter(|lib| {
            *lib != Lib::Raw.name()
                && of_suite
                    .iter()
                    .any(|record| record.lib == *lib)
        })
        .collect();
    let mut header = vec!["", "bytes", "raw, ns", "raw, MB/s"];
    header.extend(&libs);
    header.push("direct beside rustls-0.23");
    let mut table = Table::new(header);
    for raw in of_suite
        .iter()
        .filter(|record| record.lib == Lib::Raw.name())
    {
        let task = Task::of(raw);
        let mut row = vec![
            raw.direction.name().into(),
            size(f64::from(raw.plaintext_size)),
            marked(format!("{:.1}", raw.median_ns_per_write), &[raw]),
            marked(format!("{:.0}", raw.mb_per_s), &[raw]),
        ];
        row.extend(libs.iter().map(|lib| {
            results
                .record(lib, task)
                .map_or(String::new(), |record| {
                    marked(
                        both(record.ratio_to_raw, record.percentile_10_ratio_to_raw),
                        &[record],
                    )
                })
        }));
        let of = |lib| {
            results
                .record(lib, task)
                .expect("it is in the set")
        };
        let (direct, rustls) = (of(DIRECT), of(RUSTLS));
        let ratios = both(
            beside(direct, rustls),
            rustls.percentile_10_ns_per_write / direct.percentile_10_ns_per_write,
        );
        row.push(marked(ratios, &[direct, rustls]));
        table.row(row);
    }
    explained(&table)
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
        "Each thread has a connection with {SUITE} by aws-lc-rs, and sends {} at a time.\n\n{}",
        size(f64::from(RECORD)),
        explained(&table)
    )
}

fn handshakes(results: &Results) -> String {
    let mut text = format!(
        "Each side on its own clock, by aws-lc-rs, up to where records could be sealed and opened: for `{DIRECT}` with the \
         handover.\n`{KERNEL}` is rustls with its connection converted and an AEAD context made for each direction. \
         `{TAPPED}`\ndoes that with a copy of the config, record by record, and listens for what rustls's unbuffered API does \
         not tell. The\nspeed is that beside `{RUSTLS}`; what is added to it is compared with what `{KERNEL}` adds.\n"
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
        for kind in Kind::ALL {
            for side in Side::BOTH {
                let of = |lib| {
                    results
                        .handshake(lib, suite, kind, side)
                        .expect("it is in the set")
                };
                let (rustls, kernel, tapped, direct) =
                    (of(RUSTLS), of(KERNEL), of(TAPPED), of(DIRECT));
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
        "What each of {count} connections holds after a full handshake with AES-128-GCM by aws-lc-rs, in bytes of Rust and \
         of C,\nwithout what they share.\n\n{table}"
    )
}

/// Stands behind a number that is as much an allocator's as a library's.
const MARK: &str = "†";

const EXPLANATION: &str = "\
† With many page faults: the library's allocator gave memory back to the kernel and took it again, and the library looks
slower than it is. See [BENCHMARKING.md](../BENCHMARKING.md#page-faults).
";

/// `text` with a mark if one of the measurements that it is made of needs it.
fn marked(mut text: String, of: &[&Measurement]) -> String {
    if of
        .iter()
        .any(|measurement| measurement.many_page_faults().is_some())
    {
        text.push(' ');
        text.push_str(MARK);
    }
    text
}

/// The table, and below it what the mark means if it is there.
fn explained(table: &Table) -> String {
    let table = table.to_string();
    match table.contains(MARK) {
        true => format!("{table}\n{EXPLANATION}"),
        false => table,
    }
}

/// How many times as fast the first one is.
fn beside(one: &Measurement, other: &Measurement) -> f64 {
    other.median_ns_per_write / one.median_ns_per_write
}

fn both(medians: f64, percentiles_10: f64) -> String {
    format!("{medians:.3} ({percentiles_10:.3})")
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or("unknown".into(), |value| format!("{value:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::tests::measured;

    #[test]
    fn what_page_faults_have_made_slow_is_marked_and_explained() {
        let page = |page_faults| {
            let records = vec![
                measured(Lib::Direct, SUITE, 100.0, 0.0),
                measured(Lib::Rustls023, SUITE, 400.0, page_faults),
                measured(Lib::Raw, SUITE, 100.0, 0.0),
            ];
            let results = Results {
                records,
                ..Results::default()
            };
            super::records(&results, Provider::AwsLcRs, SUITE)
        };
        let few = page(0.1);
        assert!(few.ends_with("| 1.000 (1.000) | 0.250 (0.250) | 4.000 (4.000) |\n"));
        let many = page(0.2);
        let row = "| 1.000 (1.000) | 0.250 (0.250) † | 4.000 (4.000) † |\n";
        assert!(many.ends_with(&format!("{row}\n{EXPLANATION}")), "{many}");
    }
}
