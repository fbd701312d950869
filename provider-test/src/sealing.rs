//! Content in one slice and in place, with padding and of different types, is sealed as the reference seals it.

use rustls::ContentType;
use rustls_direct::cipher::{Content, EncryptFailed};
use rustls_direct::record::MAX_CONTENT_LEN;

use crate::check::Check;
use crate::content_lens::{FEW_CONTENT_LENS, content_lens};
use crate::difference::{Difference, expect_equal, expect_equal_bytes};
use crate::plain_record::PlainRecord;
use crate::run::Run;
use crate::subject::Subject;

pub(crate) fn check(run: &mut Run<'_>) {
    one_slice_and_in_place(run);
    padding(run);
    types(run);
    whole_output(run);
    output_length(run);
}

fn one_slice_and_in_place(run: &mut Run<'_>) {
    for plain in content_lens().map(PlainRecord::data) {
        run.case(
            Check::ContentInOneSlice,
            format_args!("{plain}"),
            |subject| subject.seals(&plain, plain.slice()),
        );
        run.case(Check::ContentInPlace, format_args!("{plain}"), |subject| {
            subject.seals(&plain, plain.in_place())
        });
    }
}

fn padding(run: &mut Run<'_>) {
    for plain in padded(run.is_tls13()) {
        run.case(
            Check::Padding,
            format_args!("{plain}, in one slice"),
            |subject| subject.seals(&plain, plain.slice()),
        );
        run.case(
            Check::Padding,
            format_args!("{plain}, in place"),
            |subject| subject.seals(&plain, plain.in_place()),
        );
    }
}

/// Returns records with padding. There are none in TLS 1.2.
pub(crate) fn padded(is_tls13: bool) -> impl Iterator<Item = PlainRecord> {
    const PADDINGS: [usize; 8] = [1, 2, 15, 16, 17, 255, 1000, MAX_CONTENT_LEN];
    FEW_CONTENT_LENS
        .into_iter()
        .filter(move |_| is_tls13)
        .flat_map(|len| {
            PADDINGS
                .map(|padding| PlainRecord::data(len).padded(padding.min(MAX_CONTENT_LEN - len)))
        })
        .filter(|plain| plain.padding != 0)
}

fn types(run: &mut Run<'_>) {
    for plain in of_known_and_unknown_types() {
        run.case(
            Check::ContentTypes,
            format_args!("{plain}, sealed from one slice"),
            |subject| subject.seals(&plain, plain.slice()),
        );
        run.case(
            Check::ContentTypes,
            format_args!("{plain}, sealed in place"),
            |subject| subject.seals(&plain, plain.in_place()),
        );
    }
}

/// Returns records of the content types of TLS, and of two that rustls does not know.
///
/// ChangeCipherSpec is left out: no protected record may have that type, so a provider may refuse it. RFC 8446 s5.
pub(crate) fn of_known_and_unknown_types() -> impl Iterator<Item = PlainRecord> {
    let types = [
        ContentType::Alert,
        ContentType::Handshake,
        ContentType::ApplicationData,
        ContentType::Heartbeat,
        ContentType::Unknown(0x80),
        ContentType::Unknown(0xff),
    ];
    types
        .into_iter()
        .flat_map(|typ| [2, 40].map(|len| PlainRecord::data(len).with_typ(typ)))
}

/// Checks that the bytes in the output before sealing do not affect the record.
fn whole_output(run: &mut Run<'_>) {
    for plain in FEW_CONTENT_LENS
        .into_iter()
        .map(PlainRecord::data)
        .chain(padded(run.is_tls13()))
    {
        for (name, content) in [("one slice", plain.slice()), ("in place", plain.in_place())] {
            run.case(
                Check::WholeOutput,
                format_args!("{plain}, {name}, sealed over bytes 00 and over bytes ff"),
                |subject| {
                    let over_zeros = subject.seal(&plain, content.clone(), 0x00)?;
                    let over_ones = subject.seal(&plain, content, 0xff)?;
                    expect_equal_bytes(&over_zeros, &over_ones)
                },
            );
        }
    }
}

/// Tries outputs that are too short or too long, for example by one byte or by a tag.
fn output_length(run: &mut Run<'_>) {
    let overhead = run.subject.suite.format.overhead();
    for plain in [0, 1, 16, 1000].map(PlainRecord::data) {
        let correct = plain.content.len() + overhead;
        let wrong = [
            0,
            1,
            correct - 16,
            correct - 1,
            correct + 1,
            correct + 16,
            70_000,
        ];
        for out_len in wrong {
            for (name, content) in [("one slice", plain.slice()), ("in place", plain.in_place())] {
                run.case(
                    Check::OutputLength,
                    format_args!("{plain}, {name}, into {out_len} bytes instead of {correct}"),
                    |subject| refuses_to_seal(subject, &plain, content, out_len),
                );
            }
        }
    }
}

fn refuses_to_seal(
    subject: &Subject,
    plain: &PlainRecord,
    content: Content<'_>,
    out_len: usize,
) -> Result<(), Difference> {
    let mut out = subject.output(plain, &content, 0);
    out.resize(out_len, 0);
    let result = subject
        .encrypter()?
        .encrypt_into(plain.outbound(content), plain.seq, &mut out);
    expect_equal(Err(EncryptFailed), result)
}
