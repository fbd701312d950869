//! Does the state machine wipe a record at which the provider panics?

use rustls::{AlertDescription, ContentType, Error};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedConnectionCommon};
use testing::{Forger, Role, Setup, failure};

use crate::provider::{Switch, panicking_setups};
use crate::{catch_panic, is_zero};

/// Longer than one record.
const LEN: usize = 20_000;

fn each_switch(test: impl Fn(&Setup, &Switch)) {
    for (setup, switch) in panicking_setups() {
        println!("{}", setup.name());
        test(&setup, &switch);
    }
}

#[test]
fn a_panic_in_a_write_wipes_the_record_and_ends_sealing() {
    fn test<Data>(
        setup: &Setup,
        switch: &Switch,
        role: Role,
        conn: &mut UnbufferedConnectionCommon<Data>,
        len: usize,
    ) {
        let _ = Forger::of(setup, role, conn);
        let mut out = vec![0; LEN + 100];
        let Ok(ConnectionState::WriteTraffic(mut write)) = conn.process_tls_records(&mut []).state
        else {
            panic!("not WriteTraffic");
        };
        switch.turn_on();
        catch_panic(|| write.encrypt(&vec![0xaa; len], &mut out));
        switch.turn_off();
        assert!(is_zero(&out));

        // The failure may be reported only by the next write.
        if let Ok(ConnectionState::WriteTraffic(mut write)) =
            conn.process_tls_records(&mut []).state
        {
            assert!(
                write
                    .encrypt(b"more", &mut out)
                    .is_err()
            );
        }
        assert!(is_zero(&out));
        let (error, sent) = failure(conn, &mut []);
        assert_eq!(error, Error::EncryptError);
        assert_eq!(sent, []);
    }
    each_switch(|setup, switch| {
        for len in [1, LEN] {
            test(setup, switch, Role::Client, &mut *setup.client(), len);
            test(setup, switch, Role::Server, &mut *setup.server(), len);
        }
    });
}

#[test]
fn nothing_owed_is_sealed_after_a_panic() {
    fn test<Data>(
        setup: &Setup,
        switch: &Switch,
        role: Role,
        conn: &mut UnbufferedConnectionCommon<Data>,
    ) {
        let mut forger = Forger::of(setup, role, conn);
        let Ok(ConnectionState::WriteTraffic(mut write)) = conn.process_tls_records(&mut []).state
        else {
            panic!("not WriteTraffic");
        };
        switch.turn_on();
        catch_panic(|| write.encrypt(b"data", &mut [0; 100]));
        switch.turn_off();
        // An alert would be owed for this.
        let mut junk = forger.seal(ContentType::Handshake, &[99, 0, 0, 0]);
        let (_, sent) = failure(conn, &mut junk);
        assert_eq!(sent, []);
    }
    each_switch(|setup, switch| {
        test(setup, switch, Role::Client, &mut *setup.client());
        test(setup, switch, Role::Server, &mut *setup.server());
    });
}

#[test]
fn a_panic_in_a_read_wipes_the_record_and_ends_with_an_alert() {
    fn test<Data>(
        setup: &Setup,
        switch: &Switch,
        role: Role,
        conn: &mut UnbufferedConnectionCommon<Data>,
    ) {
        let mut forger = Forger::of(setup, role, conn);
        let mut tls = forger.seal(ContentType::ApplicationData, b"data");
        switch.turn_on();
        catch_panic(|| {
            if let Ok(ConnectionState::ReadTraffic(mut read)) =
                conn.process_tls_records(&mut tls).state
            {
                read.next_record();
            }
        });
        switch.turn_off();
        assert!(is_zero(&tls[5..]));

        let mut next = forger.seal(ContentType::ApplicationData, b"more");
        let (_, sent) = failure(conn, &mut next);
        let (typ, alert) = forger.open(&sent);
        assert_eq!(typ, ContentType::Alert);
        assert_eq!(alert, [2, u8::from(AlertDescription::InternalError)]);
    }
    each_switch(|setup, switch| {
        test(setup, switch, Role::Client, &mut *setup.client());
        test(setup, switch, Role::Server, &mut *setup.server());
    });
}
