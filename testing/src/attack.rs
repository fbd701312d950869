//! Scripts that attack a connection of rustls-direct or of rustls after its handshake.
//!
//! ```no_run
//! use rustls::{AlertDescription, ContentType};
//! use testing::{Outcome, attack};
//!
//! attack(|fixture| {
//!     let empty = fixture.forger.seal(ContentType::Handshake, b"");
//!     fixture.target.receive(&empty)
//! })
//! .expect_direct(Outcome::FatalAlert(AlertDescription::UnexpectedMessage))
//! .expect_rustls(Outcome::Accepted);
//! ```

use rustls::{AlertDescription, ContentType, Error, HandshakeType};
use rustls_direct::record::HEADER_LEN;

use crate::forger::Forger;
#[cfg(feature = "std")]
use crate::halves::HalvesTarget;
use crate::messages::message;
use crate::peer::Peer;
use crate::role::Role;
use crate::setup::{Setup, setups_with_every_record_source};
use crate::target::{StateMachineTarget, Target};

/// Which connection a script runs against.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Implementation {
    /// The state machine of rustls-direct.
    StateMachine,
    /// The reader and the writer of rustls-direct.
    #[cfg(feature = "std")]
    Halves,
    /// The buffered connection of rustls.
    Rustls,
}

impl Implementation {
    /// Those of rustls-direct.
    #[cfg(feature = "std")]
    pub const DIRECT: &[Self] = &[Self::StateMachine, Self::Halves];
    #[cfg(not(feature = "std"))]
    pub const DIRECT: &[Self] = &[Self::StateMachine];

    #[cfg(feature = "std")]
    pub const ALL: &[Self] = &[Self::StateMachine, Self::Halves, Self::Rustls];
    #[cfg(not(feature = "std"))]
    pub const ALL: &[Self] = &[Self::StateMachine, Self::Rustls];

    /// Whether scripts run with `setup`: against rustls only if the suite is rustls's own.
    fn applies(self, setup: &Setup) -> bool {
        self != Self::Rustls || setup.is_of_rustls()
    }
}

/// How a [`Target`] reacts to a script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// No error.
    Accepted,
    /// An error, and this fatal alert for the peer.
    FatalAlert(AlertDescription),
    /// An error, and no alert.
    ErrorWithoutAlert,
}

/// A connection after its handshake, with a forger as its peer.
pub struct Fixture<'a> {
    pub setup: &'a Setup,
    pub implementation: Implementation,
    /// The role of `target`.
    pub role: Role,
    pub target: Box<dyn Target>,
    pub forger: Forger,
}

impl<'a> Fixture<'a> {
    /// Completes the handshake.
    pub fn new(implementation: Implementation, setup: &'a Setup, role: Role) -> Self {
        let (target, forger): (Box<dyn Target>, _) = match implementation {
            Implementation::StateMachine => {
                let (direct, forger) = Forger::connected(setup, role);
                (Box::new(StateMachineTarget::from(direct)), forger)
            }
            #[cfg(feature = "std")]
            Implementation::Halves => {
                let mut peer = Forger::peer(setup, role.other());
                let target = HalvesTarget::connected(setup, role, &mut peer);
                (Box::new(target), Forger::new(setup, peer))
            }
            Implementation::Rustls => {
                let mut forger = Forger::peer(setup, role.other());
                let mut target = Peer::new(setup, role);
                target.shake_hands(&mut forger);
                (Box::new(target), Forger::new(setup, forger))
            }
        };
        Self {
            setup,
            implementation,
            role,
            target,
            forger,
        }
    }

    /// Runs `test` with each of `implementations`, for every suite and role.
    pub fn each(implementations: &[Implementation], test: impl Fn(&mut Fixture<'_>)) {
        let setups = setups_with_every_record_source();
        assert!(!setups.is_empty());
        for implementation in implementations {
            for setup in setups
                .iter()
                .filter(|setup| implementation.applies(setup))
            {
                for role in Role::BOTH {
                    println!("{implementation:?} {} {role:?}", setup.name());
                    test(&mut Fixture::new(*implementation, setup, role));
                }
            }
        }
    }

    /// Has the target receive a record of this type and content.
    pub fn receive(&mut self, typ: ContentType, content: &[u8]) -> Result<(), Error> {
        let record = self.forger.seal(typ, content);
        self.target.receive(&record)
    }

    /// Returns the message by which a peer of TLS 1.2 asks to renegotiate.
    pub fn renegotiation(&self) -> Vec<u8> {
        match self.role {
            Role::Client => message(HandshakeType::HelloRequest, b""),
            Role::Server => {
                let setup = self
                    .setup
                    .clone()
                    .with_max_fragment_size(16_389);
                let hello = Peer::new(&setup, Role::Client).write();
                hello[HEADER_LEN..].to_vec()
            }
        }
    }

    /// Checks that data passes both ways, and that nothing is sent before it.
    pub fn passes_data(&mut self) {
        self.receive(ContentType::ApplicationData, b"in")
            .expect("data");
        assert_eq!(self.target.received(), b"in");
        let sent = self.target.write(b"out");
        let sent = sent.expect("to write");
        let data = (ContentType::ApplicationData, b"out".to_vec());
        assert_eq!(self.forger.open(&sent), data);
    }

    /// Returns the outcome of a script that ended with `result`.
    fn outcome(&mut self, result: Result<(), Error>) -> Outcome {
        let is_live_and_direct = result.is_ok()
            && self.implementation != Implementation::Rustls
            && self.setup.runs_direct();
        assert_eq!(self.target.is_direct(), is_live_and_direct);
        let Err(error) = result else {
            return Outcome::Accepted;
        };
        assert_eq!(self.target.received(), b"", "delivered in spite of {error}");
        let sent = self.target.answer();
        let outcome = match &sent[..] {
            [] => Outcome::ErrorWithoutAlert,
            sent => match self.forger.open(sent) {
                (ContentType::Alert, alert) if alert[0] == 2 => {
                    Outcome::FatalAlert(alert[1].into())
                }
                other => panic!("{other:?} instead of an alert for {error}"),
            },
        };
        // Every later call repeats the error.
        let later = self.receive(ContentType::ApplicationData, b"later");
        // By text: no `Error::Other` equals another.
        assert_eq!(
            later.map_err(|later| later.to_string()),
            Err(error.to_string())
        );
        assert_eq!(self.target.received(), b"");
        assert_eq!(self.target.answer(), b"");
        outcome
    }
}

/// Makes an attack of `script`, for every suite and role until it is restricted.
pub fn attack<S>(script: S) -> Attack<S>
where
    S: Fn(&mut Fixture<'_>) -> Result<(), Error>,
{
    Attack {
        setups: setups_with_every_record_source(),
        roles: Role::BOTH.to_vec(),
        script,
    }
}

/// A script, and the suites and roles that it runs with.
pub struct Attack<S> {
    setups: Vec<Setup>,
    roles: Vec<Role>,
    script: S,
}

impl<S> Attack<S>
where
    S: Fn(&mut Fixture<'_>) -> Result<(), Error>,
{
    /// Restricts the attack to setups for which `applies` holds.
    pub fn only(mut self, applies: impl Fn(&Setup) -> bool) -> Self {
        self.setups.retain(applies);
        self
    }

    /// Restricts the attack to TLS 1.3.
    pub fn on_tls13(self) -> Self {
        self.only(Setup::is_tls13)
    }

    /// Restricts the attack to TLS 1.2. Without the feature `tls12` nothing is left.
    pub fn on_tls12(self) -> Self {
        self.only(|setup| !setup.is_tls13())
    }

    /// Restricts the attack to targets in `role`.
    pub fn on(mut self, role: Role) -> Self {
        self.roles = vec![role];
        self
    }

    /// Runs the script against rustls-direct, and checks the outcome.
    pub fn expect_direct(self, expected: Outcome) -> Self {
        Implementation::DIRECT
            .iter()
            .fold(self, |attack, implementation| {
                attack.run(*implementation, expected)
            })
    }

    /// Runs the script against rustls, and checks the outcome.
    pub fn expect_rustls(self, expected: Outcome) -> Self {
        self.run(Implementation::Rustls, expected)
    }

    /// Runs the script against both, and checks that the outcome is the same.
    pub fn expect_both(self, expected: Outcome) {
        self.expect_direct(expected)
            .expect_rustls(expected);
    }

    fn run(self, implementation: Implementation, expected: Outcome) -> Self {
        assert!(!self.setups.is_empty() || cfg!(not(feature = "tls12")));
        for setup in self
            .setups
            .iter()
            .filter(|setup| implementation.applies(setup))
        {
            for role in &self.roles {
                println!("{implementation:?} {} {role:?}", setup.name());
                let mut fixture = Fixture::new(implementation, setup, *role);
                let result = (self.script)(&mut fixture);
                println!("{result:?}");
                assert_eq!(fixture.outcome(result), expected);
            }
        }
        self
    }
}
