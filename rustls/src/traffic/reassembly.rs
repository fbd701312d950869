//! Puts handshake messages together from the contents of records. RFC 8446 s5.1.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rustls::{AlertDescription, HandshakeType, InvalidMessage};
use zeroize::Zeroizing;

use super::expected::ExpectedMessages;
use super::failure::Failure;
use super::wire::HANDSHAKE_HEADER_LEN;

/// Holds the part of a handshake message that has come so far.
#[derive(Default)]
pub(super) struct Reassembly {
    /// In a box, because most connections never have such a part.
    partial: Option<Box<Zeroizing<Vec<u8>>>>,
}

/// A whole handshake message.
pub(super) struct Message<'a> {
    pub(super) typ: HandshakeType,
    pub(super) body: &'a [u8],
    /// Whether the content of its last record ends with it.
    pub(super) ends_record: bool,
}

impl Reassembly {
    /// Whether the rest of a message has yet to come. No other record may come before it.
    #[inline]
    pub(super) fn is_pending(&self) -> bool {
        self.partial.is_some()
    }

    /// Takes the content of one record, and passes each message that is now whole to `handle`.
    ///
    /// # Errors
    ///
    /// If the content is empty, if the type or the length of a message is not `expected`, and the errors of `handle`.
    /// After an error, the partial message is wiped.
    pub(super) fn receive(
        &mut self,
        content: &[u8],
        expected: ExpectedMessages,
        handle: impl FnMut(Message<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if content.is_empty() {
            return Err(Failure::with_alert(
                InvalidMessage::InvalidEmptyPayload,
                AlertDescription::UnexpectedMessage,
            ));
        }
        let mut partial = self.partial.take();
        if let Some(partial) = &mut partial {
            append(partial, content);
        }
        let content = partial
            .as_deref()
            .map_or(content, |partial| &partial[..]);
        let rest = whole_messages(content, expected, handle)?;
        self.partial = match rest {
            [] => None,
            // A copy of bytes from this record only, so the work is linear in the peer's bytes.
            rest if rest.len() < content.len() || partial.is_none() => {
                Some(Box::new(Zeroizing::new(rest.to_vec())))
            }
            _ => partial,
        };
        Ok(())
    }
}

/// Passes the whole messages at the front of `content` to `handle`, and returns the bytes after them.
fn whole_messages(
    mut content: &[u8],
    expected: ExpectedMessages,
    mut handle: impl FnMut(Message<'_>) -> Result<(), Failure>,
) -> Result<&[u8], Failure> {
    while let Some((message, rest)) = first_message(content, expected)? {
        handle(message)?;
        content = rest;
    }
    Ok(content)
}

/// The message at the front of `content`, and the bytes after it. `None` if it is not whole.
///
/// Its type is checked as soon as it is there, and its length as soon as the header is.
fn first_message(
    content: &[u8],
    expected: ExpectedMessages,
) -> Result<Option<(Message<'_>, &[u8])>, Failure> {
    let Some(typ) = content.first() else {
        return Ok(None);
    };
    let typ = HandshakeType::from(*typ);
    expected.check_type(typ)?;
    let Some(([_, a, b, c], after_header)) = content.split_first_chunk::<HANDSHAKE_HEADER_LEN>()
    else {
        return Ok(None);
    };
    let len = u32::from_be_bytes([0, *a, *b, *c]);
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    expected.check_len(typ, len)?;
    Ok(after_header
        .split_at_checked(len)
        .map(|(body, rest)| {
            let ends_record = rest.is_empty();
            (
                Message {
                    typ,
                    body,
                    ends_record,
                },
                rest,
            )
        }))
}

/// Appends `content` to `partial`. If `partial` has to grow, the memory that it leaves is wiped, which `Vec` would not
/// do.
fn append(partial: &mut Zeroizing<Vec<u8>>, content: &[u8]) {
    let len = partial.len() + content.len();
    if len > partial.capacity() {
        // Twice as much, so the work is linear in the peer's bytes.
        let mut larger = Zeroizing::new(Vec::with_capacity(len.max(2 * partial.capacity())));
        larger.extend_from_slice(partial);
        *partial = larger;
    }
    partial.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use rustls::Side;

    use super::*;
    use crate::record::Version;

    fn expected() -> ExpectedMessages {
        ExpectedMessages::new(Version::Tls13, Side::Client)
    }

    /// A NewSessionTicket with this body.
    fn ticket(body: &[u8]) -> Vec<u8> {
        let len = u8::try_from(body.len()).unwrap();
        [&[4, 0, 0, len], body].concat()
    }

    /// The bodies of the messages in `contents`, and whether each ends its record.
    fn messages(contents: &[&[u8]]) -> Vec<(Vec<u8>, bool)> {
        let mut reassembly = Reassembly::default();
        let mut messages = Vec::new();
        for content in contents {
            reassembly
                .receive(content, expected(), |message| {
                    messages.push((message.body.to_vec(), message.ends_record));
                    Ok(())
                })
                .unwrap();
        }
        assert!(!reassembly.is_pending());
        messages
    }

    #[test]
    fn messages_are_the_same_wherever_they_are_cut() {
        let all = [ticket(b"one"), ticket(b""), ticket(b"three")].concat();
        let bodies = [&b"one"[..], b"", b"three"];
        for first in 1..all.len() - 1 {
            for second in first + 1..all.len() {
                let found = messages(&[&all[..first], &all[first..second], &all[second..]]);
                assert!(
                    found
                        .iter()
                        .map(|(body, _)| &body[..])
                        .eq(bodies)
                );
            }
        }
    }

    #[test]
    fn a_message_knows_whether_it_ends_its_record() {
        let both = [ticket(b"a"), ticket(b"b")].concat();
        assert_eq!(
            messages(&[&both]),
            [(b"a".to_vec(), false), (b"b".to_vec(), true)]
        );
    }

    #[test]
    fn an_unexpected_type_is_refused_by_its_first_byte() {
        let mut reassembly = Reassembly::default();
        let refused = reassembly.receive(&[1], expected(), |_| Ok(()));
        assert_eq!(
            refused.unwrap_err().alert,
            Some(AlertDescription::UnexpectedMessage)
        );
    }

    #[test]
    fn a_length_is_refused_as_soon_as_the_header_is_there() {
        let mut reassembly = Reassembly::default();
        let mut receive = |content: &[u8]| reassembly.receive(content, expected(), |_| Ok(()));
        assert!(receive(&[4, 1, 0]).is_ok());
        assert_eq!(
            receive(&[0]).unwrap_err().alert,
            Some(AlertDescription::DecodeError)
        );
        assert!(!reassembly.is_pending());
    }
}
