//! Records of OpenSSL and RFC 8448, with their keys and contents.
//!
//! `vectors/rfc8448.txt` holds the records that the RFC prints. `vectors/openssl.txt` was captured from OpenSSL.

use std::collections::HashMap;

use rustls::{CipherSuite, ContentType};

const FILES: [&str; 2] = [
    include_str!("vectors/rfc8448.txt"),
    include_str!("vectors/openssl.txt"),
];

/// One record.
pub(crate) struct Vector {
    pub(crate) name: String,
    /// The suite's name in rustls.
    suite: String,
    pub(crate) key: Vec<u8>,
    pub(crate) iv: Vec<u8>,
    pub(crate) seq: u64,
    pub(crate) typ: ContentType,
    pub(crate) content: Vec<u8>,
    pub(crate) padding: usize,
    /// Header and payload.
    pub(crate) record: Vec<u8>,
}

impl Vector {
    /// Returns the records of both files. Each file has some.
    pub(crate) fn all() -> Vec<Self> {
        FILES
            .into_iter()
            .flat_map(|file| {
                let vectors: Vec<_> = file
                    .split("\n\n")
                    .filter_map(Self::parse)
                    .collect();
                assert!(!vectors.is_empty());
                assert_eq!(vectors.len(), file.matches("\nrecord = ").count());
                vectors
            })
            .collect()
    }

    /// Parses one record, or returns `None` if the block holds only comments.
    fn parse(block: &str) -> Option<Self> {
        let fields: HashMap<&str, &str> = block
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once(" = ").expect(line))
            .collect();
        fields.get("name").map(|name| Self {
            name: name.to_string(),
            suite: fields["suite"].to_string(),
            key: hex(fields["key"]),
            iv: hex(fields["iv"]),
            seq: fields["seq"].parse().expect("a number"),
            typ: ContentType::from(
                fields["type"]
                    .parse::<u8>()
                    .expect("a type"),
            ),
            content: hex(fields["content"]),
            padding: fields
                .get("padding")
                .map_or(0, |padding| padding.parse().expect("a length")),
            record: hex(fields["record"]),
        })
    }

    pub(crate) fn is_of(&self, suite: CipherSuite) -> bool {
        self.suite == format!("{suite:?}")
    }

    pub(crate) fn is_tls13(&self) -> bool {
        self.suite.starts_with("TLS13_")
    }

    /// Returns the iv for opening. In TLS 1.2 with AES-GCM the record carries the rest of the nonce, so the bytes after
    /// the salt do not matter and are replaced by others.
    pub(crate) fn opening_iv(&self) -> Vec<u8> {
        let mut iv = self.iv.clone();
        if !self.is_tls13() && self.suite.contains("_GCM_") {
            iv[4..].fill(0x55);
        }
        iv
    }
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("pairs of hex digits"))
        .collect()
}
