//! Post-handshake messages, as bytes.

use rustls::HandshakeType;

use crate::pattern::pattern;

/// The `request_update` of a KeyUpdate. RFC 8446 s4.6.3.
pub const UPDATE_NOT_REQUESTED: u8 = 0;
pub const UPDATE_REQUESTED: u8 = 1;

/// Makes a handshake message of any type and body. RFC 8446 s4.
pub fn message(typ: HandshakeType, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).expect("short");
    let [0, len @ ..] = len.to_be_bytes() else {
        panic!("its length has three bytes");
    };
    [&[u8::from(typ)][..], &len, body].concat()
}

/// Makes a KeyUpdate. RFC 8446 s4.6.3.
pub fn key_update(request_update: u8) -> Vec<u8> {
    message(HandshakeType::KeyUpdate, &[request_update])
}

/// The fields of a NewSessionTicket of TLS 1.3. RFC 8446 s4.6.1.
#[derive(Clone, Debug)]
pub struct NewSessionTicket {
    /// In seconds.
    pub lifetime: u32,
    pub ticket: Vec<u8>,
    /// Types and bodies.
    pub extensions: Vec<(u16, Vec<u8>)>,
}

impl NewSessionTicket {
    /// Makes a ticket of `len` bytes with a lifetime of one hour.
    pub fn with_len(len: usize) -> Self {
        Self {
            lifetime: 3600,
            ticket: pattern(len),
            extensions: Vec::new(),
        }
    }

    /// Returns the message without its four header bytes.
    pub fn body(&self) -> Vec<u8> {
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(typ, body)| [&typ.to_be_bytes()[..], &with_len(body)].concat())
            .collect();
        let (age_add, nonce) = ([1, 2, 3, 4], [1, 0]);
        [
            &self.lifetime.to_be_bytes()[..],
            &age_add,
            &nonce,
            &with_len(&self.ticket),
            &with_len(&extensions),
        ]
        .concat()
    }

    pub fn message(&self) -> Vec<u8> {
        message(HandshakeType::NewSessionTicket, &self.body())
    }
}

/// Puts the length, in two bytes, in front of `bytes`.
fn with_len(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).expect("short");
    [&len.to_be_bytes()[..], bytes].concat()
}
