//! Runs the agreed set, and writes a page and pictures of it.

mod adjusted;
mod overhead;
mod page;
mod results;
mod set;
mod style;
mod throughput;

use std::error::Error;
use std::fs;

use time::{Date, OffsetDateTime};

use crate::args::{Args, Report};
use crate::measurement;
use crate::output::{Output, about};

/// What the page's readers have to know of how it came about.
struct Origin {
    date: Date,
    command: String,
}

/// Measures, and writes the files into the report's directory.
pub(crate) fn run(args: &Args, report: &Report, output: &mut Output) -> Result<(), Box<dyn Error>> {
    // What could fail comes before the work.
    let others = adjusted::read(&report.with)?;
    fs::create_dir_all(&report.out).map_err(|err| about(&report.out, &err))?;

    let mut libs = set::ALWAYS.to_vec();
    for lib in &args.libs {
        if !libs.contains(lib) {
            libs.push(*lib);
        }
    }
    let args = Args {
        libs,
        ..args.clone()
    };
    let mut results = set::measure(&args);
    results.add_to(output);
    results.add(others)?;
    measurement::warn(
        results
            .records
            .iter()
            .chain(&results.threads),
    );

    let origin = Origin {
        date: report
            .date
            .unwrap_or_else(|| OffsetDateTime::now_utc().date()),
        command: command(),
    };
    let page = page::page(&results, &origin);
    let throughput = throughput::picture(&results, &origin)?;
    let overhead = overhead::picture(&results, &origin)?;
    for (name, content) in [
        ("benchmarks.md", page),
        ("throughput.svg", throughput),
        ("overhead.svg", overhead),
    ] {
        let path = report.out.join(name);
        fs::write(&path, content).map_err(|err| about(&path, &err))?;
        writeln!(output.tables, "{}", path.display())?;
    }
    Ok(())
}

/// As it was typed, but for where the program is.
fn command() -> String {
    let multiplier = std::env::var("BENCH_MULTIPLIER")
        .map(|multiplier| format!("BENCH_MULTIPLIER={multiplier} "))
        .unwrap_or_default();
    let args: Vec<_> = std::env::args().skip(1).collect();
    format!("{multiplier}rustls-bench {}", args.join(" "))
}
