//! The name that a client asks a server for.

use std::mem;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, Connection, Error};
use testing::{Configs, Direct, Endpoint, Role, few_setups};

use crate::converse;
use crate::kinds::each_kind;

/// What our server says after a handshake, after data, and after its end.
fn told(configs: &Configs) -> Option<String> {
    let mut conn = configs.server();
    assert_eq!(conn.server_name(), None);
    let mut peer = configs.peer(Role::Client);
    let mut direct = Direct::new(&mut *conn);
    peer.talk_to(&mut direct)
        .expect("a handshake");
    assert!(direct.is_direct());
    let name = conn.server_name().map(str::to_owned);
    converse(&mut Direct::new(&mut *conn), &mut peer);
    assert_eq!(conn.server_name(), name.as_deref());

    let mut bad = peer.send(b"bad");
    *bad.last_mut().expect("a tag") ^= 1;
    Direct::new(&mut *conn).failure(&mut bad);
    assert_eq!(conn.server_name(), name.as_deref());
    name
}

/// Trap: rustls's unbuffered API does not tell the name that the client asked for.
#[test]
fn the_name_is_told_after_every_kind_of_handshake() {
    each_kind(&few_setups(), |_, configs, role| {
        if role == Role::Server {
            assert_eq!(told(configs).as_deref(), Some("localhost"));
        }
    });
}

#[test]
fn there_is_no_name_if_the_client_does_not_ask_for_one() {
    each_kind(&few_setups(), |_, configs, role| {
        if role == Role::Server {
            let mut silent = configs.clone();
            silent.client.enable_sni = false;
            assert_eq!(told(&silent), None);

            let mut by_address = configs.clone();
            by_address.name = ServerName::try_from("127.0.0.1").expect("an address");
            assert_eq!(told(&by_address), None);
        }
    });
}

#[test]
fn the_name_is_spelled_as_by_rustls() {
    for setup in few_setups() {
        println!("{}", setup.name());
        let mut configs = setup.configs();
        configs.name = ServerName::try_from("LocalHost").expect("a name");
        let (_, peer) = configs.connected(Role::Client);
        let Connection::Server(rustls) = &peer.conn else {
            panic!("the peer is a server");
        };
        assert!(rustls.server_name().is_some());
        assert_eq!(told(&configs).as_deref(), rustls.server_name());
    }
}

#[test]
fn the_name_is_told_as_soon_as_the_client_has_said_it() {
    for setup in few_setups() {
        println!("{}", setup.name());
        let configs = setup.configs();
        let mut conn = configs.server();
        let mut peer = configs.peer(Role::Client);
        let hello = peer.write();
        let (first, last) = hello.split_at(hello.len() - 1);

        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = first.to_vec();
        direct.run().expect("a part of a hello");
        let mut incoming = mem::take(&mut direct.app().incoming);
        assert_eq!(conn.server_name(), None);

        incoming.extend(last);
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = incoming;
        direct.run().expect("a hello");
        assert!(!direct.is_direct());
        assert_eq!(conn.server_name(), Some("localhost"));

        // The client leaves, and the name is still known.
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = vec![21, 3, 3, 0, 2, 2, 40];
        let left = Err(Error::AlertReceived(AlertDescription::HandshakeFailure));
        for _ in 0..2 {
            assert_eq!(direct.run(), left);
        }
        assert_eq!(conn.server_name(), Some("localhost"));
    }
}
