//! Neither half waits for the other while there is only data: one is stopped in the middle of a call, and the other goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};

use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, Error, NamedGroup};
use rustls_direct::split::{Event, Reader, WriteError, Writer};
use testing::{
    Forger, NewSessionTicket, Role, Setup, UPDATE_NOT_REQUESTED, key_update, sealed, setups, split,
};

use crate::observed::{Gate, each_observed};
use crate::{FILL, PATIENCE, each, is_untouched};

/// Records that go on meanwhile.
const MANY: usize = 2000;

/// Runs `work` on another thread, and returns what it returns. If that never ends, this does.
fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    result
        .recv_timeout(PATIENCE)
        .expect("nobody waits")
}

/// Many records of data, and the reader reads them.
fn reads_many(mut reader: Reader, forger: &mut Forger) -> Reader {
    let mut incoming = Vec::new();
    for _ in 0..MANY {
        incoming.extend(forger.seal(ApplicationData, b"data"));
    }
    elsewhere(move || {
        let mut rest = &mut incoming[..];
        for _ in 0..MANY {
            let received = reader.read(rest).expect("a record");
            assert_eq!(received.event, Event::Data(b"data"));
            assert!(!received.writer_owes);
            let discard = received.discard;
            rest = &mut rest[discard..];
        }
        assert!(rest.is_empty());
        reader
    })
}

/// The writer writes many records.
fn writes_many(mut writer: Writer, forger: &mut Forger) -> Writer {
    let (writer, tls) = elsewhere(move || {
        let mut tls = Vec::new();
        for _ in 0..MANY {
            let mut out = [0; 100];
            let written = writer
                .write(b"data", &mut out)
                .expect("room for it");
            tls.extend(&out[..written.written]);
        }
        (writer, tls)
    });
    let records = forger.opened(&tls);
    assert!(records == vec![(ApplicationData, b"data".to_vec()); MANY]);
    writer
}

#[test]
fn the_reader_goes_on_while_a_reservation_is_held() {
    each(|_, mut pair| {
        let mut out = [0; 100];
        let mut reservation = pair
            .writer
            .reserve(4, &mut out)
            .expect("room for it");
        reservation
            .content()
            .copy_from_slice(b"held");
        reads_many(pair.reader, &mut pair.forger);
        let written = reservation
            .seal(4, 0)
            .expect("as before");
        assert_eq!(
            pair.forger.opened(&out[..written]),
            [(ApplicationData, b"held".to_vec())]
        );
    });
}

/// Has the reader read one record on a thread of its own.
fn reads_one(mut reader: Reader, mut incoming: Vec<u8>) -> JoinHandle<(Reader, Vec<u8>)> {
    thread::spawn(move || {
        let received = reader
            .read(&mut incoming)
            .expect("a record");
        let data = match received.event {
            Event::Data(data) => data.to_vec(),
            _ => vec![],
        };
        (reader, data)
    })
}

#[test]
fn the_writer_goes_on_while_a_record_is_opened() {
    each_observed(|hooks, reader, writer, mut forger| {
        let record = forger.seal(ApplicationData, b"held");
        let stop = hooks.opening.close();
        let reader = reads_one(reader, record);
        stop.arrived();
        let writer = writes_many(writer, &mut forger);
        stop.go_on();
        let (reader, data) = reader.join().expect("no panic");
        assert_eq!(data, b"held");
        reads_many(reader, &mut forger);
        writes_many(writer, &mut forger);
    });
}

#[test]
fn the_reader_goes_on_while_a_record_is_sealed() {
    each_observed(|hooks, reader, mut writer, mut forger| {
        let stop = hooks.sealing.close();
        let writer = thread::spawn(move || {
            let mut out = vec![0; 100];
            let written = writer
                .write(b"held", &mut out)
                .expect("room for it");
            out.truncate(written.written);
            (writer, out)
        });
        stop.arrived();
        let reader = reads_many(reader, &mut forger);
        stop.go_on();
        let (writer, tls) = writer.join().expect("no panic");
        assert_eq!(forger.opened(&tls), [(ApplicationData, b"held".to_vec())]);
        reads_many(reader, &mut forger);
        writes_many(writer, &mut forger);
    });
}

/// Stores nothing, and can be stopped before it does not, or panic.
#[derive(Default)]
struct Store(Gate, Mutex<bool>);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl ClientSessionStore for Store {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {
        self.0.pass();
        assert!(!*self.1.lock().expect("no panic"), "as the test wants it");
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

/// Runs `test` with the halves of a client that has a store of its own, and its peer, for every library and suite of
/// TLS 1.3.
fn each_with_store(test: impl Fn(&Store, Reader, Writer, Forger)) {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        println!("{}", setup.name());
        let store = Arc::new(Store::default());
        let mut configs = setup.configs();
        configs.client.resumption = Resumption::store(store.clone());
        let mut peer = Forger::peer(&setup, Role::Server);
        let (reader, writer) = split(configs.client(), &mut peer);
        test(&store, reader, writer, Forger::new(&setup, peer));
    }
}

/// A record of the peer, with a session ticket.
fn ticket(forger: &mut Forger) -> Vec<u8> {
    forger.seal(Handshake, &NewSessionTicket::with_len(100).message())
}

/// The application's own store of sessions is called by the reader, and may take its time.
#[test]
fn the_writer_goes_on_while_a_ticket_is_stored() {
    each_with_store(|store, reader, writer, mut forger| {
        let stop = store.0.close();
        let reader = reads_one(reader, ticket(&mut forger));
        stop.arrived();
        writes_many(writer, &mut forger);
        stop.go_on();
        let (reader, _) = reader.join().expect("no panic");
        reads_many(reader, &mut forger);
    });
}

/// Goes on to the next key, on a thread of its own.
fn refreshes(mut writer: Writer, forger: &mut Forger) -> Writer {
    let (writer, tls) = elsewhere(move || {
        let tls = sealed(|out| writer.refresh_traffic_keys(out)).expect("another key");
        (writer, tls)
    });
    let records = forger.opened(&tls);
    assert!(matches!(records[..], [(Handshake, _)]));
    writer
}

/// A store that waits for the writer gets what it waits for, up to a number of keys. One more is refused, not waited for.
#[test]
fn the_writer_changes_its_key_while_a_ticket_is_stored() {
    /// As the docs of `refresh_traffic_keys` say.
    const KEYS: usize = 4;
    each_with_store(|store, mut reader, mut writer, mut forger| {
        for _ in 0..2 {
            let stop = store.0.close();
            let reading = reads_one(reader, ticket(&mut forger));
            stop.arrived();
            for _ in 0..KEYS {
                writer = refreshes(writer, &mut forger);
                writer = writes_many(writer, &mut forger);
            }
            let mut out = [FILL; 100];
            let refused = writer.refresh_traffic_keys(&mut out);
            assert!(matches!(refused, Err(WriteError::KeyExhausted)));
            assert!(is_untouched(&out));
            writer = writes_many(writer, &mut forger);
            stop.go_on();
            (reader, _) = reading.join().expect("no panic");
            // The reader has its own next key still, and the writer as many as it wants.
            let update = forger.seal(Handshake, &key_update(UPDATE_NOT_REQUESTED));
            forger.update_sealer();
            (reader, _) = reads_one(reader, update)
                .join()
                .expect("no panic");
            reader = reads_many(reader, &mut forger);
            for _ in 0..=KEYS {
                writer = refreshes(writer, &mut forger);
            }
            writer = writes_many(writer, &mut forger);
        }
    });
}

/// A store that panics takes nothing with it, if the caller catches that.
#[test]
fn keys_can_be_changed_after_a_store_has_panicked() {
    each_with_store(|store, mut reader, mut writer, mut forger| {
        *store.1.lock().expect("no panic") = true;
        let mut record = ticket(&mut forger);
        catch_unwind(AssertUnwindSafe(|| reader.read(&mut record).is_ok()))
            .expect_err("the store panics");
        for _ in 0..10 {
            writer = refreshes(writer, &mut forger);
        }
        writes_many(writer, &mut forger);
    });
}

/// The reader fails where the writer has taken no note of it, and is between two keys.
#[test]
fn the_alert_is_sent_by_a_writer_that_was_changing_its_key() {
    each_observed(|hooks, mut reader, mut writer, mut forger| {
        if let Err(WriteError::KeyUpdateUnsupported) = writer.refresh_traffic_keys(&mut []) {
            return;
        }
        let stop = hooks.sealing.close();
        let writing = thread::spawn(move || {
            let update = sealed(|out| writer.refresh_traffic_keys(out));
            (writer, update.expect("the next key"))
        });
        stop.arrived();
        let mut bad = forger.seal(ApplicationData, b"data");
        bad[10] ^= 1;
        assert_eq!(reader.read(&mut bad).err(), Some(Error::DecryptError));
        stop.go_on();
        let (mut writer, update) = writing.join().expect("no panic");
        forger.opened(&update);
        let refused = writer.refresh_traffic_keys(&mut [0; 100]);
        assert!(
            matches!(&refused, Err(WriteError::Failed(error)) if **error == Error::DecryptError),
            "{refused:?}"
        );
        let alert = sealed(|out| match writer.flush(out) {
            // Of a flush that has nothing left.
            Err(WriteError::Failed(_)) => Ok(0),
            flushed => flushed,
        });
        assert_eq!(
            forger.opened(&alert.expect("an alert")),
            [(Alert, vec![2, u8::from(AlertDescription::BadRecordMac)])]
        );
    });
}

/// A failed seal leaves a number that can not be skipped, so that nothing can be sealed any more, not even an alert.
#[test]
fn the_reader_goes_on_after_sealing_has_failed() {
    each_observed(|hooks, reader, mut writer, mut forger| {
        *hooks.fails.lock().expect("no panic") = true;
        let mut out = [0xcc; 100];
        for data in [&b"data"[..], b"more"] {
            let refused = writer.write(data, &mut out);
            assert!(
                matches!(&refused, Err(WriteError::Failed(error)) if **error == Error::EncryptError),
                "{refused:?}"
            );
            *hooks.fails.lock().expect("no panic") = false;
        }
        assert!(!writer.owes());
        assert!(writer.flush(&mut out).is_err());
        let mut reader = reads_many(reader, &mut forger);
        let mut bad = forger.seal(ApplicationData, b"data");
        bad[10] ^= 1;
        assert_eq!(
            reader
                .read(&mut bad)
                .expect_err("not authentic"),
            Error::DecryptError
        );
        assert!(!writer.owes());
        assert!(writer.close_notify(&mut out).is_err());
    });
}
