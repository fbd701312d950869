//! How may a connection end otherwise than through rustls?

use rustls::AlertDescription;

use crate::trace::{Event, Trace};

/// How a connection ends through rustls, and how it ends through ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct EndDifference {
    /// Why ours ends otherwise.
    pub(crate) reason: &'static str,
    pub(crate) rustls: End,
    pub(crate) ours: End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// It does not end.
    Accepted,
    /// With an error whose text begins like this, and without an alert.
    Silent(&'static str),
    /// With an error whose text begins like this, and with an alert.
    Fails(&'static str, AlertDescription),
}

impl EndDifference {
    /// Removes the end from both traces, if both end as expected and differ at `at`.
    pub(crate) fn reconcile(self, at: usize, rustls: &mut Trace, ours: &mut Trace) -> Option<()> {
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
                trace.remove_alert();
                let failed = trace.failed_at()?;
                trace.0[failed] = Event::Failed("as expected".into());
            }
        } else {
            // From here on only one of them continues.
            rustls.0.truncate(at);
            ours.0.truncate(at);
        }
        Some(())
    }
}

impl End {
    fn is_of(self, trace: &Trace) -> bool {
        match (self, trace.end()) {
            (Self::Accepted, None) => true,
            (Self::Silent(begins), Some((error, None))) => error.starts_with(begins),
            (Self::Fails(begins, wanted), Some((error, Some(alert)))) => {
                error.starts_with(begins) && alert == wanted
            }
            _ => false,
        }
    }
}
