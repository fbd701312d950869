//! The bytes that an idle connection holds after its handshake, allocated by Rust and by C code.
//!
//! The peer, the buffers, and the configs that connections share do not count.

use std::io::{self, Write};

use indicatif::ProgressBar;
use malloc_counter::live_bytes;
use rustls::HandshakeKind;
use serde::{Deserialize, Serialize};

use crate::args::{Args, Memory};
use crate::endpoint::{Direct, DirectReleased, HandshakeImplementation, Rustls023};
use crate::environment;
use crate::handshake::Side;
use crate::handshake_configs::{HandshakeConfigs, HandshakeMode};
use crate::handshake_pair::shake_hands;
use crate::provider::protocol;
use crate::table::Table;
use crate::transit_buffer::TransitBuffer;

/// The memory of one side of a library: a row of the table, and an object in the JSON file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MemoryResult {
    pub(crate) lib: String,
    pub(crate) provider: String,
    pub(crate) protocol: String,
    pub(crate) suite: String,
    pub(crate) side: Side,
    pub(crate) allocator: String,
    pub(crate) cpu: String,
    pub(crate) connections: usize,
    /// Bytes per connection. `None` if this system cannot count them.
    pub(crate) bytes: Option<f64>,
    /// `bytes` as a fraction of what rustls holds.
    pub(crate) ratio_to_rustls: Option<f64>,
}

/// Measures `memory.count` connections of each side.
pub(crate) fn run(args: &Args, memory: &Memory, progress: &ProgressBar) -> Vec<MemoryResult> {
    progress.set_message(format!("memory, {}", memory.suite.name));
    let setup = args.provider.setup(&memory.suite.name);
    let configs = HandshakeConfigs::new(args.provider, &setup, HandshakeMode::Full);
    let mut results = Vec::new();
    for side in Side::BOTH {
        let rustls = bytes_per_connection::<Rustls023>(&configs, side, memory.count);
        let direct = bytes_per_connection::<Direct>(&configs, side, memory.count);
        let released = bytes_per_connection::<DirectReleased<true>>(&configs, side, memory.count);
        let without_certificates =
            bytes_per_connection::<DirectReleased<false>>(&configs, side, memory.count);
        for (lib, bytes) in [
            ("direct", direct),
            ("direct, released", released),
            (
                "direct, released, without certificates",
                without_certificates,
            ),
            ("rustls-0.23", rustls),
        ] {
            results.push(MemoryResult {
                lib: lib.into(),
                provider: args.provider.name().into(),
                protocol: protocol(&setup).into(),
                suite: memory.suite.name.clone(),
                side,
                allocator: environment::ALLOCATOR.into(),
                cpu: environment::cpu().into(),
                connections: memory.count,
                bytes,
                ratio_to_rustls: bytes
                    .zip(rustls)
                    .map(|(bytes, rustls)| bytes / rustls),
            });
        }
    }
    progress.inc(args.rounds() as u64);
    results
}

/// Returns the bytes that one connection holds, as the mean of `count` connections.
fn bytes_per_connection<L: HandshakeImplementation>(
    configs: &HandshakeConfigs,
    side: Side,
    count: usize,
) -> Option<f64> {
    let mut wires = [TransitBuffer::new(), TransitBuffer::new()];
    let mut connect = || shake_hands::<L>(configs, &mut wires, HandshakeKind::Full).1;
    // The first connection allocates what the libraries share between connections.
    drop(connect());
    let bytes = match side {
        Side::Client => bytes_held(count, || connect().0),
        Side::Server => bytes_held(count, || connect().1),
    };
    bytes.map(|bytes| bytes as f64 / count as f64)
}

/// Returns the bytes that `count` values made by `make` hold together.
fn bytes_held<T>(count: usize, mut make: impl FnMut() -> T) -> Option<i64> {
    let (bytes, _kept) = live_bytes(|| {
        let mut kept = Vec::with_capacity(count);
        kept.extend((0..count).map(|_| make()));
        kept
    });
    bytes
}

/// Prints the results as a table.
pub(crate) fn print(results: &[MemoryResult], to: &mut dyn Write) -> io::Result<()> {
    let first = &results[0];
    writeln!(
        to,
        "{} ({}) by {}, {} idle connections, {} allocator",
        first.suite, first.protocol, first.provider, first.connections, first.allocator
    )?;
    let mut table = Table::new(["", "", "bytes each", "of rustls"]);
    for result in results {
        let bytes = result
            .bytes
            .map_or("unknown".into(), |bytes| format!("{bytes:.0}"));
        let ratio = result
            .ratio_to_rustls
            .map_or("unknown".into(), |ratio| format!("{ratio:.3}"));
        table.row([result.side.name().into(), result.lib.clone(), bytes, ratio]);
    }
    write!(to, "{}", table.aligned())
}
