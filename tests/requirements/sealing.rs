//! Section B: Are the records that we send as the standards require?

mod closing;
mod key_limits;
mod key_updates;
mod order;
mod padding;
mod shape;
