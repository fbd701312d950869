//! Records of the reference are opened, in place and into another slice.

use rustls_direct::cipher::DecryptFailed;

use crate::check::Check;
use crate::content_lens::{FEW_CONTENT_LENS, content_lens};
use crate::difference::{Difference, expect_equal};
use crate::plain_record::{ByteCount, PlainRecord};
use crate::reference::{Sealed, header};
use crate::run::Run;
use crate::sealing::{of_known_and_unknown_types, padded};
use crate::subject::{Attempt, Destination, Subject};
use crate::suite::{Format, TAG_LEN};

pub(crate) fn check(run: &mut Run<'_>) {
    for destination in Destination::BOTH {
        for plain in content_lens().map(PlainRecord::data) {
            run.case(destination.check(), format_args!("{plain}"), |subject| {
                subject.opens(&plain, destination)
            });
        }
        for plain in padded(run.is_tls13()) {
            run.case(
                Check::Padding,
                format_args!("{plain}, opened {destination}"),
                |subject| subject.opens(&plain, destination),
            );
        }
        for plain in of_known_and_unknown_types() {
            run.case(
                Check::ContentTypes,
                format_args!("{plain}, opened {destination}"),
                |subject| subject.opens(&plain, destination),
            );
        }
        trailing_zeros(run, destination);
        if run.is_tls13() {
            no_content_type(run, destination);
        }
        if run.subject.suite.format == Format::Tls12Gcm {
            explicit_nonce(run, destination);
        }
    }
    other_output_lens(run);
}

/// Opens content that ends in zeros, so that only the type byte separates it from the padding.
fn trailing_zeros(run: &mut Run<'_>, destination: Destination) {
    let paddings: &[usize] = if run.is_tls13() { &[0, 1, 40] } else { &[0] };
    for (len, zeros) in [(1, 1), (40, 1), (40, 20), (40, 40), (300, 299)] {
        for padding in paddings {
            let mut plain = PlainRecord::data(len).padded(*padding);
            plain.content[len - zeros..].fill(0);
            let check = match padding {
                0 => destination.check(),
                _ => Check::Padding,
            };
            run.case(
                check,
                format_args!("{plain}, the last {} zero", ByteCount(zeros)),
                |subject| subject.opens(&plain, destination),
            );
        }
    }
}

/// Opens TLS 1.3 plaintexts of zeros. An empty one may also be refused as too short.
fn no_content_type(run: &mut Run<'_>, destination: Destination) {
    for len in [1, 2, 16, 300] {
        run.case(
            Check::NoContentType,
            format_args!(
                "a plaintext of zeros, {}, opened {destination}",
                ByteCount(len)
            ),
            |subject| {
                let attempt = subject.open(&all_zeros(subject, len), 0, destination)?;
                expect_equal(&Err(DecryptFailed::NoContentType), &attempt.result)
            },
        );
    }
    run.case(
        Check::NoContentType,
        format_args!("an authentic record with an empty plaintext, opened {destination}"),
        |subject| {
            let attempt = subject.open(&all_zeros(subject, 0), 0, destination)?;
            match attempt.result {
                Err(_) => Ok(()),
                Ok(opened) => Err(Difference::new("an error", format_args!("{opened:?}"))),
            }
        },
    );
}

fn all_zeros(subject: &Subject, len: usize) -> Sealed {
    let mut inputs = subject
        .reference
        .inputs(&PlainRecord::data(0));
    inputs.plaintext = vec![0; len];
    inputs.additional_data = header(23, len + TAG_LEN).to_vec();
    subject.reference.seal_inputs(&inputs)
}

/// Opens records whose explicit nonce does not come from the sequence number.
fn explicit_nonce(run: &mut Run<'_>, destination: Destination) {
    for explicit in [[0; 8], [0xff; 8], *b"whatever"] {
        let plain = PlainRecord::data(40).with_seq(3);
        run.case(
            Check::ExplicitNonce,
            format_args!("{plain}, explicit nonce {explicit:02x?}, opened {destination}"),
            |subject| {
                let mut inputs = subject.reference.inputs(&plain);
                inputs.nonce[4..].copy_from_slice(&explicit);
                inputs.explicit_nonce = explicit.to_vec();
                let sealed = subject.reference.seal_inputs(&inputs);
                subject
                    .open(&sealed, plain.seq, destination)?
                    .opened_to(&plain)
            },
        );
    }
}

/// Opens into longer and shorter outputs.
///
/// A longer output changes nothing. An output shorter than the content is an error. If the output has room for the
/// content but not for the rest of the plaintext, either is accepted.
fn other_output_lens(run: &mut Run<'_>) {
    for plain in FEW_CONTENT_LENS.map(PlainRecord::data) {
        let content_len = plain.content.len();
        for more in [2, 16, 1000] {
            run.case(
                Check::OpeningInto,
                format_args!("{plain}, opened into an output {more} bytes longer than the content"),
                |subject| open_into(subject, &plain, content_len + more)?.opened_to(&plain),
            );
        }
        run.case(
            Check::OpeningInto,
            format_args!("{plain}, opened into an output as long as the content"),
            |subject| {
                let attempt = open_into(subject, &plain, content_len)?;
                match attempt.result {
                    Err(_) if subject.suite.is_tls13() => attempt.is_refused(),
                    _ => attempt.opened_to(&plain),
                }
            },
        );
        for out_len in [0, content_len.saturating_sub(1)] {
            if out_len < content_len {
                run.case(
                    Check::OpeningInto,
                    format_args!("{plain}, opened into an output of {out_len} bytes"),
                    |subject| open_into(subject, &plain, out_len)?.is_refused(),
                );
            }
        }
    }
}

fn open_into(
    subject: &Subject,
    plain: &PlainRecord,
    out_len: usize,
) -> Result<Attempt, Difference> {
    let sealed = subject.reference.seal(plain);
    Ok(Attempt::new(
        &mut *subject.decrypter()?,
        &sealed,
        plain.seq,
        Destination::OtherSlice,
        out_len,
    ))
}
