//! A table in Markdown.

use std::fmt;

/// Texts to the left, numbers to the right.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let header = header.into_iter().map(str::to_owned);
        Self {
            rows: vec![header.collect()],
        }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().collect());
    }

    fn is_of_numbers(&self, column: usize) -> bool {
        self.rows[1..].iter().all(|row| {
            let cell = &row[column];
            cell.is_empty() || cell.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.rows.iter().enumerate() {
            writeln!(f, "| {} |", row.join(" | "))?;
            if i == 0 {
                for column in 0..row.len() {
                    f.write_str(match self.is_of_numbers(column) {
                        true => "| ---: ",
                        false => "| --- ",
                    })?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_to_the_right() {
        let mut table = Table::new(["name", "bytes"]);
        table.row(["one".into(), "12".into()]);
        table.row(["two".into(), String::new()]);
        let expected = "| name | bytes |\n| --- | ---: |\n| one | 12 |\n| two |  |\n";
        assert_eq!(table.to_string(), expected);
    }
}
