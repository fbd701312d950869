//! The kit for crypto providers: right ones pass, and each that is wrong in one way is found.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod claims;
mod faults;
mod found;
mod layer;
mod opening;
mod report;
mod right;
mod sealing;
#[cfg(feature = "std")]
mod shown;
#[cfg(feature = "std")]
mod wrapped;
