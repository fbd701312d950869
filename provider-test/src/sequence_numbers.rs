//! Sequence numbers start anywhere and rise, and two keys do not affect each other.

use crate::check::Check;
use crate::difference::{Difference, expect_equal_bytes};
use crate::plain_record::PlainRecord;
use crate::reference::Keys;
use crate::run::Run;
use crate::subject::{Destination, FILL, Subject};

pub(crate) fn check(run: &mut Run<'_>) {
    for from in STARTS {
        let next = [0, 1, 2, 3].map(|more| from + more);
        rising_numbers(run, &next);
    }
    // A provider that counts records instead of using the given numbers fails here.
    rising_numbers(run, &[0, 1, 3, 1 << 16, 1 << 32, 1 << 63, LAST]);
    two_keys(run);
}

/// The last sequence number that `EncryptionState` uses.
const LAST: u64 = u64::MAX - 1;

/// Sequence numbers shortly before one that takes another byte or sets the highest bit, at both ends, and one whose
/// eight bytes differ.
const STARTS: [u64; 11] = [
    0,
    1,
    (1 << 8) - 2,
    (1 << 16) - 2,
    (1 << 24) - 2,
    (1 << 32) - 2,
    1 << 32,
    (1 << 40) - 2,
    (1 << 63) - 2,
    0x0123_4567_89ab_cdef,
    LAST - 3,
];

/// Seals a record with each of `numbers` by one encrypter, and opens them all by one decrypter. The records differ in
/// length.
fn rising_numbers(run: &mut Run<'_>, numbers: &[u64]) {
    let plains: Vec<_> = numbers
        .iter()
        .zip([40, 0, 1000, 1].into_iter().cycle())
        .map(|(seq, len)| PlainRecord::data(len).with_seq(*seq))
        .collect();
    run.case(
        Check::SequenceNumbers,
        format_args!("sequence numbers {numbers:?}, sealed"),
        |subject| seals_all(&[subject], &plains),
    );
    for destination in Destination::BOTH {
        run.case(
            Check::SequenceNumbers,
            format_args!("sequence numbers {numbers:?}, opened {destination}"),
            |subject| opens_all(&[subject], &plains, destination),
        );
    }
}

/// Uses two keys in turn, like the two directions of a connection. Each key has to refuse records of the other.
fn two_keys(run: &mut Run<'_>) {
    let keys = Keys::numbered(run.subject.suite, 2);
    let plains = [0, 1, 2].map(|seq| PlainRecord::data(40).with_seq(seq));
    run.case(Check::TwoKeys, format_args!("sealed in turn"), |one| {
        seals_all(&[one, &one.with_keys(keys.clone())], &plains)
    });
    for destination in Destination::BOTH {
        run.case(
            Check::TwoKeys,
            format_args!("opened in turn, {destination}"),
            |one| opens_all(&[one, &one.with_keys(keys.clone())], &plains, destination),
        );
        run.case(
            Check::TwoKeys,
            format_args!("sealed with one, opened with the other, {destination}"),
            |one| {
                let sealed = one.reference.seal(&plains[0]);
                one.with_keys(keys.clone())
                    .open(&sealed, plains[0].seq, destination)?
                    .is_refused()
            },
        );
    }
}

/// Seals each of `plains` with each of `subjects` in turn, with one encrypter for each.
fn seals_all(subjects: &[&Subject], plains: &[PlainRecord]) -> Result<(), Difference> {
    let mut encrypters: Vec<_> = subjects
        .iter()
        .map(|subject| subject.encrypter())
        .collect::<Result<_, _>>()?;
    for plain in plains {
        for (subject, encrypter) in subjects.iter().zip(&mut encrypters) {
            let actual = subject.seal_with(&mut **encrypter, plain, plain.slice(), FILL)?;
            expect_equal_bytes(&subject.reference.seal(plain).payload, &actual)?;
        }
    }
    Ok(())
}

/// Opens each of `plains` with each of `subjects` in turn, with one decrypter for each.
fn opens_all(
    subjects: &[&Subject],
    plains: &[PlainRecord],
    destination: Destination,
) -> Result<(), Difference> {
    let mut decrypters: Vec<_> = subjects
        .iter()
        .map(|subject| subject.decrypter())
        .collect::<Result<_, _>>()?;
    for plain in plains {
        for (subject, decrypter) in subjects.iter().zip(&mut decrypters) {
            let sealed = subject.reference.seal(plain);
            subject
                .open_with(&mut **decrypter, &sealed, plain.seq, destination)?
                .opened_to(plain)?;
        }
    }
    Ok(())
}
