//! The alert that ends a handshake in which nothing is protected yet.

use alloc::vec::Vec;

use rustls::{AlertDescription, ContentType};

use crate::record::RecordHeader;
use crate::traffic::fatal_alert;

/// Adds a record to `outgoing` that ends a handshake in which nothing is protected yet.
pub(crate) fn append_plaintext_alert(description: AlertDescription, outgoing: &mut Vec<u8>) {
    let alert = fatal_alert(description);
    let header = RecordHeader::new(u8::from(ContentType::Alert), 2);
    outgoing.extend_from_slice(header.as_bytes());
    outgoing.extend_from_slice(&alert);
}
