//! What an idle connection holds after its handshake, in bytes of Rust and of C.
//!
//! The peer, the buffers, and the configs that connections share are not counted.

use std::io::{self, Write};

use indicatif::ProgressBar;
use malloc_counter::live_bytes;
use rustls::HandshakeKind;
use serde::{Deserialize, Serialize};

use crate::args::{Args, Memory};
use crate::endpoint::{
    Direct, DirectReleased, HandshakeConfigs, HandshakeImplementation, Rustls023,
};
use crate::environment;
use crate::handshake::Side;
use crate::handshake_configs::{HandshakeMode, configs};
use crate::handshake_pair::shake_hands;
use crate::provider::protocol;
use crate::table::Table;
use crate::transit_buffer::TransitBuffer;

/// A line of the table, and an object of the JSON file.
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
    /// Of each connection. Nothing if this system can not tell.
    pub(crate) bytes: Option<f64>,
    /// Beside what rustls holds.
    pub(crate) ratio_to_rustls: Option<f64>,
}

/// Measures as many connections of each side.
pub(crate) fn run(args: &Args, memory: &Memory, progress: &ProgressBar) -> Vec<MemoryResult> {
    progress.set_message(format!("memory, {}", memory.suite.name));
    let setup = args.provider.setup(&memory.suite.name);
    let configs = configs(args.provider, &setup, HandshakeMode::Full);
    let mut results = Vec::new();
    for side in Side::BOTH {
        let rustls = held::<Rustls023>(&configs, side, memory.count);
        let direct = held::<Direct>(&configs, side, memory.count);
        let released = held::<DirectReleased<true>>(&configs, side, memory.count);
        let bare = held::<DirectReleased<false>>(&configs, side, memory.count);
        for (lib, bytes) in [
            ("direct", direct),
            ("direct, released", released),
            ("direct, released, without certificates", bare),
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

/// Bytes that one connection of so many holds.
fn held<L: HandshakeImplementation>(
    configs: &HandshakeConfigs,
    side: Side,
    count: usize,
) -> Option<f64> {
    let mut wires = [TransitBuffer::new(), TransitBuffer::new()];
    let mut connect = || shake_hands::<L>(configs, &mut wires, HandshakeKind::Full).1;
    // What the libraries make once, and keep for all, is there after the first.
    drop(connect());
    let bytes = match side {
        Side::Client => keep(count, || connect().0),
        Side::Server => keep(count, || connect().1),
    };
    bytes.map(|bytes| bytes as f64 / count as f64)
}

/// Bytes that are held by so many of what `make` makes.
fn keep<T>(count: usize, mut make: impl FnMut() -> T) -> Option<i64> {
    let (bytes, _kept) = live_bytes(|| {
        let mut kept = Vec::with_capacity(count);
        kept.extend((0..count).map(|_| make()));
        kept
    });
    bytes
}

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
