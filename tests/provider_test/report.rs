//! What a report says, as a person reads it.

use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record::RecordHeader;
use rustls_direct_provider_test::{Check, check};

use crate::claims::NoSuite;
use crate::faults::TLS13;
use crate::found::checks;
use crate::layer::{Decrypter, Encrypter, Fault, Layer, OpenedOrNot, Sealed};
use crate::opening::{LastByteNotMovedOut, RecordWithoutTypeIsEmpty};
use crate::right::providers;
use crate::sealing::NumberCutTo32Bits;

fn layer(fault: &'static dyn Fault) -> Layer {
    Layer {
        right: providers()[0],
        suite: TLS13,
        fault,
    }
}

#[test]
fn the_first_findings_of_a_check_are_shown_and_the_others_counted() {
    let layer = layer(&RecordWithoutTypeIsEmpty);
    let report = check(&layer);
    let cases = report.cases();
    assert_eq!(
        report.to_string(),
        format!(
            "\
{layer:?}: failed 10 of {cases} cases
TLS13_AES_128_GCM_SHA256
  no content type: 10
    a plaintext of zeros, 1 byte, opened in place
      expected Err(NoContentType)
      got      Ok(Opened {{ typ: ApplicationData, content: 0..0 }})
    a plaintext of zeros, 2 bytes, opened in place
      expected Err(NoContentType)
      got      Ok(Opened {{ typ: ApplicationData, content: 0..0 }})
    a plaintext of zeros, 16 bytes, opened in place
      expected Err(NoContentType)
      got      Ok(Opened {{ typ: ApplicationData, content: 0..0 }})
    and 7 more
checked: TLS13_AES_128_GCM_SHA256"
        )
    );
}

#[test]
fn a_provider_without_a_suite_has_not_passed() {
    let layer = layer(&NoSuite);
    let report = check(&layer);
    let cases = report.cases();
    assert!(report.suites().is_empty());
    assert_eq!(
        report.to_string(),
        format!(
            "\
{layer:?}: failed 1 of {cases} cases
no suite
  suites: 1
    every suite
      expected an algorithm for at least one suite
      got      none
checked: nothing"
        )
    );
}

#[test]
fn a_provider_that_passes_says_what_was_checked() {
    let report = check(providers()[0]);
    let text = report.to_string();
    assert!(text.contains(&format!(
        ": passed {} cases\nchecked: TLS13_",
        report.cases()
    )));
    let suites = if cfg!(feature = "tls12") { 9 } else { 3 };
    assert_eq!(report.suites().len(), suites);
}

#[test]
#[should_panic(expected = "no content type: 10")]
fn asserting_shows_the_report() {
    check(&layer(&RecordWithoutTypeIsEmpty)).assert_passed();
}

#[test]
fn two_faults_are_both_found() {
    struct Both;

    impl Fault for Both {
        fn seal(
            &self,
            under: &mut Encrypter,
            record: OutboundRecord<'_>,
            seq: u64,
            out: &mut [u8],
        ) -> Sealed {
            NumberCutTo32Bits.seal(under, record, seq, out)
        }

        fn open_into(
            &self,
            under: &mut Decrypter,
            header: RecordHeader,
            payload: &mut [u8],
            seq: u64,
            out: &mut [u8],
        ) -> OpenedOrNot {
            LastByteNotMovedOut.open_into(under, header, payload, seq, out)
        }
    }

    let report = check(&layer(&Both));
    let checks = checks(&report);
    assert!(checks.contains(&Check::SequenceNumbers));
    assert!(checks.contains(&Check::OpeningInto));
    let sealed = |finding: &&rustls_direct_provider_test::Finding| finding.case.ends_with("sealed");
    let found = report.findings();
    assert!(
        found
            .iter()
            .filter(sealed)
            .all(|finding| finding.check == Check::SequenceNumbers)
    );
    assert!(
        found
            .iter()
            .any(|finding| sealed(&finding))
    );
}
