//! A second implementation of the record format. The provider's records are compared with its records.
//!
//! It follows the RFCs and shares no code with `rustls_direct::crypto`. It concatenates byte strings and seals them
//! with ring's AEAD.

use ring::aead::{Aad, LessSafeKey, Nonce, UnboundKey};
use rustls_direct::record::{HEADER_LEN, RecordHeader};

use crate::plain_record::PlainRecord;
use crate::suite::{Format, Suite};

/// A key and its iv.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) key: Vec<u8>,
    pub(crate) iv: Vec<u8>,
}

impl Keys {
    /// Makes a key and an iv that differ for each `number`.
    pub(crate) fn numbered(suite: &Suite, number: u8) -> Self {
        Self {
            key: (1..=32)
                .map(|byte: u8| byte.wrapping_mul(number))
                .take(suite.aead.key_len())
                .collect(),
            iv: (0..12)
                .map(|byte: u8| byte ^ number.wrapping_mul(0x5b))
                .collect(),
        }
    }
}

/// A record on the wire.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub(crate) header: [u8; HEADER_LEN],
    pub(crate) payload: Vec<u8>,
}

impl Sealed {
    /// Puts a header with the length of `payload` before it.
    pub(crate) fn new(typ: u8, payload: Vec<u8>) -> Self {
        Self {
            header: header(typ, payload.len()),
            payload,
        }
    }

    pub(crate) fn header(&self) -> RecordHeader {
        RecordHeader::read(&self.header).expect("five bytes")
    }
}

/// The inputs of the AEAD, and the explicit nonce.
#[derive(Clone)]
pub(crate) struct AeadInputs {
    pub(crate) explicit_nonce: Vec<u8>,
    pub(crate) nonce: Vec<u8>,
    pub(crate) additional_data: Vec<u8>,
    pub(crate) plaintext: Vec<u8>,
    /// The type in the header.
    pub(crate) typ: u8,
}

/// Seals records of one suite with one key.
pub(crate) struct Reference {
    format: Format,
    key: LessSafeKey,
    iv: Vec<u8>,
}

impl Reference {
    pub(crate) fn new(suite: &Suite, keys: &Keys) -> Self {
        let key = UnboundKey::new(suite.aead, &keys.key).expect("a key of the suite's length");
        Self {
            format: suite.format,
            key: LessSafeKey::new(key),
            iv: keys.iv.clone(),
        }
    }

    pub(crate) fn seal(&self, plain: &PlainRecord) -> Sealed {
        self.seal_inputs(&self.inputs(plain))
    }

    pub(crate) fn inputs(&self, plain: &PlainRecord) -> AeadInputs {
        let typ = u8::from(plain.typ);
        let seq = plain.seq.to_be_bytes();

        // RFC 8446 s5.3, RFC 7905 s2: the sequence number, with four zeros before it, XORed with the iv. In TLS 1.2
        // with AES-GCM the record carries the last eight bytes, and the sender may choose them: RFC 5288 s3.
        let padded_seq = [&[0; 4][..], &seq].concat();
        let nonce: Vec<u8> = self
            .iv
            .iter()
            .zip(padded_seq)
            .map(|(iv, seq)| iv ^ seq)
            .collect();

        match self.format {
            // RFC 8446 s5.2: TLSInnerPlaintext, and as additional data the header of TLSCiphertext.
            Format::Tls13 => {
                let plaintext = [&plain.content[..], &[typ], &vec![0; plain.padding]].concat();
                AeadInputs {
                    explicit_nonce: Vec::new(),
                    nonce,
                    additional_data: header(23, plaintext.len() + 16).to_vec(),
                    plaintext,
                    typ: 23,
                }
            }
            // RFC 5246 s6.2.3.3: seq_num + type + version + length, and length is that of the plaintext.
            Format::Tls12Gcm | Format::Tls12Chacha20 => AeadInputs {
                explicit_nonce: match self.format {
                    Format::Tls12Gcm => nonce[4..].to_vec(),
                    _ => Vec::new(),
                },
                nonce,
                additional_data: [&seq[..], &header(typ, plain.content.len())].concat(),
                plaintext: plain.content.clone(),
                typ,
            },
        }
    }

    pub(crate) fn seal_inputs(&self, inputs: &AeadInputs) -> Sealed {
        let mut sealed = inputs.plaintext.clone();
        self.key
            .seal_in_place_append_tag(
                Nonce::try_assume_unique_for_key(&inputs.nonce).expect("12 bytes"),
                Aad::from(&inputs.additional_data),
                &mut sealed,
            )
            .expect("a plaintext within the AEAD's limit");
        Sealed::new(inputs.typ, [&inputs.explicit_nonce[..], &sealed].concat())
    }
}

/// Makes a header: type, version 03 03 and length.
pub(crate) fn header(typ: u8, len: usize) -> [u8; HEADER_LEN] {
    let len = u16::try_from(len).expect("a length that a record can have");
    [typ, 3, 3, len.to_be_bytes()[0], len.to_be_bytes()[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::SUITES;
    use crate::vector::Vector;

    #[test]
    fn known_records_are_sealed_byte_for_byte() {
        for vector in Vector::all() {
            let suite = SUITES
                .iter()
                .find(|suite| vector.is_of(suite.id))
                .expect("one of the nine");
            let keys = Keys {
                key: vector.key.clone(),
                iv: vector.iv.clone(),
            };
            let record = Reference::new(suite, &keys).seal(&PlainRecord::from_vector(&vector));
            assert!(
                [&record.header[..], &record.payload].concat() == vector.record,
                "{}",
                vector.name
            );
        }
    }
}
