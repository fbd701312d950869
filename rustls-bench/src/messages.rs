//! Messages to the user.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

/// Names the file that an error is about.
pub(crate) fn file_error(path: &Path, err: &dyn Error) -> String {
    format!("{}: {err}", path.display())
}

/// Writes a line to standard error. If that cannot be written either, nobody is left to be told.
pub(crate) fn print_to_stderr(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
