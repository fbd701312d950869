//! Two connections that shake hands, each side on its own clock.

use std::time::{Duration, Instant};

use rustls::HandshakeKind;

use crate::endpoint::{Endpoint, HandshakeImplementation};
use crate::handshake_configs::HandshakeConfigs;
use crate::transit_buffer::TransitBuffer;

/// The time that each side took.
#[derive(Default)]
pub(crate) struct SideTimes {
    pub(crate) client: Duration,
    pub(crate) server: Duration,
}

/// What remains of the client and of the server.
pub(crate) type IdlePair<H> = (
    <<H as HandshakeImplementation>::Client as Endpoint>::Idle,
    <<H as HandshakeImplementation>::Server as Endpoint>::Idle,
);

/// Creates two connections, completes their handshake, and returns what remains of them.
///
/// The caller drops that, so dropping is not timed.
pub(crate) fn shake_hands<H: HandshakeImplementation>(
    configs: &HandshakeConfigs,
    [to_client, to_server]: &mut [TransitBuffer; 2],
    expected: HandshakeKind,
) -> (SideTimes, IdlePair<H>) {
    let mut times = SideTimes::default();
    let mut client = timed(&mut times.client, || H::client(configs));
    let mut server = timed(&mut times.server, || H::server(configs));
    let mut complete = false;
    while !complete {
        let client_is_complete = timed(&mut times.client, || client.process(to_client, to_server));
        let server_is_complete = timed(&mut times.server, || server.process(to_server, to_client));
        complete = client_is_complete && server_is_complete && to_client.is_empty();
    }
    assert_eq!(client.handshake_kind(), Some(expected));
    let client = timed(&mut times.client, || client.finish());
    let server = timed(&mut times.server, || server.finish());
    (times, (client, server))
}

/// Runs `work`, and adds the time that it takes to `sum`.
fn timed<T>(sum: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *sum += start.elapsed();
    result
}
