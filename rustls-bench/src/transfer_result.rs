//! The result of measuring one library in one transfer.

use serde::{Deserialize, Serialize};
use testing::Setup;

use crate::direction::Direction;
use crate::environment;
use crate::job::Job;
use crate::other_libraries;
use crate::page_faults;
use crate::provider::protocol;
use crate::transfer_timing::TransferSamples;

/// What one library reached in one transfer: a row of the table, and an object in the JSON file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct TransferResult {
    pub(crate) lib: String,
    pub(crate) api: String,
    pub(crate) provider: String,
    /// The cryptography library: the provider, unless the library brings its own.
    pub(crate) cryptography: String,
    pub(crate) protocol: String,
    pub(crate) suite: String,
    pub(crate) direction: Direction,
    pub(crate) plaintext_size: u32,
    pub(crate) max_fragment_size: Option<u16>,
    pub(crate) threads: usize,
    pub(crate) allocator: String,
    pub(crate) cpu: String,
    pub(crate) samples: usize,
    pub(crate) median_ns_per_write: f64,
    pub(crate) percentile_10_ns_per_write: f64,
    pub(crate) mb_per_s: f64,
    /// The speed as a fraction of the bare AEAD call's, by the medians.
    pub(crate) ratio_to_raw: f64,
    /// The same by the 10th percentiles. If the two differ for writes of 4 KiB and more, the machine was not quiet.
    pub(crate) percentile_10_ratio_to_raw: f64,
    pub(crate) allocations_per_record: Option<f64>,
    /// The median of all turns. `None` if the system does not report page faults.
    pub(crate) page_faults_per_write: Option<f64>,
    /// TLS bytes that one sent write takes beyond those of the other libraries, because its records are smaller.
    pub(crate) extra_tls_bytes: usize,
    /// Where the application finds received content.
    pub(crate) plaintext: Option<String>,
}

impl TransferResult {
    pub(crate) fn new(
        job: &Job,
        setup: &Setup,
        samples: &TransferSamples,
        raw: &TransferSamples,
    ) -> Self {
        let ns = &samples.ns_per_write;
        let faults = &samples.page_faults_per_write;
        Self {
            lib: samples.lib.name().into(),
            api: samples.lib.api(job.direction).into(),
            provider: job.provider.name().into(),
            cryptography: other_libraries::own_cryptography(samples.lib)
                .unwrap_or(job.provider.name())
                .into(),
            protocol: protocol(setup).into(),
            suite: job.suite.clone(),
            direction: job.direction,
            plaintext_size: job.plaintext_size,
            max_fragment_size: job.max_fragment,
            threads: samples.threads,
            allocator: environment::ALLOCATOR.into(),
            cpu: environment::cpu().into(),
            samples: ns.len(),
            median_ns_per_write: ns.median(),
            percentile_10_ns_per_write: ns.percentile_10(),
            // A byte per nanosecond is a GB per second.
            mb_per_s: f64::from(job.plaintext_size) / ns.median() * 1000.0,
            ratio_to_raw: raw.ns_per_write.median() / ns.median(),
            percentile_10_ratio_to_raw: raw.ns_per_write.percentile_10() / ns.percentile_10(),
            allocations_per_record: samples.allocations_per_record,
            page_faults_per_write: (faults.len() > 0).then(|| faults.median()),
            extra_tls_bytes: samples.extra_tls_bytes,
            plaintext: samples
                .lib
                .plaintext(job.direction)
                .map(str::to_owned),
        }
    }

    /// Returns whether `direct` seems much faster than the bare AEAD call, although that call is a part of its work.
    ///
    /// With ChaCha20-Poly1305 `direct` can be faster: sealing in place saves the block of key stream that the
    /// out-of-place call needs for the type byte. So only AES-GCM is judged.
    pub(crate) fn is_not_reliable(&self) -> bool {
        self.lib == "direct" && self.suite.contains("GCM") && self.ratio_to_raw > 1.05
    }

    /// Returns the page faults per write if there are so many that the time depends on the allocator as much as on the
    /// library.
    pub(crate) fn many_page_faults(&self) -> Option<f64> {
        self.page_faults_per_write
            .filter(|faults| *faults > page_faults::MAX_PER_WRITE)
    }

    /// Returns whether `self` and `other` share a table: only their directions, libraries and thread counts may differ.
    pub(crate) fn shares_table_with(&self, other: &Self) -> bool {
        self.suite == other.suite
            && self.provider == other.provider
            && self.plaintext_size == other.plaintext_size
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::library::Library;
    use crate::provider::Provider;
    use crate::samples::Samples;

    /// A result for sending, for which the bare call takes 100 ns.
    pub(crate) fn measured(lib: Library, suite: &str, ns: f64, page_faults: f64) -> TransferResult {
        let one = |sample| {
            let mut samples = Samples::default();
            samples.push(sample);
            samples
        };
        let sampled = |lib, ns| TransferSamples {
            lib,
            threads: 1,
            ns_per_write: one(ns),
            page_faults_per_write: one(page_faults),
            allocations_per_record: None,
            extra_tls_bytes: 0,
        };
        let job = Job::new(Provider::AwsLcRs, suite, Direction::Send, 1024);
        let setup = job.provider.setup(suite);
        TransferResult::new(
            &job,
            &setup,
            &sampled(lib, ns),
            &sampled(Library::Raw, 100.0),
        )
    }

    #[test]
    fn a_result_is_not_reliable_if_direct_is_much_faster_than_raw() {
        let unreliable = |lib, suite, ns| measured(lib, suite, ns, 0.0).is_not_reliable();
        let aes = "TLS13_AES_128_GCM_SHA256";
        assert!(unreliable(Library::Direct, aes, 94.0));
        assert!(!unreliable(Library::Direct, aes, 96.0));
        assert!(!unreliable(Library::DirectStreamed, aes, 90.0));
        assert!(!unreliable(Library::Raw, aes, 94.0));
        assert!(!unreliable(
            Library::Direct,
            "TLS13_CHACHA20_POLY1305_SHA256",
            70.0
        ));
    }
}
