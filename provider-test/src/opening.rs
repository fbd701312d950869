//! Records of the reference are opened, in place and into another slice.

use rustls_direct::cipher::DecryptFailed;

use crate::check::Check;
use crate::difference::{Difference, same};
use crate::plain::{Bytes, Plain};
use crate::reference::{Sealed, header};
use crate::run::Run;
use crate::sealing::{of_every_type, padded};
use crate::sizes::{FEW, sizes};
use crate::subject::{Attempt, Subject, Way};
use crate::suite::{Format, TAG_LEN};

pub(crate) fn check(run: &mut Run<'_>) {
    for way in Way::BOTH {
        for plain in sizes().map(Plain::data) {
            run.case(way.check(), format_args!("{plain}"), |subject| {
                subject.opens(&plain, way)
            });
        }
        for plain in padded(run.is_tls13()) {
            run.case(
                Check::Padding,
                format_args!("{plain}, opened {way}"),
                |subject| subject.opens(&plain, way),
            );
        }
        for plain in of_every_type() {
            run.case(
                Check::ContentTypes,
                format_args!("{plain}, opened {way}"),
                |subject| subject.opens(&plain, way),
            );
        }
        zeros(run, way);
        if run.is_tls13() {
            no_content_type(run, way);
        }
        if run.subject.suite.format == Format::Tls12Gcm {
            explicit_nonce(run, way);
        }
    }
    other_lengths_of_out(run);
}

/// Opens content that ends in zeros, before the type and padding.
fn zeros(run: &mut Run<'_>, way: Way) {
    let paddings: &[usize] = if run.is_tls13() { &[0, 1, 40] } else { &[0] };
    for (len, zeros) in [(1, 1), (40, 1), (40, 20), (40, 40), (300, 299)] {
        for padding in paddings {
            let mut plain = Plain::data(len).padded(*padding);
            plain.content[len - zeros..].fill(0);
            let check = match padding {
                0 => way.check(),
                _ => Check::Padding,
            };
            run.case(
                check,
                format_args!("{plain}, ending in {} of zero", Bytes(zeros)),
                |subject| subject.opens(&plain, way),
            );
        }
    }
}

/// Opens TLS 1.3 plaintexts of zeros. An empty one may also be refused as too short.
fn no_content_type(run: &mut Run<'_>, way: Way) {
    for len in [1, 2, 16, 300] {
        run.case(
            Check::NoContentType,
            format_args!("a plaintext of zeros, {}, opened {way}", Bytes(len)),
            |subject| {
                let attempt = subject.open(&all_zeros(subject, len), 0, way)?;
                same(&Err(DecryptFailed::NoContentType), &attempt.result)
            },
        );
    }
    run.case(
        Check::NoContentType,
        format_args!("an authentic record with an empty plaintext, opened {way}"),
        |subject| {
            let attempt = subject.open(&all_zeros(subject, 0), 0, way)?;
            match attempt.result {
                Err(_) => Ok(()),
                Ok(opened) => Err(Difference::new("an error", format_args!("{opened:?}"))),
            }
        },
    );
}

fn all_zeros(subject: &Subject, len: usize) -> Sealed {
    let mut pieces = subject
        .reference
        .pieces(&Plain::data(0));
    pieces.plaintext = vec![0; len];
    pieces.additional_data = header(23, len + TAG_LEN).to_vec();
    subject.reference.seal_pieces(&pieces)
}

/// Opens records whose explicit nonce does not come from the sequence number.
fn explicit_nonce(run: &mut Run<'_>, way: Way) {
    for explicit in [[0; 8], [0xff; 8], *b"whatever"] {
        let plain = Plain::data(40).with_seq(3);
        run.case(
            Check::ExplicitNonce,
            format_args!("{plain}, explicit nonce {explicit:02x?}, opened {way}"),
            |subject| {
                let mut pieces = subject.reference.pieces(&plain);
                pieces.nonce[4..].copy_from_slice(&explicit);
                pieces.explicit_nonce = explicit.to_vec();
                let sealed = subject.reference.seal_pieces(&pieces);
                subject
                    .open(&sealed, plain.seq, way)?
                    .is(&plain)
            },
        );
    }
}

/// Opens into longer and shorter outputs.
///
/// A longer output changes nothing, and one shorter than the content is an error. One that has room for the content but
/// not for the rest of the plaintext may do either.
fn other_lengths_of_out(run: &mut Run<'_>) {
    for plain in FEW.map(Plain::data) {
        let content_len = plain.content.len();
        for more in [2, 16, 1000] {
            run.case(
                Check::OpeningInto,
                format_args!("{plain}, and {more} bytes more of output than content"),
                |subject| open_into(subject, &plain, content_len + more)?.is(&plain),
            );
        }
        run.case(
            Check::OpeningInto,
            format_args!("{plain}, and as many bytes of output as content"),
            |subject| {
                let attempt = open_into(subject, &plain, content_len)?;
                match attempt.result {
                    Err(_) if subject.suite.is_tls13() => attempt.is_refused(),
                    _ => attempt.is(&plain),
                }
            },
        );
        for out_len in [0, content_len.saturating_sub(1)] {
            if out_len < content_len {
                run.case(
                    Check::OpeningInto,
                    format_args!("{plain}, and only {out_len} bytes of output"),
                    |subject| open_into(subject, &plain, out_len)?.is_refused(),
                );
            }
        }
    }
}

fn open_into(subject: &Subject, plain: &Plain, out_len: usize) -> Result<Attempt, Difference> {
    let sealed = subject.reference.seal(plain);
    Ok(Attempt::new(
        &mut *subject.decrypter()?,
        &sealed,
        plain.seq,
        Way::Into,
        out_len,
    ))
}
