//! Runs the agreed set, and writes a page and pictures of it.

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

/// All that the page and the pictures show, as `report` saves it beside them.
#[derive(Deserialize, Serialize)]
struct Saved {
    origin: Origin,
    results: Results,
}

/// The file that has what `Saved` has.
const SAVED: &str = "benchmarks.json";

/// Writes the files into the report's directory: of new measurements, or of saved ones.
pub(crate) fn run(args: &Args, report: &Report, output: &mut Output) -> Result<(), Box<dyn Error>> {
    match &report.from {
        Some(path) => write(&read(path)?, report, &[], output),
        None => measure(args, report, output),
    }
}

fn measure(args: &Args, report: &Report, output: &mut Output) -> Result<(), Box<dyn Error>> {
    // What can fail comes before the work.
    let others = other_builds::read(&report.with)?;
    fs::create_dir_all(&report.out).map_err(|err| file_error(&report.out, &err))?;
    announce(report);

    let mut libs = measured_cases::ALWAYS.to_vec();
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

/// Says which files will be overwritten, while there is time to prevent it.
fn announce(report: &Report) {
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
    serde_json::from_slice(&json).map_err(|err| {
        format!(
            "{}: this is not what `report` has saved: {err}",
            path.display()
        )
    })
}

const RENDERED: [&str; 3] = ["benchmarks.md", "throughput.svg", "overhead.svg"];

/// Renders `saved`, and writes the results beside the `others`.
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
