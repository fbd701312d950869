//! Saves the counts, and compares them with the saved ones.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::callgrind::Counts;

/// A count may grow by this many instructions before the bench fails.
const TOLERANCE: i64 = 20;

/// Writes the counts to the baseline file.
pub(crate) fn save(counts: &Counts) {
    let mut table = String::from(
        "# Instructions per record besides those of the bare AEAD call, as counted by callgrind.\n\
         # Written by `cargo bench --bench instructions -- --save`.\n",
    );
    for (name, count) in counts {
        writeln!(table, "{name} {count}").expect("a String can be written to");
    }
    fs::write(baseline(), table).expect("the file can be written");
}

/// Compares the counts with the baseline file, and fails if a count has grown or the two have different cases.
pub(crate) fn compare(counts: &Counts) -> ExitCode {
    let text = fs::read_to_string(baseline()).expect("benches/instructions.txt");
    let before: BTreeMap<_, i64> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, count)| (name, count.parse().expect("a number")))
        .collect();

    let mut failed = counts.is_empty();
    for (name, count) in counts {
        let verdict = match before.get(name.as_str()) {
            None => "has no baseline",
            Some(before) if count - before > TOLERANCE => "has grown",
            Some(before) if before - count > TOLERANCE => "has shrunk; save it with --save",
            Some(_) => "",
        };
        failed |= matches!(verdict, "has no baseline" | "has grown");
        let was = before
            .get(name.as_str())
            .map_or("none".into(), i64::to_string);
        println!("{name:<80} {count:>6} was {was:>6} {verdict}");
    }
    for name in before.keys() {
        if !counts.contains_key(*name) {
            failed = true;
            println!("{name:<80} is no longer counted");
        }
    }
    match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

fn baseline() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benches/instructions.txt"
    ))
}
