//! Where tables and results go.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::finding::Finding;
use crate::messages::about;

/// The tables, which are written as soon as they are known, and the findings, which are written at the end.
pub(crate) struct Output {
    pub(crate) tables: Box<dyn Write>,
    findings: Vec<Finding>,
    json: Option<Json>,
}

enum Json {
    Stdout,
    File(PathBuf, File),
}

impl Output {
    /// Creates the JSON file. This comes before any work, so that a path that cannot be written costs no measurement.
    ///
    /// With the path `-` the JSON goes to standard output, and the tables to standard error.
    pub(crate) fn open(json: Option<&Path>) -> Result<Self, String> {
        let json = match json {
            None => None,
            Some(path) if path == Path::new("-") => Some(Json::Stdout),
            Some(path) => {
                let file = File::create(path).map_err(|err| about(path, &err))?;
                Some(Json::File(path.into(), file))
            }
        };
        let tables: Box<dyn Write> = match json {
            Some(Json::Stdout) => Box::new(io::stderr()),
            _ => Box::new(io::stdout()),
        };
        Ok(Self {
            tables,
            findings: Vec::new(),
            json,
        })
    }

    /// Adds results of one kind to the findings.
    pub(crate) fn add<T: Clone>(&mut self, results: &[T], kind: fn(T) -> Finding) {
        self.findings
            .extend(results.iter().cloned().map(kind));
    }

    /// Writes the JSON with all findings so far.
    pub(crate) fn finish(mut self) -> Result<(), Box<dyn Error>> {
        match self.json {
            None => {}
            Some(Json::Stdout) => write_json(io::stdout().lock(), &self.findings)?,
            Some(Json::File(path, file)) => {
                write_json(file, &self.findings).map_err(|err| about(&path, &err))?;
            }
        }
        self.tables.flush()?;
        Ok(())
    }
}

fn write_json(to: impl Write, findings: &[Finding]) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    serde_json::to_writer_pretty(&mut to, findings)?;
    writeln!(to)?;
    to.flush()
}
