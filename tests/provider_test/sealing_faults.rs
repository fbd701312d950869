//! Faults in sealing.

#[cfg(feature = "aws_lc_rs")]
use aws_lc_rs::aead;
#[cfg(not(feature = "aws_lc_rs"))]
use ring::aead;
use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{Content, EncryptFailed, OutboundRecord};

use crate::faulty_provider::{Fault, FaultyEncrypter, SealResult};

/// Declares a fault in sealing: its name, and the body of `seal`.
macro_rules! fault {
    ($(#[$doc:meta])* $name:ident, |$encrypter:ident, $record:ident, $seq:ident, $out:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Fault for $name {
            fn seal(
                &self,
                $encrypter: &mut FaultyEncrypter,
                $record: OutboundRecord<'_>,
                $seq: u64,
                $out: &mut [u8],
            ) -> SealResult {
                $body
            }
        }
    };
}

fault!(NonceNeverChanges, |encrypter, record, _seq, out| {
    encrypter
        .inner
        .encrypt_into(record, 0, out)
});

fault!(SequenceNumberCutTo32Bits, |encrypter, record, seq, out| {
    encrypter
        .inner
        .encrypt_into(record, seq & 0xffff_ffff, out)
});

fault!(
    /// Counts records from 0 instead of using the given sequence number.
    SealingCountsFromZero,
    |encrypter, record, _seq, out| {
        encrypter
            .inner
            .encrypt_into(record, encrypter.records_before, out)
    }
);

fault!(
    /// Counts from 0 at the first record, as if no record of the handshake had used the key.
    SequenceNumbersRelativeToFirst,
    |encrypter, record, seq, out| {
        let first = encrypter.first_seq.unwrap_or(seq);
        encrypter
            .inner
            .encrypt_into(record, seq - first, out)
    }
);

fault!(SealedTypeAlwaysData, |encrypter, record, seq, out| {
    let padding = record.padding;
    let record = OutboundRecord::new(ContentType::ApplicationData, record.content).padded(padding);
    encrypter
        .inner
        .encrypt_into(record, seq, out)
});

fault!(
    /// Seals the record without padding, and writes zeros after it.
    PaddingNotSealed,
    |encrypter, record, seq, out| {
        let len = out
            .len()
            .checked_sub(record.padding)
            .ok_or(EncryptFailed)?;
        let (sealed, rest) = out.split_at_mut(len);
        rest.fill(0);
        encrypter
            .inner
            .encrypt_into(record.padded(0), seq, sealed)
    }
);

fault!(
    /// Seals padding of 0xff instead of zeros, so the record opens to longer content of another type.
    PaddingNotZero,
    |encrypter, record, seq, out| {
        if record.padding == 0 {
            return encrypter.inner.encrypt_into(record, seq, out);
        }
        let mut content = content_of(&record, out)?;
        content.push(u8::from(record.typ));
        content.resize(content.len() + record.padding - 1, 0xff);
        let record = OutboundRecord::new(ContentType::Unknown(0xff), content[..].into());
        encrypter.inner.encrypt_into(record, seq, out)
    }
);

fault!(
    /// Reads the content from the front of the payload, where the explicit nonce belongs.
    ContentInPlaceReadFromFront,
    |encrypter, record, seq, out| {
        let content;
        let mut record = record;
        if let Content::InPlace { len } = record.content {
            content = out[..len].to_vec();
            record.content = content[..].into();
        }
        encrypter.inner.encrypt_into(record, seq, out)
    }
);

fault!(
    /// Reads chunks from their front instead of from `start`.
    StartOfChunksIgnored,
    |encrypter, record, seq, out| {
        let mut record = record;
        if let Content::Chunks(OutboundChunks::Multiple { start, end, .. }) = &mut record.content {
            *end -= *start;
            *start = 0;
        }
        encrypter.inner.encrypt_into(record, seq, out)
    }
);

fault!(EmptyChunkEndsContent, |encrypter, record, seq, out| {
    let Content::Chunks(OutboundChunks::Multiple { chunks, .. }) = &record.content else {
        return encrypter
            .inner
            .encrypt_into(record, seq, out);
    };
    let mut content = content_of(&record, out)?;
    let until_empty = chunks
        .iter()
        .take_while(|chunk| !chunk.is_empty())
        .map(|chunk| chunk.len())
        .sum::<usize>();
    content
        .iter_mut()
        .skip(until_empty)
        .for_each(|byte| *byte = 0);
    let padding = record.padding;
    let record = OutboundRecord::new(record.typ, content[..].into()).padded(padding);
    encrypter
        .inner
        .encrypt_into(record, seq, out)
});

fault!(
    /// Seals zeros instead of the bytes that the chunks lack.
    MissingContentReplacedByZeros,
    |encrypter, record, seq, out| {
        let len = record.content.len();
        let mut content = vec![0; len];
        if record.content.place(&mut content).is_ok() {
            return encrypter.inner.encrypt_into(record, seq, out);
        }
        let record = OutboundRecord::new(record.typ, content[..].into());
        encrypter.inner.encrypt_into(record, seq, out)
    }
);

fault!(LastByteOfTagNotWritten, |encrypter, record, seq, out| {
    let before = out.last().copied();
    encrypter
        .inner
        .encrypt_into(record, seq, out)?;
    if let (Some(last), Some(before)) = (out.last_mut(), before) {
        *last = before;
    }
    Ok(())
});

fault!(
    /// Seals into the front of the output and leaves the rest untouched.
    LongerOutputAccepted,
    |encrypter, record, seq, out| {
        let len = encrypter
            .inner
            .encrypted_payload_len(record.content.len() + record.padding);
        let len = len.min(out.len());
        encrypter
            .inner
            .encrypt_into(record, seq, &mut out[..len])
    }
);

fault!(OutputOfWrongLengthPanics, |encrypter, record, seq, out| {
    let len = encrypter
        .inner
        .encrypted_payload_len(record.content.len() + record.padding);
    assert_eq!(out.len(), len, "an output as long as the payload");
    encrypter
        .inner
        .encrypt_into(record, seq, out)
});

fault!(
    /// Refuses 2^14 bytes, which is the longest plaintext that is allowed.
    LongestRecordRefused,
    |encrypter, record, seq, out| {
        match record.content.len() + record.padding < 1 << 14 {
            true => encrypter.inner.encrypt_into(record, seq, out),
            false => Err(EncryptFailed),
        }
    }
);

fault!(
    /// Authenticates a header with version 03 01, which only the first ClientHello may have.
    AdditionalDataWithVersion0301,
    |encrypter, record, seq, out| seal_with_header(encrypter, record, seq, out, |_| [23, 3, 1])
);

fault!(
    /// Authenticates a header with version 03 04, that of TLS 1.3.
    AdditionalDataWithVersion0304,
    |encrypter, record, seq, out| seal_with_header(encrypter, record, seq, out, |_| [23, 3, 4])
);

fault!(
    /// Authenticates a header with the inner content type.
    AdditionalDataWithInnerType,
    |encrypter, record, seq, out| seal_with_header(encrypter, record, seq, out, |typ| [typ, 3, 3])
);

/// Seals with additional data that begins with the type and version of `header`. AES-128-GCM in TLS 1.3 only.
///
/// `header` is called with the inner content type.
fn seal_with_header(
    encrypter: &mut FaultyEncrypter,
    record: OutboundRecord<'_>,
    seq: u64,
    out: &mut [u8],
    header: impl FnOnce(u8) -> [u8; 3],
) -> SealResult {
    let content = content_of(&record, out)?;
    // Returns the correct errors, for example if the output has the wrong length.
    encrypter
        .inner
        .encrypt_into(record.clone(), seq, out)?;

    let typ = u8::from(record.typ);
    let mut sealed = [&content[..], &[typ], &vec![0; record.padding]].concat();
    let payload_len = u16::try_from(out.len()).expect("a payload within the limits");
    let additional_data = [&header(typ)[..], &payload_len.to_be_bytes()].concat();
    let key = aead::UnboundKey::new(&aead::AES_128_GCM, encrypter.keys.key()).expect("16 bytes");
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(encrypter.keys.iv().nonce(seq)),
            aead::Aad::from(additional_data),
            &mut sealed,
        )
        .expect("a plaintext within the limits");
    out.copy_from_slice(&sealed);
    Ok(())
}

fault!(
    /// Writes zeros in place of the explicit nonce that sealed the record.
    ExplicitNonceWrittenAsZeros,
    |encrypter, record, seq, out| {
        encrypter.inner.encrypt_into(record, seq, out)?;
        out[..8].fill(0);
        Ok(())
    }
);

fault!(SealingAllocates, |encrypter, record, seq, out| {
    let copy = std::hint::black_box(out.to_vec());
    out.copy_from_slice(&copy);
    encrypter
        .inner
        .encrypt_into(record, seq, out)
});

/// Returns a copy of the content. TLS 1.3 only: content in place is expected at the front of `out`.
fn content_of(record: &OutboundRecord<'_>, out: &[u8]) -> Result<Vec<u8>, EncryptFailed> {
    let len = record.content.len();
    let mut content = out
        .get(..len)
        .ok_or(EncryptFailed)?
        .to_vec();
    record.content.place(&mut content)?;
    Ok(content)
}
