//! Two connections that shake hands, each side on its own clock.

use std::time::{Duration, Instant};

use rustls::HandshakeKind;

use crate::endpoint::{Endpoint, HandshakeConfigs, HandshakeImplementation};
use crate::transit_buffer::TransitBuffer;

/// What each side took.
#[derive(Default)]
pub(crate) struct SideTimes {
    pub(crate) client: Duration,
    pub(crate) server: Duration,
}

/// What is left of both sides.
pub(crate) type Idle<L> = (
    <<L as HandshakeImplementation>::Client as Endpoint>::Idle,
    <<L as HandshakeImplementation>::Server as Endpoint>::Idle,
);

/// Makes two connections, has them shake hands, and gives what is left of them. Dropping that is not on their clocks.
pub(crate) fn shake_hands<L: HandshakeImplementation>(
    configs: &HandshakeConfigs,
    [to_client, to_server]: &mut [TransitBuffer; 2],
    expected: HandshakeKind,
) -> (SideTimes, Idle<L>) {
    let mut times = SideTimes::default();
    let mut client = timed(&mut times.client, || L::client(configs));
    let mut server = timed(&mut times.server, || L::server(configs));
    let mut complete = false;
    while !complete {
        let client_is = timed(&mut times.client, || client.go_on(to_client, to_server));
        let server_is = timed(&mut times.server, || server.go_on(to_server, to_client));
        complete = client_is && server_is && to_client.is_empty();
    }
    assert_eq!(client.handshake_kind(), Some(expected));
    let client = timed(&mut times.client, || client.finish());
    let server = timed(&mut times.server, || server.finish());
    (times, (client, server))
}

fn timed<T>(sum: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *sum += start.elapsed();
    result
}
