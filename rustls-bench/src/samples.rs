//! SideTimes that were taken of the same work again and again, in turn with others.

use indicatif::ProgressBar;

/// Nanoseconds for one piece of work, one for each slice of time.
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

    /// The time that one slice in ten stays below: what the machine does when nobody disturbs it.
    pub(crate) fn percentile_10(&self) -> f64 {
        let sorted = self.sorted();
        sorted[(sorted.len() - 1) / 10]
    }

    /// By how much these are longer than those of another that were taken in the same rounds.
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

/// Gives each of `turns` a slice of time in every round, so that a change of the machine's pace meets all of them alike.
pub(crate) fn interleave<T>(
    turns: &mut [T],
    rounds: usize,
    progress: &ProgressBar,
    mut take: impl FnMut(&mut T),
) {
    let count = turns.len();
    for round in 0..rounds {
        for i in 0..count {
            // Nobody always comes behind the same one.
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
    fn a_median_does_not_mind_one_slow_slice() {
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
    fn differences_are_those_within_a_round() {
        let differences = samples(&[11.0, 102.0, 13.0]).minus(&samples(&[10.0, 100.0, 10.0]));
        assert_eq!(differences.median(), 2.0);
    }

    #[test]
    fn everybody_has_a_turn_in_every_round() {
        let mut turns = [0; 3];
        interleave(&mut turns, 5, &ProgressBar::hidden(), |count| *count += 1);
        assert_eq!(turns, [5; 3]);
    }
}
