//! Does one half continue while the other is stopped in the middle of a call?

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

use crate::hooked_records::{Gate, each_hooked};
use crate::{FILL, TIMEOUT, for_each_pair, is_untouched};

/// The number of records that the other half handles meanwhile.
const RECORDS: usize = 2000;

/// Runs `work` on another thread, and returns its result. Fails if that takes too long.
fn on_another_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    result
        .recv_timeout(TIMEOUT)
        .expect("no half waits")
}

/// Reads many records of data.
fn read_many(mut reader: Reader, forger: &mut Forger) -> Reader {
    let mut incoming = Vec::new();
    for _ in 0..RECORDS {
        incoming.extend(forger.seal(ApplicationData, b"data"));
    }
    on_another_thread(move || {
        let mut rest = &mut incoming[..];
        for _ in 0..RECORDS {
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

/// Writes many records.
fn write_many(mut writer: Writer, forger: &mut Forger) -> Writer {
    let (writer, tls) = on_another_thread(move || {
        let mut tls = Vec::new();
        for _ in 0..RECORDS {
            let mut out = [0; 100];
            let written = writer
                .write(b"data", &mut out)
                .expect("room for it");
            tls.extend(&out[..written.written]);
        }
        (writer, tls)
    });
    let records = forger.opened(&tls);
    assert!(records == vec![(ApplicationData, b"data".to_vec()); RECORDS]);
    writer
}

#[test]
fn the_reader_continues_while_a_reservation_is_held() {
    for_each_pair(|_, mut pair| {
        let mut out = [0; 100];
        let mut reservation = pair
            .writer
            .reserve(4, &mut out)
            .expect("room for it");
        reservation
            .content()
            .copy_from_slice(b"held");
        read_many(pair.reader, &mut pair.forger);
        let written = reservation
            .seal(4, 0)
            .expect("the reserved room");
        assert_eq!(
            pair.forger.opened(&out[..written]),
            [(ApplicationData, b"held".to_vec())]
        );
    });
}

/// Reads one record on another thread.
fn read_one(mut reader: Reader, mut incoming: Vec<u8>) -> JoinHandle<(Reader, Vec<u8>)> {
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
fn the_writer_continues_while_a_record_is_opened() {
    each_hooked(|hooks, reader, writer, mut forger| {
        let record = forger.seal(ApplicationData, b"held");
        let stop = hooks.opening.close();
        let reader = read_one(reader, record);
        stop.arrived();
        let writer = write_many(writer, &mut forger);
        stop.resume();
        let (reader, data) = reader.join().expect("no panic");
        assert_eq!(data, b"held");
        read_many(reader, &mut forger);
        write_many(writer, &mut forger);
    });
}

#[test]
fn the_reader_continues_while_a_record_is_sealed() {
    each_hooked(|hooks, reader, mut writer, mut forger| {
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
        let reader = read_many(reader, &mut forger);
        stop.resume();
        let (writer, tls) = writer.join().expect("no panic");
        assert_eq!(forger.opened(&tls), [(ApplicationData, b"held".to_vec())]);
        read_many(reader, &mut forger);
        write_many(writer, &mut forger);
    });
}

/// A session store that keeps nothing. It can be stopped in a call, or panic.
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
        assert!(!*self.1.lock().expect("no panic"), "planned by the test");
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

/// Runs `test` with the halves of a client that has such a store, and its peer, for every library and suite of TLS 1.3.
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

/// A record of the peer with a session ticket.
fn ticket(forger: &mut Forger) -> Vec<u8> {
    forger.seal(Handshake, &NewSessionTicket::with_len(100).message())
}

/// The reader calls the application's session store, which may be slow.
#[test]
fn the_writer_continues_while_a_ticket_is_stored() {
    each_with_store(|store, reader, writer, mut forger| {
        let stop = store.0.close();
        let reader = read_one(reader, ticket(&mut forger));
        stop.arrived();
        write_many(writer, &mut forger);
        stop.resume();
        let (reader, _) = reader.join().expect("no panic");
        read_many(reader, &mut forger);
    });
}

/// Refreshes the writer's key on another thread.
fn refresh(mut writer: Writer, forger: &mut Forger) -> Writer {
    let (writer, tls) = on_another_thread(move || {
        let tls = sealed(|out| writer.refresh_traffic_keys(out)).expect("another key");
        (writer, tls)
    });
    let records = forger.opened(&tls);
    assert!(matches!(records[..], [(Handshake, _)]));
    writer
}

/// The store may wait for the writer, which can use a limited number of new keys meanwhile. The next refresh is
/// refused.
#[test]
fn the_writer_changes_its_key_while_a_ticket_is_stored() {
    /// The limit in the docs of `refresh_traffic_keys`.
    const KEYS: usize = 4;
    each_with_store(|store, mut reader, mut writer, mut forger| {
        for _ in 0..2 {
            let stop = store.0.close();
            let reading = read_one(reader, ticket(&mut forger));
            stop.arrived();
            for _ in 0..KEYS {
                writer = refresh(writer, &mut forger);
                writer = write_many(writer, &mut forger);
            }
            let mut out = [FILL; 100];
            let refused = writer.refresh_traffic_keys(&mut out);
            assert!(matches!(refused, Err(WriteError::KeyExhausted)));
            assert!(is_untouched(&out));
            writer = write_many(writer, &mut forger);
            stop.resume();
            (reader, _) = reading.join().expect("no panic");
            // The reader still has its next key, and the writer can refresh its key as often as before.
            let update = forger.seal(Handshake, &key_update(UPDATE_NOT_REQUESTED));
            forger.update_sealer();
            (reader, _) = read_one(reader, update)
                .join()
                .expect("no panic");
            reader = read_many(reader, &mut forger);
            for _ in 0..=KEYS {
                writer = refresh(writer, &mut forger);
            }
            writer = write_many(writer, &mut forger);
        }
    });
}

/// If the caller catches a panic of the store, both halves still work.
#[test]
fn keys_can_be_changed_after_a_store_has_panicked() {
    each_with_store(|store, mut reader, mut writer, mut forger| {
        *store.1.lock().expect("no panic") = true;
        let mut record = ticket(&mut forger);
        catch_unwind(AssertUnwindSafe(|| reader.read(&mut record).is_ok()))
            .expect_err("the store panics");
        for _ in 0..10 {
            writer = refresh(writer, &mut forger);
        }
        write_many(writer, &mut forger);
    });
}

/// The reader fails while the writer is between two keys and does not know of the failure.
#[test]
fn the_alert_is_sent_by_a_writer_that_was_changing_its_key() {
    each_hooked(|hooks, mut reader, mut writer, mut forger| {
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
        stop.resume();
        let (mut writer, update) = writing.join().expect("no panic");
        forger.opened(&update);
        let refused = writer.refresh_traffic_keys(&mut [0; 100]);
        assert!(
            matches!(&refused, Err(WriteError::Failed(error)) if **error == Error::DecryptError),
            "{refused:?}"
        );
        let alert = sealed(|out| match writer.flush(out) {
            // Of a flush that has nothing left to send.
            Err(WriteError::Failed(_)) => Ok(0),
            flushed => flushed,
        });
        assert_eq!(
            forger.opened(&alert.expect("an alert")),
            [(Alert, vec![2, u8::from(AlertDescription::BadRecordMac)])]
        );
    });
}

/// A failed seal has used a sequence number that cannot be skipped, so nothing more can be sealed, not even an alert.
#[test]
fn the_reader_continues_after_sealing_has_failed() {
    each_hooked(|hooks, reader, mut writer, mut forger| {
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
        let mut reader = read_many(reader, &mut forger);
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
