//! The progress bar.

use std::fmt;

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

/// Returns a bar for `runs` runs of `rounds` rounds each. It is hidden if standard error is not a terminal.
pub(crate) fn bar(runs: usize, rounds: usize) -> ProgressBar {
    // The bar fills the width that the message leaves.
    let style = ProgressStyle::with_template("{percent:>3} %  {left:>4}  {msg}  {wide_bar}")
        .expect("the template is a constant")
        .with_key("left", left);
    ProgressBar::new((runs * rounds) as u64).with_style(style)
}

/// Writes the remaining time, or `?` during the first round.
fn left(state: &ProgressState, to: &mut dyn fmt::Write) {
    let _ = match state.pos() {
        0 => to.write_str("?"),
        _ => write!(to, "{:#}", HumanDuration(state.eta())),
    };
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    use super::*;

    /// Uses the largest write and the longest suite name.
    #[test]
    fn the_line_fits_80_columns_and_starts_without_an_estimate() {
        let terminal = InMemoryTerm::new(4, 80);
        let bar = bar(1, 10);
        bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        let message = "send 256 MiB, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
        bar.set_message(message);
        bar.tick();
        let line = terminal.contents();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(
            line.starts_with(&format!("  0 %     ?  {message}  ░")),
            "{line}"
        );
        bar.set_position(5);
        bar.force_draw();
        let line = terminal.contents();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.starts_with(" 50 %"), "{line}");
    }
}
