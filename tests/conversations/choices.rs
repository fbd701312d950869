//! Limits, alerts and errors that we choose.

use rustls::AlertDescription;

use crate::trace::{Event, Trace};

/// How a connection ends through rustls, and how through ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Choice {
    /// Why it is ours.
    pub(crate) because: &'static str,
    pub(crate) rustls: End,
    pub(crate) ours: End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// Not at all.
    GoesOn,
    /// With an error that begins like this, and without an alert.
    Silent(&'static str),
    /// With an error that begins like this, and with an alert.
    Fails(&'static str, AlertDescription),
}

impl Choice {
    /// Takes the end out of both traces, if it is as it has to be and they part there.
    pub(crate) fn take_out(self, at: usize, rustls: &mut Trace, ours: &mut Trace) -> Option<()> {
        let ends = |trace: &Trace| {
            trace
                .failed_at()
                .is_some_and(|failed| at >= failed)
        };
        if !(ends(rustls) || ends(ours)) || !self.rustls.is_of(rustls) || !self.ours.is_of(ours) {
            return None;
        }
        if rustls.failed_at() == ours.failed_at() {
            for trace in [rustls, ours] {
                trace.remove_last_words();
                let failed = trace.failed_at()?;
                trace.0[failed] = Event::Failed("as we choose".into());
            }
        } else {
            // From here on one of them goes on alone.
            rustls.0.truncate(at);
            ours.0.truncate(at);
        }
        Some(())
    }
}

impl End {
    fn is_of(self, trace: &Trace) -> bool {
        match (self, trace.end()) {
            (Self::GoesOn, None) => true,
            (Self::Silent(begins), Some((error, None))) => error.starts_with(begins),
            (Self::Fails(begins, wanted), Some((error, Some(alert)))) => {
                error.starts_with(begins) && alert == wanted
            }
            _ => false,
        }
    }
}
