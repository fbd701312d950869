//! Criterion benches that seal and open records: by the record layer, by the state machine, and by the split halves of
//! a connection.
//!
//! Each call is timed by itself, one record at a time. Opening consumes a record, so records are sealed outside the
//! timed part. `rustls-bench` measures whole connections beside other libraries.

mod record_layer;
mod split;
mod state_machine;
mod support;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    benches,
    record_layer::benches,
    state_machine::benches,
    split::benches
);
criterion_main!(benches);
