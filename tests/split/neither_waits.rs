//! Neither half waits for the other while there is only data: one is stopped in the middle of a call, and the other goes on.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use rustls::ContentType::{ApplicationData, Handshake};
use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;
use rustls::{Error, NamedGroup};
use rustls_direct::split::{Event, Reader, WriteError, Writer};
use rustls_direct_tests::{Forger, NewSessionTicket, Role, Setup, setups, split};

use crate::observed::{Gate, each_observed};
use crate::{PATIENCE, each};

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

/// Stores nothing, and can be stopped before it does not.
#[derive(Default)]
struct Store(Gate);

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
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

/// The application's own store of sessions is called by the reader, and may take its time.
#[test]
fn the_writer_goes_on_while_a_ticket_is_stored() {
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
        let mut forger = Forger::new(&setup, peer);

        let ticket = NewSessionTicket::with_len(100).message();
        let record = forger.seal(Handshake, &ticket);
        let stop = store.0.close();
        let reader = reads_one(reader, record);
        stop.arrived();
        writes_many(writer, &mut forger);
        stop.go_on();
        let (reader, _) = reader.join().expect("no panic");
        reads_many(reader, &mut forger);
    }
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
