//! Section C: Are single records accepted and refused as the standards require?

mod content;
mod headers;
mod protection;
