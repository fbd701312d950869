//! Results of other builds of this program, brought to this run's pace by what both have: the bare AEAD call.
//!
//! Not all libraries can be linked into one program, and runs at other times find the machine in another state.

use std::fs;
use std::path::{Path, PathBuf};

use super::measured_cases;
use super::results::{Case, Results};
use crate::bench_result::BenchResult;
use crate::environment;
use crate::library::Library;
use crate::messages::file_error;
use crate::transfer_result::TransferResult;

/// What a file has of libraries that are not in every build.
pub(super) struct OtherBuild {
    path: PathBuf,
    records: Vec<TransferResult>,
}

/// Reads the JSON of other runs.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<OtherBuild>, String> {
    paths
        .iter()
        .map(|path| read_one(path))
        .collect()
}

fn read_one(path: &Path) -> Result<OtherBuild, String> {
    let json = fs::read(path).map_err(|err| file_error(path, &err))?;
    let results: Vec<BenchResult> = serde_json::from_slice(&json).map_err(|err| {
        format!(
            "{}: this is not what `--json` has written: {err}",
            path.display()
        )
    })?;
    let records: Vec<_> = results
        .into_iter()
        .filter_map(|finding| match finding {
            BenchResult::Bulk(record) if is_other(&record) => Some(record),
            _ => None,
        })
        .collect();
    let Some(first) = records.first() else {
        return Err(format!(
            "{}: there is nothing of another library in it, by one thread and in whole records",
            path.display()
        ));
    };
    match first.cpu == environment::cpu() {
        true => Ok(OtherBuild {
            path: path.into(),
            records,
        }),
        false => Err(format!(
            "{}: it is from '{}', and this machine is '{}'",
            path.display(),
            first.cpu,
            environment::cpu()
        )),
    }
}

fn is_other(record: &TransferResult) -> bool {
    !measured_cases::ALWAYS
        .map(Library::name)
        .contains(&record.lib.as_str())
        && record.threads == 1
        && record.max_fragment_size.is_none()
}

/// Adds what `others` have measured to `results`, at the pace of this run.
pub(super) fn add(others: Vec<OtherBuild>, results: &mut Results) -> Result<(), String> {
    for other in others {
        let added = to(&other, results)?;
        results.records.extend(added);
    }
    Ok(())
}

/// What `other` has of the tasks in `results`, as it would have been measured with them.
fn to(other: &OtherBuild, results: &Results) -> Result<Vec<TransferResult>, String> {
    let mut adjusted = Vec::new();
    for record in &other.records {
        let task = Case::of(record);
        if results
            .record(&record.lib, task)
            .is_some()
        {
            return Err(format!(
                "{}: {} was measured elsewhere as well",
                other.path.display(),
                record.lib
            ));
        }
        let Some(raw) = results.raw(task) else {
            continue;
        };
        adjusted.push(TransferResult {
            median_ns_per_write: raw.median_ns_per_write / record.ratio_to_raw,
            percentile_10_ns_per_write: raw.percentile_10_ns_per_write
                / record.percentile_10_ratio_to_raw,
            mb_per_s: raw.mb_per_s * record.ratio_to_raw,
            ..record.clone()
        });
    }
    Ok(adjusted)
}
