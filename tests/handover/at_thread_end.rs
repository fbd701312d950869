//! Does a handshake complete while its thread ends and drops its thread-local values?

use std::cell::RefCell;
use std::sync::mpsc::{Sender, channel};
use std::{mem, thread};

use rustls::Error;
use rustls_direct::server::UnbufferedServerConnection;
use testing::{Direct, Endpoint, Peer, Role, Setup, one_setup_per_version};

use crate::exchange_data;

const LABEL: &[u8] = b"EXPORTER-test";

/// A server in the middle of its handshake.
struct Unfinished {
    conn: UnbufferedServerConnection,
    peer: Peer,
}

impl Unfinished {
    /// A server that has received nothing.
    fn new(setup: &Setup) -> Self {
        Self {
            conn: setup.server(),
            peer: Peer::new(setup, Role::Client),
        }
    }

    /// A server that has answered the ClientHello.
    fn answered(setup: &Setup) -> Self {
        let Self { mut conn, mut peer } = Self::new(setup);
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = peer.write();
        direct.run().expect("a hello");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("an answer");
        assert!(!direct.is_direct());
        Self { conn, peer }
    }

    fn finish(mut self) -> Finished {
        self.peer
            .talk_to(&mut Direct::new(&mut *self.conn))
            .expect("a handshake");
        Finished {
            server_name: self
                .conn
                .server_name()
                .map(str::to_owned),
            exported: self
                .conn
                .export_keying_material([0; 32], LABEL, None),
            unfinished: self,
        }
    }
}

/// The same server after its handshake, and the results of its getters then.
struct Finished {
    server_name: Option<String>,
    exported: Result<[u8; 32], Error>,
    unfinished: Unfinished,
}

/// Completes the handshake when it is dropped.
struct FinishOnDrop {
    unfinished: Option<Unfinished>,
    done: Sender<Finished>,
}

impl Drop for FinishOnDrop {
    fn drop(&mut self) {
        if let Some(unfinished) = self.unfinished.take() {
            // If the receiver is gone, the test has failed already.
            let _ = self.done.send(unfinished.finish());
        }
    }
}

thread_local! {
    static FINISH_ON_DROP: RefCell<Option<FinishOnDrop>> = const { RefCell::new(None) };
}

/// Runs `begin` in a thread, and completes the handshake that it began while the thread's values are dropped.
fn finish_at_end_of_thread(
    setup: &Setup,
    begin: impl FnOnce(&Setup) -> Unfinished + Send + 'static,
) -> Finished {
    let (done, finished) = channel();
    let setup = setup.clone();
    let ended = thread::spawn(move || {
        // A thread drops its values in reverse order of first use. So this one outlives the slot of the observer.
        FINISH_ON_DROP.with_borrow(|finish_on_drop| assert!(finish_on_drop.is_none()));
        let unfinished = Some(begin(&setup));
        FINISH_ON_DROP.set(Some(FinishOnDrop { unfinished, done }));
    })
    .join();
    ended.expect("no panic");
    finished.recv().expect("no panic")
}

/// Checks that data passes, which needs no thread-local value.
fn assert_data_passes(Unfinished { mut conn, mut peer }: Unfinished) {
    exchange_data(&mut Direct::new(&mut *conn), &mut peer);
}

#[test]
fn observations_of_a_handshake_are_kept_while_its_thread_ends() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let finished = finish_at_end_of_thread(&setup, Unfinished::answered);
        assert_eq!(finished.server_name.as_deref(), Some("localhost"));
        match setup.is_tls13() {
            // The secret was made before the client's Finished.
            true => {
                let peer = &finished.unfinished.peer;
                let theirs = peer
                    .conn
                    .export_keying_material([0; 32], LABEL, None);
                assert_eq!(finished.exported, theirs);
            }
            // The master secret can no longer be observed.
            false => assert!(finished.exported.is_err()),
        }
        assert_data_passes(finished.unfinished);
    }
}

#[test]
fn a_handshake_that_begins_while_its_thread_ends_is_not_observed() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let finished = finish_at_end_of_thread(&setup, |setup| {
            // The thread's slot was used and dropped before.
            Unfinished::answered(setup);
            Unfinished::new(setup)
        });
        assert_eq!(finished.server_name, None);
        assert!(finished.exported.is_err());
        assert_data_passes(finished.unfinished);
    }
}
