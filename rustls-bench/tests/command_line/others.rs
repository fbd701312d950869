//! Libraries that are measured only on request.

use serde_json::Value;

use crate::support::{measured, rustls_bench, suites, text};

/// The libraries that only some builds contain, and whether this one does.
const OPTIONAL: [(&str, bool); 4] = [
    ("rustls-0.24", cfg!(feature = "peer-rustls-0.24")),
    ("openssl", cfg!(feature = "peer-openssl")),
    ("boringssl", cfg!(feature = "peer-boringssl")),
    ("s2n", cfg!(feature = "peer-s2n")),
];

#[test]
fn a_library_that_this_build_lacks_is_known_by_name() {
    for (lib, _) in OPTIONAL
        .iter()
        .filter(|(_, is_built)| !is_built)
    {
        let output = rustls_bench(&format!("--lib direct,{lib} bulk TLS13_AES_128_GCM_SHA256"));
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2));
        let expected =
            format!("error: '{lib}' is not in this build; build with `--features peer-{lib}`\n");
        assert_eq!(stderr, expected);
    }
}

#[test]
fn every_library_that_is_built_is_measured_with_every_suite() {
    let optional = OPTIONAL
        .iter()
        .filter(|(_, is_built)| *is_built)
        .map(|(lib, _)| *lib);
    for lib in optional.chain(["direct-streamed", "rustls-0.23-buffered"]) {
        for suite in suites("aws-lc-rs") {
            // Two full records per write.
            let (table, rows) = measured(&format!(
                "--lib {lib} --multiplier 0.001 bulk {suite} 32768"
            ));
            let [send, recv, into] = &rows[..] else {
                panic!("three rows for {lib}, not {rows:?}");
            };
            for (row, direction) in [(send, "send"), (recv, "recv"), (into, "into")] {
                assert_eq!(text(row, "lib"), lib);
                assert_eq!(text(row, "direction"), direction);
                assert!(table.contains(&format!("{direction}  {lib}")), "{table}");
            }
            assert_eq!(send["plaintext"], Value::Null);
            // The pre-release limits the ciphertext of a record where the others limit its content.
            assert_eq!(send["extra_tls_bytes"] == 0, lib != "rustls-0.24", "{send}");
            let place = match lib {
                "direct-streamed" | "rustls-0.24" => "in the TLS buffer",
                "rustls-0.23-buffered" => "in the library's buffer",
                _ => "copied to the application's buffer",
            };
            assert_eq!(text(recv, "plaintext"), place);
            assert!(table.contains(place), "{table}");
            let cryptography = match lib {
                "openssl" => "OpenSSL 3.6.",
                "boringssl" => "BoringSSL",
                "s2n" => "AWS-LC",
                _ => "aws-lc-rs",
            };
            assert!(text(recv, "cryptography").contains(cryptography), "{recv}");
        }
    }
}

#[test]
fn a_library_that_always_makes_the_largest_records_refuses_a_record_size() {
    for (lib, is_built) in OPTIONAL {
        let output = rustls_bench(&format!(
            "--lib {lib} --multiplier 0.001 bulk TLS13_AES_128_GCM_SHA256 5000 1029"
        ));
        if lib == "rustls-0.24" {
            assert_eq!(output.status.success(), is_built);
        } else if is_built {
            let stderr = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(
                stderr.contains("always makes the largest records"),
                "{stderr}"
            );
        }
    }
}
