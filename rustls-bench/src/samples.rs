//! Repeated times of the same work, taken in turn with other work.

use indicatif::ProgressBar;

/// One number per slice of time: nanoseconds, or another count, per piece of work.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, ns: f64) {
        self.0.push(ns);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        match sorted.len() % 2 {
            1 => sorted[middle],
            _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
        }
    }

    /// Returns the time that one slice in ten stays below: the speed of an undisturbed machine.
    pub(crate) fn percentile_10(&self) -> f64 {
        let sorted = self.sorted();
        sorted[(sorted.len() - 1) / 10]
    }

    /// Returns the differences to the samples that `other` took in the same rounds.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self(
            self.0
                .iter()
                .zip(&other.0)
                .map(|(a, b)| a - b)
                .collect(),
        )
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// Gives each of `turns` a slice of time in every round, so that a change in the machine's speed affects all of them
/// alike.
pub(crate) fn interleave<T>(
    turns: &mut [T],
    rounds: usize,
    progress: &ProgressBar,
    mut take: impl FnMut(&mut T),
) {
    let count = turns.len();
    for round in 0..rounds {
        for i in 0..count {
            // The order rotates, so that no turn always follows the same other one.
            take(&mut turns[(round + i) % count]);
        }
        progress.inc(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(ns: &[f64]) -> Samples {
        Samples(ns.to_vec())
    }

    #[test]
    fn a_median_ignores_one_slow_slice() {
        assert_eq!(samples(&[9.0, 1.0, 1000.0]).median(), 9.0);
        assert_eq!(samples(&[9.0, 1.0, 1000.0, 3.0]).median(), 6.0);
    }

    #[test]
    fn one_slice_in_ten_is_below_the_10th_percentile() {
        let ns: Vec<_> = (0..21).rev().map(f64::from).collect();
        assert_eq!(samples(&ns).percentile_10(), 2.0);
        assert_eq!(samples(&[7.0]).percentile_10(), 7.0);
    }

    #[test]
    fn differences_are_taken_within_a_round() {
        let differences = samples(&[11.0, 102.0, 13.0]).minus(&samples(&[10.0, 100.0, 10.0]));
        assert_eq!(differences.median(), 2.0);
    }

    #[test]
    fn every_turn_runs_once_per_round() {
        let mut turns = [0; 3];
        interleave(&mut turns, 5, &ProgressBar::hidden(), |count| *count += 1);
        assert_eq!(turns, [5; 3]);
    }
}
