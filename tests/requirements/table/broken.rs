//! Tables that the check has to complain of.

use super::check::{Source, complaints};

/// A repository with one file of tests.
struct Sources;

const TESTS: &str = "
/// R1-a, R1-b: what it proves.
#[test]
fn proves() {
    attack(script).both(GoesOn);
}

/// R1-a.
#[cfg(feature = \"tls12\")]
#[test]
fn ours_alone() {
    attack(script).ours(GoesOn);
}

/// R1-a: not a test.
fn helper() {}

/// R1-a-1, R1-ab, XR1-a and R1-a.2 are others.
#[test]
fn of_others() {
    attack(script).rustls(GoesOn);
}
";

impl Source for Sources {
    fn read(&self, path: &str) -> Option<String> {
        (path == "tests/some/file.rs").then(|| TESTS.into())
    }
}

const FINE_A: &str =
    "| R1-a | RFC | a rule | `some/file::proves` | a rule was out | ≠ `some/file::proves` |";
const FINE_B: &str = "| R1-b | RFC | another | n/a: it can not happen here | – | – |";

/// What the check says of a table of these lines.
fn check(lines: &[&str]) -> Vec<String> {
    let head = [
        "# Requirements",
        "",
        "| id | standard | what | tests | seen | rustls |",
    ];
    let table = [&head[..], lines].concat().join("\n");
    complaints(&table, &["R1-a", "R1-b"], &Sources)
}

/// Checks that there is one complaint, when `change` was made to the line that is fine.
fn complains(from: &str, to: &str, complaint: &str) {
    assert!(FINE_A.contains(from));
    let broken = FINE_A.replacen(from, to, 1);
    assert_eq!(check(&[&broken, FINE_B]), [format!("R1-a: {complaint}")]);
}

#[test]
fn a_whole_table_is_fine() {
    assert_eq!(check(&[FINE_A, FINE_B]), [""; 0]);
    let alone = FINE_A.replace("≠ `some/file::proves`", "=");
    let alone = alone.replace("::proves", "::ours_alone");
    assert_eq!(check(&[&alone, FINE_B]), [""; 0]);
}

#[test]
fn a_line_that_is_missing_is_missed() {
    assert_eq!(check(&[FINE_A]), ["R1-b: missing"]);
}

#[test]
fn a_line_that_is_there_twice_is_told() {
    assert_eq!(check(&[FINE_A, FINE_B, FINE_B]), ["R1-b: twice"]);
}

#[test]
fn a_line_of_a_row_that_there_is_not_is_told() {
    let unknown = FINE_B.replace("R1-b", "R1-c");
    assert_eq!(
        check(&[FINE_A, FINE_B, &unknown]),
        ["R1-c: there is no such row"]
    );
}

#[test]
fn a_line_of_too_few_cells_is_told() {
    complains(" a rule was out |", "", "not 6 cells");
}

#[test]
fn a_row_without_a_requirement_is_told() {
    complains(" a rule |", " |", "does not say what is required");
}

#[test]
fn a_row_without_a_test_is_told() {
    complains("`some/file::proves`", "", "no test");
}

#[test]
fn a_test_that_there_is_not_is_told() {
    complains(
        "some/file",
        "other/file",
        "`other/file::proves`: there is no such file",
    );
    complains(
        "proves",
        "gone",
        "`some/file::gone`: there is no such function",
    );
    complains(
        "some/file::proves",
        "proves",
        "`proves` is not `file::function`",
    );
    complains("proves", "helper", "`some/file::helper` is not a test");
}

#[test]
fn a_test_that_does_not_name_the_row_is_told() {
    complains(
        "proves",
        "of_others",
        "`some/file::of_others` does not name the row",
    );
}

#[test]
fn a_row_that_does_not_apply_says_why() {
    complains("`some/file::proves`", "n/a", "n/a, but not why");
}

#[test]
fn a_row_whose_tests_were_never_seen_to_fail_is_told() {
    complains(
        "a rule was out",
        "–",
        "does not say when its tests were seen to fail",
    );
}

#[test]
fn a_difference_to_rustls_has_to_be_shown() {
    complains(
        "≠ `some/file::proves`",
        "≠",
        "no test shows what rustls does",
    );
    complains(
        "≠ `some/file::proves`",
        "≠ `some/file::ours_alone`",
        "`some/file::ours_alone` does not run rustls",
    );
    complains(
        "≠ `some/file::proves`",
        "≠ `some/file::gone`",
        "`some/file::gone`: there is no such function",
    );
    complains(
        "≠ `some/file::proves`",
        "who knows",
        "does not say what rustls does",
    );
}
