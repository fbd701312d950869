//! Records that are not authentic are refused, and leave no plaintext.

use std::fmt;

use rustls::ContentType;
use rustls_direct::record::MAX_CONTENT_LEN;

use crate::check::Check;
use crate::plain_record::PlainRecord;
use crate::reference::{Sealed, header};
use crate::run::Run;
use crate::subject::Destination;
use crate::suite::TAG_LEN;

pub(crate) fn check(run: &mut Run<'_>) {
    for destination in Destination::BOTH {
        altered(run, destination);
        truncated_and_extended(run, destination);
        short_payloads(run, destination);
        additional_data(run, destination);
        other_sequence_number(run, destination);
    }
}

/// Changes every bit of short records, and some bits of a long one.
fn altered(run: &mut Run<'_>, destination: Destination) {
    let padding = if run.is_tls13() { 9 } else { 0 };
    for len in [0, 1, 40] {
        let plain = PlainRecord::data(len).padded(padding);
        let sealed = run.subject.reference.seal(&plain);
        for bit in 0..8 * sealed.payload.len() {
            alter(run, destination, &plain, &sealed, bit);
        }
    }

    let plain = PlainRecord::data(MAX_CONTENT_LEN);
    let sealed = run.subject.reference.seal(&plain);
    let bits = 8 * sealed.payload.len();
    // Every bit of the first ten bytes, with the explicit nonce, and of the last 17, with the tag. Between them one bit
    // of every 331st byte, the next higher bit each time.
    let front = 8 * 10;
    let tag = bits - 8 * (TAG_LEN + 1);
    let between = (front..tag).step_by(8 * 331 + 1);
    for bit in (0..front)
        .chain(between)
        .chain(tag..bits)
    {
        alter(run, destination, &plain, &sealed, bit);
    }
}

fn alter(
    run: &mut Run<'_>,
    destination: Destination,
    plain: &PlainRecord,
    sealed: &Sealed,
    bit: usize,
) {
    let (byte, bit) = (bit / 8, bit % 8);
    let mut altered = sealed.clone();
    altered.payload[byte] ^= 1 << bit;
    refuse(
        run,
        destination,
        plain,
        &altered,
        format_args!("bit {bit} of byte {byte} changed"),
    );
}

/// Cuts or extends the payload. The header has the new length, so that only the tag is wrong.
fn truncated_and_extended(run: &mut Run<'_>, destination: Destination) {
    let plain = PlainRecord::data(40);
    let Sealed { header, payload } = run.subject.reference.seal(&plain);
    let typ = header[0];
    let truncated = payload[..payload.len() - 1].to_vec();
    let without_first = payload[1..].to_vec();
    let extended = [&payload[..], &[0]].concat();
    for (what, payload) in [
        ("last byte missing", truncated),
        ("first byte missing", without_first),
        ("one byte appended", extended),
    ] {
        let sealed = Sealed::new(typ, payload);
        refuse(run, destination, &plain, &sealed, format_args!("{what}"));
    }
}

/// Runs two cases: the record is refused, and the refused record leaves no plaintext.
fn refuse(
    run: &mut Run<'_>,
    destination: Destination,
    plain: &PlainRecord,
    sealed: &Sealed,
    what: fmt::Arguments<'_>,
) {
    run.case(
        Check::AlteredRecord,
        format_args!("{plain}, {what}, opened {destination}"),
        |subject| {
            subject
                .open(sealed, plain.seq, destination)?
                .is_refused()
        },
    );
    run.case(
        Check::PlaintextLeft,
        format_args!("{plain}, {what}, opened {destination}"),
        |subject| {
            let attempt = subject.open(sealed, plain.seq, destination)?;
            match attempt.result {
                // The first case reports a record that is opened.
                Ok(_) => Ok(()),
                Err(_) => {
                    attempt.leaves_no_plaintext(&plain.content, subject.suite.format.prefix_len())
                }
            }
        },
    );
}

/// Opens payloads of every length up to that of the explicit nonce and the tag.
fn short_payloads(run: &mut Run<'_>, destination: Destination) {
    let typ = u8::from(ContentType::ApplicationData);
    let longest = run.subject.suite.format.prefix_len() + TAG_LEN;
    for len in 0..=longest {
        for fill in [0x00, 0xff] {
            run.case(
                Check::ShortPayload,
                format_args!("{len} bytes of {fill:02x}, opened {destination}"),
                |subject| {
                    subject
                        .open(&Sealed::new(typ, vec![fill; len]), 0, destination)?
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
fn additional_data(run: &mut Run<'_>, destination: Destination) {
    let plain = PlainRecord::data(40).with_seq(7);
    let correct = run
        .subject
        .reference
        .inputs(&plain)
        .additional_data;
    for at in 0..correct.len() {
        for bit in 0..8 {
            let mut other = correct.clone();
            other[at] ^= 1 << bit;
            seal_with(
                run,
                destination,
                &plain,
                other,
                format_args!("bit {bit} of byte {at} changed"),
            );
        }
    }
    let content_len = header(23, plain.content.len()).to_vec();
    for (what, other) in [
        ("nothing", Vec::new()),
        ("a header with the content's length", content_len),
        ("one byte more", [&correct[..], &[0]].concat()),
        ("one byte less", correct[..correct.len() - 1].to_vec()),
    ] {
        seal_with(run, destination, &plain, other, format_args!("{what}"));
    }
    if !run.is_tls13() {
        other_type(run, destination, &plain);
    }
}

fn seal_with(
    run: &mut Run<'_>,
    destination: Destination,
    plain: &PlainRecord,
    additional_data: Vec<u8>,
    what: fmt::Arguments<'_>,
) {
    run.case(
        Check::AdditionalData,
        format_args!("{plain}, sealed with other additional data: {what}, opened {destination}"),
        |subject| {
            let mut inputs = subject.reference.inputs(plain);
            inputs.additional_data = additional_data;
            let sealed = subject.reference.seal_inputs(&inputs);
            subject
                .open(&sealed, plain.seq, destination)?
                .is_refused()
        },
    );
}

/// Changes the type in a TLS 1.2 header, which is authenticated.
fn other_type(run: &mut Run<'_>, destination: Destination, plain: &PlainRecord) {
    for typ in [ContentType::Alert, ContentType::Handshake] {
        run.case(
            Check::AdditionalData,
            format_args!("{plain}, header changed to {typ:?}, opened {destination}"),
            |subject| {
                let mut sealed = subject.reference.seal(plain);
                sealed.header[0] = u8::from(typ);
                subject
                    .open(&sealed, plain.seq, destination)?
                    .is_refused()
            },
        );
    }
}

fn other_sequence_number(run: &mut Run<'_>, destination: Destination) {
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
        let plain = PlainRecord::data(40).with_seq(sealed_as);
        run.case(
            Check::OtherSequenceNumber,
            format_args!("{plain}, opened {destination} with sequence number {opened_as}"),
            |subject| {
                let sealed = subject.reference.seal(&plain);
                subject
                    .open(&sealed, opened_as, destination)?
                    .is_refused()
            },
        );
    }
}
