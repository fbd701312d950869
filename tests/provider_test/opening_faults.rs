//! Faults in opening.

use rustls::ContentType;
use rustls_direct::cipher::{Content, DecryptFailed, Opened, OutboundRecord};
use rustls_direct::record::RecordHeader;

use crate::faulty_provider::{Fault, FaultyDecrypter, OpenResult};

const TAG_LEN: usize = 16;

/// Declares a fault in opening, both in place and into another slice: its name, and the body of `open`.
macro_rules! fault {
    ($(#[$doc:meta])* $name:ident, |$decrypter:ident, $header:ident, $payload:ident, $seq:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Fault for $name {
            fn open(
                &self,
                $decrypter: &mut FaultyDecrypter,
                $header: RecordHeader,
                $payload: &mut [u8],
                $seq: u64,
            ) -> OpenResult {
                $body
            }

            fn open_into(
                &self,
                decrypter: &mut FaultyDecrypter,
                header: RecordHeader,
                payload: &mut [u8],
                seq: u64,
                out: &mut [u8],
            ) -> OpenResult {
                let Opened { typ, content } = self.open(decrypter, header, payload, seq)?;
                copy_to_output(typ, &payload[content], out)
            }
        }
    };
}

/// Declares a fault in opening into another slice only: its name, and the body of `open_into`.
macro_rules! fault_into {
    (
        $(#[$doc:meta])*
        $name:ident, |$decrypter:ident, $header:ident, $payload:ident, $seq:ident, $out:ident| $body:expr
    ) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Fault for $name {
            fn open_into(
                &self,
                $decrypter: &mut FaultyDecrypter,
                $header: RecordHeader,
                $payload: &mut [u8],
                $seq: u64,
                $out: &mut [u8],
            ) -> OpenResult {
                $body
            }
        }
    };
}

fn copy_to_output(typ: ContentType, content: &[u8], out: &mut [u8]) -> OpenResult {
    out.get_mut(..content.len())
        .ok_or(DecryptFailed::BadRecordMac)?
        .copy_from_slice(content);
    Ok(Opened {
        typ,
        content: 0..content.len(),
    })
}

fault!(OpeningCountsFromZero, |decrypter, header, payload, _seq| {
    decrypter
        .inner
        .decrypt_in_place(header, payload, decrypter.records_before)
});

fault!(OpenedTypeAlwaysData, |decrypter, header, payload, seq| {
    let opened = decrypter
        .inner
        .decrypt_in_place(header, payload, seq)?;
    Ok(Opened {
        typ: ContentType::ApplicationData,
        ..opened
    })
});

fault!(
    /// Returns the padding as content.
    PaddingNotRemoved,
    |decrypter, header, payload, seq| {
        let opened = decrypter
            .inner
            .decrypt_in_place(header, payload, seq)?;
        Ok(Opened {
            content: 0..payload.len() - TAG_LEN - 1,
            ..opened
        })
    }
);

fault!(
    /// Removes zeros at the end of the content along with the padding.
    TrailingZerosOfContentRemoved,
    |decrypter, header, payload, seq| {
        let mut opened = decrypter
            .inner
            .decrypt_in_place(header, payload, seq)?;
        while payload[opened.content.clone()].ends_with(&[0]) {
            opened.content.end -= 1;
        }
        Ok(opened)
    }
);

fault_into!(
    /// Returns the range of the content in the payload instead of its range in the output.
    ContentRangeOfPayloadReturned,
    |decrypter, header, payload, seq, out| {
        let mut opened = decrypter
            .inner
            .decrypt_into(header, payload, seq, out)?;
        opened.content.start += 8;
        opened.content.end += 8;
        Ok(opened)
    }
);

fault_into!(
    LastByteOfContentNotCopied,
    |decrypter, header, payload, seq, out| {
        let before = out.to_vec();
        let opened = decrypter
            .inner
            .decrypt_into(header, payload, seq, out)?;
        if let Some(last) = opened.content.clone().next_back() {
            out[last] = before[last];
        }
        Ok(opened)
    }
);

fault_into!(ShortOutputPanics, |decrypter, header, payload, seq, out| {
    let Opened { typ, content } = decrypter
        .inner
        .decrypt_in_place(header, payload, seq)?;
    out[..content.len()].copy_from_slice(&payload[content.clone()]);
    Ok(Opened {
        typ,
        content: 0..content.len(),
    })
});

fault!(PlaintextLeftInPlace, |decrypter, header, payload, seq| {
    let sealed = payload.to_vec();
    decrypter
        .inner
        .decrypt_in_place(header, payload, seq)
        .inspect_err(|_| payload.copy_from_slice(&decrypt_unverified(decrypter, &sealed, seq)))
});

fault_into!(
    /// Acts like a library that writes plaintext before it verifies the tag.
    PlaintextLeftInOutput,
    |decrypter, header, payload, seq, out| {
        let sealed = payload.to_vec();
        let opened = decrypter
            .inner
            .decrypt_into(header, payload, seq, out);
        if opened.is_err() {
            let plain = decrypt_unverified(decrypter, &sealed, seq);
            let len = out.len().min(plain.len());
            out[..len].copy_from_slice(&plain[..len]);
        }
        opened
    }
);

/// Decrypts the content without verifying the tag. TLS 1.3 only.
///
/// Sealed zeros are the key stream.
fn decrypt_unverified(decrypter: &FaultyDecrypter, sealed: &[u8], seq: u64) -> Vec<u8> {
    let mut opened = sealed.to_vec();
    let Some(content_len) = sealed.len().checked_sub(TAG_LEN + 1) else {
        return opened;
    };
    let mut key_stream = vec![0; sealed.len()];
    let zeros = OutboundRecord::new(
        ContentType::ApplicationData,
        Content::InPlace { len: content_len },
    );
    decrypter
        .algorithm
        .encrypter(&decrypter.keys)
        .expect("the same keys")
        .encrypt_into(zeros, seq, &mut key_stream)
        .expect("sealed");
    for (byte, key) in opened[..content_len]
        .iter_mut()
        .zip(key_stream)
    {
        *byte ^= key;
    }
    opened
}

fault!(
    /// Compares the first 15 bytes of the tag only.
    LastByteOfTagNotCompared,
    |decrypter, header, payload, seq| open_comparing_15_bytes_of_tag(decrypter, header, payload, seq)
);

fault!(
    /// Compares 15 bytes of the tag in long records only, as if those were opened in several steps.
    LastByteOfTagNotComparedInLongRecords,
    |decrypter, header, payload, seq| match payload.len() {
        0..8192 => decrypter
            .inner
            .decrypt_in_place(header, payload, seq),
        _ => open_comparing_15_bytes_of_tag(decrypter, header, payload, seq),
    }
);

/// Opens a record even if one bit of the last byte of its tag is wrong.
///
/// If the record is refused, tries it again with each bit of that byte changed.
fn open_comparing_15_bytes_of_tag(
    decrypter: &mut FaultyDecrypter,
    header: RecordHeader,
    payload: &mut [u8],
    seq: u64,
) -> OpenResult {
    let sealed = payload.to_vec();
    let mut opened = decrypter
        .inner
        .decrypt_in_place(header, payload, seq);
    for bit in 0..8 {
        if opened != Err(DecryptFailed::BadRecordMac) || sealed.is_empty() {
            break;
        }
        payload.copy_from_slice(&sealed);
        payload[sealed.len() - 1] ^= 1 << bit;
        opened = decrypter
            .inner
            .decrypt_in_place(header, payload, seq);
    }
    opened
}

fault!(
    /// Returns `NoContentType` for half of the records that are not authentic.
    WrongErrorReturned,
    |decrypter, header, payload, seq| {
        let bit_of_tag = payload.last().map(|byte| byte & 1);
        decrypter
            .inner
            .decrypt_in_place(header, payload, seq)
            .map_err(|err| match bit_of_tag {
                Some(1) => DecryptFailed::NoContentType,
                _ => err,
            })
    }
);

fault!(ShortPayloadPanics, |decrypter, header, payload, seq| {
    let _ = &payload[..payload.len() - TAG_LEN];
    decrypter
        .inner
        .decrypt_in_place(header, payload, seq)
});

fault!(
    /// Opens a plaintext of zeros as empty data.
    RecordWithoutTypeOpenedAsEmpty,
    |decrypter, header, payload, seq| {
        match decrypter
            .inner
            .decrypt_in_place(header, payload, seq)
        {
            Err(DecryptFailed::NoContentType) => Ok(Opened {
                typ: ContentType::ApplicationData,
                content: 0..0,
            }),
            other => other,
        }
    }
);

fault!(
    /// Uses the nonce of the sequence number, whatever explicit nonce the record has.
    ExplicitNonceIgnored,
    |decrypter, header, payload, seq| {
        let nonce = decrypter.keys.iv().nonce(seq);
        if let Some(explicit) = payload.get_mut(..8) {
            explicit.copy_from_slice(&nonce[4..]);
        }
        decrypter
            .inner
            .decrypt_in_place(header, payload, seq)
    }
);

fault!(
    /// Returns the type in the header even if the record was sealed as data. TLS 1.2 only.
    HeaderTypeNotAuthenticated,
    |decrypter, header, payload, seq| {
        let sealed = payload.to_vec();
        let opened = decrypter
            .inner
            .decrypt_in_place(header, payload, seq);
        opened.or_else(|_| {
            payload.copy_from_slice(&sealed);
            let [_, _, _, high, low] = *header.as_bytes();
            let data = RecordHeader::new(23, u16::from_be_bytes([high, low]));
            decrypter
                .inner
                .decrypt_in_place(data, payload, seq)
                .map(|opened| Opened {
                    typ: header.typ(),
                    ..opened
                })
        })
    }
);

fault!(
    /// Opens a record that was sealed with the sequence number before the expected one.
    PreviousSequenceNumberAccepted,
    |decrypter, header, payload, seq| {
        let sealed = payload.to_vec();
        let opened = decrypter
            .inner
            .decrypt_in_place(header, payload, seq);
        opened.or_else(|err| {
            payload.copy_from_slice(&sealed);
            let before = seq.checked_sub(1).ok_or(err)?;
            decrypter
                .inner
                .decrypt_in_place(header, payload, before)
        })
    }
);

fault!(OpeningAllocates, |decrypter, header, payload, seq| {
    let copy = std::hint::black_box(payload.to_vec());
    payload.copy_from_slice(&copy);
    decrypter
        .inner
        .decrypt_in_place(header, payload, seq)
});
