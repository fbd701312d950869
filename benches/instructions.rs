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
use std::ops::{Deref, DerefMut};
use std::process::{Command, ExitCode};
use std::{env, fs};

use rustls::{CipherSuite, ContentType};
use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::record_layer::{DecryptionState, EncryptionState};
use rustls_direct::split::Event;
use rustls_direct::unbuffered::ConnectionState;
use rustls_direct_tests::raw::{Keys, Plan, Shape, raw};
use rustls_direct_tests::{Forger, Role, Setup, pattern, setups, shake_hands};

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
        ["--case", case, "raw"] => {
            Case::named(case).run_raw();
            ExitCode::SUCCESS
        }
        ["--case", case, _] => {
            Case::named(case).run();
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

fn baseline() -> &'static std::path::Path {
    std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benches/instructions.txt"
    ))
}

/// One way of a record.
struct Case {
    setup: Setup,
    path: Path,
    direction: Direction,
    size: usize,
}

/// What a record goes through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Path {
    RecordLayer,
    StateMachine,
    Split,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Direction {
    Seal,
    Open,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let mut cases = Vec::new();
        for setup in setups() {
            for path in [Path::RecordLayer, Path::StateMachine, Path::Split] {
                for size in SIZES {
                    for direction in [Direction::Seal, Direction::Open] {
                        cases.push(Self {
                            setup: setup.clone(),
                            path,
                            direction,
                            size,
                        });
                    }
                }
            }
        }
        cases
            .into_iter()
            .filter(Self::is_worth_counting)
    }

    /// ECDSA and RSA suites protect their records alike, and what is around the record layer is the same for every
    /// AEAD and every size.
    fn is_worth_counting(&self) -> bool {
        let once_to_a_version = [
            CipherSuite::TLS13_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        ];
        match self.path {
            Path::RecordLayer => !format!("{:?}", self.setup.id()).contains("_RSA_"),
            _ => self.size == SIZES[0] && once_to_a_version.contains(&self.setup.id()),
        }
    }

    fn named(name: &str) -> Self {
        Self::all()
            .find(|case| case.name() == name)
            .expect("a case of this name")
    }

    fn name(&self) -> String {
        format!(
            "{}:{:?}:{:?}:{:?}:{}",
            self.setup.library,
            self.setup.id(),
            self.path,
            self.direction,
            self.size
        )
    }
}

/// Bytes whose place in a page does not depend on what was allocated before: how many instructions a copy takes does.
struct Placed {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

const PAGE_LEN: usize = 4096;

impl Placed {
    fn new(content: &[u8], offset: usize) -> Self {
        let mut bytes = vec![0; content.len() + 2 * PAGE_LEN];
        let start = bytes.as_ptr().align_offset(PAGE_LEN) + offset;
        bytes[start..][..content.len()].copy_from_slice(content);
        Self {
            bytes,
            start,
            len: content.len(),
        }
    }
}

impl Deref for Placed {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.start..][..self.len]
    }
}

impl DerefMut for Placed {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..][..self.len]
    }
}

/// What callgrind counts: its name is what collecting is switched on by.
#[inline(never)]
fn measured_records(mut record: impl FnMut(usize)) {
    for i in 0..RECORDS {
        record(black_box(i));
    }
}

// The first record of each is not counted: it may set something up.
impl Case {
    fn run(&self) {
        match (self.path, self.direction) {
            (Path::RecordLayer, Direction::Seal) => self.seal_in_record_layer(),
            (Path::RecordLayer, Direction::Open) => self.open_in_record_layer(),
            (Path::StateMachine, Direction::Seal) => self.seal_in_state_machine(),
            (Path::StateMachine, Direction::Open) => self.open_in_state_machine(),
            (Path::Split, Direction::Seal) => self.seal_in_writer(),
            (Path::Split, Direction::Open) => self.open_in_reader(),
        }
    }

    fn run_raw(&self) {
        let plan = self.plan();
        let mut bare = raw(&self.setup, self.keys());
        match self.direction {
            Direction::Seal => {
                let (plaintext, mut out) = (self.plaintext(), self.room());
                bare.seal(&plan, &plaintext, &mut out);
                measured_records(|_| bare.seal(black_box(&plan), black_box(&plaintext), &mut out));
                assert!(out[..] == self.sealed()[RECORDS]);
            }
            Direction::Open => {
                let mut records = self.sealed();
                bare.open(&plan, &mut records[0]);
                measured_records(|i| bare.open(black_box(&plan), &mut records[i + 1]));
            }
        }
    }

    fn seal_in_record_layer(&self) {
        let (plaintext, mut out) = (self.plaintext(), self.room());
        let (records, id) = (self.setup.records, self.setup.id());
        let mut encryption = EncryptionState::new(records, id, &self.traffic_keys(), 0, u64::MAX)
            .expect("a key of the suite");
        let mut seal = |_| {
            let content = black_box(&plaintext[..]).into();
            let record = OutboundRecord::new(ContentType::ApplicationData, content);
            encryption
                .encrypt_outgoing(record, black_box(&mut out))
                .expect("sealed");
        };
        seal(0);
        measured_records(seal);
        assert!(out[..] == self.sealed()[RECORDS]);
    }

    fn open_in_record_layer(&self) {
        let mut records = self.sealed();
        let (provider, id) = (self.setup.records, self.setup.id());
        let mut decryption = DecryptionState::new(provider, id, &self.traffic_keys(), 0)
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

    fn seal_in_state_machine(&self) {
        let (plaintext, mut out) = (self.plaintext(), self.room());
        let len = out.len();
        let (mut client, _) = self.connected();
        let mut seal = |_| match client
            .process_tls_records(black_box(&mut []))
            .state
        {
            Ok(ConnectionState::WriteTraffic(mut write)) => {
                let written = write.encrypt(black_box(&plaintext), black_box(&mut out));
                assert_eq!(written.expect("room for it"), len);
            }
            other => panic!("{other:?}"),
        };
        seal(0);
        measured_records(seal);
    }

    fn open_in_state_machine(&self) {
        let (mut client, mut records) = self.connected();
        let mut open = |i: usize| match client
            .process_tls_records(black_box(&mut records[i]))
            .state
        {
            Ok(ConnectionState::ReadTraffic(mut read)) => {
                let record = read
                    .next_record()
                    .expect("a record")
                    .expect("no error");
                assert_eq!(black_box(record.payload).len(), self.size);
            }
            other => panic!("{other:?}"),
        };
        open(0);
        measured_records(|i| open(i + 1));
    }

    fn seal_in_writer(&self) {
        let (plaintext, mut out) = (self.plaintext(), self.room());
        let (client, _) = self.connected();
        let (_reader, mut writer) = client
            .split()
            .expect("nothing in the way");
        let mut seal = |_| {
            let written = writer
                .write(black_box(&plaintext[..]), black_box(&mut out))
                .expect("room for it");
            assert_eq!(written.consumed, self.size);
        };
        seal(0);
        measured_records(seal);
    }

    fn open_in_reader(&self) {
        let (client, mut records) = self.connected();
        let (mut reader, _writer) = client
            .split()
            .expect("nothing in the way");
        let mut open = |i: usize| match reader
            .read(black_box(&mut records[i]))
            .expect("authentic")
            .event
        {
            Event::Data(data) => assert_eq!(black_box(data).len(), self.size),
            other => panic!("{other:?}"),
        };
        open(0);
        measured_records(|i| open(i + 1));
    }

    /// A client after its handshake, and records for it.
    fn connected(&self) -> (UnbufferedClientConnection, Vec<Vec<u8>>) {
        let mut client = self.setup.client();
        let mut peer = Forger::peer(&self.setup, Role::Server);
        shake_hands(&mut client, &mut peer);
        let mut forger = Forger::new(&self.setup, peer);
        let plaintext = pattern(self.size);
        let records = (0..=RECORDS)
            .map(|_| forger.seal(ContentType::ApplicationData, &plaintext))
            .collect();
        (client, records)
    }

    fn plan(&self) -> Plan {
        Plan::new(Shape::of(&self.setup), self.size, None)
    }

    fn plaintext(&self) -> Placed {
        Placed::new(&pattern(self.size), 0)
    }

    /// Output for one record, with its header.
    fn room(&self) -> Placed {
        let plan = self.plan();
        let mut out = vec![0; plan.tls_len];
        plan.write_headers(&mut out);
        Placed::new(&out, PAGE_LEN / 2)
    }

    /// Records under the made-up keys.
    fn sealed(&self) -> Vec<Vec<u8>> {
        let mut sealer = raw(&self.setup, self.keys());
        let (plan, plaintext, mut out) = (self.plan(), self.plaintext(), self.room());
        (0..=RECORDS)
            .map(|_| {
                sealer.seal(&plan, &plaintext, &mut out);
                out.to_vec()
            })
            .collect()
    }

    fn keys(&self) -> Keys {
        let key_len = self
            .setup
            .records
            .algorithm(self.setup.id())
            .expect("the provider's own suite")
            .key_len();
        Keys {
            seq: 0,
            key: pattern(key_len),
            iv: [7; 12],
        }
    }

    fn traffic_keys(&self) -> TrafficKeys {
        let keys = self.keys();
        TrafficKeys::new(&keys.key, &keys.iv).expect("a key")
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
