//! Who is attacked: a connection of ours, or one of rustls's. The same script runs through both.
//!
//! ```no_run
//! use rustls::{AlertDescription, ContentType};
//! use testing::{Verdict, attack};
//!
//! attack(|scene| {
//!     let empty = scene.forger.seal(ContentType::Handshake, b"");
//!     scene.victim.receive(&empty)
//! })
//! .ours(Verdict::Fails(AlertDescription::UnexpectedMessage))
//! .rustls(Verdict::GoesOn);
//! ```

use rustls::{AlertDescription, ContentType, Error, HandshakeType};
use rustls_direct::record::HEADER_LEN;

use crate::forger::Forger;
#[cfg(feature = "std")]
use crate::halves::Halves;
use crate::messages::message;
use crate::peer::Peer;
use crate::role::Role;
use crate::setup::{Setup, every_way};
use crate::victim::{Ours, Victim};

/// Whose connection it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Make {
    /// Our state machine.
    Ours,
    /// The two halves of one of our connections.
    #[cfg(feature = "std")]
    OurHalves,
    /// rustls's buffered connection.
    Rustls,
}

impl Make {
    #[cfg(feature = "std")]
    pub const OURS: &[Self] = &[Self::Ours, Self::OurHalves];
    #[cfg(not(feature = "std"))]
    pub const OURS: &[Self] = &[Self::Ours];

    #[cfg(feature = "std")]
    pub const ALL: &[Self] = &[Self::Ours, Self::OurHalves, Self::Rustls];
    #[cfg(not(feature = "std"))]
    pub const ALL: &[Self] = &[Self::Ours, Self::Rustls];

    /// What is asked of rustls is asked of it with its own suites only.
    fn applies(self, setup: &Setup) -> bool {
        self != Self::Rustls || setup.is_of_rustls()
    }
}

/// What a [`Victim`] makes of what has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// No error.
    GoesOn,
    /// An error, of which the peer is told by this fatal alert.
    Fails(AlertDescription),
    /// An error of which the peer is told nothing.
    FailsSilently,
}

/// One victim and its peer.
pub struct Scene<'a> {
    pub setup: &'a Setup,
    /// Whose connection is attacked.
    pub make: Make,
    /// Its role.
    pub role: Role,
    pub victim: Box<dyn Victim>,
    pub forger: Forger,
}

impl<'a> Scene<'a> {
    /// After the handshake.
    pub fn new(make: Make, setup: &'a Setup, role: Role) -> Self {
        let (victim, forger): (Box<dyn Victim>, _) = match make {
            Make::Ours => {
                let (direct, forger) = Forger::connected(setup, role);
                (Box::new(Ours::from(direct)), forger)
            }
            #[cfg(feature = "std")]
            Make::OurHalves => {
                let mut peer = Forger::peer(setup, role.other());
                let victim = Halves::connected(setup, role, &mut peer);
                (Box::new(victim), Forger::new(setup, peer))
            }
            Make::Rustls => {
                let mut forger = Forger::peer(setup, role.other());
                let mut victim = Peer::new(setup, role);
                victim.shake_hands(&mut forger);
                (Box::new(victim), Forger::new(setup, forger))
            }
        };
        Self {
            setup,
            make,
            role,
            victim,
            forger,
        }
    }

    /// Runs `test` with the connections of each of `makes`, for every suite and role.
    pub fn each(makes: &[Make], test: impl Fn(&mut Scene<'_>)) {
        let setups = every_way();
        assert!(!setups.is_empty());
        for make in makes {
            for setup in setups
                .iter()
                .filter(|setup| make.applies(setup))
            {
                for role in Role::BOTH {
                    println!("{make:?} {} {role:?}", setup.name());
                    test(&mut Scene::new(*make, setup, role));
                }
            }
        }
    }

    /// A record of this type and content, received.
    pub fn receive(&mut self, typ: ContentType, content: &[u8]) -> Result<(), Error> {
        let record = self.forger.seal(typ, content);
        self.victim.receive(&record)
    }

    /// The message by which a peer of TLS 1.2 asks for another handshake.
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

    /// Checks that data passes both ways, with nothing before it.
    pub fn passes_data(&mut self) {
        self.receive(ContentType::ApplicationData, b"in")
            .expect("data");
        assert_eq!(self.victim.received(), b"in");
        let sent = self.victim.write(b"out");
        let sent = sent.expect("to write");
        let data = (ContentType::ApplicationData, b"out".to_vec());
        assert_eq!(self.forger.open(&sent), data);
    }

    /// What came of it, where `result` is what the script ended with.
    fn verdict(&mut self, result: Result<(), Error>) -> Verdict {
        let is_live_and_direct =
            result.is_ok() && self.make != Make::Rustls && self.setup.runs_direct();
        assert_eq!(self.victim.is_direct(), is_live_and_direct);
        let Err(error) = result else {
            return Verdict::GoesOn;
        };
        assert_eq!(self.victim.received(), b"", "delivered in spite of {error}");
        let sent = self.victim.answer();
        let verdict = match &sent[..] {
            [] => Verdict::FailsSilently,
            sent => match self.forger.open(sent) {
                (ContentType::Alert, alert) if alert[0] == 2 => Verdict::Fails(alert[1].into()),
                other => panic!("{other:?} instead of an alert for {error}"),
            },
        };
        // It stays dead, whatever comes.
        let later = self.receive(ContentType::ApplicationData, b"later");
        // Not by `==`: an `Error::Other` equals nothing.
        assert_eq!(
            later.map_err(|later| later.to_string()),
            Err(error.to_string())
        );
        assert_eq!(self.victim.received(), b"");
        assert_eq!(self.victim.answer(), b"");
        verdict
    }
}

/// A script for every suite and role, unless it is restricted.
pub fn attack<S>(script: S) -> Attack<S>
where
    S: Fn(&mut Scene<'_>) -> Result<(), Error>,
{
    Attack {
        setups: every_way(),
        roles: Role::BOTH.to_vec(),
        script,
    }
}

/// A script, and whom it is for.
pub struct Attack<S> {
    setups: Vec<Setup>,
    roles: Vec<Role>,
    script: S,
}

impl<S> Attack<S>
where
    S: Fn(&mut Scene<'_>) -> Result<(), Error>,
{
    /// Only where `applies`.
    pub fn only(mut self, applies: impl Fn(&Setup) -> bool) -> Self {
        self.setups.retain(applies);
        self
    }

    /// Only in TLS 1.3.
    pub fn on_tls13(self) -> Self {
        self.only(Setup::is_tls13)
    }

    /// Only in TLS 1.2. Nowhere, if the library was built without it.
    pub fn on_tls12(self) -> Self {
        self.only(|setup| !setup.is_tls13())
    }

    /// Only on victims of this role.
    pub fn on(mut self, role: Role) -> Self {
        self.roles = vec![role];
        self
    }

    /// Checks what comes of it with our connections.
    pub fn ours(self, expected: Verdict) -> Self {
        Make::OURS
            .iter()
            .fold(self, |attack, make| attack.run(*make, expected))
    }

    /// Checks what comes of it with those of rustls.
    pub fn rustls(self, expected: Verdict) -> Self {
        self.run(Make::Rustls, expected)
    }

    /// Checks that the same comes of it with both.
    pub fn both(self, expected: Verdict) {
        self.ours(expected).rustls(expected);
    }

    fn run(self, make: Make, expected: Verdict) -> Self {
        assert!(!self.setups.is_empty() || cfg!(not(feature = "tls12")));
        for setup in self
            .setups
            .iter()
            .filter(|setup| make.applies(setup))
        {
            for role in &self.roles {
                println!("{make:?} {} {role:?}", setup.name());
                let mut scene = Scene::new(make, setup, *role);
                let result = (self.script)(&mut scene);
                println!("{result:?}");
                assert_eq!(scene.verdict(result), expected);
            }
        }
        self
    }
}
