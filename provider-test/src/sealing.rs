//! One slice, content in place, padding and types are sealed as the reference seals them.

use rustls::ContentType;
use rustls_direct::cipher::{Content, EncryptFailed};
use rustls_direct::record::MAX_CONTENT_LEN;

use crate::check::Check;
use crate::difference::{Difference, same, same_bytes};
use crate::plain::Plain;
use crate::run::Run;
use crate::sizes::{FEW, sizes};
use crate::subject::Subject;

pub(crate) fn check(run: &mut Run<'_>) {
    one_slice_and_in_place(run);
    padding(run);
    types(run);
    whole_output(run);
    output_length(run);
}

fn one_slice_and_in_place(run: &mut Run<'_>) {
    for plain in sizes().map(Plain::data) {
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
pub(crate) fn padded(is_tls13: bool) -> impl Iterator<Item = Plain> {
    const PADDINGS: [usize; 8] = [1, 2, 15, 16, 17, 255, 1000, MAX_CONTENT_LEN];
    FEW.into_iter()
        .filter(move |_| is_tls13)
        .flat_map(|len| {
            PADDINGS.map(|padding| Plain::data(len).padded(padding.min(MAX_CONTENT_LEN - len)))
        })
        .filter(|plain| plain.padding != 0)
}

fn types(run: &mut Run<'_>) {
    for plain in of_every_type() {
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

/// Returns records of each type, including types that rustls does not know.
///
/// ChangeCipherSpec is left out: no protected record may have that type, so a provider may refuse it. RFC 8446 s5.
pub(crate) fn of_every_type() -> impl Iterator<Item = Plain> {
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
        .flat_map(|typ| [2, 40].map(|len| Plain::data(len).with_typ(typ)))
}

/// Checks that records sealed over different bytes are the same.
fn whole_output(run: &mut Run<'_>) {
    for plain in FEW
        .into_iter()
        .map(Plain::data)
        .chain(padded(run.is_tls13()))
    {
        for (name, content) in [("one slice", plain.slice()), ("in place", plain.in_place())] {
            run.case(
                Check::WholeOutput,
                format_args!("{plain}, {name}, sealed over 00 and over ff"),
                |subject| {
                    let over_zeros = subject.seal(&plain, content.clone(), 0x00)?;
                    let over_ones = subject.seal(&plain, content, 0xff)?;
                    same_bytes(&over_zeros, &over_ones)
                },
            );
        }
    }
}

/// Tries outputs that are too short or too long, by a byte or by a tag among others.
fn output_length(run: &mut Run<'_>) {
    let overhead = run.subject.suite.format.overhead();
    for plain in [0, 1, 16, 1000].map(Plain::data) {
        let right = plain.content.len() + overhead;
        let wrong = [0, 1, right - 16, right - 1, right + 1, right + 16, 70_000];
        for out_len in wrong {
            for (name, content) in [("one slice", plain.slice()), ("in place", plain.in_place())] {
                run.case(
                    Check::OutputLength,
                    format_args!("{plain}, {name}, into {out_len} bytes instead of {right}"),
                    |subject| seals_nothing_into(subject, &plain, content, out_len),
                );
            }
        }
    }
}

fn seals_nothing_into(
    subject: &Subject,
    plain: &Plain,
    content: Content<'_>,
    out_len: usize,
) -> Result<(), Difference> {
    let mut out = subject.output(plain, &content, 0);
    out.resize(out_len, 0);
    let result = subject
        .encrypter()?
        .encrypt_into(plain.outbound(content), plain.seq, &mut out);
    same(Err(EncryptFailed), result)
}
