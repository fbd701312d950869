//! What costs work and brings nothing, again and again.

use rustls::AlertDescription::UnexpectedMessage;
use rustls::ContentType;

use crate::choices::End;
use crate::conversation::Conversation;
use crate::differences::Difference::{Alerted, DiscardedWhenTaken};
use crate::forged::{USER_CANCELED, WARNING, alerts, forged};

const IGNORED: [u8; 2] = [WARNING, USER_CANCELED];

#[test]
fn as_many_warnings_as_are_borne() {
    Conversation::new(|stage| alerts(stage, &[IGNORED; 4])).hold();
}

#[test]
fn one_warning_too_many() {
    Conversation::new(|stage| alerts(stage, &[IGNORED; 5]))
        .shows(Alerted(UnexpectedMessage))
        .hold();
}

#[test]
fn warnings_with_data_between_them() {
    Conversation::new(|stage| {
        let warning = (ContentType::Alert, &IGNORED[..]);
        let data = (ContentType::ApplicationData, &b"never mind"[..]);
        let before = [warning; 4];
        forged(stage, &[&before[..], &[data, warning, warning]].concat());
    })
    .shows(DiscardedWhenTaken)
    .chooses(
        "IMP-warn: data makes them be counted anew",
        End::Silent("PeerMisbehaved(TooManyWarningAlertsReceived)"),
        End::GoesOn,
    )
    .hold();
}

#[test]
fn as_many_empty_records_as_are_borne() {
    Conversation::new(|stage| {
        let mut records = vec![(ContentType::ApplicationData, &b""[..]); 32];
        records.push((ContentType::ApplicationData, b"something"));
        forged(stage, &records);
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn one_empty_record_too_many() {
    Conversation::new(|stage| {
        forged(stage, &[(ContentType::ApplicationData, &b""[..]); 33]);
    })
    .shows(Alerted(UnexpectedMessage))
    .hold();
}

#[cfg(feature = "tls12")]
mod renegotiation {
    use rustls::HandshakeType;
    use rustls_direct::record::HEADER_LEN;
    use testing::{Role, message};

    use super::*;
    use crate::conversation::Case;
    use crate::differences::Difference::RefusedWhenDrained;
    use crate::stage::Stage;

    /// Has this many requests for another handshake come after the handshake, one by one, each with data behind it.
    fn requests(stage: &mut Stage, how_many: usize) {
        let request = match stage.role {
            Role::Client => message(HandshakeType::HelloRequest, b""),
            Role::Server => {
                stage.meet();
                stage.wire()[HEADER_LEN..].to_vec()
            }
        };
        stage.shake_hands();
        for _ in 0..how_many {
            stage.peer_forges(ContentType::Handshake, &request);
            stage.peer_forges(ContentType::ApplicationData, b"well?");
            stage.deliver();
            stage.peer_reads();
        }
        stage.write(b"no");
        stage.peer_reads();
    }

    #[test]
    fn one_request() {
        Conversation::new(|stage| requests(stage, 1))
            .only(Case::is_tls12)
            .shows(DiscardedWhenTaken)
            .shows(RefusedWhenDrained)
            .hold();
    }

    #[test]
    fn as_many_requests_as_are_borne() {
        Conversation::new(|stage| requests(stage, 4))
            .only(Case::is_tls12)
            .shows(DiscardedWhenTaken)
            .shows(RefusedWhenDrained)
            .chooses(
                "IMP-reneg: a few are ignored",
                End::Silent("PeerMisbehaved(TooManyRenegotiationRequests)"),
                End::GoesOn,
            )
            .hold();
    }

    #[test]
    fn one_request_too_many() {
        Conversation::new(|stage| requests(stage, 5))
            .only(Case::is_tls12)
            .shows(DiscardedWhenTaken)
            .shows(RefusedWhenDrained)
            .chooses(
                "IMP-reneg: a few are ignored",
                End::Silent("PeerMisbehaved(TooManyRenegotiationRequests)"),
                End::Fails(
                    "PeerMisbehaved(TooManyRenegotiationRequests)",
                    UnexpectedMessage,
                ),
            )
            .hold();
    }
}
