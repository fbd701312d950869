//! The global options.

use crate::support::{assert_refused, measured, program, rustls_bench, text};

const SUITE: &str = "TLS13_AES_128_GCM_SHA256";

#[test]
fn options_may_come_before_the_command_and_after_it() {
    let options = "--api unbuffered --lib direct --provider ring --multiplier 0.001 --threads 2";
    for args in [
        format!("{options} bulk {SUITE} 64"),
        format!("bulk {options} {SUITE} 64"),
        format!("bulk {SUITE} 64 {options}"),
        format!("--lib direct --threads 2 bulk {SUITE} 64 --provider ring --multiplier 0.001"),
    ] {
        let (_, rows) = measured(&args);
        assert_eq!(rows.len(), 3, "{args}");
        for row in rows {
            assert_eq!(text(&row, "lib"), "direct", "{args}");
            assert_eq!(text(&row, "provider"), "ring", "{args}");
            assert_eq!(row["threads"], 2, "{args}");
            assert_eq!(row["samples"], 3, "{args}");
        }
    }
}

/// The global options that each command uses.
const USES: [(&str, &[&str]); 10] = [
    ("bulk", &ALL),
    ("small", &ALL),
    ("scaling", &ALL),
    ("all", &ALL),
    (
        "report",
        &["--api", "--lib", "--json", "--threads", "--multiplier"],
    ),
    (
        "handshake",
        &["--api", "--provider", "--json", "--multiplier"],
    ),
    (
        "handshake-resume",
        &["--api", "--provider", "--json", "--multiplier"],
    ),
    (
        "handshake-ticket",
        &["--api", "--provider", "--json", "--multiplier"],
    ),
    ("memory", &["--api", "--provider", "--json"]),
    ("list-suites", &["--provider"]),
];

const ALL: [&str; 6] = [
    "--api",
    "--lib",
    "--provider",
    "--json",
    "--threads",
    "--multiplier",
];

#[test]
fn help_shows_the_options_that_a_command_uses_in_80_columns() {
    for (command, uses) in USES {
        for flag in ["--help", "-h"] {
            let output = rustls_bench(&format!("{command} {flag}"));
            assert!(output.status.success());
            let help = String::from_utf8(output.stdout).expect("text");
            for option in ALL {
                let is_shown = help.contains(&format!("{option} <"));
                assert_eq!(
                    is_shown,
                    uses.contains(&option),
                    "{command} {option}: {help}"
                );
            }
            let widest = help
                .lines()
                .map(|line| line.chars().count())
                .max();
            assert!(widest <= Some(80), "{command}: {help}");
        }
    }
}

#[test]
fn an_option_that_a_command_does_not_use_is_refused() {
    for (command, uses) in USES {
        let arguments = match command {
            "report" | "all" | "list-suites" => String::new(),
            _ => SUITE.into(),
        };
        for (option, value) in [
            // Refused whether this build contains the library or not.
            ("--lib", "openssl"),
            ("--provider", "ring"),
            ("--json", "/nowhere/file"),
            ("--threads", "4"),
            ("--multiplier", "4"),
            ("--api", "unbuffered"),
        ] {
            if !uses.contains(&option) {
                let expected = format!("'{command}' does not use '{option}'");
                assert_refused(
                    &format!("{option} {value} {command} {arguments}"),
                    &expected,
                );
                assert_refused(
                    &format!("{command} {arguments} {option} {value}"),
                    &expected,
                );
            }
        }
    }
    assert_refused(
        "report --from file --threads 2",
        "'report --from' does not use '--threads'",
    );
    assert_refused("report --from file --with another", "'--with <FILE>...'");
}

#[test]
fn a_multiplier_in_the_environment_is_not_refused() {
    let output = program("list-suites")
        .env("BENCH_MULTIPLIER", "4")
        .output()
        .expect("the program runs");
    assert!(output.status.success());
}
