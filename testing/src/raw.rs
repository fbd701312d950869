//! The bare AEAD call, which libraries are compared to.
//!
//! It seals and opens the same records as a TLS library, with the same nonces and additional data. It is told where
//! each record begins and how long it is, and headers that can be known are written beforehand.

mod aead;

use std::ops::Range;

use rustls::ConnectionTrafficSecrets;
use rustls_direct::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader};

#[cfg(feature = "aws_lc_rs")]
use self::aead::AwsLcRs;
#[cfg(feature = "ring")]
use self::aead::Ring;
use self::aead::{Aead, NONCE_LEN, TAG_LEN};
use crate::setup::Setup;

const APPLICATION_DATA: u8 = 23;

/// One direction's key, and the sequence number that comes next.
#[derive(Clone, PartialEq)]
pub struct Keys {
    pub seq: u64,
    pub key: Vec<u8>,
    pub iv: [u8; NONCE_LEN],
}

impl From<(u64, ConnectionTrafficSecrets)> for Keys {
    fn from((seq, secrets): (u64, ConnectionTrafficSecrets)) -> Self {
        use ConnectionTrafficSecrets::*;
        match secrets {
            Aes128Gcm { key, iv } | Aes256Gcm { key, iv } | Chacha20Poly1305 { key, iv } => Self {
                seq,
                key: key.as_ref().to_vec(),
                iv: iv
                    .as_ref()
                    .try_into()
                    .expect("12 bytes"),
            },
            _ => panic!("an AEAD that is not known here"),
        }
    }
}

/// The form of a suite's records.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Whether the type byte is sealed with the content, and the header is the additional data.
    tls13: bool,
    /// Bytes of nonce before the ciphertext.
    prefix: usize,
}

impl Shape {
    pub fn of(setup: &Setup) -> Self {
        let tls13 = setup.is_tls13();
        let chacha20 = format!("{:?}", setup.id()).contains("CHACHA20");
        Self {
            tls13,
            prefix: if tls13 || chacha20 { 0 } else { 8 },
        }
    }
}

/// The records that one write makes.
#[derive(Clone, Debug)]
pub struct Plan {
    pub records: Vec<Fragment>,
    /// Bytes of all records together.
    pub tls_len: usize,
}

/// A piece of the plaintext, and the record that it becomes.
#[derive(Clone, Debug)]
pub struct Fragment {
    plain: Range<usize>,
    tls: Range<usize>,
    header: RecordHeader,
}

impl Plan {
    pub fn new(shape: Shape, plaintext_size: usize, max_fragment: Option<usize>) -> Self {
        let max_content = max_fragment.map_or(MAX_CONTENT_LEN, |size| size - HEADER_LEN);
        let mut records = Vec::new();
        let mut tls_len = 0;
        for start in (0..plaintext_size).step_by(max_content) {
            let plain = start..plaintext_size.min(start + max_content);
            let payload = shape.prefix + plain.len() + usize::from(shape.tls13) + TAG_LEN;
            let tls = tls_len..tls_len + HEADER_LEN + payload;
            tls_len = tls.end;
            let payload = u16::try_from(payload).expect("fits a record");
            records.push(Fragment {
                plain,
                tls,
                header: RecordHeader::new(APPLICATION_DATA, payload),
            });
        }
        Self { records, tls_len }
    }

    /// Plans one record without content. No write makes one.
    pub fn empty_record(shape: Shape) -> Self {
        let payload = shape.prefix + usize::from(shape.tls13) + TAG_LEN;
        let tls_len = HEADER_LEN + payload;
        let payload = u16::try_from(payload).expect("fits a record");
        Self {
            records: vec![Fragment {
                plain: 0..0,
                tls: 0..tls_len,
                header: RecordHeader::new(APPLICATION_DATA, payload),
            }],
            tls_len,
        }
    }

    /// Bytes of content of all records together.
    pub fn plain_len(&self) -> usize {
        self.records
            .last()
            .map_or(0, |record| record.plain.end)
    }

    /// Writes the headers into `out`, where `seal` expects them.
    pub fn write_headers(&self, out: &mut [u8]) {
        for record in &self.records {
            out[record.tls.clone()][..HEADER_LEN].copy_from_slice(record.header.as_bytes());
        }
    }
}

/// Seals and opens all records of a write, one call for each.
pub trait Raw: Send {
    /// Seals `plaintext` into `out`, which has the headers already.
    fn seal(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]);

    /// Seals the content that `out` has already, as it has the headers.
    fn seal_in_place(&mut self, plan: &Plan, out: &mut [u8]);

    /// Opens the records of `tls` in place.
    fn open(&mut self, plan: &Plan, tls: &mut [u8]);

    /// Opens the records of `tls` into `out`, one after the other. `out` has room for their content and one byte.
    fn open_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]);
}

/// Makes the bare AEAD calls of the setup's library for its suite.
pub fn raw(setup: &Setup, keys: Keys) -> Box<dyn Raw> {
    match setup.library {
        #[cfg(feature = "aws_lc_rs")]
        "aws-lc-rs" => with::<AwsLcRs>(setup, keys),
        #[cfg(feature = "ring")]
        "ring" => with::<Ring>(setup, keys),
        other => panic!("{other} is not known here"),
    }
}

/// As [`raw`], with the made-up keys and first sequence number of [`Setup::sealer`] and [`Setup::opener`].
pub fn with_made_up_keys(setup: &Setup) -> Box<dyn Raw> {
    let keys = setup.made_up_keys();
    let keys = Keys {
        seq: setup.sealer().seq(),
        key: keys.key().to_vec(),
        iv: *keys.iv().as_bytes(),
    };
    raw(setup, keys)
}

fn with<A: Aead + 'static>(setup: &Setup, Keys { seq, key, iv }: Keys) -> Box<dyn Raw> {
    let aead = A::new(setup.id(), &key);
    let direction = Direction { aead, iv, seq };
    match Shape::of(setup) {
        Shape { tls13: true, .. } => Box::new(Tls13(direction)),
        Shape { prefix: 0, .. } => Box::new(Tls12::<_, 0>(direction)),
        Shape { .. } => Box::new(Tls12::<_, 8>(direction)),
    }
}

struct Direction<A> {
    aead: A,
    iv: [u8; NONCE_LEN],
    seq: u64,
}

impl<A> Direction<A> {
    /// Returns the next sequence number and its nonce.
    #[inline(always)]
    fn next(&mut self) -> (u64, [u8; NONCE_LEN]) {
        let seq = self.seq;
        self.seq += 1;
        let mut nonce = self.iv;
        let [.., a, b, c, d, e, f, g, h] = self.iv;
        let low = u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ seq;
        nonce[4..].copy_from_slice(&low.to_be_bytes());
        (seq, nonce)
    }
}

struct Tls13<A>(Direction<A>);

impl<A: Aead> Raw for Tls13<A> {
    fn seal(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) {
        for record in &plan.records {
            let (_, nonce) = self.0.next();
            self.0.aead.seal(
                nonce,
                record.header.as_bytes(),
                &plaintext[record.plain.clone()],
                &[APPLICATION_DATA],
                &mut out[record.tls.clone()][HEADER_LEN..],
            );
        }
    }

    fn seal_in_place(&mut self, plan: &Plan, out: &mut [u8]) {
        for record in &plan.records {
            let (_, nonce) = self.0.next();
            let in_out = &mut out[record.tls.clone()][HEADER_LEN..];
            in_out[record.plain.len()] = APPLICATION_DATA;
            self.0
                .aead
                .seal_in_place(nonce, record.header.as_bytes(), in_out);
        }
    }

    fn open(&mut self, plan: &Plan, tls: &mut [u8]) {
        for record in &plan.records {
            let (_, nonce) = self.0.next();
            self.0.aead.open(
                nonce,
                record.header.as_bytes(),
                &mut tls[record.tls.clone()][HEADER_LEN..],
            );
        }
    }

    fn open_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) {
        for record in &plan.records {
            let (_, nonce) = self.0.next();
            self.0.aead.open_into(
                nonce,
                record.header.as_bytes(),
                &mut tls[record.tls.clone()][HEADER_LEN..],
                // The type byte is opened too. The content of the next record overwrites it.
                &mut out[record.plain.start..=record.plain.end],
            );
        }
    }
}

struct Tls12<A, const PREFIX: usize>(Direction<A>);

impl<A: Aead, const PREFIX: usize> Raw for Tls12<A, PREFIX> {
    fn seal(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) {
        for record in &plan.records {
            let (seq, nonce) = self.0.next();
            let (prefix, sealed) = out[record.tls.clone()][HEADER_LEN..].split_at_mut(PREFIX);
            prefix.copy_from_slice(&nonce[NONCE_LEN - PREFIX..]);
            self.0.aead.seal(
                nonce,
                &tls12_aad(seq, record.plain.len()),
                &plaintext[record.plain.clone()],
                &[],
                sealed,
            );
        }
    }

    fn seal_in_place(&mut self, plan: &Plan, out: &mut [u8]) {
        for record in &plan.records {
            let (seq, nonce) = self.0.next();
            let (prefix, in_out) = out[record.tls.clone()][HEADER_LEN..].split_at_mut(PREFIX);
            prefix.copy_from_slice(&nonce[NONCE_LEN - PREFIX..]);
            self.0
                .aead
                .seal_in_place(nonce, &tls12_aad(seq, record.plain.len()), in_out);
        }
    }

    fn open(&mut self, plan: &Plan, tls: &mut [u8]) {
        for record in &plan.records {
            let (seq, mut nonce) = self.0.next();
            let (prefix, sealed) = tls[record.tls.clone()][HEADER_LEN..].split_at_mut(PREFIX);
            nonce[NONCE_LEN - PREFIX..].copy_from_slice(prefix);
            self.0
                .aead
                .open(nonce, &tls12_aad(seq, record.plain.len()), sealed);
        }
    }

    fn open_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) {
        for record in &plan.records {
            let (seq, mut nonce) = self.0.next();
            let (prefix, sealed) = tls[record.tls.clone()][HEADER_LEN..].split_at_mut(PREFIX);
            nonce[NONCE_LEN - PREFIX..].copy_from_slice(prefix);
            let aad = tls12_aad(seq, record.plain.len());
            self.0
                .aead
                .open_into(nonce, &aad, sealed, &mut out[record.plain.clone()]);
        }
    }
}

#[inline(always)]
fn tls12_aad(seq: u64, content_len: usize) -> [u8; 13] {
    let mut aad = [0; 13];
    aad[..8].copy_from_slice(&seq.to_be_bytes());
    aad[8..11].copy_from_slice(&[APPLICATION_DATA, 3, 3]);
    let len = u16::try_from(content_len).expect("fits a record");
    aad[11..].copy_from_slice(&len.to_be_bytes());
    aad
}
