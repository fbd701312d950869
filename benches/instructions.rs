//! How many instructions a record takes besides those of the bare AEAD call.
//!
//! Time is too noisy to see a few nanoseconds; instructions, counted by callgrind, come out the same every time.
//!
//! - `cargo bench --bench instructions` counts, and compares with what stands in `benches/instructions.txt`. It fails
//!   if a path has grown by more than 20 instructions.
//! - `cargo bench --bench instructions -- --save` writes that file anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use rustls::ContentType;
use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
use rustls_direct::record_layer::{DecryptionState, EncryptionState};
use rustls_direct_tests::raw::{Keys, Plan, Shape, raw};
use rustls_direct_tests::{Setup, pattern, setups};

/// How much a path may grow before somebody has to say so.
const TOLERANCE: i64 = 20;

/// Records that are counted together.
const RECORDS: usize = 100;

const SIZES: [usize; 2] = [64, 16_384];

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args
        .iter()
        .map(String::as_str)
        .collect();
    match args[..] {
        ["--case", case, library] => {
            run(&Case::named(case), library);
            ExitCode::SUCCESS
        }
        ["--save", ..] => {
            let counts = count_all();
            fs::write(baseline(), table(&counts)).expect("the file can be written");
            ExitCode::SUCCESS
        }
        _ => compare(&count_all()),
    }
}

fn baseline() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benches/instructions.txt"
    ))
}

/// One way of a record.
struct Case {
    setup: Setup,
    direction: &'static str,
    size: usize,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        setups()
            .into_iter()
            .flat_map(|setup| {
                SIZES.into_iter().flat_map(move |size| {
                    let setup = setup.clone();
                    ["seal", "open"]
                        .into_iter()
                        .map(move |direction| Self {
                            setup: setup.clone(),
                            direction,
                            size,
                        })
                })
            })
            // ECDSA and RSA suites protect their records alike.
            .filter(|case| !case.name().contains("_RSA_"))
    }

    fn named(name: &str) -> Self {
        Self::all()
            .find(|case| case.name() == name)
            .expect("a case of this name")
    }

    fn name(&self) -> String {
        format!(
            "{}:{:?}:{}:{}",
            self.setup.library,
            self.setup.id(),
            self.direction,
            self.size
        )
    }
}

/// What callgrind counts: its name is what collecting is switched on by.
#[inline(never)]
fn measured_records(mut record: impl FnMut(usize)) {
    for i in 0..RECORDS {
        record(black_box(i));
    }
}

fn run(case: &Case, library: &str) {
    let setup = &case.setup;
    let plan = Plan::new(Shape::of(setup), case.size, None);
    let plaintext = pattern(case.size);
    let key_len = setup
        .records
        .algorithm(setup.id())
        .expect("the provider's own suite")
        .key_len();
    let keys = Keys {
        seq: 0,
        key: pattern(key_len),
        iv: [7; 12],
    };
    let traffic_keys = TrafficKeys::new(&keys.key, &keys.iv).expect("a key");
    let mut sealer = raw(setup, keys.clone());
    let mut out = vec![0; plan.tls_len];
    plan.write_headers(&mut out);
    let mut records = Vec::new();
    for _ in 0..=RECORDS {
        sealer.seal(&plan, &plaintext, &mut out);
        records.push(out.clone());
    }

    // The first record of each is not counted: it may set something up.
    match (library, case.direction) {
        ("direct", "seal") => {
            let mut encryption =
                EncryptionState::new(setup.records, setup.id(), &traffic_keys, 0, u64::MAX)
                    .expect("a key of the suite");
            let mut seal = |_| {
                let record = OutboundRecord::new(
                    ContentType::ApplicationData,
                    black_box(&plaintext[..]).into(),
                );
                encryption
                    .encrypt_outgoing(record, black_box(&mut out))
                    .expect("sealed");
            };
            seal(0);
            measured_records(seal);
            assert!(out == records[RECORDS]);
        }
        ("direct", _) => {
            let mut decryption = DecryptionState::new(setup.records, setup.id(), &traffic_keys, 0)
                .expect("a key of the suite");
            let mut open = |i: usize| {
                let opened = decryption
                    .decrypt_incoming(black_box(&mut records[i]))
                    .expect("authentic");
                assert!(black_box(opened).is_some());
            };
            open(0);
            measured_records(|i| open(i + 1));
        }
        (_, "seal") => {
            let mut bare = raw(setup, keys);
            bare.seal(&plan, &plaintext, &mut out);
            measured_records(|_| bare.seal(black_box(&plan), black_box(&plaintext), &mut out));
            assert!(out == records[RECORDS]);
        }
        _ => {
            let mut bare = raw(setup, keys);
            bare.open(&plan, &mut records[0]);
            measured_records(|i| bare.open(black_box(&plan), &mut records[i + 1]));
        }
    }
}

/// Instructions for each record, by the name of the case.
type Counts = BTreeMap<String, i64>;

fn count_all() -> Counts {
    Case::all()
        .map(|case| {
            let name = case.name();
            let records = i64::try_from(RECORDS).expect("a small number");
            let ours = (count(&name, "direct") - count(&name, "raw")) / records;
            (name, ours)
        })
        .collect()
}

/// Runs a case under callgrind.
fn count(case: &str, library: &str) -> i64 {
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=*measured_records*",
        ])
        .arg(env::current_exe().expect("this program"))
        .args(["--case", case, library])
        .output()
        .expect("valgrind runs: it has to be installed");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{case} {library}: {report}");
    report
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .filter(|count| *count > 0)
        .unwrap_or_else(|| panic!("no count in {report}"))
}

fn table(counts: &Counts) -> String {
    let mut table = String::from(
        "# Instructions for each record besides those of the bare AEAD call, as callgrind counts them.\n\
         # Written by `cargo bench --bench instructions -- --save`.\n",
    );
    for (name, count) in counts {
        writeln!(table, "{name} {count}").expect("a String takes all");
    }
    table
}

fn compare(counts: &Counts) -> ExitCode {
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
            Some(before) if before - count > TOLERANCE => "has shrunk: save it",
            Some(_) => "",
        };
        failed |= matches!(verdict, "has no baseline" | "has grown");
        let was = before
            .get(name.as_str())
            .map_or("none".into(), i64::to_string);
        println!("{name:<70} {count:>6} was {was:>6} {verdict}");
    }
    for name in before.keys() {
        if !counts.contains_key(*name) {
            failed = true;
            println!("{name:<70} is not counted any more");
        }
    }
    match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
