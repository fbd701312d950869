//! Handshakes, each side on its own clock, up to where records could be sealed and opened.
//!
//! For `direct` that is with the handover. What it adds to rustls's handshake is compared to what rustls's own conversion
//! and two contexts add, in the same run. So is what a program adds that takes connections over and does nothing else.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use rustls::HandshakeKind;
use serde::{Deserialize, Serialize};

use crate::args::{Args, Suite};
use crate::endpoint::{Direct, HandshakeConfigs, HandshakeImplementation, Rustls023};
use crate::environment;
use crate::handshake_configs::{HandshakeMode, configs};
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

/// A line of the table, and an object of the JSON file.
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
    /// How fast it is beside rustls alone, by the medians.
    pub(crate) ratio_to_rustls: f64,
    pub(crate) percentile_10_ratio_to_rustls: f64,
    /// The median of what it takes longer than rustls alone in the same round.
    pub(crate) added_ns: f64,
    /// Beside what rustls's conversion and two contexts add.
    pub(crate) added_ratio_to_kernel: f64,
}

/// Turns of each library in what is a round elsewhere. What is added to a handshake is a few hundredths of it, and is found
/// by comparing turns that are close to each other.
pub(crate) const TURNS: usize = 5;

/// How long each of them is.
const SLICE: Duration = Duration::from_millis(2);

/// Measures handshakes of one kind.
pub(crate) fn run(
    args: &Args,
    suite: &Suite,
    kind: HandshakeMode,
    progress: &ProgressBar,
) -> Vec<HandshakeResult> {
    progress.set_message(format!("{} handshakes, {}", kind.name(), suite.name));
    let setup = args.provider.setup(&suite.name);
    let configs = || configs(args.provider, &setup, kind);
    let mut turns = [
        Turn::of::<Rustls023>(RUSTLS, configs(), kind),
        Turn::of::<KernelConversion>(KERNEL, configs().with_secret_extraction(), kind),
        Turn::of::<MinimalTakeover>(TAKEOVER, configs(), kind),
        Turn::of::<Direct>("direct", configs(), kind),
    ];
    let count = turns[0].calibrate();
    interleave(&mut turns, TURNS * args.rounds(), progress, |turn| {
        turn.slice(count);
    });

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
                handshake: kind,
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

/// What all are compared to.
const RUSTLS: &str = "rustls-0.23";

/// What anybody has to add to it.
pub(crate) const KERNEL: &str = "rustls-0.23+kernel";

/// What is added by a program that takes connections over and does nothing else.
pub(crate) const TAKEOVER: &str = "rustls-0.23+taps";

/// A library in the middle of being measured.
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
        kind: HandshakeMode,
    ) -> Self {
        let mut wires = [TransitBuffer::new(), TransitBuffer::new()];
        // The first one is what others resume.
        shake_hands::<L>(&configs, &mut wires, HandshakeKind::Full);
        let expected = kind.expected();
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

    /// How many handshakes fill a slice.
    fn calibrate(&mut self) -> u32 {
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < SLICE {
            (self.shake_hands)();
            count += 1;
        }
        count
    }

    fn slice(&mut self, count: u32) {
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
