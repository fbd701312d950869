//! Handshakes that go on where a thread comes to its end, and its own values are dropped.

use std::cell::RefCell;
use std::sync::mpsc::{Sender, channel};
use std::{mem, thread};

use rustls::Error;
use rustls_direct::server::UnbufferedServerConnection;
use testing::{Direct, Endpoint, Peer, Role, Setup, few_setups};

use crate::converse;

const LABEL: &[u8] = b"EXPORTER-test";

/// A server in the middle of its handshake.
struct Unfinished {
    conn: UnbufferedServerConnection,
    peer: Peer,
}

impl Unfinished {
    /// Nothing has come.
    fn fresh(setup: &Setup) -> Self {
        Self {
            conn: setup.server(),
            peer: Peer::new(setup, Role::Client),
        }
    }

    /// The ClientHello has come, and was answered.
    fn answered(setup: &Setup) -> Self {
        let Self { mut conn, mut peer } = Self::fresh(setup);
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

/// The same after it, and what it says then.
struct Finished {
    server_name: Option<String>,
    exported: Result<[u8; 32], Error>,
    unfinished: Unfinished,
}

/// Has the handshake completed when it is dropped.
struct AtEnd {
    unfinished: Option<Unfinished>,
    done: Sender<Finished>,
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(unfinished) = self.unfinished.take() {
            // If nobody listens the test has failed already.
            let _ = self.done.send(unfinished.finish());
        }
    }
}

thread_local! {
    static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

/// Does `begin` in a thread, and has the handshake that it began completed while the thread's own values are dropped.
fn finish_at_end_of_thread(
    setup: &Setup,
    begin: impl FnOnce(&Setup) -> Unfinished + Send + 'static,
) -> Finished {
    let (done, finished) = channel();
    let setup = setup.clone();
    let ended = thread::spawn(move || {
        // What a thread has used first is dropped last. So this outlives the slot in which a handshake is watched.
        AT_END.with_borrow(|at_end| assert!(at_end.is_none()));
        let unfinished = Some(begin(&setup));
        AT_END.set(Some(AtEnd { unfinished, done }));
    })
    .join();
    ended.expect("no panic");
    finished.recv().expect("no panic")
}

/// Asserts that data passes, which needs nothing that the thread had.
fn goes_on(Unfinished { mut conn, mut peer }: Unfinished) {
    converse(&mut Direct::new(&mut *conn), &mut peer);
}

#[test]
fn what_was_seen_of_a_handshake_is_kept_where_its_thread_ends() {
    for setup in few_setups() {
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
            // Nobody can see it any more.
            false => assert!(finished.exported.is_err()),
        }
        goes_on(finished.unfinished);
    }
}

#[test]
fn nothing_is_seen_of_a_handshake_that_begins_where_its_thread_ends() {
    for setup in few_setups() {
        println!("{}", setup.name());
        let finished = finish_at_end_of_thread(&setup, |setup| {
            // It has used what it has in the thread, too.
            Unfinished::answered(setup);
            Unfinished::fresh(setup)
        });
        assert_eq!(finished.server_name, None);
        assert!(finished.exported.is_err());
        goes_on(finished.unfinished);
    }
}
