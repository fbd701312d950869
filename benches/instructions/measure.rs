//! The loop whose instructions callgrind collects.

use std::fmt::Display;
use std::hint::black_box;

/// Number of calls that are counted together. A call seals or opens one record or, in `SealMany`, several.
pub(crate) const RECORDS: usize = 20;

/// Counts the instructions of [`RECORDS`] calls of `record`, which gets the number of the call.
///
/// Call number 0 is not counted: it may set something up.
pub(crate) fn measure(name: &impl Display, mut record: impl FnMut(usize)) {
    record(0);
    measured_records(record);
    measured();
    println!("{name}");
}

#[inline(never)]
fn measured_records(mut record: impl FnMut(usize)) {
    for i in 1..=RECORDS {
        record(black_box(i));
    }
}

#[inline(never)]
fn measured() {
    black_box(());
}
