//! Peers that leave before the handshake is complete.

use std::mem;

use rustls::{AlertDescription, Error};
use testing::{Endpoint, Peer, Role, Setup, few_setups};

/// An alert in the clear, since nothing is protected before the first message.
fn alert(level: u8, description: AlertDescription) -> [u8; 7] {
    [21, 3, 3, 0, 2, level, u8::from(description)]
}

/// Runs `test` with a connection that waits for the first message, or for the second one if we are the server, and with
/// one of rustls's that has come as far.
fn each(test: impl Fn(Box<dyn Endpoint>, Peer)) {
    for setup in few_setups() {
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

/// As long as it is not authentic, a close_notify is either a warning of no meaning or an error.
#[test]
fn a_close_notify_within_a_handshake_is_what_rustls_makes_of_it() {
    each(|mut direct, mut rustls| {
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
    each(|mut direct, _| {
        let description = AlertDescription::HandshakeFailure;
        direct.app().incoming = alert(2, description).to_vec();
        for _ in 0..3 {
            assert_eq!(direct.run(), Err(Error::AlertReceived(description)));
        }
        assert!(direct.app().outgoing.is_empty());
        assert!(!direct.is_direct());
    });
}
