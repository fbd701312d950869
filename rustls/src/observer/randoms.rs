//! The random of the ServerHello, which TLS 1.2's exporter needs and rustls does not show.

use crate::record::records;
use rustls::ContentType;

/// Bytes before the random: the header of the message (4) and the version (2). RFC 5246 s7.4.1.3.
const RANDOM_OFFSET: usize = 6;

/// Bytes of a random.
pub(super) const RANDOM_LEN: usize = 32;

/// The front of the first handshake message that a server sends.
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
    /// Goes on with what the server sends: whole records.
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

    /// A ServerHello in records of `len` bytes of content, with an alert in front.
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
    fn the_random_is_found_however_the_message_is_cut() {
        let random: Vec<u8> = (100..132).collect();
        for len in [1, 27, 38, 39, 138] {
            let mut server_random = ServerRandom::default();
            server_random.observe(&records(len));
            assert_eq!(server_random.get().unwrap()[..], random);
        }
    }

    #[test]
    fn there_is_none_before_it_has_come() {
        let mut server_random = ServerRandom::default();
        server_random.observe(&records(37)[..7 + 5 + 37]);
        assert_eq!(server_random.get(), None);
    }
}
