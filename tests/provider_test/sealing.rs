//! Faults in sealing.

#[cfg(feature = "aws_lc_rs")]
use aws_lc_rs::aead;
#[cfg(not(feature = "aws_lc_rs"))]
use ring::aead;
use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{Content, EncryptFailed, OutboundRecord};

use crate::layer::{Encrypter, Fault, Sealed};

/// Declares a fault in sealing: its name, and the body of `seal`.
macro_rules! fault {
    ($(#[$doc:meta])* $name:ident, |$under:ident, $record:ident, $seq:ident, $out:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Fault for $name {
            fn seal(
                &self,
                $under: &mut Encrypter,
                $record: OutboundRecord<'_>,
                $seq: u64,
                $out: &mut [u8],
            ) -> Sealed {
                $body
            }
        }
    };
}

fault!(NonceStays, |under, record, _seq, out| {
    under.right.encrypt_into(record, 0, out)
});

fault!(NumberCutTo32Bits, |under, record, seq, out| {
    under
        .right
        .encrypt_into(record, seq & 0xffff_ffff, out)
});

fault!(
    /// Begins at 0 whatever it is told.
    NumbersCounted,
    |under, record, _seq, out| {
        under
            .right
            .encrypt_into(record, under.before, out)
    }
);

fault!(
    /// As a key does that makes its nonces itself, and sees a handshake end after some.
    FirstNumberTakenFor0,
    |under, record, seq, out| {
        let first = under.first.unwrap_or(seq);
        under
            .right
            .encrypt_into(record, seq - first, out)
    }
);

fault!(TypeLost, |under, record, seq, out| {
    let padding = record.padding;
    let record = OutboundRecord::new(ContentType::ApplicationData, record.content).padded(padding);
    under
        .right
        .encrypt_into(record, seq, out)
});

fault!(
    /// Seals what comes before the padding, and leaves zeros behind it.
    PaddingIgnored,
    |under, record, seq, out| {
        let len = out
            .len()
            .checked_sub(record.padding)
            .ok_or(EncryptFailed)?;
        let (sealed, rest) = out.split_at_mut(len);
        rest.fill(0);
        under
            .right
            .encrypt_into(record.padded(0), seq, sealed)
    }
);

fault!(
    /// Looks like content, with a type that is not the record's.
    PaddingNotZero,
    |under, record, seq, out| {
        if record.padding == 0 {
            return under.right.encrypt_into(record, seq, out);
        }
        let mut content = content_of(&record, out)?;
        content.push(u8::from(record.typ));
        content.resize(content.len() + record.padding - 1, 0xff);
        let record = OutboundRecord::new(ContentType::Unknown(0xff), content[..].into());
        under.right.encrypt_into(record, seq, out)
    }
);

fault!(
    /// From the front of the payload instead of from behind the explicit nonce.
    InPlaceReadFromTheFront,
    |under, record, seq, out| {
        let content;
        let mut record = record;
        if let Content::InPlace { len } = record.content {
            content = out[..len].to_vec();
            record.content = content[..].into();
        }
        under.right.encrypt_into(record, seq, out)
    }
);

fault!(
    /// As if a part of chunks were always their front.
    StartOfChunksIgnored,
    |under, record, seq, out| {
        let mut record = record;
        if let Content::Chunks(OutboundChunks::Multiple { start, end, .. }) = &mut record.content {
            *end -= *start;
            *start = 0;
        }
        under.right.encrypt_into(record, seq, out)
    }
);

fault!(EmptyChunkEndsContent, |under, record, seq, out| {
    let Content::Chunks(OutboundChunks::Multiple { chunks, .. }) = &record.content else {
        return under
            .right
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
    under
        .right
        .encrypt_into(record, seq, out)
});

fault!(
    /// Zeros in their place.
    MissingContentMadeUp,
    |under, record, seq, out| {
        let len = record.content.len();
        let mut content = vec![0; len];
        if record.content.place(&mut content).is_ok() {
            return under.right.encrypt_into(record, seq, out);
        }
        let record = OutboundRecord::new(record.typ, content[..].into());
        under.right.encrypt_into(record, seq, out)
    }
);

fault!(LastByteOfTagNotWritten, |under, record, seq, out| {
    let before = out.last().copied();
    under
        .right
        .encrypt_into(record, seq, out)?;
    if let (Some(last), Some(before)) = (out.last_mut(), before) {
        *last = before;
    }
    Ok(())
});

fault!(
    /// What was not asked for is not written.
    LongerOutputAccepted,
    |under, record, seq, out| {
        let len = under
            .right
            .encrypted_payload_len(record.content.len() + record.padding);
        let len = len.min(out.len());
        under
            .right
            .encrypt_into(record, seq, &mut out[..len])
    }
);

fault!(OutputOfAnotherLengthPanics, |under, record, seq, out| {
    let len = under
        .right
        .encrypted_payload_len(record.content.len() + record.padding);
    assert_eq!(out.len(), len, "an output of the right length");
    under
        .right
        .encrypt_into(record, seq, out)
});

fault!(
    /// 2^14 is the most that is allowed, and not the first that is not.
    LongestRecordRefused,
    |under, record, seq, out| {
        match record.content.len() + record.padding < 1 << 14 {
            true => under.right.encrypt_into(record, seq, out),
            false => Err(EncryptFailed),
        }
    }
);

fault!(
    /// The header that TLS 1.3 seals with a record, as that of a first handshake message: 03 01.
    AdditionalDataOfAnotherVersion,
    |under, record, seq, out| seal_with_header(under, record, seq, out, |_| [23, 3, 1])
);

fault!(
    /// The header with TLS 1.3's own version: 03 04.
    AdditionalDataOfTheInnerVersion,
    |under, record, seq, out| seal_with_header(under, record, seq, out, |_| [23, 3, 4])
);

fault!(
    /// The header with the type that TLS 1.3 hides.
    AdditionalDataOfTheInnerType,
    |under, record, seq, out| seal_with_header(under, record, seq, out, |typ| [typ, 3, 3])
);

/// Seals with the type and version of `header`, which is given the record's own type, in the additional data.
/// AES-128-GCM in TLS 1.3 only.
fn seal_with_header(
    under: &mut Encrypter,
    record: OutboundRecord<'_>,
    seq: u64,
    out: &mut [u8],
    header: impl FnOnce(u8) -> [u8; 3],
) -> Sealed {
    let content = content_of(&record, out)?;
    // Other lengths are refused as they should be.
    under
        .right
        .encrypt_into(record.clone(), seq, out)?;

    let typ = u8::from(record.typ);
    let mut sealed = [&content[..], &[typ], &vec![0; record.padding]].concat();
    let payload_len = u16::try_from(out.len()).expect("a record");
    let additional_data = [&header(typ)[..], &payload_len.to_be_bytes()].concat();
    let key = aead::UnboundKey::new(&aead::AES_128_GCM, under.keys.key()).expect("16 bytes");
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(under.keys.iv().nonce(seq)),
            aead::Aad::from(additional_data),
            &mut sealed,
        )
        .expect("a record");
    out.copy_from_slice(&sealed);
    Ok(())
}

fault!(
    /// Shows zeros instead of the nonce that it has used.
    ExplicitNonceNotShown,
    |under, record, seq, out| {
        under.right.encrypt_into(record, seq, out)?;
        out[..8].fill(0);
        Ok(())
    }
);

fault!(SealingAllocates, |under, record, seq, out| {
    let copy = std::hint::black_box(out.to_vec());
    out.copy_from_slice(&copy);
    under
        .right
        .encrypt_into(record, seq, out)
});

/// The content, wherever it is. TLS 1.3 only, since in TLS 1.2 content in place may have something before it.
fn content_of(record: &OutboundRecord<'_>, out: &[u8]) -> Result<Vec<u8>, EncryptFailed> {
    let len = record.content.len();
    let mut content = out
        .get(..len)
        .ok_or(EncryptFailed)?
        .to_vec();
    record.content.place(&mut content)?;
    Ok(content)
}
