//! A conversation, and how it is held over both libraries.

use testing::{Configs, Role, Setup, setups};

use crate::choices::{Choice, End};
use crate::differences::{Difference, Pair};
use crate::stage::{Open, Stage};
use crate::trace::Trace;
use crate::{through_direct, through_rustls};

/// A script, what it needs, and the differences that it shows.
pub(crate) struct Conversation {
    script: fn(&mut Stage),
    configs: fn(&Setup) -> Configs,
    /// The protocols that a client asks for in place of those in its config.
    offers: Option<&'static [&'static str]>,
    applies: Applies,
    every_suite: bool,
    differences: Vec<(Difference, Applies)>,
}

/// Whether something applies to a case.
type Applies = fn(&Case) -> bool;

/// What a conversation is held with.
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
    pub(crate) fn new(script: fn(&mut Stage)) -> Self {
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

    /// Holds it only with these.
    pub(crate) fn only(self, applies: Applies) -> Self {
        Self { applies, ..self }
    }

    /// This difference has to be met, and may be.
    pub(crate) fn shows(self, difference: Difference) -> Self {
        self.shows_if(difference, |_| true)
    }

    /// The same, with these.
    pub(crate) fn shows_if(mut self, difference: Difference, case: Applies) -> Self {
        self.differences
            .push((difference, case));
        self
    }

    /// The connection has to end as we choose. `because` says why.
    pub(crate) fn chooses(self, because: &'static str, rustls: End, ours: End) -> Self {
        self.chooses_if(because, rustls, ours, |_| true)
    }

    /// The same, with these.
    pub(crate) fn chooses_if(
        self,
        because: &'static str,
        rustls: End,
        ours: End,
        case: Applies,
    ) -> Self {
        let choice = Choice {
            because,
            rustls,
            ours,
        };
        self.shows_if(Difference::Chosen(choice), case)
    }

    /// Holds it with every suite. Otherwise it is held with one of each library and version.
    pub(crate) fn in_every_suite(self) -> Self {
        Self {
            every_suite: true,
            ..self
        }
    }

    /// Holds the conversation over both libraries, and compares what was seen.
    pub(crate) fn hold(self) {
        let cases = setups()
            .into_iter()
            // The length of an RSA signature does not depend on chance, and so a conversation's lengths do not.
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
                .filter(|(_, shows)| shows(&case))
                .map(|(difference, _)| *difference)
                .collect();
            let mut pair = Pair::new(
                self.trace(&case, through_rustls::open),
                self.trace(&case, through_direct::open),
            );
            match pair.compare(&expected) {
                Err(parting) => panic!("{name}: {parting}"),
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
        let mut stage = Stage::new(case.setup.clone(), case.role, configs, self.offers, open);
        (self.script)(&mut stage);
        stage.into_trace()
    }
}
