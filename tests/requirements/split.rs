//! Do the halves report an end without close_notify, and do they owe a bounded number of answers?

use rustls::ContentType;
use rustls_direct::split::{Event, Reader, Truncated};
use testing::{
    Fixture, Forger, Implementation, Role, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED,
    each_pair, key_update, setups,
};

use crate::renegotiation;

/// Runs `test` for every role, library and suite that `applies` selects.
fn for_each_setup_and_role(applies: impl Fn(&Setup) -> bool, test: impl Fn(&Setup, Role)) {
    for setup in setups()
        .iter()
        .filter(|setup| applies(setup))
    {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(setup, role);
        }
    }
}

/// The reader of a connection in `role`, and its peer.
fn reader(setup: &Setup, role: Role) -> (Reader, Forger) {
    let (forger, halves) = match role {
        Role::Client => {
            let mut conn = setup.client();
            let forger = Forger::of(setup, role, &mut conn);
            assert!(conn.is_direct());
            (forger, conn.split().ok())
        }
        Role::Server => {
            let mut conn = setup.server();
            let forger = Forger::of(setup, role, &mut conn);
            assert!(conn.is_direct());
            (forger, conn.split().ok())
        }
    };
    let (reader, _) = halves.expect("a whole handshake");
    (reader, forger)
}

/// R13-6.1-h: an end without close_notify, between records or within one, is not reported as closed.
#[test]
fn an_end_without_close_notify_is_reported_as_truncated() {
    for cut in [0, 1, 5, 20] {
        for_each_setup_and_role(
            |_| true,
            |setup, role| {
                let (mut reader, mut forger) = reader(setup, role);
                let mut read = |incoming: &mut [u8], event, discard| {
                    let received = reader.read(incoming).expect("no error");
                    assert_eq!((received.event, received.discard), (event, discard));
                    assert!(!received.writer_owes, "nothing is sent for it");
                    reader.end_of_input()
                };
                let mut data = forger.seal(ContentType::ApplicationData, b"whole");
                let mut close = forger.seal(ContentType::Alert, &[1, 0]);
                let len = data.len();
                let end = read(&mut data, Event::Data(b"whole"), len);
                assert_eq!(end, Err(Truncated));
                let end = read(&mut close[..cut], Event::Incomplete, 0);
                assert_eq!(end, Err(Truncated));
                let len = close.len();
                let end = read(&mut close, Event::Closed, len);
                assert_eq!(end, Ok(()));
            },
        );
    }
}

/// R13-4.6.3-i, IMP-out: any number of updates leaves one answer owed, and the writing key changes once.
#[test]
fn a_silent_writer_owes_one_answer_to_all_updates() {
    for_each_setup_and_role(Setup::is_tls13, |setup, role| {
        let mut fixture = Fixture::new(Implementation::Halves, setup, role);
        for _ in 0..20 {
            fixture
                .receive(ContentType::Handshake, &key_update(UPDATE_REQUESTED))
                .expect("an update");
            fixture.forger.update_sealer();
        }
        let sent = fixture.target.answer();
        let answer = (ContentType::Handshake, key_update(UPDATE_NOT_REQUESTED));
        assert_eq!(fixture.forger.open(&sent), answer);
        fixture.forger.update_opener();
        assert_eq!(fixture.target.answer(), b"");
        fixture.passes_data();
    });
}

/// R13-4.6.3-r, R12-7.2.2-a: after our close_notify nothing is owed, whatever the peer requests.
#[test]
fn nothing_is_owed_after_close_notify() {
    each_pair(
        |setup| setup,
        |setup, mut pair| {
            let mut out = [0; 100];
            // The close_notify is owed until there is room for it.
            pair.writer
                .close_notify(&mut [])
                .expect_err("no room");
            let len = pair.writer.flush(&mut out);
            assert!(len.expect("room for it") > 0);
            for _ in 0..3 {
                let owes = match setup.is_tls13() {
                    true => pair.read_key_update(UPDATE_REQUESTED),
                    false => {
                        let request = renegotiation(setup, pair.role);
                        let record = pair
                            .forger
                            .seal(ContentType::Handshake, &request);
                        pair.read(&record).expect("a request")
                    }
                };
                assert!(!owes);
                assert!(!pair.writer.owes());
            }
            pair.reads_data();
        },
    );
}

/// R12-7.4.1.1-a, R12-7.2.2-a, IMP-out: likewise with attempts to renegotiate.
#[test]
fn a_silent_writer_owes_one_warning_to_all_attempts_to_renegotiate() {
    for_each_setup_and_role(
        |setup| !setup.is_tls13(),
        |setup, role| {
            let mut fixture = Fixture::new(Implementation::Halves, setup, role);
            for _ in 0..4 {
                fixture
                    .receive(ContentType::Handshake, &renegotiation(setup, role))
                    .expect("an attempt");
            }
            let sent = fixture.target.answer();
            let warning = (ContentType::Alert, vec![1, 100]);
            assert_eq!(fixture.forger.open(&sent), warning);
            assert_eq!(fixture.target.answer(), b"");
            fixture.passes_data();
        },
    );
}
