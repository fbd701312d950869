//! Are key updates handled as in rustls?

use rustls::ContentType;
use testing::{UPDATE_NOT_REQUESTED, key_update};

use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{
    AnsweredWhenDrained, AsksForOneAnswer, DiscardedWhenTaken, EncodedAgain,
};
use crate::end_difference::End;

#[test]
fn the_peer_requests_an_update_and_we_write() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_refreshes();
        harness.peer_writes(b"under the next key");
        harness.deliver();
        harness.query_getters();
        harness.write(b"their new key");
        harness.write(b"more data");
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .in_every_suite()
    .expects(DiscardedWhenTaken)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn the_peer_requests_several_updates_before_we_write() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        for _ in 0..3 {
            harness.peer_refreshes();
        }
        harness.deliver();
        harness.write(b"one answer");
        harness.peer_reads();
        harness.peer_writes(b"under the fourth key");
        harness.deliver();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn the_peer_requests_an_update_and_we_close() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_refreshes();
        harness.deliver();
        harness.close();
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn the_peer_requests_an_update_and_closes() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_refreshes();
        harness.peer_closes();
        harness.deliver();
        harness.write(b"under the next key");
        harness.close();
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn the_peer_requests_an_update_after_we_have_closed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.close();
        harness.peer_refreshes();
        harness.peer_writes(b"under the next key");
        harness.deliver();
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn we_request_an_update() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.refresh();
        harness.query_getters();
        harness.write(b"under the next key");
        harness.peer_reads();
        harness.peer_writes(b"their new key");
        harness.deliver();
        harness.write(b"more data");
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .in_every_suite()
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn we_request_an_update_and_skip_its_chunk() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.behavior().skips_chunks = 1;
        harness.refresh();
        harness.run();
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(EncodedAgain)
    .check();
}

#[test]
fn we_request_several_updates() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        for _ in 0..5 {
            harness.refresh();
            harness.write(b"ours");
            harness.peer_reads();
            harness.peer_writes(b"theirs");
            harness.deliver();
        }
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn both_request_an_update_at_once() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.refresh();
        harness.peer_refreshes();
        harness.deliver();
        harness.peer_reads();
        harness.write(b"ours");
        harness.peer_reads();
        harness.peer_writes(b"theirs");
        harness.deliver();
        harness.write(b"done");
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn we_request_an_update_while_we_owe_an_answer() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_refreshes();
        harness.deliver();
        harness.refresh();
        harness.write(b"ours");
        harness.peer_reads();
        harness.peer_writes(b"theirs");
        harness.deliver();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn we_request_a_second_update_before_the_first_is_answered() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.refresh();
        harness.peer_reads();
        harness.peer_writes(b"after the answer");
        harness.refresh();
        harness.write(b"under the third key");
        harness.peer_reads();
        harness.peer_writes(b"one answer is enough");
        harness.deliver();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .expects(AsksForOneAnswer)
    .check();
}

#[test]
fn an_update_arrives_in_pieces() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.cut_into(3);
        harness.peer_refreshes();
        harness.deliver();
        harness.peer_writes(b"under the next key");
        harness.deliver();
        harness.write(b"their new key");
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn the_peer_updates_without_a_request() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        for _ in 0..3 {
            harness.peer_forges(ContentType::Handshake, &key_update(UPDATE_NOT_REQUESTED));
            harness.peer_takes_next_key();
            harness.peer_forges(ContentType::ApplicationData, b"under the next key");
        }
        harness.deliver();
        harness.write(b"under the same key");
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn the_peer_requests_as_many_updates_as_are_allowed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        for _ in 0..32 {
            harness.peer_refreshes();
        }
        harness.deliver();
        harness.peer_writes(b"data between requests");
        harness.peer_refreshes();
        harness.deliver();
        harness.write(b"after the answer");
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .expects(AnsweredWhenDrained)
    .check();
}

#[test]
fn the_peer_requests_one_update_more_than_rustls_allows() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        for _ in 0..33 {
            harness.peer_refreshes();
        }
        harness.deliver();
        harness.peer_reads();
    })
    .only(Case::is_tls13)
    .ends_differently(
        "IMP-ku: requests are allowed while an answer is owed",
        End::Silent("PeerMisbehaved(TooManyKeyUpdateRequests)"),
        End::Accepted,
    )
    .check();
}

#[test]
#[cfg(feature = "tls12")]
fn tls12_has_no_key_updates() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.refresh();
        harness.write(b"under the same key");
        harness.peer_reads();
    })
    .only(Case::is_tls12)
    .check();
}
