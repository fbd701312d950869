//! Which cryptography library does a program get with each combination of the features?
//!
//! The documentation has a table of the provider that `ClientConfig::builder()` takes, if it does not panic, and of the
//! library that protects the records. Here the same program is built with each combination, outside of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../../README.md");
const PAGE: &str = include_str!("../../docs/features.md");
const FRONT_PAGE: &str = include_str!("../../rustls/src/lib.rs");

/// The message of rustls's panic if it cannot choose a provider.
const PANIC: &str = "Could not automatically determine the process-level CryptoProvider from Rustls crate features. \
     Call CryptoProvider::install_default() before this point to select a provider manually, \
     or make sure exactly one of the 'aws-lc-rs' and 'ring' features is enabled.";

/// Features of one of the two packages.
type Features = &'static [&'static str];

const CHOICES: [Features; 4] = [&[], &["aws_lc_rs"], &["ring"], &["aws_lc_rs", "ring"]];

/// The dependencies of a program with these features, as README shows them.
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

/// The target directory of this program, so that the libraries are not built again.
fn target() -> PathBuf {
    // target/debug/deps/features-0123456789abcdef
    let path = std::env::current_exe().expect("a path");
    path.ancestors()
        .nth(3)
        .expect("a directory")
        .to_owned()
}

/// Runs the program with these features, and returns its standard output and standard error.
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
    let [printed, errors] = [output.stdout, output.stderr]
        .map(|printed| String::from_utf8_lossy(&printed).into_owned());
    assert!(
        output.status.success(),
        "rustls {rustls:?}, rustls-direct {direct:?}:\n{errors}"
    );
    (printed, errors)
}

/// The row of the table for a program with this output.
fn row(rustls: Features, direct: Features, printed: &str) -> String {
    let of = |name: &str| {
        printed.lines().find_map(|line| {
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
fn programs_behave_as_in_the_table() {
    let mut rows = Vec::new();
    for direct in CHOICES {
        for rustls in CHOICES {
            let (printed, errors) = run(rustls, direct);
            let row = row(rustls, direct, &printed);
            println!("{row}");
            rows.push(row);
            if printed.contains("builder: panics") {
                assert!(text(&errors).contains(PANIC), "{errors}");
            }
        }
    }
    assert_eq!(rows, table(PAGE));
}

#[test]
fn the_pages_agree() {
    assert_eq!(table(PAGE).len(), CHOICES.len() * CHOICES.len());
    assert!(text(PAGE).contains(PANIC));
    for library in [&CHOICES[1], &CHOICES[2]] {
        let block = text(&dependencies(library, library));
        for page in [README, PAGE, FRONT_PAGE] {
            assert!(text(page).contains(&block), "{block}");
        }
    }
}
