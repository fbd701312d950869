//! Writes of which nothing is sealed.

use super::*;

#[test]
fn nothing_can_be_written_after_a_close_not_even_no_data() {
    let mut sender = sender();
    let mut out = [0; 100];
    let nothing = Written::default();
    let write = sender.write(&mut { KEYS }, b"".into(), 0, &mut out);
    assert_eq!(write.unwrap(), nothing);
    sender
        .close_notify(&mut { KEYS }, &mut out)
        .unwrap();
    for data in [&b""[..], b"x", &[7; 20_000]] {
        let write = sender.write(&mut { KEYS }, data.into(), 0, &mut out);
        assert!(matches!(write, Err(WriteError::Closed)));
        let write = sender.encrypt_padded(&mut { KEYS }, data, 0, &mut out);
        assert!(matches!(write, Err(WriteError::Closed)));
    }
}
