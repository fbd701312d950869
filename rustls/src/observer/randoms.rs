//! Reads the random from the ServerHello. The exporter of TLS 1.2 needs it, and rustls has no getter for it.

use crate::record::records;
use rustls::ContentType;

/// Bytes of a ServerHello before its random: message header (4) and version (2). RFC 5246 s7.4.1.3.
const RANDOM_OFFSET: usize = 6;

/// Bytes of a random.
pub(super) const RANDOM_LEN: usize = 32;

/// The first bytes of the server's first handshake message, up to the end of its random.
pub(super) struct ServerRandom {
    bytes: [u8; RANDOM_OFFSET + RANDOM_LEN],
    filled_len: usize,
}

impl Default for ServerRandom {
    fn default() -> Self {
        Self {
            bytes: [0; RANDOM_OFFSET + RANDOM_LEN],
            filled_len: 0,
        }
    }
}

impl ServerRandom {
    /// Copies missing bytes from `tls`, whole records that the server sends.
    pub(super) fn observe(&mut self, tls: &[u8]) {
        if self.filled_len == self.bytes.len() {
            return;
        }
        for (header, payload) in records(tls) {
            if header.typ() == ContentType::Handshake {
                let missing = &mut self.bytes[self.filled_len..];
                let len = payload.len().min(missing.len());
                missing[..len].copy_from_slice(&payload[..len]);
                self.filled_len += len;
            }
        }
    }

    /// Returns the random. `None` until all of it was observed.
    pub(super) fn get(&self) -> Option<[u8; RANDOM_LEN]> {
        let (_, random) = self
            .bytes
            .split_last_chunk()
            .filter(|_| self.filled_len == self.bytes.len())?;
        Some(*random)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// An alert, followed by a ServerHello in records of `len` bytes of content.
    fn records(len: usize) -> Vec<u8> {
        let message: Vec<u8> = [2, 0, 0, 99, 3, 3]
            .into_iter()
            .chain(100..232)
            .collect();
        let mut records = [21, 3, 3, 0, 2, 1, 0].to_vec();
        for content in message.chunks(len) {
            records.extend([22, 3, 3, 0]);
            records.push(u8::try_from(content.len()).unwrap());
            records.extend(content);
        }
        records
    }

    #[test]
    fn the_random_is_found_however_the_message_is_fragmented() {
        let random: Vec<u8> = (100..132).collect();
        for len in [1, 27, 38, 39, 138] {
            let mut server_random = ServerRandom::default();
            server_random.observe(&records(len));
            assert_eq!(server_random.get().unwrap()[..], random);
        }
    }

    #[test]
    fn an_incomplete_random_is_not_returned() {
        let mut server_random = ServerRandom::default();
        server_random.observe(&records(37)[..7 + 5 + 37]);
        assert_eq!(server_random.get(), None);
    }
}
