//! Faults in opening.

use rustls::ContentType;
use rustls_direct::cipher::{Content, DecryptFailed, Opened, OutboundRecord};
use rustls_direct::record::RecordHeader;

use crate::layer::{Decrypter, Fault, OpenedOrNot};

const TAG_LEN: usize = 16;

/// Declares a fault in opening in place, which opening into another slice has too: its name, and the body of `open`.
macro_rules! fault {
    ($(#[$doc:meta])* $name:ident, |$under:ident, $header:ident, $payload:ident, $seq:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Fault for $name {
            fn open(
                &self,
                $under: &mut Decrypter,
                $header: RecordHeader,
                $payload: &mut [u8],
                $seq: u64,
            ) -> OpenedOrNot {
                $body
            }

            fn open_into(
                &self,
                under: &mut Decrypter,
                header: RecordHeader,
                payload: &mut [u8],
                seq: u64,
                out: &mut [u8],
            ) -> OpenedOrNot {
                let Opened { typ, content } = self.open(under, header, payload, seq)?;
                move_out(typ, &payload[content], out)
            }
        }
    };
}

/// Declares a fault in opening into another slice alone: its name, and the body of `open_into`.
macro_rules! fault_into {
    ($(#[$doc:meta])* $name:ident, |$under:ident, $header:ident, $payload:ident, $seq:ident, $out:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Fault for $name {
            fn open_into(
                &self,
                $under: &mut Decrypter,
                $header: RecordHeader,
                $payload: &mut [u8],
                $seq: u64,
                $out: &mut [u8],
            ) -> OpenedOrNot {
                $body
            }
        }
    };
}

fn move_out(typ: ContentType, content: &[u8], out: &mut [u8]) -> OpenedOrNot {
    out.get_mut(..content.len())
        .ok_or(DecryptFailed::BadRecordMac)?
        .copy_from_slice(content);
    Ok(Opened {
        typ,
        content: 0..content.len(),
    })
}

fault!(OpeningNumbersCounted, |under, header, payload, _seq| {
    under
        .right
        .decrypt_in_place(header, payload, under.before)
});

fault!(TypeNotToldApart, |under, header, payload, seq| {
    let opened = under
        .right
        .decrypt_in_place(header, payload, seq)?;
    Ok(Opened {
        typ: ContentType::ApplicationData,
        ..opened
    })
});

fault!(
    /// The content ends where the record does.
    PaddingNotRemoved,
    |under, header, payload, seq| {
        let opened = under
            .right
            .decrypt_in_place(header, payload, seq)?;
        Ok(Opened {
            content: 0..payload.len() - TAG_LEN - 1,
            ..opened
        })
    }
);

fault!(
    /// Goes on where the padding ends.
    ZerosOfContentRemoved,
    |under, header, payload, seq| {
        let mut opened = under
            .right
            .decrypt_in_place(header, payload, seq)?;
        while payload[opened.content.clone()].ends_with(&[0]) {
            opened.content.end -= 1;
        }
        Ok(opened)
    }
);

fault_into!(
    /// Where the content would be in the payload.
    PlaceOfContentInPayloadGiven,
    |under, header, payload, seq, out| {
        let mut opened = under
            .right
            .decrypt_into(header, payload, seq, out)?;
        opened.content.start += 8;
        opened.content.end += 8;
        Ok(opened)
    }
);

fault_into!(LastByteNotMovedOut, |under, header, payload, seq, out| {
    let before = out.to_vec();
    let opened = under
        .right
        .decrypt_into(header, payload, seq, out)?;
    if let Some(last) = opened.content.clone().next_back() {
        out[last] = before[last];
    }
    Ok(opened)
});

fault_into!(ShorterOutputPanics, |under, header, payload, seq, out| {
    let Opened { typ, content } = under
        .right
        .decrypt_in_place(header, payload, seq)?;
    out[..content.len()].copy_from_slice(&payload[content.clone()]);
    Ok(Opened {
        typ,
        content: 0..content.len(),
    })
});

fault!(PlaintextLeftInPlace, |under, header, payload, seq| {
    let sealed = payload.to_vec();
    under
        .right
        .decrypt_in_place(header, payload, seq)
        .inspect_err(|_| payload.copy_from_slice(&opened_unchecked(under, &sealed, seq)))
});

fault_into!(
    /// A library that writes as it goes, and verifies at the end.
    PlaintextLeftInOutput,
    |under, header, payload, seq, out| {
        let sealed = payload.to_vec();
        let opened = under
            .right
            .decrypt_into(header, payload, seq, out);
        if opened.is_err() {
            let plain = opened_unchecked(under, &sealed, seq);
            let len = out.len().min(plain.len());
            out[..len].copy_from_slice(&plain[..len]);
        }
        opened
    }
);

/// The key stream is what zeros are sealed to. TLS 1.3 only.
fn opened_unchecked(under: &Decrypter, sealed: &[u8], seq: u64) -> Vec<u8> {
    let mut opened = sealed.to_vec();
    let Some(content_len) = sealed.len().checked_sub(TAG_LEN + 1) else {
        return opened;
    };
    let mut key_stream = vec![0; sealed.len()];
    let zeros = OutboundRecord::new(
        ContentType::ApplicationData,
        Content::InPlace { len: content_len },
    );
    under
        .algorithm
        .encrypter(&under.keys)
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
    /// As if tags had 15 bytes.
    LastByteOfTagNotCompared,
    |under, header, payload, seq| opened_by_15_bytes_of_tag(under, header, payload, seq)
);

fault!(
    /// Likewise, but only where a record is opened in several steps.
    LastByteOfLongTagNotCompared,
    |under, header, payload, seq| match payload.len() {
        0..8192 => under
            .right
            .decrypt_in_place(header, payload, seq),
        _ => opened_by_15_bytes_of_tag(under, header, payload, seq),
    }
);

/// Tries what one bit of the last byte could have been.
fn opened_by_15_bytes_of_tag(
    under: &mut Decrypter,
    header: RecordHeader,
    payload: &mut [u8],
    seq: u64,
) -> OpenedOrNot {
    let sealed = payload.to_vec();
    let mut opened = under
        .right
        .decrypt_in_place(header, payload, seq);
    for bit in 0..8 {
        if opened != Err(DecryptFailed::BadRecordMac) || sealed.is_empty() {
            break;
        }
        payload.copy_from_slice(&sealed);
        payload[sealed.len() - 1] ^= 1 << bit;
        opened = under
            .right
            .decrypt_in_place(header, payload, seq);
    }
    opened
}

fault!(
    /// Tells the peer more than that it is not authentic.
    AnotherErrorGiven,
    |under, header, payload, seq| {
        let bit_of_tag = payload.last().map(|byte| byte & 1);
        under
            .right
            .decrypt_in_place(header, payload, seq)
            .map_err(|err| match bit_of_tag {
                Some(1) => DecryptFailed::NoContentType,
                _ => err,
            })
    }
);

fault!(ShortPayloadPanics, |under, header, payload, seq| {
    let _ = &payload[..payload.len() - TAG_LEN];
    under
        .right
        .decrypt_in_place(header, payload, seq)
});

fault!(
    /// Not an error that the peer has to be told of.
    RecordWithoutTypeIsEmpty,
    |under, header, payload, seq| {
        match under
            .right
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
    /// Makes the nonce from the number, whatever the record shows.
    ExplicitNonceNotRead,
    |under, header, payload, seq| {
        let nonce = under.keys.iv().nonce(seq);
        if let Some(explicit) = payload.get_mut(..8) {
            explicit.copy_from_slice(&nonce[4..]);
        }
        under
            .right
            .decrypt_in_place(header, payload, seq)
    }
);

fault!(
    /// The type in the header of TLS 1.2 is believed.
    TypeNotAuthenticated,
    |under, header, payload, seq| {
        let sealed = payload.to_vec();
        let opened = under
            .right
            .decrypt_in_place(header, payload, seq);
        opened.or_else(|_| {
            payload.copy_from_slice(&sealed);
            let [_, _, _, high, low] = *header.as_bytes();
            let data = RecordHeader::new(23, u16::from_be_bytes([high, low]));
            under
                .right
                .decrypt_in_place(data, payload, seq)
                .map(|opened| Opened {
                    typ: header.typ(),
                    ..opened
                })
        })
    }
);

fault!(
    /// A window as DTLS has it.
    RecordBeforeAccepted,
    |under, header, payload, seq| {
        let sealed = payload.to_vec();
        let opened = under
            .right
            .decrypt_in_place(header, payload, seq);
        opened.or_else(|err| {
            payload.copy_from_slice(&sealed);
            let before = seq.checked_sub(1).ok_or(err)?;
            under
                .right
                .decrypt_in_place(header, payload, before)
        })
    }
);

fault!(OpeningAllocates, |under, header, payload, seq| {
    let copy = std::hint::black_box(payload.to_vec());
    payload.copy_from_slice(&copy);
    under
        .right
        .decrypt_in_place(header, payload, seq)
});
