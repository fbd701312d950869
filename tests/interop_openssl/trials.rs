//! The list of all tests.

use std::env;
#[cfg(feature = "std")]
use std::sync::Arc;

use libtest_mimic::Trial;
#[cfg(feature = "std")]
use testing::setups;
use testing::{Role, Setup, every_way};

use crate::outcome::Result;
#[cfg(feature = "std")]
use crate::program::Program;
use crate::tools;

/// The tests, most of which are one of these for every library and suite.
pub(crate) struct Trials {
    pub(crate) list: Vec<Trial>,
    tools: Need<()>,
    #[cfg(feature = "std")]
    pub(crate) program: Need<Arc<Program>>,
}

/// What tests need, or why it is not there.
type Need<T> = std::result::Result<T, String>;

impl Trials {
    pub(crate) fn new() -> Self {
        Self {
            list: Vec::new(),
            tools: tools::version(),
            #[cfg(feature = "std")]
            program: Program::compile().map(Arc::new),
        }
    }

    /// One for us in `role`, with a library and a suite, if there is what it needs.
    pub(crate) fn add_needing<T: Send + 'static>(
        &mut self,
        need: Need<T>,
        what: &str,
        setup: &Setup,
        role: Role,
        test: impl FnOnce(T, &Setup, Role) -> Result<()> + Send + 'static,
    ) {
        let role_name = match role {
            Role::Client => "client",
            Role::Server => "server",
        };
        let name = format!("{what}::{}::{role_name}", setup.name().replace(' ', "::"));
        let ignore = need.is_err() && env::var_os("RUSTLS_DIRECT_REQUIRE_OPENSSL").is_none();
        let setup = setup.clone();
        let run = move || Ok(test(need?, &setup, role)?);
        self.list
            .push(Trial::test(name, run).with_ignored_flag(ignore));
    }

    /// One against the command line tools.
    pub(crate) fn add(
        &mut self,
        what: &str,
        setup: &Setup,
        role: Role,
        test: impl FnOnce(&Setup, Role) -> Result<()> + Send + 'static,
    ) {
        let test = |(), setup: &Setup, role| test(setup, role);
        self.add_needing(self.tools.clone(), what, setup, role, test);
    }

    /// One for each library, suite and role, and some for suites that are adopted or wrapped.
    pub(crate) fn add_for_all(&mut self, what: &str, test: fn(&Setup, Role) -> Result<()>) {
        for setup in every_way() {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// One for each library, version and role.
    #[cfg(feature = "std")]
    pub(crate) fn add_for_each_version(
        &mut self,
        what: &str,
        test: fn(&Setup, Role) -> Result<()>,
    ) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_one_of_few)
        {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// One for each library, version and role, against our own program.
    #[cfg(feature = "std")]
    pub(crate) fn add_with_program(
        &mut self,
        what: &str,
        test: fn(Arc<Program>, &Setup, Role) -> Result<()>,
    ) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_one_of_few)
        {
            for role in Role::BOTH {
                self.add_needing(self.program.clone(), what, &setup, role, test);
            }
        }
    }
}
