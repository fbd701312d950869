//! Tables, as Markdown and as text for a terminal.

use std::fmt;

/// A table whose first row is the header. Columns of text align left, columns of numbers align right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        Self {
            rows: vec![
                header
                    .into_iter()
                    .map(T::into)
                    .collect(),
            ],
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().collect());
    }

    /// Returns whether every cell of the column is empty or a number. The header does not count.
    fn has_only_numbers(&self, column: usize) -> bool {
        self.rows[1..].iter().all(|row| {
            let cell = &row[column];
            cell.is_empty() || cell.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        })
    }

    /// Returns the table as text: each column is as wide as its widest cell, with two spaces between columns.
    pub(crate) fn aligned(&self) -> String {
        let columns = 0..self.rows[0].len();
        let layout: Vec<_> = columns
            .map(|column| {
                let cells = self
                    .rows
                    .iter()
                    .map(|row| row[column].chars().count());
                (cells.max().unwrap_or(0), self.has_only_numbers(column))
            })
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row
                .iter()
                .zip(&layout)
                .map(|(cell, (width, has_only_numbers))| match has_only_numbers {
                    true => format!("{cell:>width$}"),
                    false => format!("{cell:<width$}"),
                });
            format!(
                "{}\n",
                cells
                    .collect::<Vec<_>>()
                    .join("  ")
                    .trim_end()
            )
        };
        self.rows.iter().map(line).collect()
    }
}

/// Writes the table as Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.rows.iter().enumerate() {
            writeln!(f, "| {} |", row.join(" | "))?;
            if i == 0 {
                for column in 0..row.len() {
                    f.write_str(match self.has_only_numbers(column) {
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

    fn table() -> Table {
        let mut table = Table::new(["name", "bytes", "where"]);
        table.row(["one".into(), "12".into(), "here".into()]);
        table.row(["a long name".into(), String::new(), String::new()]);
        table
    }

    #[test]
    fn numbers_align_right() {
        let expected = "\
| name | bytes | where |
| --- | ---: | --- |
| one | 12 | here |
| a long name |  |  |
";
        assert_eq!(table().to_string(), expected);
    }

    #[test]
    fn columns_of_text_are_as_wide_as_their_widest_cell() {
        let expected = "\
name         bytes  where
one             12  here
a long name
";
        assert_eq!(table().aligned(), expected);
    }
}
