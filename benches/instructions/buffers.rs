//! The buffers and records that cases and bare calls work on.

use testing::raw::{Plan, Shape, with_made_up_keys};
use testing::{Setup, pattern};

use crate::aligned_buffers;
use crate::measure::RECORDS;

/// Returns content to seal.
pub(crate) fn plaintext(size: usize) -> &'static mut [u8] {
    aligned_buffers::input(&pattern(size))
}

/// Returns an output buffer for `records` records, with their headers written.
pub(crate) fn sealed_room(setup: &Setup, size: usize, records: usize) -> &'static mut [u8] {
    let plan = plan(setup, size);
    let mut out = vec![0; plan.tls_len];
    plan.write_headers(&mut out);
    aligned_buffers::output(&out.repeat(records))
}

/// Returns an output buffer for the plaintext of a record: the content, and the type byte of TLS 1.3.
pub(crate) fn opened_room(size: usize) -> &'static mut [u8] {
    aligned_buffers::output(&vec![0; size + 1])
}

/// Returns the records for one measurement, sealed under the made-up keys: [`RECORDS`], and one before them.
pub(crate) fn sealed_records(setup: &Setup, size: usize) -> Vec<&'static mut [u8]> {
    let mut sealer = with_made_up_keys(setup);
    let (plan, plaintext, out) = (
        plan(setup, size),
        plaintext(size),
        sealed_room(setup, size, 1),
    );
    (0..=RECORDS)
        .map(|_| {
            sealer.seal(&plan, plaintext, out);
            aligned_buffers::input(out)
        })
        .collect()
}

/// Returns the plan of one record.
pub(crate) fn plan(setup: &Setup, size: usize) -> Plan {
    Plan::new(Shape::of(setup), size, None)
}
