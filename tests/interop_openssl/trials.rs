//! Adds tests for libraries, suites and roles.

use std::env;
#[cfg(feature = "std")]
use std::sync::Arc;

use libtest_mimic::Trial;
#[cfg(feature = "std")]
use testing::setups;
use testing::{Role, Setup, setups_with_every_record_source};

use crate::failure::Result;
#[cfg(feature = "std")]
use crate::program::Program;
use crate::tools;

/// The list of tests, and what they need.
pub(crate) struct Trials {
    pub(crate) list: Vec<Trial>,
    tools: Requirement<()>,
    #[cfg(feature = "std")]
    pub(crate) program: Requirement<Arc<Program>>,
}

/// The value that a test needs, or why it is missing.
type Requirement<T> = std::result::Result<T, String>;

impl Trials {
    pub(crate) fn new() -> Self {
        Self {
            list: Vec::new(),
            tools: tools::version(),
            #[cfg(feature = "std")]
            program: Program::compile().map(Arc::new),
        }
    }

    /// Adds a test with a library and a suite, and with us in `role`. The test is ignored if `requirement` is an error.
    pub(crate) fn add_with_requirement<T: Send + 'static>(
        &mut self,
        requirement: Requirement<T>,
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
        let ignore = requirement.is_err() && env::var_os("RUSTLS_DIRECT_REQUIRE_OPENSSL").is_none();
        let setup = setup.clone();
        let run = move || Ok(test(requirement?, &setup, role)?);
        self.list
            .push(Trial::test(name, run).with_ignored_flag(ignore));
    }

    /// Adds a test against the command line tools.
    pub(crate) fn add(
        &mut self,
        what: &str,
        setup: &Setup,
        role: Role,
        test: impl FnOnce(&Setup, Role) -> Result<()> + Send + 'static,
    ) {
        let test = |(), setup: &Setup, role| test(setup, role);
        self.add_with_requirement(self.tools.clone(), what, setup, role, test);
    }

    /// Adds a test for each library, suite and role, and some for adopted and wrapped suites.
    pub(crate) fn add_for_all(&mut self, what: &str, test: fn(&Setup, Role) -> Result<()>) {
        for setup in setups_with_every_record_source() {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// Adds a test for each library, version and role.
    #[cfg(feature = "std")]
    pub(crate) fn add_for_each_version(
        &mut self,
        what: &str,
        test: fn(&Setup, Role) -> Result<()>,
    ) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_first_of_its_version)
        {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// Adds a test for each library, version and role, against our own OpenSSL program.
    #[cfg(feature = "std")]
    pub(crate) fn add_with_program(
        &mut self,
        what: &str,
        test: fn(Arc<Program>, &Setup, Role) -> Result<()>,
    ) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_first_of_its_version)
        {
            for role in Role::BOTH {
                self.add_with_requirement(self.program.clone(), what, &setup, role, test);
            }
        }
    }
}
