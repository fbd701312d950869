//! Sealing and opening records, by criterion: the record layer, the state machine around it, and the halves of a
//! connection.
//!
//! Each is timed by itself, one record at a time. Opening uses records up, so they are sealed outside the clock. Whole
//! connections beside other libraries are what `rustls-bench` measures.

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
