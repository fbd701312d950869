//! Records that are not authentic are refused, and leave no plaintext.

use std::fmt;

use rustls::ContentType;
use rustls_direct::record::MAX_CONTENT_LEN;

use crate::check::Check;
use crate::plain::Plain;
use crate::reference::{Sealed, header};
use crate::run::Run;
use crate::subject::Way;
use crate::suite::TAG_LEN;

pub(crate) fn check(run: &mut Run<'_>) {
    for way in Way::BOTH {
        altered(run, way);
        truncated_and_extended(run, way);
        short(run, way);
        additional_data(run, way);
        other_number(run, way);
    }
}

/// Changes every bit of short records, and some bits of a long one.
fn altered(run: &mut Run<'_>, way: Way) {
    let padding = if run.is_tls13() { 9 } else { 0 };
    for len in [0, 1, 40] {
        let plain = Plain::data(len).padded(padding);
        let sealed = run.subject.reference.seal(&plain);
        for bit in 0..8 * sealed.payload.len() {
            alter(run, way, &plain, &sealed, bit);
        }
    }

    let plain = Plain::data(MAX_CONTENT_LEN);
    let sealed = run.subject.reference.seal(&plain);
    let bits = 8 * sealed.payload.len();
    // Every bit of nonce and tag. Between them one bit of every 331st byte, each time at another place in the byte.
    let front = 8 * 10;
    let tag = bits - 8 * (TAG_LEN + 1);
    let between = (front..tag).step_by(8 * 331 + 1);
    for bit in (0..front)
        .chain(between)
        .chain(tag..bits)
    {
        alter(run, way, &plain, &sealed, bit);
    }
}

fn alter(run: &mut Run<'_>, way: Way, plain: &Plain, sealed: &Sealed, bit: usize) {
    let (byte, bit) = (bit / 8, bit % 8);
    let mut altered = sealed.clone();
    altered.payload[byte] ^= 1 << bit;
    refuse(
        run,
        way,
        plain,
        &altered,
        format_args!("bit {bit} of byte {byte} changed"),
    );
}

/// Cuts or extends the payload. The header has the new length, so that only the tag is wrong.
fn truncated_and_extended(run: &mut Run<'_>, way: Way) {
    let plain = Plain::data(40);
    let Sealed { header, payload } = run.subject.reference.seal(&plain);
    let typ = header[0];
    let truncated = payload[..payload.len() - 1].to_vec();
    let without_first = payload[1..].to_vec();
    let extended = [&payload[..], &[0]].concat();
    for (what, payload) in [
        ("last byte missing", truncated),
        ("first byte missing", without_first),
        ("a byte more at the end", extended),
    ] {
        let sealed = Sealed::new(typ, payload);
        refuse(run, way, &plain, &sealed, format_args!("{what}"));
    }
}

/// Tries two cases: the record is refused, and no plaintext is left.
fn refuse(run: &mut Run<'_>, way: Way, plain: &Plain, sealed: &Sealed, what: fmt::Arguments<'_>) {
    run.case(
        Check::AlteredRecord,
        format_args!("{plain}, {what}, opened {way}"),
        |subject| {
            subject
                .open(sealed, plain.seq, way)?
                .is_refused()
        },
    );
    run.case(
        Check::PlaintextLeft,
        format_args!("{plain}, {what}, opened {way}"),
        |subject| {
            let attempt = subject.open(sealed, plain.seq, way)?;
            match attempt.result {
                // The other case reports this.
                Ok(_) => Ok(()),
                Err(_) => attempt.has_nothing_of(&plain.content, subject.suite.format.prefix_len()),
            }
        },
    );
}

/// Opens payloads of every length up to explicit nonce and tag alone.
fn short(run: &mut Run<'_>, way: Way) {
    let typ = u8::from(ContentType::ApplicationData);
    let longest = run.subject.suite.format.prefix_len() + TAG_LEN;
    for len in 0..=longest {
        for fill in [0x00, 0xff] {
            run.case(
                Check::ShortPayload,
                format_args!("{len} bytes of {fill:02x}, opened {way}"),
                |subject| {
                    subject
                        .open(&Sealed::new(typ, vec![fill; len]), 0, way)?
                        .is_refused()
                },
            );
        }
    }
}

/// Opens records that were sealed under the right key, but with other additional data.
///
/// In TLS 1.3 the additional data is the header, which nothing else authenticates. In TLS 1.2 it is the sequence number
/// and a header with the length of the content.
fn additional_data(run: &mut Run<'_>, way: Way) {
    let plain = Plain::data(40).with_seq(7);
    let right = run
        .subject
        .reference
        .pieces(&plain)
        .additional_data;
    for at in 0..right.len() {
        for bit in 0..8 {
            let mut other = right.clone();
            other[at] ^= 1 << bit;
            seal_with(
                run,
                way,
                &plain,
                other,
                format_args!("bit {bit} of byte {at} changed"),
            );
        }
    }
    let content_len = header(23, plain.content.len()).to_vec();
    for (what, other) in [
        ("nothing", Vec::new()),
        ("a header of the content's length", content_len),
        ("one byte more", [&right[..], &[0]].concat()),
        ("one byte less", right[..right.len() - 1].to_vec()),
    ] {
        seal_with(run, way, &plain, other, format_args!("{what}"));
    }
    if !run.is_tls13() {
        other_type(run, way, &plain);
    }
}

fn seal_with(
    run: &mut Run<'_>,
    way: Way,
    plain: &Plain,
    additional_data: Vec<u8>,
    what: fmt::Arguments<'_>,
) {
    run.case(
        Check::AdditionalData,
        format_args!("{plain}, sealed with other additional data: {what}, opened {way}"),
        |subject| {
            let mut pieces = subject.reference.pieces(plain);
            pieces.additional_data = additional_data;
            let sealed = subject.reference.seal_pieces(&pieces);
            subject
                .open(&sealed, plain.seq, way)?
                .is_refused()
        },
    );
}

/// Changes the type in a TLS 1.2 header, which is authenticated.
fn other_type(run: &mut Run<'_>, way: Way, plain: &Plain) {
    for typ in [ContentType::Alert, ContentType::Handshake] {
        run.case(
            Check::AdditionalData,
            format_args!("{plain}, header changed to {typ:?}, opened {way}"),
            |subject| {
                let mut sealed = subject.reference.seal(plain);
                sealed.header[0] = u8::from(typ);
                subject
                    .open(&sealed, plain.seq, way)?
                    .is_refused()
            },
        );
    }
}

fn other_number(run: &mut Run<'_>, way: Way) {
    let numbers = [
        (0, 1),
        (1, 0),
        (5, 6),
        (6, 5),
        (0, 1 << 32),
        (1, (1 << 32) + 1),
        (0, 1 << 63),
        (u64::MAX - 1, u64::MAX - 2),
    ];
    for (sealed_as, opened_as) in numbers {
        let plain = Plain::data(40).with_seq(sealed_as);
        run.case(
            Check::OtherSequenceNumber,
            format_args!("{plain}, opened {way} as number {opened_as}"),
            |subject| {
                let sealed = subject.reference.seal(&plain);
                subject
                    .open(&sealed, opened_as, way)?
                    .is_refused()
            },
        );
    }
}
