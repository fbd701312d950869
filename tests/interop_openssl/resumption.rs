//! Are sessions resumed, whichever side stores them?

use rustls::HandshakeKind;
use testing::{Role, Setup};

use crate::failure::Result;
use crate::trials::Trials;
use crate::two_connections::{Outcome, as_client, as_server};

pub(crate) fn trials(trials: &mut Trials) {
    trials.add_for_all("resumption_stateless", |setup, role| {
        test(setup, role, SessionState::Ticket)
    });
    trials.add_for_all("resumption_stateful", |setup, role| {
        test(setup, role, SessionState::Server)
    });
}

/// Where the server's state of a session is stored.
#[derive(Clone, Copy, Eq, PartialEq)]
enum SessionState {
    /// In an encrypted ticket at the client.
    Ticket,
    /// At the server. The client has only a name of the session: a session id in TLS 1.2, a short ticket in TLS 1.3.
    Server,
}

fn test(setup: &Setup, role: Role, state: SessionState) -> Result<()> {
    let mut configs = setup.configs();
    let outcome = match role {
        Role::Client => {
            let args: &[_] = match state {
                SessionState::Ticket => &[],
                SessionState::Server => &["-no_ticket"],
            };
            as_client(setup, &configs, args, &[], false)?
        }
        Role::Server => {
            if state == SessionState::Ticket {
                configs.server.ticketer = setup.ticketer();
            }
            as_server(setup, [&configs, &configs], [&[], &[]], &[])?
        }
    };
    let [first, second] = &outcome;
    assert_eq!(first.kind, Some(HandshakeKind::Full));
    assert_eq!(second.kind, Some(HandshakeKind::Resumed));
    assert!(!is_resumed(first, role), "{}", first.text);
    assert!(is_resumed(second, role), "{}", second.text);
    if !setup.is_tls13() {
        let is_ticket = match role {
            Role::Client => second
                .text
                .contains(" 0 items in the session cache"),
            Role::Server => second
                .text
                .contains("TLS session ticket:"),
        };
        assert_eq!(is_ticket, state == SessionState::Ticket, "{}", second.text);
    }
    Ok(())
}

/// Whether OpenSSL has resumed a session, with us in `role`.
pub(crate) fn is_resumed(outcome: &Outcome, role: Role) -> bool {
    outcome.text.contains(match role {
        Role::Client => "\nReused session-id\n",
        Role::Server => "\nReused, TLSv1.",
    })
}
