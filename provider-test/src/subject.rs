//! The provider under test and the reference, with the same key of one suite.

use std::fmt;

use rustls_direct::cipher::{
    AeadAlgorithm, Content, DecryptFailed, MessageDecrypter, MessageEncrypter, Opened, TrafficKeys,
};

use crate::check::Check;
use crate::difference::{Difference, expect_equal, expect_equal_bytes};
use crate::plain_record::PlainRecord;
use crate::reference::{Keys, Reference, Sealed};
use crate::suite::Suite;

/// Fills outputs before sealing and opening, if a check does not depend on the fill.
pub(crate) const FILL: u8 = 0xee;

/// A provider's algorithm and the reference, for one direction of a connection.
pub(crate) struct Subject {
    pub(crate) suite: &'static Suite,
    pub(crate) algorithm: &'static dyn AeadAlgorithm,
    pub(crate) reference: Reference,
    keys: Keys,
}

impl Subject {
    pub(crate) fn new(
        suite: &'static Suite,
        algorithm: &'static dyn AeadAlgorithm,
        keys: Keys,
    ) -> Self {
        Self {
            suite,
            algorithm,
            reference: Reference::new(suite, &keys),
            keys,
        }
    }

    /// Returns the same algorithm with other keys.
    pub(crate) fn with_keys(&self, keys: Keys) -> Self {
        Self::new(self.suite, self.algorithm, keys)
    }

    /// Makes a new encrypter.
    pub(crate) fn encrypter(&self) -> Result<Box<dyn MessageEncrypter>, Difference> {
        self.algorithm
            .encrypter(&self.traffic_keys()?)
            .map_err(|err| Difference::new("an encrypter", format_args!("{err:?}")))
    }

    /// Makes a new decrypter.
    pub(crate) fn decrypter(&self) -> Result<Box<dyn MessageDecrypter>, Difference> {
        self.algorithm
            .decrypter(&self.traffic_keys()?)
            .map_err(|err| Difference::new("a decrypter", format_args!("{err:?}")))
    }

    fn traffic_keys(&self) -> Result<TrafficKeys, Difference> {
        TrafficKeys::new(&self.keys.key, &self.keys.iv)
            .map_err(|err| Difference::new("keys of the suite", err))
    }

    /// Makes an output for `plain`. If `content` is in place, the output contains it.
    pub(crate) fn output(&self, plain: &PlainRecord, content: &Content<'_>, fill: u8) -> Vec<u8> {
        let len = plain.content.len() + plain.padding + self.suite.format.overhead();
        let mut out = vec![fill; len];
        if let Content::InPlace { len } = content {
            out[self.suite.format.prefix_len()..][..*len].copy_from_slice(&plain.content);
        }
        out
    }

    /// Seals `plain` over `fill` with a new encrypter.
    pub(crate) fn seal(
        &self,
        plain: &PlainRecord,
        content: Content<'_>,
        fill: u8,
    ) -> Result<Vec<u8>, Difference> {
        self.seal_with(&mut *self.encrypter()?, plain, content, fill)
    }

    pub(crate) fn seal_with(
        &self,
        encrypter: &mut dyn MessageEncrypter,
        plain: &PlainRecord,
        content: Content<'_>,
        fill: u8,
    ) -> Result<Vec<u8>, Difference> {
        let mut out = self.output(plain, &content, fill);
        encrypter
            .encrypt_into(plain.outbound(content), plain.seq, &mut out)
            .map_err(|err| Difference::new("a sealed record", format_args!("{err:?}")))?;
        Ok(out)
    }

    /// Succeeds if a new encrypter seals the same record as the reference.
    pub(crate) fn seals(
        &self,
        plain: &PlainRecord,
        content: Content<'_>,
    ) -> Result<(), Difference> {
        let actual = self.seal(plain, content, FILL)?;
        expect_equal_bytes(&self.reference.seal(plain).payload, &actual)
    }

    /// Succeeds if a new decrypter opens the record of the reference.
    pub(crate) fn opens(
        &self,
        plain: &PlainRecord,
        destination: Destination,
    ) -> Result<(), Difference> {
        let sealed = self.reference.seal(plain);
        self.open(&sealed, plain.seq, destination)?
            .opened_to(plain)
    }

    /// Opens `sealed` with a new decrypter.
    pub(crate) fn open(
        &self,
        sealed: &Sealed,
        seq: u64,
        destination: Destination,
    ) -> Result<Attempt, Difference> {
        self.open_with(&mut *self.decrypter()?, sealed, seq, destination)
    }

    pub(crate) fn open_with(
        &self,
        decrypter: &mut dyn MessageDecrypter,
        sealed: &Sealed,
        seq: u64,
        destination: Destination,
    ) -> Result<Attempt, Difference> {
        let out_len = sealed
            .payload
            .len()
            .saturating_sub(self.suite.format.overhead() - usize::from(self.suite.is_tls13()));
        Ok(Attempt::new(decrypter, sealed, seq, destination, out_len))
    }
}

/// Where a record is opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Destination {
    InPlace,
    OtherSlice,
}

impl Destination {
    pub(crate) const BOTH: [Self; 2] = [Self::InPlace, Self::OtherSlice];

    /// Returns the check of opening to this destination.
    pub(crate) fn check(self) -> Check {
        match self {
            Self::InPlace => Check::OpeningInPlace,
            Self::OtherSlice => Check::OpeningInto,
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InPlace => "in place",
            Self::OtherSlice => "into another slice",
        })
    }
}

/// The result of opening a record, and the buffers after it.
pub(crate) struct Attempt {
    pub(crate) result: Result<Opened, DecryptFailed>,
    destination: Destination,
    pub(crate) payload: Vec<u8>,
    pub(crate) out: Vec<u8>,
}

impl Attempt {
    /// Opens `sealed`. `out_len` is not used in place.
    pub(crate) fn new(
        decrypter: &mut dyn MessageDecrypter,
        sealed: &Sealed,
        seq: u64,
        destination: Destination,
        out_len: usize,
    ) -> Self {
        let mut payload = sealed.payload.clone();
        let mut out = vec![FILL; out_len];
        let result = match destination {
            Destination::InPlace => decrypter.decrypt_in_place(sealed.header(), &mut payload, seq),
            Destination::OtherSlice => {
                decrypter.decrypt_into(sealed.header(), &mut payload, seq, &mut out)
            }
        };
        Self {
            result,
            destination,
            payload,
            out,
        }
    }

    /// Succeeds if the record opened to `plain`.
    pub(crate) fn opened_to(&self, plain: &PlainRecord) -> Result<(), Difference> {
        let Opened { typ, content } = self.result.as_ref().map_err(|err| {
            let content_len = plain.content.len();
            Difference::new(
                format_args!("{:?} of {content_len} bytes", plain.typ),
                format_args!("{err:?}"),
            )
        })?;
        expect_equal(plain.typ, *typ)?;
        let buffer = match self.destination {
            Destination::InPlace => &self.payload,
            Destination::OtherSlice => &self.out,
        };
        let found = buffer
            .get(content.clone())
            .ok_or_else(|| {
                Difference::new(
                    format_args!("content inside {} bytes", buffer.len()),
                    format_args!("content at {content:?}"),
                )
            })?;
        expect_equal_bytes(&plain.content, found)
    }

    /// Succeeds if the record was refused as not authentic.
    pub(crate) fn is_refused(&self) -> Result<(), Difference> {
        expect_equal(&Err(DecryptFailed::BadRecordMac), &self.result)
    }

    /// Succeeds if neither buffer has eight bytes of `content` at the offset to which opening writes them.
    pub(crate) fn leaves_no_plaintext(
        &self,
        content: &[u8],
        prefix_len: usize,
    ) -> Result<(), Difference> {
        let after_prefix = &self.payload[prefix_len.min(self.payload.len())..];
        let places = [
            ("payload, after the prefix", after_prefix),
            ("payload", &self.payload[..]),
            ("output", &self.out[..]),
        ];
        for (place, buffer) in places {
            if let Some(at) = first_common_offset(content, buffer) {
                return Err(Difference::new("no plaintext", plaintext_at(place, at)));
            }
        }
        Ok(())
    }
}

fn plaintext_at(place: &str, at: usize) -> String {
    format!("plaintext from byte {at} on in the {place}")
}

/// Returns the first multiple of eight at which `a` and `b` have the same eight bytes.
fn first_common_offset(a: &[u8], b: &[u8]) -> Option<usize> {
    const RECOGNISABLE: usize = 8;
    a.chunks_exact(RECOGNISABLE)
        .zip(b.chunks_exact(RECOGNISABLE))
        .position(|(a, b)| a == b)
        .map(|chunk| chunk * RECOGNISABLE)
}
