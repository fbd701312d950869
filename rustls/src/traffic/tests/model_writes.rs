//! The ways to write data, for the model.

use alloc::vec::Vec;
#[cfg(feature = "std")]
use std::io::IoSlice;

use rustls::crypto::cipher::OutboundChunks;

use super::model::{Model, Write, seal_exactly, write_in_place};
use super::*;

impl Model {
    pub(super) fn encrypt(&mut self) {
        let Write { data, mut out, .. } = self.random_write();
        match encrypt(&mut self.sender, &data, &mut out) {
            Ok(written) => assert_eq!(self.check_sealed(&out, written), data),
            Err(error) => drop(self.check_refused(error, &out)),
        }
    }

    pub(super) fn encrypt_padded(&mut self) {
        let Write {
            data,
            padding,
            mut out,
        } = self.random_write();
        let room = out.len();
        let required = self
            .sender
            .required_len(data.len(), padding);
        let encrypt = |sender: &mut Sender, out: &mut [u8]| {
            sender.encrypt(&mut { KEYS }, &data, padding, out)
        };
        match encrypt(&mut self.sender, &mut out) {
            Ok(written) => {
                assert!(data.is_empty() || written == required);
                assert_eq!(self.check_sealed(&out, written), data);
            }
            Err(error) => {
                let Some(missing) = self.check_refused(error, &out) else {
                    return;
                };
                assert_eq!(missing, required);
                assert!(required > room);
                let out = seal_exactly(required, |out| encrypt(&mut self.sender, out));
                assert_eq!(self.check_sealed(&out, required), data);
            }
        }
    }

    pub(super) fn write_slice(&mut self) {
        let mut write = self.random_write();
        let data = write.data.clone();
        self.write(&mut write, data[..].into());
    }

    pub(super) fn write_chunks(&mut self) {
        let mut write = self.random_write();
        let data = write.data.clone();
        let chunks = self.random.cut(&data);
        let content = match self.random.below(2) {
            0 => OutboundChunks::new(&chunks),
            _ => OutboundChunks::Multiple {
                chunks: &chunks,
                start: 0,
                end: data.len(),
            },
        };
        self.write(&mut write, content.into());
    }

    #[cfg(feature = "std")]
    pub(super) fn write_io_slices(&mut self) {
        let mut write = self.random_write();
        let data = write.data.clone();
        let slices: Vec<_> = self
            .random
            .cut(&data)
            .into_iter()
            .map(IoSlice::new)
            .collect();
        self.write(&mut write, slices[..].into());
    }

    #[cfg(not(feature = "std"))]
    pub(super) fn write_io_slices(&mut self) {}

    /// Writes as much of `content` as fits. It is the data of `write`.
    pub(super) fn write(&mut self, write: &mut Write, content: Gathered<'_>) {
        let Write { data, padding, out } = write;
        let write = |sender: &mut Sender, out: &mut [u8]| {
            sender.write(&mut { KEYS }, content.clone(), *padding, out)
        };
        match write(&mut self.sender, out) {
            Ok(Written { consumed, written }) => {
                assert_eq!(consumed == 0, data.is_empty());
                assert_eq!(self.check_sealed(out, written), data[..consumed]);
            }
            Err(error) => {
                let Some(required) = self.check_refused(error, out) else {
                    return;
                };
                let mut consumed = 0;
                let out = seal_exactly(required, |out| {
                    let written = write(&mut self.sender, out)?;
                    consumed = written.consumed;
                    Ok(written.written)
                });
                assert!(consumed > 0);
                assert_eq!(self.check_sealed(&out, required), data[..consumed]);
            }
        }
    }

    pub(super) fn reserve(&mut self) {
        let Write {
            data,
            padding,
            mut out,
        } = self.random_write();
        let data = &data[..data.len().min(self.max_content_len)];
        let len = self.random.len(data.len() + 1);
        match write_in_place(&mut self.sender, data, len, padding, &mut out) {
            Ok(Ok(written)) => {
                // After the records lies content that was not sealed.
                let sealed = self.check_sealed(&out[..written], written);
                assert_eq!(sealed, data[..len]);
            }
            // Room for the content is not room for its padding.
            Ok(Err(error)) => {
                assert!(padding > 0);
                assert!(matches!(error, WriteError::InsufficientSize(_)), "{error}");
            }
            Err(error) => {
                if let Some(required) = self.check_refused(error, &out) {
                    self.reserve_exactly(data, required);
                }
            }
        }
    }

    pub(super) fn reserve_exactly(&mut self, data: &[u8], required: usize) {
        if data.is_empty() {
            // No data to fill the room with.
            return;
        }
        let out = seal_exactly(required, |out| {
            write_in_place(&mut self.sender, data, data.len(), 0, out)?
        });
        assert_eq!(self.check_sealed(&out, required), data);
    }
}
