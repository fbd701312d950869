//! The provider kit passes correct providers, and finds every fault that the tests plant.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod claim_faults;
mod correct_providers;
mod detection;
mod fault_table;
mod faulty_provider;
mod opening_faults;
mod report;
mod sealing_faults;
#[cfg(feature = "std")]
mod wrapped;
#[cfg(feature = "std")]
mod wrapped_headers;
