//! Does the comparison report differences that are not on the list?

use rustls::AlertDescription::{DecodeError, UnexpectedMessage};

use crate::differences::{Difference, Pair};
use crate::end_difference::{End, EndDifference};
use crate::trace::{Bytes, Event, Refusal, Trace};

/// Checks that the traces differ, and that `difference` is not accepted as the reason.
fn assert_reported(rustls: &[Event], ours: &[Event], difference: Difference) {
    let trace = |events: &[Event]| Trace(events.to_vec());
    for expected in [&[][..], &[difference]] {
        let mut pair = Pair::new(trace(rustls), trace(ours));
        assert!(pair.compare(expected).is_err(), "{difference:?}");
    }
    let mut equal = Pair::new(trace(rustls), trace(rustls));
    assert_eq!(equal.compare(&[difference]), Ok(vec![]));
}

fn state(name: &str, discard: usize) -> Event {
    Event::State {
        name: name.into(),
        discard,
    }
}

fn record(payload: &[u8], discard: usize) -> Event {
    Event::Record {
        payload: Bytes(payload.to_vec()),
        discard,
    }
}

fn failed() -> Event {
    Event::Failed("Some".into())
}

#[test]
fn a_record_of_another_length_or_content_is_reported() {
    let theirs = [state("ReadTraffic", 25), record(b"abc", 0)];
    for ours in [
        [state("ReadTraffic", 0), record(b"abc", 24)],
        [state("ReadTraffic", 1), record(b"abc", 25)],
        [state("ReadTraffic", 0), record(b"abd", 25)],
        [state("WriteTraffic", 0), record(b"abc", 25)],
    ] {
        assert_reported(&theirs, &ours, Difference::DiscardedWhenTaken);
    }
}

#[test]
fn bytes_that_are_discarded_too_often_or_never_are_reported() {
    let theirs = [state("WriteTraffic", 0), state("WriteTraffic", 50)];
    for ours in [
        [state("WriteTraffic", 20), state("WriteTraffic", 20)],
        [state("WriteTraffic", 20), state("PeerClosed", 30)],
    ] {
        assert_reported(&theirs, &ours, Difference::DiscardedInFragments);
        assert_reported(&theirs, &ours, Difference::RejectedEarlyDataIsSkipped);
    }
}

#[test]
fn early_data_that_ends_our_handshake_as_well_is_reported() {
    let theirs = [failed()];
    assert_reported(
        &theirs,
        &[state("BlockedHandshake", 9), failed()],
        Difference::RejectedEarlyDataIsSkipped,
    );
    assert_reported(
        &theirs,
        &[state("BlockedHandshake", 9)],
        Difference::RejectedEarlyDataIsSkipped,
    );
}

#[test]
fn a_record_that_is_not_shown_although_there_is_input_is_reported() {
    let theirs = [state("ReadTraffic", 25), record(b"abc", 0)];
    let ours = [state("WriteTraffic", 25)];
    assert_reported(&theirs, &ours, Difference::WritableWhileUntaken);
    let theirs = [state("ReadTraffic", 25), Event::LeftUntaken];
    let ours = [state("WriteTraffic", 0)];
    assert_reported(&theirs, &ours, Difference::WritableWhileUntaken);
}

#[test]
fn a_chunk_that_was_encoded_before_is_reported() {
    let theirs = [state("EncodeTlsData", 0), Event::Encoded(Ok(27))];
    let ours = [&theirs[..], &theirs, &[state("TransmitTlsData", 0)]].concat();
    assert_reported(&theirs, &ours, Difference::EncodedAgain);
}

#[test]
fn chunks_of_another_total_length_are_reported() {
    let encode = |len| [state("EncodeTlsData", 0), Event::Encoded(Ok(len))];
    let transmit = || [state("TransmitTlsData", 0)];
    let theirs = [&encode(27)[..], &encode(6), &transmit()].concat();
    for len in [32, 34] {
        let ours = [&encode(len)[..], &transmit()].concat();
        assert_reported(&theirs, &ours, Difference::EncodedTogether);
    }
    let mut discarded = theirs.clone();
    discarded[2] = state("EncodeTlsData", 1);
    let ours = [&encode(33)[..], &transmit()].concat();
    assert_reported(&discarded, &ours, Difference::EncodedTogether);
}

#[test]
fn other_early_data_is_reported() {
    let wrote = |len, got: &[u8]| {
        [
            Event::WroteEarly(Err(Refusal::Room(len))),
            Event::WroteEarly(Ok(len)),
            Event::PeerReadEarly(Bytes(got.to_vec())),
        ]
    };
    let mut theirs = wrote(25, b"ab");
    theirs[1] = Event::WroteEarly(Ok(24));
    let mut less = theirs.clone();
    less[1] = Event::WroteEarly(Ok(23));
    for ours in [wrote(25, b"xyz"), wrote(25, b"a"), less] {
        assert_reported(&theirs, &ours, Difference::EarlyDataIsChargedOnce);
    }
}

#[test]
fn a_lost_close_notify_is_reported() {
    let theirs = [Event::Closed(Ok(24)), Event::PeerClosed];
    let encode = [state("EncodeTlsData", 0), Event::Encoded(Ok(31))];
    for ours in [
        &[Event::Closed(Ok(0))][..],
        &[&[Event::Closed(Ok(0))][..], &encode, &[Event::PeerClosed]].concat(),
        &[Event::Closed(Ok(0)), state("Closed", 0)],
    ] {
        assert_reported(&theirs, ours, Difference::ClosedAfterTickets);
    }
}

#[test]
fn a_wait_with_bytes_not_discarded_is_reported() {
    let theirs = [state("WriteTraffic", 6)];
    for ours in [state("WriteTraffic", 0), state("BlockedHandshake", 0)] {
        assert_reported(&theirs, &[ours], Difference::BlockedByPartialFinished);
    }
}

#[test]
fn another_alert_or_error_is_reported() {
    let ours = |error: &str, alert| {
        [
            Event::Failed(error.into()),
            state("EncodeTlsData", 0),
            Event::Encoded(Ok(24)),
            Event::PeerReceivedAlert(alert),
        ]
    };
    let difference = Difference::Alerted(UnexpectedMessage);
    assert_reported(&[failed()], &ours("Some", DecodeError), difference);
    assert_reported(&[failed()], &ours("Other", UnexpectedMessage), difference);
    let theirs = ours("Some", DecodeError);
    assert_reported(&theirs, &ours("Some", UnexpectedMessage), difference);
}

#[test]
fn a_wrong_or_repeated_or_missing_answer_is_reported() {
    let answer = |len| {
        [
            state("EncodeTlsData", 27),
            Event::Encoded(Ok(len)),
            state("TransmitTlsData", 0),
        ]
    };
    let wrote = |len| [state("WriteTraffic", 0), Event::Wrote(Ok(len))];
    let theirs = [&[state("WriteTraffic", 27)][..], &[Event::Wrote(Ok(60))]].concat();
    for ours in [
        [&answer(28)[..], &wrote(33)].concat(),
        [&answer(27)[..], &wrote(60)].concat(),
        wrote(33).to_vec(),
    ] {
        assert_reported(&theirs, &ours, Difference::AnsweredWhenDrained);
    }
}

#[test]
fn a_wrong_or_repeated_or_missing_refusal_is_reported() {
    let encode = |len| [state("EncodeTlsData", 33), Event::Encoded(Ok(len))];
    let data = [state("ReadTraffic", 34)];
    let theirs = [&encode(31)[..], &data].concat();
    let before = [state("ReadTraffic", 67)];
    for ours in [
        [&before[..], &encode(32)].concat(),
        [&data[..], &encode(31)].concat(),
        before.to_vec(),
    ] {
        assert_reported(&theirs, &ours, Difference::RefusedWhenDrained);
    }
}

#[test]
fn a_write_that_fails_before_we_have_closed_is_reported() {
    let refused = Event::Wrote(Err(Refusal::Other("EncryptExhausted".into())));
    let closed = Event::Closed(Ok(24));
    assert_reported(
        &[Event::Wrote(Ok(30)), closed.clone()],
        &[refused, closed.clone()],
        Difference::ClosedForWriting,
    );
    assert_reported(
        &[closed.clone(), Event::Wrote(Ok(30))],
        &[closed, Event::Wrote(Ok(31))],
        Difference::ClosedForWriting,
    );
}

#[test]
fn an_answer_that_only_our_peer_sends_is_reported() {
    assert_reported(
        &[Event::PeerSent(30), state("WriteTraffic", 30)],
        &[Event::PeerSent(57), state("WriteTraffic", 57)],
        Difference::AsksForOneAnswer,
    );
    assert_reported(
        &[Event::PeerSent(57), state("WriteTraffic", 57)],
        &[Event::PeerSent(30), state("WriteTraffic", 57)],
        Difference::AsksForOneAnswer,
    );
}

#[test]
fn an_unexpected_end_is_reported() {
    let end = Difference::OtherEnd(EndDifference {
        reason: "of this test",
        rustls: End::Accepted,
        ours: End::Fails("Some", DecodeError),
    });
    let told = Event::PeerReceivedAlert(UnexpectedMessage);
    for ours in [
        &[failed()][..],
        &[failed(), told],
        &[state("PeerClosed", 0)],
    ] {
        assert_reported(&[state("WriteTraffic", 0)], ours, end);
    }
}
