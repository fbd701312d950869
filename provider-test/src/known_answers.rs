//! Records of OpenSSL and RFC 8448 are sealed byte for byte, and opened.

use rustls_direct::record::HEADER_LEN;

use crate::check::Check;
use crate::difference::same_bytes;
use crate::plain::Plain;
use crate::reference::{Keys, Sealed};
use crate::run::Run;
use crate::subject::{FILL, Subject, Way};
use crate::vector::Vector;

pub(crate) fn check(run: &mut Run<'_>, vectors: &[Vector]) {
    let suite = run.subject.suite.id;
    for vector in vectors
        .iter()
        .filter(|vector| vector.is_of(suite))
    {
        seal(run, vector);
        open(run, vector);
    }
}

fn seal(run: &mut Run<'_>, vector: &Vector) {
    let plain = Plain::of(vector);
    for (name, content) in [("one slice", plain.slice()), ("in place", plain.in_place())] {
        run.case(
            Check::KnownAnswers,
            format_args!("{}, sealed from {name}", vector.name),
            |subject| {
                let actual = with(subject, vector, &vector.iv).seal(&plain, content, FILL)?;
                same_bytes(&vector.record[HEADER_LEN..], &actual)
            },
        );
    }
}

/// In TLS 1.2 with AES-GCM only the salt of the iv is right, because a receiver needs no more.
fn open(run: &mut Run<'_>, vector: &Vector) {
    let plain = Plain::of(vector);
    let payload = vector.record[HEADER_LEN..].to_vec();
    let sealed = Sealed::new(vector.record[0], payload);
    for way in Way::BOTH {
        run.case(
            Check::KnownAnswers,
            format_args!("{}, opened {way}", vector.name),
            |subject| {
                with(subject, vector, &vector.opening_iv())
                    .open(&sealed, plain.seq, way)?
                    .is(&plain)
            },
        );
    }
}

fn with(subject: &Subject, vector: &Vector, iv: &[u8]) -> Subject {
    subject.with_keys(Keys {
        key: vector.key.clone(),
        iv: iv.to_vec(),
    })
}
