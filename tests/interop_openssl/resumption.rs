//! Sessions that are gone on with, as either side of them keeps them.

use rustls::HandshakeKind;
use testing::{Role, Setup};

use crate::outcome::Result;
use crate::trials::Trials;
use crate::twice::{Met, as_client, as_server};

pub(crate) fn trials(trials: &mut Trials) {
    trials.add_for_all("resumption_stateless", |setup, role| {
        test(setup, role, Memory::Ticket)
    });
    trials.add_for_all("resumption_stateful", |setup, role| {
        test(setup, role, Memory::Server)
    });
}

/// Where what a server knows of a session is in the meantime.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Memory {
    /// In a ticket, encrypted, with the client.
    Ticket,
    /// With the server. The client has a name for it: a session id in TLS 1.2, a short ticket in TLS 1.3.
    Server,
}

fn test(setup: &Setup, role: Role, memory: Memory) -> Result<()> {
    let mut configs = setup.configs();
    let met = match role {
        Role::Client => {
            let args: &[_] = match memory {
                Memory::Ticket => &[],
                Memory::Server => &["-no_ticket"],
            };
            as_client(setup, &configs, args, &[], false)?
        }
        Role::Server => {
            if memory == Memory::Ticket {
                configs.server.ticketer = setup.ticketer();
            }
            as_server(setup, [&configs, &configs], [&[], &[]], &[])?
        }
    };
    let [first, second] = &met;
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
        assert_eq!(is_ticket, memory == Memory::Ticket, "{}", second.text);
    }
    Ok(())
}

/// Whether OpenSSL has resumed a session, with us in `role`.
pub(crate) fn is_resumed(met: &Met, role: Role) -> bool {
    met.text.contains(match role {
        Role::Client => "\nReused session-id\n",
        Role::Server => "\nReused, TLSv1.",
    })
}
