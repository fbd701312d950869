//! Which sealing calls do the writer and the state machine have in common?

use rustls_direct::split::{Gathered, Reservation, WriteError, Writer, Written};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedConnectionCommon, WriteTraffic};
use testing::{Forger, Role, Setup, Splittable, setups, shake_hands};

use crate::each_pair;

/// The sealing calls of the writer and of the state machine.
pub(crate) trait SealingApi {
    fn write(&mut self, data: Gathered<'_>, out: &mut [u8]) -> Result<Written, WriteError>;

    /// Seals all of `data`, with padding.
    fn write_padded(
        &mut self,
        data: &[u8],
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError>;

    fn reserve<'a>(
        &'a mut self,
        len: usize,
        out: &'a mut [u8],
        fill_and_seal: &mut dyn FnMut(Reservation<'_>) -> Result<usize, WriteError>,
    ) -> Result<usize, WriteError>;
}

impl SealingApi for Writer {
    fn write(&mut self, data: Gathered<'_>, out: &mut [u8]) -> Result<Written, WriteError> {
        self.write(data, out)
    }

    fn write_padded(
        &mut self,
        data: &[u8],
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let written = self.write_padded(data, padding, out)?;
        assert_eq!(written.consumed, data.len());
        Ok(written.written)
    }

    fn reserve<'a>(
        &'a mut self,
        len: usize,
        out: &'a mut [u8],
        fill_and_seal: &mut dyn FnMut(Reservation<'_>) -> Result<usize, WriteError>,
    ) -> Result<usize, WriteError> {
        fill_and_seal(self.reserve(len, out)?)
    }
}

/// A state machine after its handshake.
pub(crate) struct StateMachine<'c, Data>(pub(crate) &'c mut UnbufferedConnectionCommon<Data>);

impl<Data> StateMachine<'_, Data> {
    fn write_traffic(&mut self) -> Result<WriteTraffic<'_, Data>, WriteError> {
        match self
            .0
            .process_tls_records(&mut [])
            .state
        {
            Ok(ConnectionState::WriteTraffic(write)) => Ok(write),
            Ok(other) => panic!("cannot write in {other:?}"),
            Err(error) => Err(WriteError::Failed(Box::new(error))),
        }
    }
}

impl<Data> SealingApi for StateMachine<'_, Data> {
    fn write(&mut self, data: Gathered<'_>, out: &mut [u8]) -> Result<Written, WriteError> {
        self.write_traffic()?.write(data, out)
    }

    fn write_padded(
        &mut self,
        data: &[u8],
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        self.write_traffic()?
            .encrypt_padded(data, padding, out)
    }

    fn reserve<'a>(
        &'a mut self,
        len: usize,
        out: &'a mut [u8],
        fill_and_seal: &mut dyn FnMut(Reservation<'_>) -> Result<usize, WriteError>,
    ) -> Result<usize, WriteError> {
        let mut write = self.write_traffic()?;
        fill_and_seal(write.reserve(len, out)?)
    }
}

/// A test of one sealing API, with a forger as its peer.
pub(crate) trait Test: Fn(&Setup, &mut dyn SealingApi, &mut Forger) {}

impl<T: Fn(&Setup, &mut dyn SealingApi, &mut Forger)> Test for T {}

/// Runs `test` with both APIs, for every library, suite and role.
pub(crate) fn each_api(change: impl Fn(Setup) -> Setup, test: impl Test) {
    each_pair(&change, |setup, mut pair| {
        test(setup, &mut pair.writer, &mut pair.forger);
    });
    each_state_machine(change, test);
}

/// Runs `test` with the state machine, for every library, suite and role.
pub(crate) fn each_state_machine(change: impl Fn(Setup) -> Setup, test: impl Test) {
    for setup in setups() {
        let setup = change(setup);
        println!("{}, state machine", setup.name());
        run(&setup, Role::Client, setup.client(), &test);
        run(&setup, Role::Server, setup.server(), &test);
    }
}

fn run(setup: &Setup, role: Role, mut conn: impl Splittable, test: &impl Test) {
    let mut peer = Forger::peer(setup, role.other());
    shake_hands(&mut conn, &mut peer);
    let mut forger = Forger::new(setup, peer);
    assert!(conn.is_direct());
    test(setup, &mut StateMachine(&mut conn), &mut forger);
}
