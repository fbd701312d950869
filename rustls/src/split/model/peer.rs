//! The peer of the writer.

use alloc::vec;
use alloc::vec::Vec;

use rustls::Error;

use super::records::{ALERT, DATA, HANDSHAKE};
use crate::split::{WriteError, Writer};

/// The type and content of the alert for a record that is not authentic.
const BAD_RECORD_MAC: (u8, &[u8]) = (ALERT, &[2, 20]);

/// The peer: it collects the records of the writer.
#[derive(Default)]
pub(super) struct Peer {
    tls: Vec<u8>,
}

impl Peer {
    /// Receives the bytes that `seal` makes, or returns the error of a failed connection.
    pub(super) fn receive(
        &mut self,
        seal: impl FnOnce(&mut [u8]) -> Result<usize, WriteError>,
    ) -> Result<usize, Error> {
        let mut out = [0; 100];
        match seal(&mut out) {
            Ok(len) => {
                self.tls.extend(&out[..len]);
                Ok(len)
            }
            Err(WriteError::Failed(error)) => Err(*error),
            Err(other) => panic!("{other}"),
        }
    }

    /// The types and contents of all records, after checking their generations and sequence numbers.
    pub(super) fn records(&self) -> Vec<(u8, &[u8])> {
        let (mut rest, mut records) = (&self.tls[..], vec![]);
        let (mut generation, mut number) = (0, 0);
        while let [DATA, 3, 3, 0, len, after @ ..] = rest {
            let (payload, after) = after.split_at(usize::from(*len));
            let [g, n, content @ .., typ] = payload else {
                panic!("{payload:?}");
            };
            assert_eq!((*g, *n), (generation, number), "{:?}", self.tls);
            number += 1;
            if *typ == HANDSHAKE {
                (generation, number) = (generation + 1, 0);
            }
            records.push((*typ, content));
            rest = after;
        }
        assert_eq!(rest, []);
        records
    }

    /// Checks that the writer ends with one alert for a bad record, and then returns the error of the reader.
    pub(super) fn assert_failed(&mut self, writer: &mut Writer) {
        let mut seal = || self.receive(|out| writer.flush(out));
        let error = loop {
            if let Err(error) = seal() {
                break error;
            }
        };
        assert_eq!(error, Error::DecryptError);
        let records = self.records();
        let alerts = records
            .iter()
            .filter(|(typ, _)| *typ == ALERT);
        assert_eq!(alerts.count(), 1);
        assert_eq!(records.last(), Some(&BAD_RECORD_MAC));
    }
}
