//! Does the check find every mistake in a table?

use super::check::{Source, problems};

/// A repository with one file of tests.
struct Sources;

const TESTS: &str = "
/// R1-a, R1-b: what it proves.
#[test]
fn proves() {
    attack(script).expect_both(Accepted);
}

/// R1-a.
#[cfg(feature = \"tls12\")]
#[test]
fn ours_alone() {
    attack(script).expect_direct(Accepted);
}

/// R1-a: not a test.
fn helper() {}

/// R1-a-1, R1-ab, XR1-a and R1-a.2 are others.
#[test]
fn of_others() {
    attack(script).expect_rustls(Accepted);
}
";

impl Source for Sources {
    fn read(&self, path: &str) -> Option<String> {
        (path == "tests/some/file.rs").then(|| TESTS.into())
    }
}

const VALID_A: &str =
    "| R1-a | RFC | a rule | `some/file::proves` | a rule was out | ≠ `some/file::proves` |";
const VALID_B: &str = "| R1-b | RFC | another | n/a: it cannot happen here | – | – |";

/// The problems of a table with these lines.
fn check(lines: &[&str]) -> Vec<String> {
    let head = [
        "# Requirements",
        "",
        "| id | standard | what | tests | seen | rustls |",
    ];
    let table = [&head[..], lines].concat().join("\n");
    problems(&table, &["R1-a", "R1-b"], &Sources)
}

/// Checks that there is one problem after `from` is replaced by `to` in a valid line.
fn assert_problem(from: &str, to: &str, problem: &str) {
    assert!(VALID_A.contains(from));
    let broken = VALID_A.replacen(from, to, 1);
    assert_eq!(check(&[&broken, VALID_B]), [format!("R1-a: {problem}")]);
}

#[test]
fn a_complete_table_has_no_problems() {
    assert_eq!(check(&[VALID_A, VALID_B]), [""; 0]);
    let alone = VALID_A.replace("≠ `some/file::proves`", "=");
    let alone = alone.replace("::proves", "::ours_alone");
    assert_eq!(check(&[&alone, VALID_B]), [""; 0]);
}

#[test]
fn a_missing_row_is_reported() {
    assert_eq!(check(&[VALID_A]), ["R1-b: missing"]);
}

#[test]
fn a_duplicate_row_is_reported() {
    assert_eq!(check(&[VALID_A, VALID_B, VALID_B]), ["R1-b: twice"]);
}

#[test]
fn an_unknown_row_is_reported() {
    let unknown = VALID_B.replace("R1-b", "R1-c");
    assert_eq!(
        check(&[VALID_A, VALID_B, &unknown]),
        ["R1-c: there is no such row"]
    );
}

#[test]
fn a_row_with_too_few_cells_is_reported() {
    assert_problem(" a rule was out |", "", "not 6 cells");
}

#[test]
fn a_row_without_a_requirement_is_reported() {
    assert_problem(" a rule |", " |", "does not say what is required");
}

#[test]
fn a_row_without_a_test_is_reported() {
    assert_problem("`some/file::proves`", "", "no test");
}

#[test]
fn an_unknown_test_is_reported() {
    assert_problem(
        "some/file",
        "other/file",
        "`other/file::proves`: there is no such file",
    );
    assert_problem(
        "proves",
        "gone",
        "`some/file::gone`: there is no such function",
    );
    assert_problem(
        "some/file::proves",
        "proves",
        "`proves` is not `file::function`",
    );
    assert_problem("proves", "helper", "`some/file::helper` is not a test");
}

#[test]
fn a_test_that_does_not_name_the_row_is_reported() {
    assert_problem(
        "proves",
        "of_others",
        "`some/file::of_others` does not name the row",
    );
}

#[test]
fn a_row_that_does_not_apply_needs_a_reason() {
    assert_problem("`some/file::proves`", "n/a", "n/a without a reason");
}

#[test]
fn a_row_whose_tests_were_never_seen_to_fail_is_reported() {
    assert_problem(
        "a rule was out",
        "–",
        "does not say when its tests were seen to fail",
    );
}

#[test]
fn a_difference_to_rustls_needs_a_test() {
    assert_problem(
        "≠ `some/file::proves`",
        "≠",
        "no test shows what rustls does",
    );
    assert_problem(
        "≠ `some/file::proves`",
        "≠ `some/file::ours_alone`",
        "`some/file::ours_alone` does not run rustls",
    );
    assert_problem(
        "≠ `some/file::proves`",
        "≠ `some/file::gone`",
        "`some/file::gone`: there is no such function",
    );
    assert_problem(
        "≠ `some/file::proves`",
        "who knows",
        "does not say what rustls does",
    );
}
