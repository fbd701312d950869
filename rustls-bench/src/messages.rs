//! Error messages, and lines on standard error.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

/// Returns the message of an error with the file that it concerns.
pub(crate) fn file_error(path: &Path, err: &dyn Error) -> String {
    format!("{}: {err}", path.display())
}

/// Writes a line to standard error. A failure to do so is ignored: it could not be reported.
pub(crate) fn print_to_stderr(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
