//! Writes an alert in the clear.

use alloc::vec::Vec;

use rustls::{AlertDescription, ContentType};

use crate::record::RecordHeader;
use crate::traffic::fatal_alert;

/// Appends a fatal alert to `outgoing`, as an unprotected record. Use it before any keys exist.
pub(crate) fn append_plaintext_alert(description: AlertDescription, outgoing: &mut Vec<u8>) {
    let alert = fatal_alert(description);
    let header = RecordHeader::new(u8::from(ContentType::Alert), 2);
    outgoing.extend_from_slice(header.as_bytes());
    outgoing.extend_from_slice(&alert);
}
