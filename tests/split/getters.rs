//! Do both halves report what the handshake agreed on?

use rustls::ContentType::ApplicationData;
use rustls::Error;
use testing::{Forger, Negotiated, Role, Setup, Splittable, server_name, setups, shake_hands};

const LABEL: &[u8] = b"EXPORTER-test";

fn test(setup: &Setup, role: Role, mut conn: impl Splittable) {
    let mut peer = Forger::peer(setup, role.other());
    shake_hands(&mut conn, &mut peer);
    let agreed = Negotiated::by(&*conn);
    assert_eq!(agreed.peer_certificates, Some(setup.chain()));
    let exported = conn
        .export_keying_material([0; 32], LABEL, None)
        .expect("after the handshake");
    let name = (role == Role::Server).then(server_name);
    let name = name.as_ref().map(|name| name.to_str());

    let (mut reader, mut writer) = conn
        .split()
        .expect("no reason to refuse");
    let mut forger = Forger::new(setup, peer);
    macro_rules! assert_getters {
        ($half:expr, $fails:expr) => {
            assert_eq!(Negotiated::by_half(&$half), agreed);
            assert_eq!($half.server_name(), name.as_deref());
            assert_eq!($half.is_direct(), !$fails);
            let exports = $half.export_keying_material([0; 32], LABEL, None);
            match $fails {
                false => assert_eq!(exports, Ok(exported)),
                true => assert_eq!(exports, Err(Error::DecryptError)),
            }
            if !$fails {
                assert!(
                    $half
                        .export_keying_material([], LABEL, None)
                        .is_err()
                );
            }
        };
    }
    assert_getters!(reader, false);
    assert_getters!(writer, false);
    let mut bad = forger.seal(ApplicationData, b"bad");
    bad[10] ^= 1;
    let error = reader
        .read(&mut bad)
        .expect_err("not authentic");
    assert_eq!(error, Error::DecryptError);
    assert_getters!(reader, true);
    // The writer has not looked at the shared state yet.
    assert_getters!(writer, false);
    assert!(writer.owes());
    assert_getters!(writer, true);
    drop(reader);
    assert_getters!(writer, true);
}

#[test]
fn both_halves_report_what_the_handshake_agreed_on() {
    for setup in setups() {
        let setup = setup.with_client_auth();
        println!("{}", setup.name());
        let mut configs = setup.configs();
        configs.client.alpn_protocols = vec![b"test".to_vec()];
        test(&setup, Role::Client, configs.client());
        test(&setup, Role::Server, configs.server());
    }
}
