//! Are messages that cost work and carry no data limited as in rustls?

use rustls::AlertDescription::UnexpectedMessage;
use rustls::ContentType;

use crate::conversation::Conversation;
use crate::differences::Difference::{Alerted, DiscardedWhenTaken};
use crate::end_difference::End;
use crate::forged::{USER_CANCELED, WARNING, alerts, forged};

const IGNORED: [u8; 2] = [WARNING, USER_CANCELED];

#[test]
fn the_peer_sends_as_many_warnings_as_are_allowed() {
    Conversation::new(|harness| alerts(harness, &[IGNORED; 4])).check();
}

#[test]
fn the_peer_sends_one_warning_too_many() {
    Conversation::new(|harness| alerts(harness, &[IGNORED; 5]))
        .expects(Alerted(UnexpectedMessage))
        .check();
}

#[test]
fn the_peer_sends_warnings_with_data_between_them() {
    Conversation::new(|harness| {
        let warning = (ContentType::Alert, &IGNORED[..]);
        let data = (ContentType::ApplicationData, &b"data"[..]);
        let before = [warning; 4];
        forged(harness, &[&before[..], &[data, warning, warning]].concat());
    })
    .expects(DiscardedWhenTaken)
    .ends_differently(
        "IMP-warn: data restarts the count",
        End::Silent("PeerMisbehaved(TooManyWarningAlertsReceived)"),
        End::Accepted,
    )
    .check();
}

#[test]
fn the_peer_sends_as_many_empty_records_as_are_allowed() {
    Conversation::new(|harness| {
        let mut records = vec![(ContentType::ApplicationData, &b""[..]); 32];
        records.push((ContentType::ApplicationData, b"something"));
        forged(harness, &records);
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn the_peer_sends_one_empty_record_too_many() {
    Conversation::new(|harness| {
        forged(harness, &[(ContentType::ApplicationData, &b""[..]); 33]);
    })
    .expects(Alerted(UnexpectedMessage))
    .check();
}

#[cfg(feature = "tls12")]
mod renegotiation {
    use rustls::HandshakeType;
    use rustls_direct::record::HEADER_LEN;
    use testing::{Role, message};

    use super::*;
    use crate::conversation::Case;
    use crate::differences::Difference::RefusedWhenDrained;
    use crate::harness::Harness;

    /// Sends `how_many` requests to renegotiate after the handshake, one by one, each followed by data.
    fn requests(harness: &mut Harness, how_many: usize) {
        let request = match harness.role {
            Role::Client => message(HandshakeType::HelloRequest, b""),
            Role::Server => {
                harness.start_handshake();
                harness.wire()[HEADER_LEN..].to_vec()
            }
        };
        harness.complete_handshake();
        for _ in 0..how_many {
            harness.peer_forges(ContentType::Handshake, &request);
            harness.peer_forges(ContentType::ApplicationData, b"data");
            harness.deliver();
            harness.peer_reads();
        }
        harness.write(b"after the refusal");
        harness.peer_reads();
    }

    #[test]
    fn the_peer_requests_renegotiation_once() {
        Conversation::new(|harness| requests(harness, 1))
            .only(Case::is_tls12)
            .expects(DiscardedWhenTaken)
            .expects(RefusedWhenDrained)
            .check();
    }

    #[test]
    fn the_peer_sends_as_many_requests_as_are_allowed() {
        Conversation::new(|harness| requests(harness, 4))
            .only(Case::is_tls12)
            .expects(DiscardedWhenTaken)
            .expects(RefusedWhenDrained)
            .ends_differently(
                "IMP-reneg: a few are ignored",
                End::Silent("PeerMisbehaved(TooManyRenegotiationRequests)"),
                End::Accepted,
            )
            .check();
    }

    #[test]
    fn the_peer_sends_one_request_too_many() {
        Conversation::new(|harness| requests(harness, 5))
            .only(Case::is_tls12)
            .expects(DiscardedWhenTaken)
            .expects(RefusedWhenDrained)
            .ends_differently(
                "IMP-reneg: a few are ignored",
                End::Silent("PeerMisbehaved(TooManyRenegotiationRequests)"),
                End::Fails(
                    "PeerMisbehaved(TooManyRenegotiationRequests)",
                    UnexpectedMessage,
                ),
            )
            .check();
    }
}
