//! Tables of transfer results.

use std::io::{self, Write};

use crate::direction::Direction;
use crate::table::Table;
use crate::transfer_result::TransferResult;

/// Prints one table for each suite and size.
pub(crate) fn print(results: &[TransferResult], to: &mut dyn Write) -> io::Result<()> {
    for table in results.chunk_by(TransferResult::shares_table_with) {
        print_table(table, to)?;
        print_notes(table, to)?;
    }
    Ok(())
}

fn print_table(results: &[TransferResult], to: &mut dyn Write) -> io::Result<()> {
    let first = &results[0];
    writeln!(
        to,
        "{} ({}) by {}, {} bytes per write, {} samples",
        first.suite, first.protocol, first.provider, first.plaintext_size, first.samples
    )?;
    let mut table = Table::new([
        "",
        "",
        "threads",
        "MB/s",
        "ns/write",
        "of raw",
        "10th pc",
        "alloc/record",
        "plaintext",
    ]);
    for result in results {
        let allocations = result
            .allocations_per_record
            .map_or("unknown".into(), |count| format!("{count:.2}"));
        table.row([
            result.direction.name().into(),
            result.lib.clone(),
            result.threads.to_string(),
            format!("{:.1}", result.mb_per_s),
            format!("{:.1}", result.median_ns_per_write),
            format!("{:.3}", result.ratio_to_raw),
            format!("{:.3}", result.percentile_10_ratio_to_raw),
            allocations,
            result
                .plaintext
                .clone()
                .unwrap_or_default(),
        ]);
    }
    write!(to, "{}", table.aligned())
}

fn print_notes(results: &[TransferResult], to: &mut dyn Write) -> io::Result<()> {
    for result in results
        .iter()
        .filter(|result| result.direction == Direction::Send)
    {
        if result.cryptography != result.provider {
            writeln!(to, "{} uses {}", result.lib, result.cryptography)?;
        }
        if result.extra_tls_bytes > 0 {
            writeln!(
                to,
                "{} makes {} more bytes per write than the others, because its records are smaller",
                result.lib, result.extra_tls_bytes
            )?;
        }
    }
    Ok(())
}
