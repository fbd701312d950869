//! New keys in the middle of a conversation.

use rustls::ContentType;
use testing::{UPDATE_NOT_REQUESTED, key_update};

use crate::choices::End;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{
    AnsweredWhenDrained, AskedOnce, DiscardedWhenTaken, EncodedAgain,
};

#[test]
fn the_peer_asks_and_we_write() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_refreshes();
        stage.peer_writes(b"under the new key");
        stage.deliver();
        stage.ask();
        stage.write(b"likewise");
        stage.write(b"and again");
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .in_every_suite()
    .shows(DiscardedWhenTaken)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn the_peer_asks_often_before_we_write() {
    Conversation::new(|stage| {
        stage.shake_hands();
        for _ in 0..3 {
            stage.peer_refreshes();
        }
        stage.deliver();
        stage.write(b"once is enough");
        stage.peer_reads();
        stage.peer_writes(b"under the fourth key");
        stage.deliver();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn the_peer_asks_and_we_close() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_refreshes();
        stage.deliver();
        stage.close();
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn the_peer_asks_and_closes() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_refreshes();
        stage.peer_closes();
        stage.deliver();
        stage.write(b"under the new key");
        stage.close();
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn the_peer_asks_after_we_have_closed() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.close();
        stage.peer_refreshes();
        stage.peer_writes(b"under the new key");
        stage.deliver();
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn we_ask() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.refresh();
        stage.ask();
        stage.write(b"under the new key");
        stage.peer_reads();
        stage.peer_writes(b"likewise");
        stage.deliver();
        stage.write(b"good");
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .in_every_suite()
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn we_ask_and_forget_to_encode_that() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.habits().drops_chunks = 1;
        stage.refresh();
        stage.run();
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(EncodedAgain)
    .hold();
}

#[test]
fn we_ask_again_and_again() {
    Conversation::new(|stage| {
        stage.shake_hands();
        for _ in 0..5 {
            stage.refresh();
            stage.write(b"mine");
            stage.peer_reads();
            stage.peer_writes(b"yours");
            stage.deliver();
        }
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn both_ask_at_once() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.refresh();
        stage.peer_refreshes();
        stage.deliver();
        stage.peer_reads();
        stage.write(b"mine");
        stage.peer_reads();
        stage.peer_writes(b"yours");
        stage.deliver();
        stage.write(b"done");
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn we_ask_while_we_owe_an_answer() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_refreshes();
        stage.deliver();
        stage.refresh();
        stage.write(b"mine");
        stage.peer_reads();
        stage.peer_writes(b"yours");
        stage.deliver();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn we_ask_again_before_the_answer_has_come() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.refresh();
        stage.peer_reads();
        stage.peer_writes(b"the answer is before this");
        stage.refresh();
        stage.write(b"under the third key");
        stage.peer_reads();
        stage.peer_writes(b"was there another question?");
        stage.deliver();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .shows(AskedOnce)
    .hold();
}

#[test]
fn in_pieces() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.cut_into(3);
        stage.peer_refreshes();
        stage.deliver();
        stage.peer_writes(b"under the new key");
        stage.deliver();
        stage.write(b"likewise");
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn the_peer_does_not_ask() {
    Conversation::new(|stage| {
        stage.shake_hands();
        for _ in 0..3 {
            stage.peer_forges(ContentType::Handshake, &key_update(UPDATE_NOT_REQUESTED));
            stage.peer_takes_next_key();
            stage.peer_forges(ContentType::ApplicationData, b"under the next key");
        }
        stage.deliver();
        stage.write(b"under the same key");
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn as_many_as_the_peer_may_ask_for() {
    Conversation::new(|stage| {
        stage.shake_hands();
        for _ in 0..32 {
            stage.peer_refreshes();
        }
        stage.deliver();
        stage.peer_writes(b"now count anew");
        stage.peer_refreshes();
        stage.deliver();
        stage.write(b"here is the answer");
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .shows(AnsweredWhenDrained)
    .hold();
}

#[test]
fn one_more_than_the_peer_may_ask_rustls_for() {
    Conversation::new(|stage| {
        stage.shake_hands();
        for _ in 0..33 {
            stage.peer_refreshes();
        }
        stage.deliver();
        stage.peer_reads();
    })
    .only(Case::is_tls13)
    .chooses(
        "IMP-ku: requests that come while an answer is owed are borne",
        End::Silent("PeerMisbehaved(TooManyKeyUpdateRequests)"),
        End::GoesOn,
    )
    .hold();
}

#[test]
#[cfg(feature = "tls12")]
fn there_are_none_in_tls12() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.refresh();
        stage.write(b"under the same key");
        stage.peer_reads();
    })
    .only(Case::is_tls12)
    .hold();
}
