//! How is one conversation played over both libraries?

use testing::{Configs, Role, Setup, setups};

use crate::differences::{Difference, Pair};
use crate::end_difference::{End, EndDifference};
use crate::harness::{Harness, Open};
use crate::trace::Trace;
use crate::{through_direct, through_rustls};

/// A script, the configs it needs, and the differences that are expected.
pub(crate) struct Conversation {
    script: fn(&mut Harness),
    configs: fn(&Setup) -> Configs,
    /// The protocols that a client offers instead of those in its config.
    offers: Option<&'static [&'static str]>,
    applies: Applies,
    every_suite: bool,
    differences: Vec<(Difference, Applies)>,
}

/// Whether something applies to a case.
type Applies = fn(&Case) -> bool;

/// A suite and a role that a conversation is played with.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) setup: Setup,
    pub(crate) role: Role,
}

impl Case {
    pub(crate) fn is_tls13(&self) -> bool {
        self.setup.is_tls13()
    }

    pub(crate) fn is_tls12(&self) -> bool {
        !self.is_tls13()
    }

    pub(crate) fn is_client(&self) -> bool {
        self.role == Role::Client
    }

    pub(crate) fn is_tls13_client(&self) -> bool {
        self.is_tls13() && self.is_client()
    }

    pub(crate) fn is_tls13_server(&self) -> bool {
        self.is_tls13() && !self.is_client()
    }
}

impl Conversation {
    pub(crate) fn new(script: fn(&mut Harness)) -> Self {
        Self {
            script,
            configs: Setup::configs,
            offers: None,
            applies: |_| true,
            every_suite: false,
            differences: Vec::new(),
        }
    }

    pub(crate) fn configured(self, configs: fn(&Setup) -> Configs) -> Self {
        Self { configs, ..self }
    }

    pub(crate) fn offering(self, protocols: &'static [&'static str]) -> Self {
        Self {
            offers: Some(protocols),
            ..self
        }
    }

    /// Plays the conversation only in cases that `applies` selects.
    pub(crate) fn only(self, applies: Applies) -> Self {
        Self { applies, ..self }
    }

    /// Allows `difference`, and requires that it occurs.
    pub(crate) fn expects(self, difference: Difference) -> Self {
        self.expects_if(difference, |_| true)
    }

    /// Likewise, in cases that `case` selects.
    pub(crate) fn expects_if(mut self, difference: Difference, case: Applies) -> Self {
        self.differences
            .push((difference, case));
        self
    }

    /// Requires that the connection ends in these two ways. `reason` says why they differ.
    pub(crate) fn ends_differently(self, reason: &'static str, rustls: End, ours: End) -> Self {
        self.ends_differently_if(reason, rustls, ours, |_| true)
    }

    /// Likewise, in cases that `case` selects.
    pub(crate) fn ends_differently_if(
        self,
        reason: &'static str,
        rustls: End,
        ours: End,
        case: Applies,
    ) -> Self {
        let end = EndDifference {
            reason,
            rustls,
            ours,
        };
        self.expects_if(Difference::OtherEnd(end), case)
    }

    /// Plays the conversation with every suite. Otherwise it is played with one of each library and version.
    pub(crate) fn in_every_suite(self) -> Self {
        Self {
            every_suite: true,
            ..self
        }
    }

    /// Plays the conversation over both libraries, and compares the traces.
    pub(crate) fn check(self) {
        let cases = setups()
            .into_iter()
            // The length of an RSA signature is constant, so the lengths in a conversation are reproducible.
            .filter(|setup| setup.is_tls13() || setup.name().contains("_RSA_"))
            .map(Setup::with_rsa)
            .filter(|setup| self.every_suite || setup.name().contains("AES_128"))
            .flat_map(|setup| {
                Role::BOTH.map(|role| Case {
                    setup: setup.clone(),
                    role,
                })
            });
        let mut held = 0;
        for case in cases.filter(self.applies) {
            let name = format!("{} {:?}", case.setup.name(), case.role);
            println!("{name}");
            let expected: Vec<_> = self
                .differences
                .iter()
                .filter(|(_, expects)| expects(&case))
                .map(|(difference, _)| *difference)
                .collect();
            let mut pair = Pair::new(
                self.trace(&case, through_rustls::open),
                self.trace(&case, through_direct::open),
            );
            match pair.compare(&expected) {
                Err(first_difference) => panic!("{name}: {first_difference}"),
                Ok(met) => {
                    for difference in expected {
                        assert!(met.contains(&difference), "{name}: no {difference:?}");
                    }
                }
            }
            held += 1;
        }
        assert!(held > 0, "no case applies");
    }

    fn trace(&self, case: &Case, open: Open) -> Trace {
        let configs = (self.configs)(&case.setup);
        let mut harness = Harness::new(case.setup.clone(), case.role, configs, self.offers, open);
        (self.script)(&mut harness);
        harness.into_trace()
    }
}
