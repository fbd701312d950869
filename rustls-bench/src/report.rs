//! Measures the cases of the report, and writes a page and pictures of them.

mod measured_cases;
mod origin;
mod other_builds;
mod overhead_picture;
mod page;
mod picture_style;
mod results;
mod throughput_picture;

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::args::{Args, Report};
use crate::messages::{file_error, print_to_stderr};
use crate::output::Output;
use crate::report::origin::Origin;
use crate::report::results::Results;
use crate::warnings;

/// Everything that the page and the pictures show. `report` saves it beside them.
#[derive(Deserialize, Serialize)]
struct Saved {
    origin: Origin,
    results: Results,
}

/// The name of the file that holds a `Saved`.
const SAVED: &str = "benchmarks.json";

/// Writes the files of the report, from new measurements or from saved results.
pub(crate) fn run(args: &Args, report: &Report, output: &mut Output) -> Result<(), Box<dyn Error>> {
    match &report.from {
        Some(path) => write(&read(path)?, report, &[], output),
        None => measure(args, report, output),
    }
}

fn measure(args: &Args, report: &Report, output: &mut Output) -> Result<(), Box<dyn Error>> {
    // Whatever can fail comes before the measurements.
    let others = other_builds::read(&report.with)?;
    fs::create_dir_all(&report.out).map_err(|err| file_error(&report.out, &err))?;
    announce_overwriting(report);

    let mut libs = measured_cases::ALWAYS_MEASURED.to_vec();
    for lib in &args.libs {
        if !libs.contains(lib) {
            libs.push(*lib);
        }
    }
    let args = Args {
        libs,
        ..args.clone()
    };
    let mut results = measured_cases::measure(&args);
    results.add_to(output);
    other_builds::add(others, &mut results)?;
    warnings::warn(
        results
            .records
            .iter()
            .chain(&results.threads),
    );
    let saved = Saved {
        origin: Origin::of_this_run(report.date),
        results,
    };
    let json = serde_json::to_string_pretty(&saved)?;
    write(&saved, report, &[(SAVED, json)], output)
}

/// Says before the measurements which files will be overwritten.
fn announce_overwriting(report: &Report) {
    let existing: Vec<_> = [SAVED]
        .iter()
        .chain(&RENDERED)
        .map(|name| report.out.join(name))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    if !existing.is_empty() {
        print_to_stderr(&format!(
            "this will overwrite {}; `--out DIR` writes elsewhere",
            existing.join(", ")
        ));
    }
}

fn read(path: &Path) -> Result<Saved, String> {
    let json = fs::read(path).map_err(|err| file_error(path, &err))?;
    serde_json::from_slice(&json)
        .map_err(|err| format!("{}: not a file that `report` saved: {err}", path.display()))
}

const RENDERED: [&str; 3] = ["benchmarks.md", "throughput.svg", "overhead.svg"];

/// Renders the page and the pictures, and writes them and `others` to the report's directory.
fn write(
    Saved { origin, results }: &Saved,
    report: &Report,
    others: &[(&str, String)],
    output: &mut Output,
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(&report.out).map_err(|err| file_error(&report.out, &err))?;
    let contents = [
        page::page(results, origin),
        throughput_picture::picture(results, origin)?,
        overhead_picture::picture(results, origin)?,
    ];
    let rendered = RENDERED.into_iter().zip(contents);
    for (name, content) in others.iter().cloned().chain(rendered) {
        let path = report.out.join(name);
        fs::write(&path, content).map_err(|err| file_error(&path, &err))?;
        writeln!(output.tables, "{}", path.display())?;
    }
    Ok(())
}
