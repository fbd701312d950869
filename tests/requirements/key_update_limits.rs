//! Section E: How many KeyUpdates may a peer send?

use rustls::AlertDescription::UnexpectedMessage;
use rustls::{ContentType, PeerMisbehaved};
use testing::Outcome::{Accepted, ErrorWithoutAlert, FatalAlert};
use testing::{
    Fixture, Implementation, Role, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, attack, key_update,
};

use crate::key_update::{after_answer, sealed, update, write_with_answer};
use crate::receive_data;

/// R13-4.6.3-q: the number of updates is not limited if data arrives in between.
#[test]
fn updates_between_data_are_not_limited() {
    attack(|fixture| {
        for _ in 0..300 {
            update(fixture, UPDATE_NOT_REQUESTED)?;
            receive_data(fixture);
        }
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// Writes data, and checks that an answer precedes it if one `is_owed`.
fn write_data(fixture: &mut Fixture<'_>, is_owed: bool) {
    match is_owed {
        true => write_with_answer(fixture),
        false => {
            let sent = fixture
                .target
                .write(b"out")
                .expect("to write");
            let out = (ContentType::ApplicationData, b"out".to_vec());
            assert_eq!(fixture.forger.open(&sent), out);
        }
    }
}

/// Checks that an answer is sent without a write.
fn send_answer(fixture: &mut Fixture<'_>) {
    let sent = fixture.target.answer();
    assert_eq!(after_answer(fixture, &sent), b"");
}

/// R13-4.6.3-q: nor is it limited if only we send data. rustls limits it.
#[test]
fn updates_between_writes_are_not_limited() {
    attack(|fixture| {
        for i in 0..300u16 {
            let request = u8::from(i % 2 == 1);
            update(fixture, request)?;
            write_data(fixture, request == UPDATE_REQUESTED);
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
}

/// R13-4.6.3-q: an answer to an update of ours does not count. With rustls it counts.
#[test]
fn answers_are_not_limited() {
    attack(|fixture| {
        for _ in 0..300 {
            let sent = fixture.target.refresh_traffic_keys()?;
            let ours = (ContentType::Handshake, key_update(UPDATE_REQUESTED));
            assert_eq!(fixture.forger.open(&sent), ours);
            fixture.forger.update_opener();
            update(fixture, UPDATE_NOT_REQUESTED)?;
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
}

/// R13-4.6.3-q: a peer may send a request for each record that it opens, as Java does, even if we sent all of them
/// before.
#[test]
fn a_peer_may_send_a_request_for_each_record_in_transit() {
    attack(|fixture| {
        for _ in 0..300 {
            write_data(fixture, false);
        }
        for _ in 0..300 {
            update(fixture, UPDATE_REQUESTED)?;
            match fixture.implementation {
                Implementation::Rustls => write_with_answer(fixture),
                _ => send_answer(fixture),
            }
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
}

/// R13-4.6.3-q, R13-4.6.3-r: likewise after our close_notify, when nothing is answered any more.
#[test]
fn a_peer_may_send_a_request_for_each_record_in_transit_when_we_close() {
    attack(|fixture| {
        for _ in 0..300 {
            write_data(fixture, false);
        }
        let sent = fixture.target.close();
        let close_notify = (ContentType::Alert, vec![1, 0]);
        assert_eq!(fixture.forger.open(&sent), close_notify);
        for _ in 0..300 {
            update(fixture, UPDATE_REQUESTED)?;
        }
        assert_eq!(fixture.target.answer(), b"");
        Ok(())
    })
    .on_tls13()
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
}

/// IMP-ku: likewise while an answer is owed, even if we have sent nothing.
#[test]
fn requests_are_allowed_while_an_answer_is_owed() {
    attack(|fixture| {
        for _ in 0..3 {
            let mut updates = Vec::new();
            for _ in 0..300 {
                updates.extend(sealed(fixture, UPDATE_REQUESTED));
            }
            fixture.target.receive(&updates)?;
            send_answer(fixture);
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
}

/// IMP-ku: while an answer is owed, 32 requests and 2^14 more are the limit.
#[test]
fn a_flood_of_requests_is_refused() {
    const MAX_UPDATES: usize = 32 + (1 << 14);
    attack(|fixture| {
        let mut updates = Vec::new();
        for _ in 0..MAX_UPDATES {
            updates.extend(sealed(fixture, UPDATE_REQUESTED));
        }
        fixture.target.receive(&updates)?;
        send_answer(fixture);
        let result = update(fixture, UPDATE_REQUESTED);
        let expected = PeerMisbehaved::TooManyKeyUpdateRequests;
        assert_eq!(result, Err(expected.into()));
        result
    })
    // The test takes long, and neither the suite nor the role makes a difference.
    .only(|setup| setup.is_tls13() && setup.is_first_of_its_version())
    .on(Role::Server)
    .expect_direct(FatalAlert(UnexpectedMessage));
}

/// IMP-ku: each record that we have sent allows 32 more updates. An answer does not.
#[test]
fn every_record_of_ours_allows_32_more_updates() {
    attack(|fixture| {
        for _ in 0..3 {
            write_data(fixture, false);
        }
        for _ in 0..4 {
            for _ in 0..32 {
                update(fixture, UPDATE_NOT_REQUESTED)?;
            }
            assert_eq!(fixture.target.answer(), b"");
        }
        update(fixture, UPDATE_NOT_REQUESTED)
    })
    .on_tls13()
    .expect_direct(FatalAlert(UnexpectedMessage));
    attack(|fixture| {
        for _ in 0..32 {
            update(fixture, UPDATE_REQUESTED)?;
            send_answer(fixture);
        }
        update(fixture, UPDATE_NOT_REQUESTED)
    })
    .on_tls13()
    .expect_direct(FatalAlert(UnexpectedMessage));
}

/// IMP-ku, IMP-alert-out: 32 of both kinds in a row are allowed, and data restarts the count. rustls sends no alert.
#[test]
fn more_than_32_updates_without_data_are_refused() {
    attack(|fixture| {
        for _ in 0..2 {
            for i in 0..32 {
                update(fixture, i % 2).expect("an update");
                let sent = fixture.target.answer();
                if !sent.is_empty() {
                    assert_eq!(after_answer(fixture, &sent), b"");
                }
            }
            receive_data(fixture);
        }
        for _ in 0..32 {
            update(fixture, UPDATE_NOT_REQUESTED).expect("an update");
        }
        let result = update(fixture, UPDATE_NOT_REQUESTED);
        let expected = PeerMisbehaved::TooManyKeyUpdateRequests;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .on_tls13()
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(ErrorWithoutAlert);
}

/// IMP-ku: empty data does not restart the count. With rustls it does.
#[test]
fn empty_data_does_not_restart_the_count_of_updates() {
    attack(|fixture| {
        for _ in 0..32 {
            update(fixture, UPDATE_NOT_REQUESTED).expect("an update");
        }
        fixture
            .receive(ContentType::ApplicationData, b"")
            .expect("an empty record");
        update(fixture, UPDATE_NOT_REQUESTED)
    })
    .on_tls13()
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(Accepted);
}
