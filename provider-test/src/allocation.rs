//! Sealing and opening allocate nothing, as the caller counts.

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::Content;
use rustls_direct::record::MAX_CONTENT_LEN;

use crate::check::Check;
use crate::difference::Difference;
use crate::plain::Plain;
use crate::run::Run;
use crate::subject::{FILL, Subject, Way};

pub(crate) fn check(run: &mut Run<'_>, count: &dyn Fn() -> u64) {
    let data = [0, 1, 1000, MAX_CONTENT_LEN].map(Plain::data);
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
        let plain = Plain::data(1000).padded(200);
        seal(run, &plain, "one slice", plain.slice(), count);
        seal(run, &plain, "content in place", plain.in_place(), count);
        open(run, &plain, count);
    }
}

/// The first record of a key may allocate no more than the second.
fn seal(
    run: &mut Run<'_>,
    plain: &Plain,
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
                none(count, || {
                    let _ = encrypter.encrypt_into(record, seq, &mut out);
                })?;
            }
            Ok(())
        },
    );
}

fn open(run: &mut Run<'_>, plain: &Plain, count: &dyn Fn() -> u64) {
    for way in Way::BOTH {
        run.case(
            Check::NoAllocation,
            format_args!("{plain}, opened {way}"),
            |subject| opens_without(subject, plain, way, count),
        );
    }
}

fn opens_without(
    subject: &Subject,
    plain: &Plain,
    way: Way,
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
        none(count, || {
            let _ = match way {
                Way::InPlace => decrypter.decrypt_in_place(header, &mut payload, seq),
                Way::Into => decrypter.decrypt_into(header, &mut payload, seq, &mut out),
            };
        })?;
    }
    Ok(())
}

/// Succeeds if `count` returns the same before and after `work`.
fn none(count: &dyn Fn() -> u64, work: impl FnOnce()) -> Result<(), Difference> {
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
