//! Section B: records that go out.

mod closing;
mod key_limits;
mod key_updates;
mod order;
mod padding;
mod shape;
