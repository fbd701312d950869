//! Section F: Does a client keep and use the tickets that it receives?

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{AlertDescription, ContentType, Error, HandshakeKind};
use testing::{Fixture, Implementation, NewSessionTicket, Peer, Role, Setup, setups};

const HOUR: u64 = 3600;
const WEEK: u64 = 7 * 24 * HOUR;

/// A clock that stands still until it is advanced.
#[derive(Debug)]
struct Clock(AtomicU64);

impl Clock {
    fn advance(&self, seconds: u64) {
        self.0
            .fetch_add(seconds, Ordering::Relaxed);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.load(Ordering::Relaxed);
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Runs `test` with a client of each of `implementations` after the handshake, for every setup that `applies` selects.
///
/// The connections of a setup share their session memory, and the clients share the clock.
fn each_client(
    implementations: &[Implementation],
    applies: impl Fn(&Setup) -> bool,
    test: impl Fn(&mut Fixture<'_>, &Clock),
) {
    for setup in setups().into_iter().filter(applies) {
        for implementation in implementations.iter().copied() {
            println!("{implementation:?} {}", setup.name());
            let clock = Arc::new(Clock(AtomicU64::new(1_700_000_000)));
            let setup = setup
                .clone()
                .with_memory(|config| config.time_provider = Arc::clone(&clock) as _);
            test(
                &mut Fixture::new(implementation, &setup, Role::Client),
                &clock,
            );
        }
    }
}

/// Whether the next handshake resumes the session.
fn is_resumed(setup: &Setup) -> bool {
    let mut client = Peer::new(setup, Role::Client);
    client.shake_hands(&mut Peer::new(setup, Role::Server));
    client.conn.handshake_kind() == Some(HandshakeKind::Resumed)
}

/// Whether the next client offers this ticket to the server.
fn is_offered(setup: &Setup, ticket: &[u8]) -> bool {
    let hello = Peer::new(setup, Role::Client).write();
    hello
        .windows(ticket.len())
        .any(|bytes| bytes == ticket)
}

/// Delivers a ticket of this lifetime.
fn ticket(fixture: &mut Fixture<'_>, lifetime: u32) -> Vec<u8> {
    let ticket = NewSessionTicket {
        lifetime,
        ..NewSessionTicket::with_len(50)
    };
    fixture
        .receive(ContentType::Handshake, &ticket.message())
        .expect("a ticket");
    fixture.passes_data();
    ticket.ticket
}

/// R13-4.6.1-a, R13-4.6.1-f: the ticket is kept for the next connection.
#[test]
fn a_ticket_is_kept() {
    each_client(Implementation::ALL, Setup::is_tls13, |fixture, _| {
        let ticket = ticket(fixture, 3600);
        assert!(is_offered(fixture.setup, &ticket));
    });
}

/// R13-4.6.1-a: no error and no alert.
#[test]
fn a_ticket_is_ignored_if_sessions_are_not_resumed() {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let setup = setup.with_memory(|config| config.resumption = Resumption::disabled());
        for implementation in Implementation::ALL.iter().copied() {
            println!("{implementation:?} {}", setup.name());
            let mut fixture = Fixture::new(implementation, &setup, Role::Client);
            let ticket = ticket(&mut fixture, 3600);
            assert!(!is_offered(&setup, &ticket));
        }
    }
}

/// R13-4.6.1-a: a server that knows the ticket resumes the session.
#[test]
fn a_session_is_resumed() {
    each_client(
        Implementation::ALL,
        |_| true,
        |fixture, _| {
            fixture.passes_data();
            assert!(is_resumed(fixture.setup));
        },
    );
}

/// R12-7.2-b: the session is not invalidated, because neither rustls's session memory nor the server's can be told to.
#[test]
fn a_session_that_ended_with_a_fatal_alert_is_still_resumed() {
    each_client(
        Implementation::ALL,
        |setup| !setup.is_tls13(),
        |fixture, _| {
            let description = AlertDescription::BadRecordMac;
            let fatal = [2, u8::from(description)];
            let result = fixture.receive(ContentType::Alert, &fatal);
            assert_eq!(result, Err(Error::AlertReceived(description)));
            assert!(is_resumed(fixture.setup));
        },
    );
}

/// R13-4.6.1-e.
#[test]
fn a_ticket_is_used_until_its_lifetime_ends() {
    for (age, expected) in [(HOUR - 1, true), (HOUR + 1, false)] {
        each_client(Implementation::ALL, Setup::is_tls13, |fixture, clock| {
            let ticket = ticket(fixture, 3600);
            clock.advance(age);
            assert_eq!(is_offered(fixture.setup, &ticket), expected);
        });
    }
}

/// R13-4.6.1-e: whatever lifetime it has.
#[test]
fn a_ticket_lives_for_seven_days_at_most() {
    for lifetime in [604_801, u32::MAX] {
        for (age, expected) in [(WEEK - 1, true), (WEEK + 1, false)] {
            each_client(Implementation::ALL, Setup::is_tls13, |fixture, clock| {
                let ticket = ticket(fixture, lifetime);
                clock.advance(age);
                assert_eq!(is_offered(fixture.setup, &ticket), expected);
            });
        }
    }
}

/// R13-4.6.1-e: a lifetime of 0 means not to use the ticket. rustls takes it for an unlimited one.
#[test]
fn a_ticket_without_a_lifetime_is_not_used() {
    for age in [0, 1, 2 * WEEK] {
        each_client(Implementation::ALL, Setup::is_tls13, |fixture, clock| {
            let ticket = ticket(fixture, 0);
            clock.advance(age);
            let expected = fixture.implementation == Implementation::Rustls;
            assert_eq!(is_offered(fixture.setup, &ticket), expected);
        });
    }
}
