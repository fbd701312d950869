//! What is asked of the table.

use std::collections::HashSet;

/// Where the sources are.
pub(crate) trait Source {
    /// The text of a file, by its path in the repository.
    fn read(&self, path: &str) -> Option<String>;
}

/// What is wrong with `table`, whose rows should be those of `ids`.
pub(crate) fn complaints(table: &str, ids: &[&str], sources: &dyn Source) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen = HashSet::new();
    for line in table.lines() {
        let Some(id) = id_of(line) else {
            continue;
        };
        if !ids.contains(&id) {
            complaints.push(format!("{id}: there is no such row"));
        }
        if !seen.insert(id) {
            complaints.push(format!("{id}: twice"));
        }
        let said = match Row::parse(line) {
            Some(row) => row.complaints(sources),
            None => vec![format!("not {} cells", CELLS)],
        };
        complaints.extend(
            said.into_iter()
                .map(|complaint| format!("{id}: {complaint}")),
        );
    }
    for id in ids {
        if !seen.contains(id) {
            complaints.push(format!("{id}: missing"));
        }
    }
    complaints
}

/// The row of a line, if it is one.
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

/// A line of the table.
struct Row<'a> {
    id: &'a str,
    standard: &'a str,
    requirement: &'a str,
    /// Which tests prove it, or `n/a` and why.
    tests: &'a str,
    /// When they were seen to fail.
    seen: &'a str,
    /// `=`, `≠` and which tests show it, or `–` where there is nothing to be compared.
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

    fn complaints(&self, sources: &dyn Source) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.standard.is_empty() || self.requirement.is_empty() {
            complaints.push("does not say what is required".into());
        }
        match self.tests.strip_prefix("n/a") {
            Some(reason) => {
                if reason.len() < ": because".len() {
                    complaints.push("n/a, but not why".into());
                }
            }
            None => complaints.extend(self.complaints_of_tests(sources)),
        }
        complaints.extend(self.complaints_of_rustls(sources));
        complaints
    }

    fn complaints_of_tests(&self, sources: &dyn Source) -> Vec<String> {
        let mut complaints = Vec::new();
        let tests = quoted(self.tests);
        if tests.is_empty() {
            complaints.push("no test".into());
        }
        for test in tests {
            complaints.extend(self.find(test, sources).err());
        }
        if self.seen.len() < "a rule".len() {
            complaints.push("does not say when its tests were seen to fail".into());
        }
        complaints
    }

    fn complaints_of_rustls(&self, sources: &dyn Source) -> Vec<String> {
        if matches!(self.rustls, "=" | "–") {
            return Vec::new();
        }
        let Some(tests) = self.rustls.strip_prefix('≠') else {
            return vec!["does not say what rustls does".into()];
        };
        let tests = quoted(tests);
        let mut complaints = Vec::new();
        if tests.is_empty() {
            complaints.push("no test shows what rustls does".into());
        }
        for test in tests {
            match self.find(test, sources) {
                Ok(body) if !runs_rustls(&body) => {
                    complaints.push(format!("`{test}` does not run rustls"));
                }
                Ok(_) => {}
                Err(complaint) => complaints.push(complaint),
            }
        }
        complaints
    }

    /// The function `test`, which has to be a test that names this row.
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

/// What stands in backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .collect()
}

/// Whether `line` has the id, and not only as a part of another.
fn names(line: &str, id: &str) -> bool {
    line.match_indices(id).any(|(at, _)| {
        let is_part = |byte: Option<char>| {
            byte.is_some_and(|byte| byte.is_alphanumeric() || matches!(byte, '-' | '.'))
        };
        let before = line[..at].chars().next_back();
        let mut behind = line[at + id.len()..].chars();
        // A full stop may end a sentence.
        let is_longer = match behind.next() {
            Some('.') => is_part(behind.next()),
            other => is_part(other),
        };
        !is_part(before) && !is_longer
    })
}

/// Whether a test runs its script through a connection of rustls.
fn runs_rustls(test: &str) -> bool {
    [
        ".rustls(",
        ".both(",
        "Make::Rustls",
        "Make::ALL",
        "fn rustls_",
    ]
    .iter()
    .any(|sign| test.contains(sign))
}
