//! Do the two halves of the record layer wipe a record at which the provider panics?

use rustls::ContentType;
use rustls_direct::cipher::{Content, OutboundRecord};
use rustls_direct::record_layer::{DecryptionError, EncryptionError, KeyError, RecordLayer};
use testing::{Setup, seal};

use crate::provider::panicking_setups;
use crate::{catch_panic, is_zero};

const CONTENT: &[u8] = b"secret content of some length";

fn data(content: Content<'_>) -> OutboundRecord<'_> {
    OutboundRecord::new(ContentType::ApplicationData, content)
}

fn layer(setup: &Setup) -> RecordLayer {
    RecordLayer {
        encryption: setup.sealer(),
        decryption: setup.opener(),
    }
}

/// R13-5.3-c.
#[test]
fn a_panic_while_sealing_wipes_the_record_and_ends_sealing() {
    for (setup, switch) in panicking_setups() {
        for in_place in [false, true] {
            switch.turn_off();
            let mut layer = layer(&setup);
            let len = layer
                .encryption
                .encrypted_len(CONTENT.len());
            let mut out = vec![7; len + 10];
            let content = match in_place {
                false => CONTENT.into(),
                true => {
                    out[layer.encryption.content_offset()..][..CONTENT.len()]
                        .copy_from_slice(CONTENT);
                    Content::InPlace { len: CONTENT.len() }
                }
            };
            switch.turn_on();
            catch_panic(|| layer.encrypt_outgoing(data(content), &mut out));
            assert!(is_zero(&out[..len]));
            assert_eq!(out[len..], [7; 10]);

            switch.turn_off();
            assert_eq!(
                layer
                    .encryption
                    .remaining(ContentType::Alert),
                0
            );
            let sealed = layer.encrypt_outgoing(data(CONTENT.into()), &mut out);
            assert_eq!(sealed, Err(EncryptionError::KeyExhausted));
            let changed = layer
                .encryption
                .change_key(&setup.made_up_keys());
            assert_eq!(changed, Err(KeyError::Ended));
        }
    }
}

#[test]
fn a_panic_while_opening_wipes_the_record_and_ends_opening() {
    for (setup, switch) in panicking_setups() {
        for into in [false, true] {
            switch.turn_off();
            let mut layer = layer(&setup);
            let mut tls = seal(&mut setup.sealer(), data(CONTENT.into()));
            let header = tls[..5].to_vec();
            let mut out = vec![0; 100];
            switch.turn_on();
            match into {
                false => catch_panic(|| layer.decrypt_incoming(&mut tls)),
                true => catch_panic(|| {
                    layer
                        .decryption
                        .decrypt_incoming_into(&mut tls, &mut out)
                }),
            }
            assert_eq!(tls[..5], header);
            assert!(is_zero(&tls[5..]) && is_zero(&out));

            switch.turn_off();
            let mut tls = seal(&mut setup.sealer(), data(CONTENT.into()));
            let opened = layer.decrypt_incoming(&mut tls);
            assert_eq!(opened, Err(DecryptionError::NoKey));
        }
    }
}

#[test]
fn the_other_half_continues() {
    for (setup, switch) in panicking_setups() {
        let mut layer = layer(&setup);
        let mut tls = seal(&mut setup.sealer(), data(CONTENT.into()));
        switch.turn_on();
        catch_panic(|| layer.encrypt_outgoing(data(CONTENT.into()), &mut [0; 100]));
        switch.turn_off();
        let opened = layer
            .decrypt_incoming(&mut tls)
            .expect("authentic")
            .expect("whole");
        assert_eq!(tls[opened.content()], *CONTENT);
    }
}
