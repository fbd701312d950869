//! What do connections share that are made from one config?

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::{fmt, mem};

use rustls::KeyLog;
use rustls_direct::client::{ClientConfig, UnbufferedClientConnection};
use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::{
    Direct, Endpoint, Peer, Role, Setup, one_setup_per_version, server_name, shake_hands,
};

use crate::exporters::assert_same_exports;

fn client(config: &Arc<ClientConfig>) -> UnbufferedClientConnection {
    UnbufferedClientConnection::new(config.clone(), server_name()).expect("a connection")
}

fn server(config: &Arc<ServerConfig>) -> UnbufferedServerConnection {
    UnbufferedServerConnection::new(config.clone()).expect("a connection")
}

#[test]
fn a_config_is_held_once_and_released_with_its_last_connection() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let config = setup.client_config();
        let connections = [client(&config), client(&config), client(&config)];
        assert_eq!(Arc::strong_count(&config), 2);
        drop(connections);
        assert_eq!(Arc::strong_count(&config), 1);

        let config = setup.server_config();
        let connections = [server(&config), server(&config), server(&config)];
        assert_eq!(Arc::strong_count(&config), 2);
        drop(connections);
        assert_eq!(Arc::strong_count(&config), 1);
    }
}

#[test]
fn connections_of_many_configs_work_side_by_side() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let configs: Vec<_> = (0..50)
            .map(|_| setup.client_config())
            .collect();
        for _ in 0..2 {
            let mut clients: Vec<_> = configs.iter().map(client).collect();
            for client in &mut clients {
                let mut peer = Peer::new(&setup, Role::Server);
                shake_hands(client, &mut peer);
                assert_same_exports(client, &peer);
            }
        }
        for config in &configs {
            assert_eq!(Arc::strong_count(config), 1);
        }
    }
}

/// A key log that counts the secrets it is given.
#[derive(Debug, Default)]
struct Count(AtomicUsize);

impl KeyLog for Count {
    fn log(&self, _: &str, _: &[u8], _: &[u8]) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_config_that_was_changed_in_place_is_used_anew() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let mut config = setup.client_config();
        // `Arc::make_mut` replaces a config that others hold.
        Arc::make_mut(&mut config);
        for _ in 0..3 {
            let count = Arc::new(Count::default());
            let place = Arc::as_ptr(&config);
            Arc::get_mut(&mut config)
                .expect("the only reference")
                .key_log = count.clone();
            assert_eq!(Arc::as_ptr(&config), place);
            shake_hands(&mut client(&config), &mut Peer::new(&setup, Role::Server));
            assert!(count.0.load(Ordering::Relaxed) > 0);
        }
    }
}

#[test]
fn connections_of_one_config_export_their_own_secrets() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let config = setup.server_config();
        let (mut first, mut second) = (server(&config), server(&config));
        let mut peers = [
            Peer::new(&setup, Role::Client),
            Peer::new(&setup, Role::Client),
        ];
        let mut incoming = [Vec::new(), Vec::new()];
        // The two connections take turns.
        for _ in 0..4 {
            for (at, conn) in [&mut first, &mut second]
                .into_iter()
                .enumerate()
            {
                let mut direct = Direct::new(&mut **conn);
                direct.app().incoming = mem::take(&mut incoming[at]);
                direct
                    .run()
                    .expect("a part of a handshake");
                peers[at]
                    .read(&direct.app().outgoing)
                    .expect("a part of a handshake");
                incoming[at] = peers[at].write();
            }
        }
        let [first_peer, second_peer] = &peers;
        assert_same_exports(&first, first_peer);
        assert_same_exports(&second, second_peer);
        let export = |conn: &UnbufferedConnectionCommon<_>| {
            conn.export_keying_material([0; 32], b"EXPORTER-test", None)
                .expect("keying material")
        };
        assert_ne!(export(&first), export(&second));
    }
}

/// A key log that completes another handshake with the same config when it is first called.
struct Nested {
    setup: Setup,
    /// The config that this is the key log of.
    config: Mutex<Option<Arc<ServerConfig>>>,
    /// Whether the inner handshake panics.
    panics: bool,
    has_begun: AtomicBool,
    is_inside: AtomicBool,
}

impl Nested {
    fn shake_hands(&self) {
        let config = self
            .config
            .lock()
            .expect("no panic")
            .clone()
            .expect("a config");
        let mut peer = Peer::new(&self.setup, Role::Client);
        let mut inner = server(&config);
        let outcome = catch_unwind(AssertUnwindSafe(|| shake_hands(&mut inner, &mut peer)));
        assert_eq!(outcome.is_err(), self.panics);
        if !self.panics {
            assert_same_exports(&inner, &peer);
        }
    }
}

impl KeyLog for Nested {
    fn log(&self, label: &str, _: &[u8], _: &[u8]) {
        if !self
            .has_begun
            .swap(true, Ordering::Relaxed)
        {
            self.is_inside
                .store(true, Ordering::Relaxed);
            self.shake_hands();
            self.is_inside
                .store(false, Ordering::Relaxed);
        } else if self.panics
            && self.is_inside.load(Ordering::Relaxed)
            && matches!(label, "EXPORTER_SECRET" | "CLIENT_RANDOM")
        {
            panic!("as planned")
        }
    }
}

impl fmt::Debug for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nested")
    }
}

#[test]
fn a_handshake_in_a_callback_does_not_change_what_the_outer_one_exports() {
    for setup in one_setup_per_version() {
        for panics in [false, true] {
            println!("{} {panics}", setup.name());
            let nested = Arc::new(Nested {
                setup: setup.clone(),
                config: Mutex::default(),
                panics,
                has_begun: AtomicBool::default(),
                is_inside: AtomicBool::default(),
            });
            let mut config = ServerConfig::clone(&setup.server_config());
            config.key_log = nested.clone();
            let config = Arc::new(config);
            *nested.config.lock().expect("no panic") = Some(config.clone());
            let mut peer = Peer::new(&setup, Role::Client);
            let mut outer = server(&config);
            shake_hands(&mut outer, &mut peer);
            assert!(nested.has_begun.load(Ordering::Relaxed));
            assert_same_exports(&outer, &peer);
            *nested.config.lock().expect("no panic") = None;
        }
    }
}
