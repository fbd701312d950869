//! What only shows when the halves live apart: an end that nobody announced, and a writer that says nothing for long.

use rustls::ContentType;
use rustls_direct::split::{Event, Reader, Truncated, Writer};
use rustls_direct_tests::{
    Forger, Role, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, setups,
};

use crate::renegotiation;

/// The halves of a connection after its handshake, and its peer.
struct Halves {
    reader: Reader,
    writer: Writer,
    forger: Forger,
}

impl Halves {
    fn new(setup: &Setup, role: Role) -> Self {
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
        let (reader, writer) = halves.expect("nothing is in the way");
        Self {
            reader,
            writer,
            forger,
        }
    }

    /// Reads what is whole of `incoming`, and expects no data.
    fn reads(&mut self, incoming: &mut [u8]) {
        let received = self
            .reader
            .read(incoming)
            .expect("no error");
        assert_eq!(received.event, Event::Incomplete);
        assert_eq!(received.discard, incoming.len());
    }

    /// All that the writer has to say without data.
    fn flushed(&mut self) -> Vec<u8> {
        let mut out = vec![0; 1000];
        let written = self
            .writer
            .flush(&mut out)
            .expect("room for it");
        out.truncate(written);
        out
    }

    /// Checks that data is sent with nothing before it.
    fn sends_data(&mut self) {
        let mut out = [0; 100];
        let written = self
            .writer
            .write(b"out", &mut out)
            .expect("room for it")
            .written;
        let data = (ContentType::ApplicationData, b"out".to_vec());
        assert_eq!(self.forger.open(&out[..written]), data);
    }
}

/// Runs `test` for every library, suite and role.
fn each(applies: impl Fn(&Setup) -> bool, test: impl Fn(&Setup, Role, Halves)) {
    for setup in setups().into_iter().filter(applies) {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&setup, role, Halves::new(&setup, role));
        }
    }
}

/// R13-6.1-h: between records or within one, it is not the end that a close_notify is.
#[test]
fn an_end_without_close_notify_is_told_from_one_with_it() {
    for cut in [0, 1, 5, 20] {
        each(
            |_| true,
            |_, _, mut halves| {
                let data = halves
                    .forger
                    .seal(ContentType::ApplicationData, b"whole");
                let close = halves
                    .forger
                    .seal(ContentType::Alert, &[1, 0]);
                let mut incoming = [&data[..], &close[..cut]].concat();
                let received = halves
                    .reader
                    .read(&mut incoming)
                    .expect("data");
                assert_eq!(received.event, Event::Data(b"whole"));
                let discard = received.discard;
                incoming.drain(..discard);
                let received = halves
                    .reader
                    .read(&mut incoming)
                    .expect("no error");
                assert_eq!((received.event, received.discard), (Event::Incomplete, 0));
                assert_eq!(halves.reader.end_of_input(), Err(Truncated));
                assert_eq!(halves.flushed(), b"", "nothing is sent for it");

                incoming.extend(&close[cut..]);
                let received = halves
                    .reader
                    .read(&mut incoming)
                    .expect("no error");
                assert_eq!(received.event, Event::Closed);
                assert_eq!(halves.reader.end_of_input(), Ok(()));
            },
        );
    }
}

/// R13-4.6.3-i, IMP-out: however many updates are read, one answer is owed, and the writing key changes once.
#[test]
fn a_silent_writer_owes_one_answer_to_all_updates() {
    each(Setup::is_tls13, |_, _, mut halves| {
        for _ in 0..20 {
            let update = key_update(UPDATE_REQUESTED);
            let mut record = halves
                .forger
                .seal(ContentType::Handshake, &update);
            halves.forger.update_sealer();
            halves.reads(&mut record);
            assert!(halves.writer.owes());
        }
        let answer = halves.flushed();
        let expected = key_update(UPDATE_NOT_REQUESTED);
        assert_eq!(
            halves.forger.open(&answer),
            (ContentType::Handshake, expected)
        );
        halves.forger.update_opener();
        assert_eq!(halves.flushed(), b"");
        halves.sends_data();
    });
}

/// R12-7.4.1.1-a, R12-7.2.2-a, IMP-out: the same with attempts to renegotiate.
#[test]
fn a_silent_writer_owes_one_warning_to_all_attempts_to_renegotiate() {
    each(
        |setup| !setup.is_tls13(),
        |setup, role, mut halves| {
            for _ in 0..4 {
                let attempt = renegotiation(setup, role);
                let mut record = halves
                    .forger
                    .seal(ContentType::Handshake, &attempt);
                halves.reads(&mut record);
            }
            let warning = halves.flushed();
            let expected = (ContentType::Alert, vec![1, 100]);
            assert_eq!(halves.forger.open(&warning), expected);
            assert_eq!(halves.flushed(), b"");
            halves.sends_data();
        },
    );
}
