//! Which problems does a table of requirements have?

use std::collections::HashSet;

/// A source of files.
pub(crate) trait Source {
    /// Returns the text of a file, by its path in the repository.
    fn read(&self, path: &str) -> Option<String>;
}

/// Returns the problems of `table`, whose rows should have the ids `ids`.
pub(crate) fn problems(table: &str, ids: &[&str], sources: &dyn Source) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    for line in table.lines() {
        let Some(id) = id_of(line) else {
            continue;
        };
        if !ids.contains(&id) {
            problems.push(format!("{id}: there is no such row"));
        }
        if !seen.insert(id) {
            problems.push(format!("{id}: twice"));
        }
        let problems_of_row = match Row::parse(line) {
            Some(row) => row.problems(sources),
            None => vec![format!("not {} cells", CELLS)],
        };
        problems.extend(
            problems_of_row
                .into_iter()
                .map(|problem| format!("{id}: {problem}")),
        );
    }
    for id in ids {
        if !seen.contains(id) {
            problems.push(format!("{id}: missing"));
        }
    }
    problems
}

/// The id of a line, if the line is a row.
fn id_of(line: &str) -> Option<&str> {
    let id = line
        .strip_prefix("| ")?
        .split(" |")
        .next()?;
    let is_row = ["HO-", "IMP-", "R"]
        .iter()
        .any(|prefix| id.starts_with(prefix));
    is_row.then_some(id)
}

const CELLS: usize = 6;

/// A row of the table.
struct Row<'a> {
    id: &'a str,
    standard: &'a str,
    requirement: &'a str,
    /// The tests that prove it, or `n/a` with a reason.
    tests: &'a str,
    /// What was wrong when the tests were seen to fail.
    seen: &'a str,
    /// `=`, `≠` with the tests that show it, or `–` if there is nothing to compare.
    rustls: &'a str,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line
            .strip_prefix('|')?
            .strip_suffix('|')?;
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &[id, standard, requirement, tests, seen, rustls] = &cells[..] else {
            return None;
        };
        Some(Self {
            id,
            standard,
            requirement,
            tests,
            seen,
            rustls,
        })
    }

    fn problems(&self, sources: &dyn Source) -> Vec<String> {
        let mut problems = Vec::new();
        if self.standard.is_empty() || self.requirement.is_empty() {
            problems.push("does not say what is required".into());
        }
        match self.tests.strip_prefix("n/a") {
            Some(reason) => {
                if reason.len() < ": because".len() {
                    problems.push("n/a without a reason".into());
                }
            }
            None => problems.extend(self.problems_of_tests(sources)),
        }
        problems.extend(self.problems_of_rustls(sources));
        problems
    }

    fn problems_of_tests(&self, sources: &dyn Source) -> Vec<String> {
        let mut problems = Vec::new();
        let tests = quoted(self.tests);
        if tests.is_empty() {
            problems.push("no test".into());
        }
        for test in tests {
            problems.extend(self.find(test, sources).err());
        }
        if self.seen.len() < "a rule".len() {
            problems.push("does not say when its tests were seen to fail".into());
        }
        problems
    }

    fn problems_of_rustls(&self, sources: &dyn Source) -> Vec<String> {
        if matches!(self.rustls, "=" | "–") {
            return Vec::new();
        }
        let Some(tests) = self.rustls.strip_prefix('≠') else {
            return vec!["does not say what rustls does".into()];
        };
        let tests = quoted(tests);
        let mut problems = Vec::new();
        if tests.is_empty() {
            problems.push("no test shows what rustls does".into());
        }
        for test in tests {
            match self.find(test, sources) {
                Ok(body) if !runs_rustls(&body) => {
                    problems.push(format!("`{test}` does not run rustls"));
                }
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
        problems
    }

    /// Finds the function `test`, which has to be a test that names this row.
    fn find(&self, test: &str, sources: &dyn Source) -> Result<String, String> {
        let Some((file, function)) = test.split_once("::") else {
            return Err(format!("`{test}` is not `file::function`"));
        };
        let text = [format!("tests/{file}.rs"), format!("{file}.rs")]
            .iter()
            .find_map(|path| sources.read(path))
            .ok_or(format!("`{test}`: there is no such file"))?;
        let (above, body) = text
            .split_once(&format!("\nfn {function}("))
            .ok_or(format!("`{test}`: there is no such function"))?;
        let attached: Vec<&str> = above
            .lines()
            .rev()
            .take_while(|line| line.starts_with("///") || line.starts_with("#["))
            .collect();
        if !attached.contains(&"#[test]") {
            return Err(format!("`{test}` is not a test"));
        }
        if !attached
            .iter()
            .any(|line| names(line, self.id))
        {
            return Err(format!("`{test}` does not name the row"));
        }
        let end = body
            .find("\n}\n")
            .map_or(body.len(), |end| end);
        Ok(format!("fn {function}({}", &body[..end]))
    }
}

/// The parts of a cell in backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .collect()
}

/// Whether `line` has the id, and not only as a part of another id.
fn names(line: &str, id: &str) -> bool {
    line.match_indices(id).any(|(at, _)| {
        let is_part = |byte: Option<char>| {
            byte.is_some_and(|byte| byte.is_alphanumeric() || matches!(byte, '-' | '.'))
        };
        let before = line[..at].chars().next_back();
        let mut after = line[at + id.len()..].chars();
        // A full stop may end a sentence.
        let is_longer = match after.next() {
            Some('.') => is_part(after.next()),
            other => is_part(other),
        };
        !is_part(before) && !is_longer
    })
}

/// Whether a test runs its script through a connection of rustls.
fn runs_rustls(test: &str) -> bool {
    [
        ".rustls()",
        ".expect_rustls(",
        ".expect_both(",
        "Implementation::Rustls",
        "Implementation::ALL",
        "fn rustls_",
    ]
    .iter()
    .any(|sign| test.contains(sign))
}
