//! The code whose instructions callgrind collects.

use std::fmt::Display;
use std::hint::black_box;

/// Records that are counted together, or writes of several.
pub(crate) const RECORDS: usize = 20;

/// Has the instructions of `record` counted, which is told which of them it is.
///
/// Not those of the first, number 0: it may set something up.
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
