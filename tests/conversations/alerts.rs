//! Alerts of all kinds.

use rustls::AlertDescription::{DecodeError, UnexpectedMessage};
use rustls::ContentType;

use crate::choices::End;
use crate::conversation::{Case, Conversation};
use crate::forged::{
    CLOSE_NOTIFY, FATAL, HANDSHAKE_FAILURE, NO_RENEGOTIATION, USER_CANCELED, WARNING, alerts,
    forged,
};

#[test]
fn a_fatal_alert() {
    Conversation::new(|stage| alerts(stage, &[[FATAL, HANDSHAKE_FAILURE]])).hold();
}

#[test]
fn a_fatal_alert_that_nobody_knows() {
    Conversation::new(|stage| alerts(stage, &[[FATAL, 255]])).hold();
}

#[test]
fn an_alert_of_no_known_level() {
    Conversation::new(|stage| alerts(stage, &[[3, HANDSHAKE_FAILURE]])).hold();
}

#[test]
fn a_close_notify_called_fatal() {
    Conversation::new(|stage| alerts(stage, &[[FATAL, CLOSE_NOTIFY]])).hold();
}

#[test]
fn a_close_notify_of_no_known_level() {
    Conversation::new(|stage| alerts(stage, &[[3, CLOSE_NOTIFY]])).hold();
}

/// TLS 1.2 goes on, TLS 1.3 does not.
#[test]
fn a_warning() {
    Conversation::new(|stage| alerts(stage, &[[WARNING, NO_RENEGOTIATION]])).hold();
}

#[test]
fn a_user_that_canceled() {
    Conversation::new(|stage| {
        alerts(stage, &[[WARNING, USER_CANCELED], [WARNING, CLOSE_NOTIFY]]);
    })
    .hold();
}

#[test]
fn a_user_that_canceled_fatally() {
    Conversation::new(|stage| alerts(stage, &[[FATAL, USER_CANCELED]]))
        .chooses_if(
            "R13-6.1-i: the level does not matter",
            End::Silent("AlertReceived(UserCanceled)"),
            End::GoesOn,
            Case::is_tls13,
        )
        .hold();
}

#[test]
fn an_alert_that_is_cut_short() {
    Conversation::new(|stage| forged(stage, &[(ContentType::Alert, &[FATAL])])).hold();
}

#[test]
fn an_alert_that_is_empty() {
    Conversation::new(|stage| forged(stage, &[(ContentType::Alert, &[])]))
        .chooses(
            "R13-5.4-g, R12-6.2.1-f: it may not be",
            End::Fails("InvalidMessage(MissingData", DecodeError),
            End::Fails("InvalidMessage(InvalidEmptyPayload)", UnexpectedMessage),
        )
        .hold();
}

#[test]
fn two_alerts_in_a_record() {
    Conversation::new(|stage| {
        let both = [WARNING, USER_CANCELED, WARNING, CLOSE_NOTIFY];
        forged(stage, &[(ContentType::Alert, &both)]);
    })
    .hold();
}
