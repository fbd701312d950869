//! The lengths that a provider claims are correct.

use rustls_direct::cipher::TrafficKeys;
use rustls_direct::record::MAX_CONTENT_LEN;

use crate::check::Check;
use crate::content_lens::content_lens;
use crate::difference::{Difference, expect_equal};
use crate::run::Run;
use crate::suite::TAG_LEN;

pub(crate) fn check(run: &mut Run<'_>) {
    payload_lens(run);
    key_len(run);
}

fn payload_lens(run: &mut Run<'_>) {
    let format = run.subject.suite.format;
    run.case(
        Check::ClaimedLengths,
        format_args!("payload_prefix_len"),
        |subject| {
            expect_equal(
                format.prefix_len(),
                subject
                    .encrypter()?
                    .payload_prefix_len(),
            )
        },
    );
    for len in content_lens() {
        run.case(
            Check::ClaimedLengths,
            format_args!("encrypted_payload_len({len})"),
            |subject| {
                let claimed = subject
                    .encrypter()?
                    .encrypted_payload_len(len);
                expect_equal(len + format.overhead(), claimed)
            },
        );
    }
    // Up to the longest payload that TLS 1.2 allows.
    let tried = (0..=300).chain([1000, MAX_CONTENT_LEN, MAX_CONTENT_LEN + 2048]);
    let overhead = format.prefix_len() + TAG_LEN;
    for payload_len in tried {
        run.case(
            Check::ClaimedLengths,
            format_args!("decrypted_payload_len({payload_len})"),
            |subject| {
                let claimed = subject
                    .decrypter()?
                    .decrypted_payload_len(payload_len);
                expect_equal(payload_len.saturating_sub(overhead), claimed)
            },
        );
    }
}

/// Does not check that a key of another length is refused: the record layer never passes one.
fn key_len(run: &mut Run<'_>) {
    let correct = run.subject.suite.aead.key_len();
    run.case(Check::KeyLength, format_args!("key_len"), |subject| {
        expect_equal(correct, subject.algorithm.key_len())
    });
    run.case(
        Check::KeyLength,
        format_args!("a key of {correct} bytes"),
        |subject| {
            subject.encrypter()?;
            subject.decrypter()?;
            Ok(())
        },
    );
    for len in (0..=TrafficKeys::MAX_KEY_LEN).filter(|len| *len != correct) {
        run.case(
            Check::KeyLength,
            format_args!("a key of {len} bytes"),
            |subject| {
                let keys = TrafficKeys::new(&[7; TrafficKeys::MAX_KEY_LEN][..len], &[7; 12])
                    .map_err(|err| Difference::new("keys", err))?;
                let _ = subject.algorithm.encrypter(&keys);
                let _ = subject.algorithm.decrypter(&keys);
                Ok(())
            },
        );
    }
}
