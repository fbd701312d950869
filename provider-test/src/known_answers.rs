//! Records of OpenSSL and RFC 8448 are sealed byte for byte, and opened.

use rustls_direct::record::HEADER_LEN;

use crate::check::Check;
use crate::difference::expect_equal_bytes;
use crate::plain_record::PlainRecord;
use crate::reference::{Keys, Sealed};
use crate::run::Run;
use crate::subject::{Destination, FILL, Subject};
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
    let plain = PlainRecord::from_vector(vector);
    for (name, content) in [("one slice", plain.slice()), ("in place", plain.in_place())] {
        run.case(
            Check::KnownAnswers,
            format_args!("{}, sealed from {name}", vector.name),
            |subject| {
                let actual =
                    with_key_of(subject, vector, &vector.iv).seal(&plain, content, FILL)?;
                expect_equal_bytes(&vector.record[HEADER_LEN..], &actual)
            },
        );
    }
}

/// In TLS 1.2 with AES-GCM only the salt of the iv is correct, because a receiver needs only the salt.
fn open(run: &mut Run<'_>, vector: &Vector) {
    let plain = PlainRecord::from_vector(vector);
    let payload = vector.record[HEADER_LEN..].to_vec();
    let sealed = Sealed::new(vector.record[0], payload);
    for destination in Destination::BOTH {
        run.case(
            Check::KnownAnswers,
            format_args!("{}, opened {destination}", vector.name),
            |subject| {
                with_key_of(subject, vector, &vector.opening_iv())
                    .open(&sealed, plain.seq, destination)?
                    .opened_to(&plain)
            },
        );
    }
}

fn with_key_of(subject: &Subject, vector: &Vector, iv: &[u8]) -> Subject {
    subject.with_keys(Keys {
        key: vector.key.clone(),
        iv: iv.to_vec(),
    })
}
