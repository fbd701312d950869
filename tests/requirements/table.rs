//! Does `docs/requirements.md` name tests for each row that exist, name the row and, where needed, run rustls?

mod broken_tables;
mod check;

use std::fs;
use std::path::Path;

use check::{Source, problems};

/// The ids of all rows, so that a missing row is noticed.
#[rustfmt::skip]
const IDS: &[&str] = &[
    // A. Handover from rustls.
    "HO-a",
    "HO-b",
    "HO-c",
    "HO-d",
    "HO-e",
    "HO-f",
    "HO-g",
    "HO-h",
    "HO-i",
    "HO-j",
    // B. Sealing.
    "R13-5.2-a",
    "R13-5.2-b",
    "R13-5.2-c",
    "R13-5.3-a",
    "R13-5.3-b",
    "R13-5.3-c",
    "R13-5.3-d",
    "R13-5.1-a",
    "R13-5.1-b",
    "R13-5.1-c",
    "R13-5.1-d",
    "R13-5-x",
    "R13-5.4-a",
    "R13-5.5-a",
    "R13-5.5-b",
    "R13-5.5-c",
    "R13-4.6.3-a",
    "R13-4.6.3-b",
    "R13-4.6.3-c",
    "R13-4.6.3-d",
    "R13-4.6.3-e",
    "R13-4.6.3-f",
    "R13-6.1-a",
    "R13-6.1-b",
    "R13-6.2-a",
    "R13-6.2-b",
    "R12-6.2.1-a",
    "R12-6.2.1-b",
    "R12-6.2.3-a",
    "R12-6.2.3.3-a",
    "R5288-3-a",
    "R5288-3-b",
    "R5288-6.2-a",
    "R7905-2-a",
    "R12-6.1-a",
    // C. Opening: header, length, deprotection.
    "R13-5-a",
    "R13-5.2-d",
    "R13-5.2-e",
    "R13-5.2-f",
    "R13-5.2-g",
    "R13-5.4-b",
    "R13-5.2-h",
    "R13-5.2-i",
    "R13-5.2-j",
    "R13-5.4-c",
    "R13-5.4-d",
    "R13-5.4-e",
    "R13-5.4-f",
    "R13-5.4-g",
    "R13-5-b",
    "R13-5-c",
    "R13-5-d",
    "R13-5-e",
    "R13-5-f",
    "R13-5-g",
    "R13-5.3-e",
    "R13-5.5-d",
    "R13-5.1-e",
    "R12-6-a",
    "R12-6.2.1-c",
    "R12-6.2.3-b",
    "R12-6.2.1-d",
    "R12-6.2.3.3-b",
    "R12-6.2.3.3-c",
    "R12-7.1-a",
    "R12-6.2.1-e",
    "R12-6.2.1-f",
    // D. Opening: handshake reassembly.
    "R13-5.1-f",
    "R13-5.1-g",
    "R13-5.1-h",
    "R13-5.1-i",
    "R13-5.1-j",
    "IMP-hs",
    "R13-6-a",
    "R12-6.2.1-g",
    // E. Opening: KeyUpdate.
    "R13-4.6.3-g",
    "R13-4.6.3-h",
    "R13-4.6.3-i",
    "R13-4.6.3-j",
    "R13-4.6.3-k",
    "R13-4.6.3-l",
    "R13-4.6.3-m",
    "R13-4.6.3-n",
    "R13-4.6.3-o",
    "R13-4.6.3-p",
    "R13-4.6.3-q",
    "R13-4.6.3-r",
    "IMP-ku",
    "R13-4.6.3-s",
    // F. Opening: NewSessionTicket and other post-handshake messages.
    "R13-4.6.1-a",
    "R13-4.6.1-b",
    "R13-4.6.1-c",
    "R13-4.6.1-d",
    "R13-4.6.1-e",
    "R13-4.6.1-f",
    "R13-4.6.1-g",
    "R13-4.6.2-a",
    "R13-4-a",
    "R12-7.4.1.1-a",
    "R12-7.4.1.1-b",
    "R12-7.4.1.1-c",
    "R12-7.2.2-a",
    "R12-7.4-a",
    // G. Opening: alerts, closure, truncation.
    "R13-6.1-c",
    "R13-6.1-d",
    "R13-6.1-e",
    "R13-6-b",
    "R13-6.1-f",
    "R12-7.2.1-a",
    "R13-6.1-g",
    "R13-6.1-h",
    "R13-6.1-i",
    "R13-6.2-c",
    "R12-7.2-a",
    "R12-7.2-b",
    "R13-6-c",
    "R12-7.2-c",
    "IMP-warn",
    // H. Limits of our own.
    "IMP-empty",
    "IMP-reneg",
    "IMP-nst",
    "IMP-out",
    "IMP-alert-out",
    // I. record_size_limit, in one line.
    "R8449",
];

/// The sources of this package and of the library.
struct Repository;

impl Source for Repository {
    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
    }
}

#[test]
fn every_row_has_a_test_that_was_seen_to_fail() {
    let table = Repository
        .read("docs/requirements.md")
        .expect("the table");
    let problems = problems(&table, IDS, &Repository);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
