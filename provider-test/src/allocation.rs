//! Sealing and opening allocate nothing, according to the caller's count.

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::Content;
use rustls_direct::record::MAX_CONTENT_LEN;

use crate::check::Check;
use crate::difference::Difference;
use crate::plain_record::PlainRecord;
use crate::run::Run;
use crate::subject::{Destination, FILL, Subject};

pub(crate) fn check(run: &mut Run<'_>, count: &dyn Fn() -> u64) {
    let data = [0, 1, 1000, MAX_CONTENT_LEN].map(PlainRecord::data);
    for plain in &data {
        let halves = plain
            .content
            .split_at(plain.content.len() / 2);
        let halves = [halves.0, &[], halves.1];
        let gathered = OutboundChunks::Multiple {
            chunks: &halves,
            start: 0,
            end: plain.content.len(),
        };
        seal(run, plain, "one slice", plain.slice(), count);
        seal(run, plain, "chunks", gathered.into(), count);
        seal(run, plain, "content in place", plain.in_place(), count);
        open(run, plain, count);
    }
    if run.is_tls13() {
        let plain = PlainRecord::data(1000).padded(200);
        seal(run, &plain, "one slice", plain.slice(), count);
        seal(run, &plain, "content in place", plain.in_place(), count);
        open(run, &plain, count);
    }
}

/// Seals two records, because the first record of a key may not allocate either.
fn seal(
    run: &mut Run<'_>,
    plain: &PlainRecord,
    name: &str,
    content: Content<'_>,
    count: &dyn Fn() -> u64,
) {
    run.case(
        Check::NoAllocation,
        format_args!("{plain}, sealed from {name}"),
        |subject| {
            let mut encrypter = subject.encrypter()?;
            for seq in 0..2 {
                let mut out = subject.output(plain, &content, FILL);
                let record = plain.outbound(content.clone());
                allocates_nothing(count, || {
                    let _ = encrypter.encrypt_into(record, seq, &mut out);
                })?;
            }
            Ok(())
        },
    );
}

fn open(run: &mut Run<'_>, plain: &PlainRecord, count: &dyn Fn() -> u64) {
    for destination in Destination::BOTH {
        run.case(
            Check::NoAllocation,
            format_args!("{plain}, opened {destination}"),
            |subject| opens_without_allocating(subject, plain, destination, count),
        );
    }
}

fn opens_without_allocating(
    subject: &Subject,
    plain: &PlainRecord,
    destination: Destination,
    count: &dyn Fn() -> u64,
) -> Result<(), Difference> {
    let mut decrypter = subject.decrypter()?;
    for seq in 0..2 {
        let sealed = subject
            .reference
            .seal(&plain.clone().with_seq(seq));
        let header = sealed.header();
        let mut payload = sealed.payload;
        let mut out = vec![FILL; payload.len()];
        allocates_nothing(count, || {
            let _ = match destination {
                Destination::InPlace => decrypter.decrypt_in_place(header, &mut payload, seq),
                Destination::OtherSlice => {
                    decrypter.decrypt_into(header, &mut payload, seq, &mut out)
                }
            };
        })?;
    }
    Ok(())
}

/// Succeeds if `count` returns the same before and after `work`.
fn allocates_nothing(count: &dyn Fn() -> u64, work: impl FnOnce()) -> Result<(), Difference> {
    let before = count();
    work();
    match count() - before {
        0 => Ok(()),
        allocations => Err(Difference::new(
            "no allocation",
            format_args!("{allocations} allocations"),
        )),
    }
}
