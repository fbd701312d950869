//! A bar that says how far the program is.

use indicatif::{ProgressBar, ProgressStyle};

/// For so many runs of so many rounds each. There is none if standard error is not a terminal.
pub(crate) fn bar(runs: usize, rounds: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta} left  {wide_msg}")
        .expect("the template is a constant");
    ProgressBar::new((runs * rounds) as u64).with_style(style)
}
