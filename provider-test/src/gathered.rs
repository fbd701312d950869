//! Content in several slices is sealed as if it were in one.

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::EncryptFailed;

use crate::check::Check;
use crate::content_lens::{FEW_CONTENT_LENS, content_lens};
use crate::difference::{Difference, expect_equal, expect_equal_bytes};
use crate::plain_record::PlainRecord;
use crate::run::Run;
use crate::sealing::padded;
use crate::subject::Subject;

pub(crate) fn check(run: &mut Run<'_>) {
    gathered_content(run);
    whole_output(run);
    missing_content(run);
}

fn gathered_content(run: &mut Run<'_>) {
    let plains = content_lens().map(PlainRecord::data);
    for plain in plains.chain(padded(run.is_tls13())) {
        for (name, pieces) in cuts(&plain.content) {
            run.case(
                Check::GatheredContent,
                format_args!("{plain}, in {name}"),
                |subject| subject.seals(&plain, all_of(&pieces).into()),
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

/// Returns all content of `chunks` as `Multiple`, even if there is only one chunk.
fn all_of<'a>(chunks: &'a [&'a [u8]]) -> OutboundChunks<'a> {
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
            "chunks, some of them empty",
            vec![&[], front, &[], &[], middle, end, &[]],
        ),
        ("many chunks", content.chunks(small).collect()),
        ("chunks of up to 16 bytes", content.chunks(16).collect()),
    ]
}

/// Puts `content` inside longer chunks. Returns the chunks and the number of bytes before `content`.
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
    for plain in FEW_CONTENT_LENS.map(PlainRecord::data) {
        for (name, pieces) in cuts(&plain.content) {
            run.case(
                Check::WholeOutput,
                format_args!("{plain}, in {name}, sealed over bytes 00 and over bytes ff"),
                |subject| {
                    let over_zeros = subject.seal(&plain, all_of(&pieces).into(), 0x00)?;
                    let over_ones = subject.seal(&plain, all_of(&pieces).into(), 0xff)?;
                    expect_equal_bytes(&over_zeros, &over_ones)
                },
            );
        }
    }
}

/// Tries chunks that hold fewer bytes than they claim.
fn missing_content(run: &mut Run<'_>) {
    let plain = PlainRecord::data(40);
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
            |subject| refuses_to_seal(subject, &chunks, start, end),
        );
    }
    run.case(
        Check::MissingContent,
        format_args!("bytes 0 to 1 of no chunks"),
        |subject| refuses_to_seal(subject, &[], 0, 1),
    );
}

fn refuses_to_seal(
    subject: &Subject,
    chunks: &[&[u8]],
    start: usize,
    end: usize,
) -> Result<(), Difference> {
    let plain = PlainRecord::data(end - start);
    let mut out = subject.output(&plain, &plain.slice(), 0);
    let record = plain.outbound(OutboundChunks::Multiple { chunks, start, end }.into());
    let result = subject
        .encrypter()?
        .encrypt_into(record, plain.seq, &mut out);
    expect_equal(Err(EncryptFailed), result)
}
