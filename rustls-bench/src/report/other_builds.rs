//! Results of other builds of this program, scaled to the speed of this run.
//!
//! Not all libraries can be linked into one program, and the machine may be slower or faster in another run. Both runs
//! measure the bare AEAD call, so ratios to this call can be compared between runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::measured_cases;
use super::results::{Case, Results};
use crate::bench_result::BenchResult;
use crate::environment;
use crate::library::Library;
use crate::messages::file_error;
use crate::transfer_result::TransferResult;

/// The results that the report takes from one file.
pub(super) struct OtherBuild {
    path: PathBuf,
    records: Vec<TransferResult>,
}

/// Reads the JSON files of other builds.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<OtherBuild>, String> {
    paths
        .iter()
        .map(|path| read_one(path))
        .collect()
}

fn read_one(path: &Path) -> Result<OtherBuild, String> {
    let json = fs::read(path).map_err(|err| file_error(path, &err))?;
    let results: Vec<BenchResult> = serde_json::from_slice(&json)
        .map_err(|err| format!("{}: not a file that `--json` wrote: {err}", path.display()))?;
    let records: Vec<_> = results
        .into_iter()
        .filter_map(|result| match result {
            BenchResult::Bulk(record) if is_for_report(&record) => Some(record),
            _ => None,
        })
        .collect();
    let Some(first) = records.first() else {
        return Err(format!(
            "{}: no results of another library with one thread and the default record size",
            path.display()
        ));
    };
    match first.cpu == environment::cpu() {
        true => Ok(OtherBuild {
            path: path.into(),
            records,
        }),
        false => Err(format!(
            "{}: the results come from '{}', but this machine has '{}'",
            path.display(),
            first.cpu,
            environment::cpu()
        )),
    }
}

/// Returns whether the report includes the result. It includes results with one thread and the default record size, of
/// libraries that `report` does not always measure itself.
fn is_for_report(record: &TransferResult) -> bool {
    !measured_cases::ALWAYS_MEASURED
        .map(Library::name)
        .contains(&record.lib.as_str())
        && record.threads == 1
        && record.max_fragment_size.is_none()
}

/// Adds the results of other builds to `results`, at the speed of this run.
pub(super) fn add(others: Vec<OtherBuild>, results: &mut Results) -> Result<(), String> {
    for other in others {
        let added = scaled(&other, results)?;
        results.records.extend(added);
    }
    Ok(())
}

/// Returns the results in `other` for the cases in `results`, scaled to the speed of this run.
fn scaled(other: &OtherBuild, results: &Results) -> Result<Vec<TransferResult>, String> {
    let mut scaled = Vec::new();
    for record in &other.records {
        let case = Case::of(record);
        if results
            .record(&record.lib, case)
            .is_some()
        {
            return Err(format!(
                "{}: {} was already measured in this run or in another file",
                other.path.display(),
                record.lib
            ));
        }
        let Some(raw) = results.raw(case) else {
            continue;
        };
        scaled.push(TransferResult {
            median_ns_per_write: raw.median_ns_per_write / record.ratio_to_raw,
            percentile_10_ns_per_write: raw.percentile_10_ns_per_write
                / record.percentile_10_ratio_to_raw,
            mb_per_s: raw.mb_per_s * record.ratio_to_raw,
            ..record.clone()
        });
    }
    Ok(scaled)
}
