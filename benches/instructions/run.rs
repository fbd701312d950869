//! Runs all cases under callgrind.

use std::collections::BTreeSet;

use crate::case::{Api, Case};
use crate::{record_layer, split, state_machine};

/// Runs every bare call that a case is compared with, and then every case.
pub(crate) fn run_all() {
    let cases = Case::all();
    let mut seen = BTreeSet::new();
    for bare in cases.iter().map(Case::bare) {
        if seen.insert(bare.to_string()) {
            bare.run();
        }
    }
    for case in cases {
        run(&case);
    }
}

fn run(case: &Case) {
    match case.api {
        Api::RecordLayer => record_layer::run(case),
        Api::StateMachine => state_machine::run(case),
        Api::Split => split::run(case),
    }
}
