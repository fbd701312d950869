//! Section C: records that come in, one by one.

mod content;
mod headers;
mod protection;
