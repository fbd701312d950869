//! Do the reader and the writer wipe a record at which the provider panics?

use rustls::crypto::cipher::OutboundChunks;
use rustls::{ContentType, Error};
use rustls_direct::split::WriteError;
use testing::{Pair, Role};

use crate::provider::{Switch, panicking_setups};
use crate::{catch_panic, is_zero};

const DATA: &[u8] = b"secret data of some length";

fn for_each_pair(test: impl Fn(&mut Pair, &Switch)) {
    for (setup, switch) in panicking_setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&mut Pair::connected(&setup, role), &switch);
        }
    }
}

/// Checks that a `write` in which the provider panics is wiped and is the last one.
fn assert_last_write(write: impl Fn(&mut Pair, &mut [u8])) {
    for_each_pair(|pair, switch| {
        let mut out = [0; 200];
        switch.turn_on();
        catch_panic(|| write(pair, &mut out));
        switch.turn_off();
        assert!(is_zero(&out));
        for _ in 0..2 {
            let written = pair.writer.write(DATA, &mut out);
            assert!(
                matches!(&written, Err(WriteError::Failed(err)) if **err == Error::EncryptError)
            );
        }
        assert!(pair.writer.flush(&mut out).is_err());
        assert!(is_zero(&out));
        pair.reads_data();
    });
}

#[test]
fn a_panic_in_a_write_wipes_the_record_and_ends_sealing() {
    assert_last_write(|pair, out| drop(pair.writer.write(DATA, out)));
}

#[test]
fn a_panic_in_a_gathered_write_wipes_the_record_and_ends_sealing() {
    let (front, back) = DATA.split_at(7);
    assert_last_write(|pair, out| {
        let slices = [front, back];
        drop(
            pair.writer
                .write(OutboundChunks::new(&slices), out),
        );
    });
}

#[test]
fn a_panic_in_a_reserved_write_wipes_the_record_and_ends_sealing() {
    assert_last_write(|pair, out| {
        let mut reservation = pair
            .writer
            .reserve(DATA.len(), out)
            .expect("room for it");
        reservation
            .content()
            .copy_from_slice(DATA);
        drop(reservation.seal(DATA.len(), 0));
    });
}

#[test]
fn nothing_is_sealed_after_a_panic_in_close_notify() {
    for_each_pair(|pair, switch| {
        let mut out = [0; 200];
        switch.turn_on();
        catch_panic(|| pair.writer.close_notify(&mut out));
        switch.turn_off();
        let written = pair.writer.write(DATA, &mut out);
        assert!(matches!(written, Err(WriteError::Closed)));
        assert!(matches!(pair.writer.flush(&mut out), Ok(0)));
        assert!(is_zero(&out));
    });
}

#[test]
fn a_panic_in_a_read_wipes_the_record_and_ends_with_an_alert() {
    for into in [false, true] {
        for_each_pair(|pair, switch| {
            let seal = |pair: &mut Pair| {
                pair.forger
                    .seal(ContentType::ApplicationData, DATA)
            };
            let (mut tls, mut out) = (seal(pair), [0; 100]);
            switch.turn_on();
            match into {
                false => catch_panic(|| drop(pair.reader.read(&mut tls))),
                true => catch_panic(|| {
                    drop(
                        pair.reader
                            .read_into(&mut tls, &mut out),
                    )
                }),
            }
            switch.turn_off();
            assert!(is_zero(&tls[5..]) && is_zero(&out));

            let mut next = seal(pair);
            assert!(pair.reader.read(&mut next).is_err());
            let written = pair
                .writer
                .flush(&mut out)
                .expect("room for it");
            // Fatal, internal_error.
            let alert = (ContentType::Alert, vec![2, 80]);
            assert_eq!(pair.forger.opened(&out[..written]), [alert]);
        });
    }
}
