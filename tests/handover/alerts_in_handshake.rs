//! How does a handshake end if the peer sends a closure or fatal alert?

use std::mem;

use rustls::{AlertDescription, Error};
use testing::{Endpoint, Peer, Role, Setup, one_setup_per_version};

/// An unprotected alert: nothing is protected before the first message.
fn alert(level: u8, description: AlertDescription) -> [u8; 7] {
    [21, 3, 3, 0, 2, level, u8::from(description)]
}

/// Runs `test` with a connection of ours that waits for the peer's first message, or for the second one if we are the
/// server. The other argument is a connection of rustls in the same state.
fn for_each_setup_and_role(test: impl Fn(Box<dyn Endpoint>, Peer)) {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut direct = setup.direct(role);
            let mut rustls = Peer::new(&setup, role);
            if role == Role::Server {
                let hello = || hello(&setup);
                direct.app().incoming = hello();
                rustls
                    .read(&hello())
                    .expect("a ClientHello");
            }
            direct
                .run()
                .expect("to wait for the peer");
            assert!(!mem::take(&mut direct.app().outgoing).is_empty());
            assert!(!rustls.write().is_empty());
            test(direct, rustls);
        }
    }
}

fn hello(setup: &Setup) -> Vec<u8> {
    Peer::new(setup, Role::Client).write()
}

/// A close_notify that is not authentic is either an ignored warning or an error.
#[test]
fn a_close_notify_during_a_handshake_is_handled_as_by_rustls() {
    for_each_setup_and_role(|mut direct, mut rustls| {
        let close = alert(1, AlertDescription::CloseNotify);
        direct.app().incoming = close.to_vec();
        let (ours, theirs) = (direct.run(), rustls.read(&close));
        assert_eq!(ours, theirs);
        assert_eq!(direct.run(), theirs);
        assert!(!direct.app().peer_closed && !rustls.closed);
        assert!(!direct.is_direct());
        assert_eq!(direct.app().outgoing.is_empty(), rustls.write().is_empty());
    });
}

#[test]
fn a_fatal_alert_ends_a_handshake_without_an_answer() {
    for_each_setup_and_role(|mut direct, _| {
        let description = AlertDescription::HandshakeFailure;
        direct.app().incoming = alert(2, description).to_vec();
        for _ in 0..3 {
            assert_eq!(direct.run(), Err(Error::AlertReceived(description)));
        }
        assert!(direct.app().outgoing.is_empty());
        assert!(!direct.is_direct());
    });
}
