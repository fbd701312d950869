//! Every combination of the features by which rustls and rustls-direct choose a cryptography library.
//!
//! The documentation shows what a program gets with each of them: which provider `ClientConfig::builder()` takes, if it does
//! not panic, and what protects the records. Here the same program is built with each, outside of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../../README.md");
const PAGE: &str = include_str!("../../docs/features.md");
const FRONT_PAGE: &str = include_str!("../../rustls/src/lib.rs");

/// What rustls says when it cannot choose a provider.
const PANIC: &str = "Could not automatically determine the process-level CryptoProvider from Rustls crate features. \
     Call CryptoProvider::install_default() before this point to select a provider manually, \
     or make sure exactly one of the 'aws-lc-rs' and 'ring' features is enabled.";

/// Features of one of the two packages.
type Features = &'static [&'static str];

const CHOICES: [Features; 4] = [&[], &["aws_lc_rs"], &["ring"], &["aws_lc_rs", "ring"]];

/// The dependencies of a program with these features: what README offers to be copied.
fn dependencies(rustls: Features, direct: Features) -> String {
    let list = |features: Features| {
        let all = [features, &["std", "tls12"]].concat();
        format!("{all:?}")
    };
    let (rustls, direct) = (list(rustls), list(direct));
    format!(
        "[dependencies]\n\
         rustls = {{ version = \"0.23\", default-features = false, features = {rustls} }}\n\
         rustls-direct = {{ version = \"0.1\", default-features = false, features = {direct} }}\n"
    )
}

/// Where the programs are built: beside this one, so that the libraries are not built again.
fn target() -> PathBuf {
    // target/debug/deps/features-0123456789abcdef
    let path = std::env::current_exe().expect("a path");
    path.ancestors()
        .nth(3)
        .expect("a directory")
        .to_owned()
}

/// What the program of these features writes, to standard output and to standard error.
fn run(rustls: Features, direct: Features) -> (String, String) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = target();
    let package = target.join("features");
    fs::create_dir_all(&package).expect("a directory");
    // rustls is one package for both, and has the features that either of them asks for.
    let unified = CHOICES[3]
        .iter()
        .filter(|feature| rustls.contains(feature) || direct.contains(feature))
        .collect::<Vec<_>>();
    let manifest = format!(
        "[package]\nname = \"features\"\nedition = \"2024\"\n\n\
         [[bin]]\nname = \"features\"\npath = {:?}\n\n\
         [features]\ndefault = {unified:?}\naws_lc_rs = []\nring = []\n\n\
         {}\n\
         [patch.crates-io]\nrustls-direct = {{ path = {:?} }}\n\n\
         # As in the workspace, whose libraries are used.\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n\
         [workspace]\n",
        workspace.join("tests/features/program/main.rs"),
        dependencies(rustls, direct),
        workspace.join("rustls"),
    );
    fs::write(package.join("Cargo.toml"), manifest).expect("a manifest");
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).expect("a lock file");

    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["run", "--quiet", "--offline", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .expect("cargo runs");
    let [said, complained] =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(
        output.status.success(),
        "rustls {rustls:?}, rustls-direct {direct:?}:\n{complained}"
    );
    (said, complained)
}

/// The row of the table for a program that has said this.
fn row(rustls: Features, direct: Features, said: &str) -> String {
    let of = |name: &str| {
        said.lines().find_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix(": ")
        })
    };
    let builder = match of("builder") {
        Some("AwsLcRs") => "aws-lc-rs",
        Some("Ring") => "ring",
        Some("panics") => "panics",
        other => panic!("{other:?}"),
    };
    let records = |name: &str| match of(name) {
        Some("AwsLcRs" | "Ring") => "direct",
        Some("Wrapped(AwsLcRsIsOff)") => "wrapped: rustls-direct's `aws_lc_rs` is off",
        Some("Wrapped(RingIsOff)") => "wrapped: rustls-direct's `ring` is off",
        None => "–",
        other => panic!("{other:?}"),
    };
    let list = |features: Features| match features {
        [] => "none".to_owned(),
        features => format!("`{}`", features.join("`, `")),
    };
    format!(
        "| {} | {} | {builder} | {} | {} |",
        list(rustls),
        list(direct),
        records("aws_lc_rs"),
        records("ring"),
    )
}

/// The lines of the table in a page.
fn table(page: &str) -> Vec<&str> {
    page.lines()
        .map(|line| line.trim_start_matches("//! "))
        .skip_while(|line| !line.starts_with("| rustls | rustls-direct |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

/// The text of a page in one line, without the marks of a comment.
fn text(page: &str) -> String {
    page.lines()
        .map(|line| line.trim_start_matches("//!"))
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
#[ignore = "builds sixteen programs, which takes minutes: cargo test --test features -- --ignored"]
fn programs_do_what_the_table_says() {
    let mut rows = Vec::new();
    for direct in CHOICES {
        for rustls in CHOICES {
            let (said, complained) = run(rustls, direct);
            let row = row(rustls, direct, &said);
            println!("{row}");
            rows.push(row);
            if said.contains("builder: panics") {
                assert!(text(&complained).contains(PANIC), "{complained}");
            }
        }
    }
    assert_eq!(rows, table(PAGE));
}

#[test]
fn the_pages_agree() {
    assert_eq!(table(PAGE).len(), CHOICES.len() * CHOICES.len());
    assert_eq!(table(PAGE), table(FRONT_PAGE));
    for page in [README, PAGE, FRONT_PAGE] {
        assert!(text(page).contains(PANIC));
    }
    for library in [&CHOICES[1], &CHOICES[2]] {
        let block = text(&dependencies(library, library));
        for page in [README, PAGE, FRONT_PAGE] {
            assert!(text(page).contains(&block), "{block}");
        }
    }
}
