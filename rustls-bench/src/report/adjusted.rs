//! Results of other builds of this program, brought to this run's pace by what both have: the bare AEAD call.
//!
//! Not all libraries can be linked into one program, and runs at other times find the machine in another state.

use std::fs;
use std::path::{Path, PathBuf};

use super::results::{Results, Task};
use super::set;
use crate::finding::Finding;
use crate::host;
use crate::library::Lib;
use crate::measurement::Measurement;
use crate::messages::about;

/// What a file has of libraries that are not in every build.
pub(super) struct Other {
    path: PathBuf,
    records: Vec<Measurement>,
}

/// Reads the JSON of other runs.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Other>, String> {
    paths
        .iter()
        .map(|path| read_one(path))
        .collect()
}

fn read_one(path: &Path) -> Result<Other, String> {
    let json = fs::read(path).map_err(|err| about(path, &err))?;
    let findings: Vec<Finding> = serde_json::from_slice(&json).map_err(|err| {
        format!(
            "{}: this is not what `--json` has written: {err}",
            path.display()
        )
    })?;
    let records: Vec<_> = findings
        .into_iter()
        .filter_map(|finding| match finding {
            Finding::Bulk(record) if is_other(&record) => Some(record),
            _ => None,
        })
        .collect();
    let Some(first) = records.first() else {
        return Err(format!(
            "{}: there is nothing of another library in it, by one thread and in whole records",
            path.display()
        ));
    };
    match first.cpu == host::cpu() {
        true => Ok(Other {
            path: path.into(),
            records,
        }),
        false => Err(format!(
            "{}: it is from '{}', and this machine is '{}'",
            path.display(),
            first.cpu,
            host::cpu()
        )),
    }
}

fn is_other(record: &Measurement) -> bool {
    !set::ALWAYS
        .map(Lib::name)
        .contains(&record.lib.as_str())
        && record.threads == 1
        && record.max_fragment_size.is_none()
}

/// Adds what `others` have measured to `results`, at the pace of this run.
pub(super) fn add(others: Vec<Other>, results: &mut Results) -> Result<(), String> {
    for other in others {
        let added = to(&other, results)?;
        results.records.extend(added);
    }
    Ok(())
}

/// What `other` has of the tasks in `results`, as it would have been measured with them.
fn to(other: &Other, results: &Results) -> Result<Vec<Measurement>, String> {
    let mut adjusted = Vec::new();
    for record in &other.records {
        let task = Task::of(record);
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
        adjusted.push(Measurement {
            median_ns_per_write: raw.median_ns_per_write / record.ratio_to_raw,
            percentile_10_ns_per_write: raw.percentile_10_ns_per_write
                / record.percentile_10_ratio_to_raw,
            mb_per_s: raw.mb_per_s * record.ratio_to_raw,
            ..record.clone()
        });
    }
    Ok(adjusted)
}
