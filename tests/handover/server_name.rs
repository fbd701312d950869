//! Does our server report the name that a client asks for?

use std::mem;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, Connection, Error};
use testing::{Configs, Direct, Endpoint, Role, one_setup_per_version};

use crate::exchange_data;
use crate::handshake_kinds::each_kind;

/// Returns our server's name after a handshake, and checks it after data and after an error.
fn reported_name(configs: &Configs) -> Option<String> {
    let mut conn = configs.server();
    assert_eq!(conn.server_name(), None);
    let mut peer = configs.peer(Role::Client);
    let mut direct = Direct::new(&mut *conn);
    peer.talk_to(&mut direct)
        .expect("a handshake");
    assert!(direct.is_direct());
    let name = conn.server_name().map(str::to_owned);
    exchange_data(&mut Direct::new(&mut *conn), &mut peer);
    assert_eq!(conn.server_name(), name.as_deref());

    let mut bad = peer.send(b"bad");
    *bad.last_mut().expect("a tag") ^= 1;
    Direct::new(&mut *conn).failure(&mut bad);
    assert_eq!(conn.server_name(), name.as_deref());
    name
}

/// rustls's unbuffered API does not report the name that the client asked for.
#[test]
fn the_name_is_reported_after_every_kind_of_handshake() {
    each_kind(&one_setup_per_version(), |_, configs, role| {
        if role == Role::Server {
            assert_eq!(reported_name(configs).as_deref(), Some("localhost"));
        }
    });
}

#[test]
fn no_name_is_reported_if_the_client_sends_none() {
    each_kind(&one_setup_per_version(), |_, configs, role| {
        if role == Role::Server {
            let mut without_sni = configs.clone();
            without_sni.client.enable_sni = false;
            assert_eq!(reported_name(&without_sni), None);

            let mut by_address = configs.clone();
            by_address.name = ServerName::try_from("127.0.0.1").expect("an address");
            assert_eq!(reported_name(&by_address), None);
        }
    });
}

#[test]
fn the_name_is_spelled_as_by_rustls() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let mut configs = setup.configs();
        configs.name = ServerName::try_from("LocalHost").expect("a name");
        let (_, peer) = configs.connected(Role::Client);
        let Connection::Server(rustls) = &peer.conn else {
            panic!("the peer is a server");
        };
        assert!(rustls.server_name().is_some());
        assert_eq!(reported_name(&configs).as_deref(), rustls.server_name());
    }
}

#[test]
fn the_name_is_reported_as_soon_as_the_hello_is_whole() {
    for setup in one_setup_per_version() {
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
