//! The text of a report.

use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record::RecordHeader;
use rustls_direct_provider_test::{Check, check};

use crate::claim_faults::NoAlgorithm;
use crate::correct_providers::correct_providers;
use crate::detection::checks_with_findings;
use crate::fault_table::TLS13;
use crate::faulty_provider::{
    Fault, FaultyDecrypter, FaultyEncrypter, FaultyProvider, OpenResult, SealResult,
};
use crate::opening_faults::{LastByteOfContentNotCopied, RecordWithoutTypeOpenedAsEmpty};
use crate::sealing_faults::SequenceNumberCutTo32Bits;

fn with_fault(fault: &'static dyn Fault) -> FaultyProvider {
    FaultyProvider {
        inner: correct_providers()[0],
        suite: TLS13,
        fault,
    }
}

#[test]
fn the_first_findings_of_a_check_are_shown_and_the_others_counted() {
    let provider = with_fault(&RecordWithoutTypeOpenedAsEmpty);
    let report = check(&provider);
    let cases = report.cases();
    assert_eq!(
        report.to_string(),
        format!(
            "\
{provider:?}: failed 10 of {cases} cases
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
fn a_provider_without_a_suite_fails() {
    let provider = with_fault(&NoAlgorithm);
    let report = check(&provider);
    let cases = report.cases();
    assert!(report.suites().is_empty());
    assert_eq!(
        report.to_string(),
        format!(
            "\
{provider:?}: failed 1 of {cases} cases
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
fn the_report_of_a_provider_that_passes_names_the_suites() {
    let report = check(correct_providers()[0]);
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
fn assert_passed_panics_with_the_report() {
    check(&with_fault(&RecordWithoutTypeOpenedAsEmpty)).assert_passed();
}

#[test]
fn two_faults_are_both_found() {
    struct Both;

    impl Fault for Both {
        fn seal(
            &self,
            encrypter: &mut FaultyEncrypter,
            record: OutboundRecord<'_>,
            seq: u64,
            out: &mut [u8],
        ) -> SealResult {
            SequenceNumberCutTo32Bits.seal(encrypter, record, seq, out)
        }

        fn open_into(
            &self,
            decrypter: &mut FaultyDecrypter,
            header: RecordHeader,
            payload: &mut [u8],
            seq: u64,
            out: &mut [u8],
        ) -> OpenResult {
            LastByteOfContentNotCopied.open_into(decrypter, header, payload, seq, out)
        }
    }

    let report = check(&with_fault(&Both));
    let checks = checks_with_findings(&report);
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
