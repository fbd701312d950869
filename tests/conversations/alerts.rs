//! Are alerts handled as in rustls?

use rustls::AlertDescription::{DecodeError, UnexpectedMessage};
use rustls::ContentType;

use crate::conversation::{Case, Conversation};
use crate::end_difference::End;
use crate::forged::{
    CLOSE_NOTIFY, FATAL, HANDSHAKE_FAILURE, NO_RENEGOTIATION, USER_CANCELED, WARNING, alerts,
    forged,
};

#[test]
fn the_peer_sends_a_fatal_alert() {
    Conversation::new(|harness| alerts(harness, &[[FATAL, HANDSHAKE_FAILURE]])).check();
}

#[test]
fn the_peer_sends_an_unknown_fatal_alert() {
    Conversation::new(|harness| alerts(harness, &[[FATAL, 255]])).check();
}

#[test]
fn the_peer_sends_an_alert_of_unknown_level() {
    Conversation::new(|harness| alerts(harness, &[[3, HANDSHAKE_FAILURE]])).check();
}

#[test]
fn the_peer_sends_a_fatal_close_notify() {
    Conversation::new(|harness| alerts(harness, &[[FATAL, CLOSE_NOTIFY]])).check();
}

#[test]
fn the_peer_sends_a_close_notify_of_unknown_level() {
    Conversation::new(|harness| alerts(harness, &[[3, CLOSE_NOTIFY]])).check();
}

/// TLS 1.2 continues, TLS 1.3 does not.
#[test]
fn the_peer_sends_a_warning() {
    Conversation::new(|harness| alerts(harness, &[[WARNING, NO_RENEGOTIATION]])).check();
}

#[test]
fn the_peer_sends_user_canceled_and_closes() {
    Conversation::new(|harness| {
        alerts(
            harness,
            &[[WARNING, USER_CANCELED], [WARNING, CLOSE_NOTIFY]],
        );
    })
    .check();
}

#[test]
fn the_peer_sends_a_fatal_user_canceled() {
    Conversation::new(|harness| alerts(harness, &[[FATAL, USER_CANCELED]]))
        .ends_differently_if(
            "R13-6.1-i: the level does not matter",
            End::Silent("AlertReceived(UserCanceled)"),
            End::Accepted,
            Case::is_tls13,
        )
        .check();
}

#[test]
fn the_peer_sends_a_truncated_alert() {
    Conversation::new(|harness| forged(harness, &[(ContentType::Alert, &[FATAL])])).check();
}

#[test]
fn the_peer_sends_an_empty_alert() {
    Conversation::new(|harness| forged(harness, &[(ContentType::Alert, &[])]))
        .ends_differently(
            "R13-5.4-g, R12-6.2.1-f: an empty alert is forbidden",
            End::Fails("InvalidMessage(MissingData", DecodeError),
            End::Fails("InvalidMessage(InvalidEmptyPayload)", UnexpectedMessage),
        )
        .check();
}

#[test]
fn the_peer_sends_two_alerts_in_one_record() {
    Conversation::new(|harness| {
        let both = [WARNING, USER_CANCELED, WARNING, CLOSE_NOTIFY];
        forged(harness, &[(ContentType::Alert, &both)]);
    })
    .check();
}
