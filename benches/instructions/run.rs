//! Runs all cases, under callgrind.

use std::collections::BTreeSet;

use crate::case::{Case, Path};
use crate::{record_layer, split, state_machine};

/// Runs every case, and before them every bare call that one of them is compared to.
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
    match case.path {
        Path::RecordLayer => record_layer::run(case),
        Path::StateMachine => state_machine::run(case),
        Path::Split => split::run(case),
    }
}
