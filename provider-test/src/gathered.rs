//! Content in several slices is sealed as if it were in one.

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::EncryptFailed;

use crate::check::Check;
use crate::difference::{Difference, same, same_bytes};
use crate::plain::Plain;
use crate::run::Run;
use crate::sealing::padded;
use crate::sizes::{FEW, sizes};
use crate::subject::Subject;

pub(crate) fn check(run: &mut Run<'_>) {
    as_if_in_one(run);
    whole_output(run);
    missing(run);
}

fn as_if_in_one(run: &mut Run<'_>) {
    let plains = sizes().map(Plain::data);
    for plain in plains.chain(padded(run.is_tls13())) {
        for (name, pieces) in cuts(&plain.content) {
            run.case(
                Check::GatheredContent,
                format_args!("{plain}, in {name}"),
                |subject| subject.seals(&plain, whole(&pieces).into()),
            );
        }
        for (name, pieces, before) in parts(&plain.content) {
            let pieces: Vec<_> = pieces
                .iter()
                .map(Vec::as_slice)
                .collect();
            let part = OutboundChunks::Multiple {
                chunks: &pieces,
                start: before,
                end: before + plain.content.len(),
            };
            run.case(
                Check::GatheredContent,
                format_args!("{plain}, {name}"),
                |subject| subject.seals(&plain, part.into()),
            );
        }
    }
}

/// Returns all of the chunks as `Multiple`, even if there is only one.
fn whole<'a>(chunks: &'a [&'a [u8]]) -> OutboundChunks<'a> {
    OutboundChunks::Multiple {
        chunks,
        start: 0,
        end: chunks
            .iter()
            .map(|chunk| chunk.len())
            .sum(),
    }
}

/// Cuts `content` in several ways.
fn cuts(content: &[u8]) -> [(&'static str, Vec<&[u8]>); 5] {
    let (front, back) = content.split_at(content.len() / 3);
    let (middle, end) = back.split_at(back.len().min(1));
    let small = content.len().div_ceil(200).max(1);
    [
        ("one chunk", vec![content]),
        ("two chunks", vec![front, back]),
        (
            "chunks of which some are empty",
            vec![&[], front, &[], &[], middle, end, &[]],
        ),
        ("many chunks", content.chunks(small).collect()),
        ("chunks of 16 bytes and less", content.chunks(16).collect()),
    ]
}

/// Makes `content` a part of longer chunks, and counts the bytes before it.
fn parts(content: &[u8]) -> [(&'static str, Vec<Vec<u8>>, usize); 3] {
    let (front, back) = content.split_at(content.len() / 2);
    [
        (
            "in the middle of one chunk",
            vec![[b"before", content, b"after"].concat()],
            6,
        ),
        (
            "from inside a chunk to inside a chunk",
            vec![
                b"one chunk before".to_vec(),
                [b"before", front].concat(),
                Vec::new(),
                [back, b"after"].concat(),
                b"one chunk after".to_vec(),
            ],
            16 + 6,
        ),
        (
            "between other chunks",
            vec![b"before".to_vec(), content.to_vec(), b"after".to_vec()],
            6,
        ),
    ]
}

fn whole_output(run: &mut Run<'_>) {
    for plain in FEW.map(Plain::data) {
        for (name, pieces) in cuts(&plain.content) {
            run.case(
                Check::WholeOutput,
                format_args!("{plain}, in {name}, sealed over 00 and over ff"),
                |subject| {
                    let over_zeros = subject.seal(&plain, whole(&pieces).into(), 0x00)?;
                    let over_ones = subject.seal(&plain, whole(&pieces).into(), 0xff)?;
                    same_bytes(&over_zeros, &over_ones)
                },
            );
        }
    }
}

/// Tries chunks that hold fewer bytes than they claim.
fn missing(run: &mut Run<'_>) {
    let plain = Plain::data(40);
    let chunks: [&[u8]; 3] = [&plain.content[..7], &[], &plain.content[7..]];
    for (start, end) in [
        (0, 41),
        (0, 40 + 256),
        (1, 41),
        (39, 42),
        (40, 41),
        (50, 60),
    ] {
        run.case(
            Check::MissingContent,
            format_args!("bytes {start} to {end} of chunks of 40"),
            |subject| seals_nothing_of(subject, &chunks, start, end),
        );
    }
    run.case(
        Check::MissingContent,
        format_args!("bytes 0 to 1 of no chunks"),
        |subject| seals_nothing_of(subject, &[], 0, 1),
    );
}

fn seals_nothing_of(
    subject: &Subject,
    chunks: &[&[u8]],
    start: usize,
    end: usize,
) -> Result<(), Difference> {
    let plain = Plain::data(end - start);
    let mut out = subject.output(&plain, &plain.slice(), 0);
    let record = plain.outbound(OutboundChunks::Multiple { chunks, start, end }.into());
    let result = subject
        .encrypter()?
        .encrypt_into(record, plain.seq, &mut out);
    same(Err(EncryptFailed), result)
}
