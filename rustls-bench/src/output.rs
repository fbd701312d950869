//! Where tables and results are written.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::bench_result::BenchResult;
use crate::messages::file_error;

/// Writes tables at once, and collects the results for the JSON file, which is written at the end.
pub(crate) struct Output {
    pub(crate) tables: Box<dyn Write>,
    results: Vec<BenchResult>,
    json: Option<Json>,
}

enum Json {
    Stdout,
    File(PathBuf, File),
}

impl Output {
    /// Creates the JSON file. Called before any work, so that a path that cannot be written fails at once.
    ///
    /// With the path `-` the JSON goes to standard output, and the tables to standard error.
    pub(crate) fn open(json: Option<&Path>) -> Result<Self, String> {
        let json = match json {
            None => None,
            Some(path) if path == Path::new("-") => Some(Json::Stdout),
            Some(path) => {
                let file = File::create(path).map_err(|err| file_error(path, &err))?;
                Some(Json::File(path.into(), file))
            }
        };
        let tables: Box<dyn Write> = match json {
            Some(Json::Stdout) => Box::new(io::stderr()),
            _ => Box::new(io::stdout()),
        };
        Ok(Self {
            tables,
            results: Vec::new(),
            json,
        })
    }

    /// Adds `results` to the results for the JSON file.
    pub(crate) fn add<T: Clone>(&mut self, results: &[T], kind: fn(T) -> BenchResult) {
        self.results
            .extend(results.iter().cloned().map(kind));
    }

    /// Writes all results so far as JSON.
    pub(crate) fn finish(mut self) -> Result<(), Box<dyn Error>> {
        match self.json {
            None => {}
            Some(Json::Stdout) => write_json(io::stdout().lock(), &self.results)?,
            Some(Json::File(path, file)) => {
                write_json(file, &self.results).map_err(|err| file_error(&path, &err))?;
            }
        }
        self.tables.flush()?;
        Ok(())
    }
}

fn write_json(to: impl Write, results: &[BenchResult]) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    serde_json::to_writer_pretty(&mut to, results)?;
    writeln!(to)?;
    to.flush()
}
