//! Times handshakes, each side on its own clock, until the side can seal and open records.
//!
//! For `direct` this includes the handover. The time that `direct` adds to rustls's handshake is compared, in the same
//! run, with the time that rustls's own conversion and two AEAD contexts add. The same is done for a minimal takeover.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use rustls::HandshakeKind;
use serde::{Deserialize, Serialize};

use crate::args::{Args, Suite};
use crate::endpoint::{Direct, HandshakeImplementation, Rustls023};
use crate::environment;
use crate::handshake_configs::{HandshakeConfigs, HandshakeMode};
use crate::handshake_pair::{SideTimes, shake_hands};
use crate::kernel_conversion::KernelConversion;
use crate::minimal_takeover::MinimalTakeover;
use crate::provider::protocol;
use crate::samples::{Samples, interleave};
use crate::table::Table;
use crate::transit_buffer::TransitBuffer;

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Client,
    Server,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Client, Self::Server];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// The handshakes of one side of an implementation: a row of the table, and an object in the JSON file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct HandshakeResult {
    pub(crate) lib: String,
    pub(crate) provider: String,
    pub(crate) protocol: String,
    pub(crate) suite: String,
    pub(crate) handshake: HandshakeMode,
    pub(crate) side: Side,
    pub(crate) allocator: String,
    pub(crate) cpu: String,
    pub(crate) samples: usize,
    pub(crate) median_ns: f64,
    pub(crate) percentile_10_ns: f64,
    pub(crate) handshakes_per_s: f64,
    /// The speed as a fraction of that of rustls alone, by the medians.
    pub(crate) ratio_to_rustls: f64,
    pub(crate) percentile_10_ratio_to_rustls: f64,
    /// The median of the differences to rustls alone in the same round.
    pub(crate) added_ns: f64,
    /// `added_ns` as a multiple of what rustls's conversion and two AEAD contexts add.
    pub(crate) added_ratio_to_kernel: f64,
}

/// Rounds of handshakes per round of the other commands.
///
/// The implementations differ by a few hundredths of a handshake, which shows only between turns that are short and
/// close together.
pub(crate) const ROUNDS_FACTOR: usize = 5;

/// The length of a turn.
const SLICE: Duration = Duration::from_millis(2);

/// Measures the handshakes of all implementations in one mode.
pub(crate) fn run(
    args: &Args,
    suite: &Suite,
    mode: HandshakeMode,
    progress: &ProgressBar,
) -> Vec<HandshakeResult> {
    progress.set_message(format!("{} handshakes, {}", mode.name(), suite.name));
    let setup = args.provider.setup(&suite.name);
    let configs = || HandshakeConfigs::new(args.provider, &setup, mode);
    let mut turns = [
        Turn::of::<Rustls023>(RUSTLS, configs(), mode),
        Turn::of::<KernelConversion>(KERNEL, configs().with_secret_extraction(), mode),
        Turn::of::<MinimalTakeover>(TAKEOVER, configs(), mode),
        Turn::of::<Direct>("direct", configs(), mode),
    ];
    let count = turns[0].calibrate();
    interleave(
        &mut turns,
        ROUNDS_FACTOR * args.rounds(),
        progress,
        |turn| {
            turn.sample(count);
        },
    );

    let [rustls, kernel, ..] = &turns;
    let mut results = Vec::new();
    for side in Side::BOTH {
        let (rustls, kernel) = (rustls.samples(side), kernel.samples(side));
        let added_by_kernel = kernel.minus(rustls).median();
        for turn in turns.iter().rev() {
            let samples = turn.samples(side);
            let added_ns = samples.minus(rustls).median();
            results.push(HandshakeResult {
                lib: turn.lib.into(),
                provider: args.provider.name().into(),
                protocol: protocol(&setup).into(),
                suite: suite.name.clone(),
                handshake: mode,
                side,
                allocator: environment::ALLOCATOR.into(),
                cpu: environment::cpu().into(),
                samples: samples.len(),
                median_ns: samples.median(),
                percentile_10_ns: samples.percentile_10(),
                handshakes_per_s: 1e9 / samples.median(),
                ratio_to_rustls: rustls.median() / samples.median(),
                percentile_10_ratio_to_rustls: rustls.percentile_10() / samples.percentile_10(),
                added_ns,
                added_ratio_to_kernel: added_ns / added_by_kernel,
            });
        }
    }
    results
}

/// rustls alone, with which all others are compared.
const RUSTLS: &str = "rustls-0.23";

/// rustls with its connection converted: the least that a program must add to seal and open records itself.
pub(crate) const KERNEL: &str = "rustls-0.23+kernel";

/// rustls with its connection taken over as `direct` does, and nothing else.
pub(crate) const TAKEOVER: &str = "rustls-0.23+taps";

/// An implementation that is being measured.
struct Turn {
    lib: &'static str,
    shake_hands: Box<dyn FnMut() -> SideTimes>,
    client: Samples,
    server: Samples,
}

impl Turn {
    fn of<L: HandshakeImplementation>(
        lib: &'static str,
        configs: HandshakeConfigs,
        mode: HandshakeMode,
    ) -> Self {
        let mut wires = [TransitBuffer::new(), TransitBuffer::new()];
        // The other handshakes resume the session of this one.
        shake_hands::<L>(&configs, &mut wires, HandshakeKind::Full);
        let expected = mode.expected();
        Self {
            lib,
            shake_hands: Box::new(move || shake_hands::<L>(&configs, &mut wires, expected).0),
            client: Samples::default(),
            server: Samples::default(),
        }
    }

    fn samples(&self, side: Side) -> &Samples {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// Returns how many handshakes fill a slice.
    fn calibrate(&mut self) -> u32 {
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < SLICE {
            (self.shake_hands)();
            count += 1;
        }
        count
    }

    fn sample(&mut self, count: u32) {
        let mut sum = SideTimes::default();
        for _ in 0..count {
            let times = (self.shake_hands)();
            sum.client += times.client;
            sum.server += times.server;
        }
        let each = |time: Duration| time.as_nanos() as f64 / f64::from(count);
        self.client.push(each(sum.client));
        self.server.push(each(sum.server));
    }
}

/// Prints the results as a table.
pub(crate) fn print(results: &[HandshakeResult], to: &mut dyn Write) -> io::Result<()> {
    let first = &results[0];
    writeln!(
        to,
        "{} ({}) by {}, {} handshakes, {} samples",
        first.suite,
        first.protocol,
        first.provider,
        first.handshake.name(),
        first.samples
    )?;
    let mut table = Table::new([
        "",
        "",
        "per second",
        "us",
        "of rustls",
        "10th pc",
        "added us",
        "of kernel",
    ]);
    for result in results {
        table.row([
            result.side.name().into(),
            result.lib.clone(),
            format!("{:.0}", result.handshakes_per_s),
            format!("{:.2}", result.median_ns / 1000.0),
            format!("{:.3}", result.ratio_to_rustls),
            format!("{:.3}", result.percentile_10_ratio_to_rustls),
            format!("{:.2}", result.added_ns / 1000.0),
            format!("{:.3}", result.added_ratio_to_kernel),
        ]);
    }
    write!(to, "{}", table.aligned())
}
