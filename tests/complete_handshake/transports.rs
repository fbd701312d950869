//! Transports of all kinds, in memory.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;

use testing::Peer;

/// A buffered transport with rustls on the other side.
pub(crate) struct Wire {
    pub(crate) peer: Peer,
    /// Bytes that were written and not flushed. The peer has not received them.
    unflushed: Vec<u8>,
    /// Bytes from the peer that were not read.
    pub(crate) arriving: Vec<u8>,
    /// The most bytes that one call reads or writes.
    pub(crate) step: usize,
    /// The error of every other call.
    pub(crate) fails: Option<ErrorKind>,
    pub(crate) calls: usize,
    /// Data that the peer sends with the last flight of its handshake.
    pub(crate) last: Option<&'static [u8]>,
}

impl Wire {
    pub(crate) fn new(peer: Peer) -> Self {
        Self {
            peer,
            unflushed: Vec::new(),
            arriving: Vec::new(),
            step: usize::MAX,
            fails: None,
            calls: 0,
            last: None,
        }
    }

    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        match self.fails {
            Some(kind) if self.calls % 2 == 1 => Err(kind.into()),
            _ => Ok(()),
        }
    }

    /// All bytes that arrive without another write.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        self.peer_writes();
        mem::take(&mut self.arriving)
    }

    fn peer_writes(&mut self) {
        self.arriving.extend(self.peer.write());
        if !self.peer.conn.is_handshaking()
            && let Some(last) = self.last.take()
        {
            self.arriving
                .extend(self.peer.send(last));
            self.peer.conn.send_close_notify();
            self.arriving.extend(self.peer.write());
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.call()?;
        assert!(self.unflushed.is_empty(), "a flight was not flushed");
        self.peer_writes();
        let len = buf
            .len()
            .min(self.arriving.len())
            .min(self.step);
        buf[..len].copy_from_slice(&self.arriving[..len]);
        self.arriving.drain(..len);
        Ok(len)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.call()?;
        let len = buf.len().min(self.step);
        self.unflushed.extend(&buf[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call()?;
        self.peer
            .read(&mem::take(&mut self.unflushed))
            .expect("a handshake");
        Ok(())
    }
}

/// A transport that reads from `0` until its end. Written bytes stay in `1`, and are flushed into `2`.
pub(crate) struct Fixed(
    pub(crate) &'static [u8],
    pub(crate) Vec<u8>,
    pub(crate) Vec<u8>,
);

impl Read for Fixed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Fixed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.1.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.2.append(&mut self.1);
        Ok(())
    }
}

/// A transport that writes all but the last bytes of the first write, and then blocks.
pub(crate) struct Blocking {
    pub(crate) left: usize,
    pub(crate) is_full: bool,
}

impl Read for Blocking {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Blocking {
    fn write(&mut self, tls: &[u8]) -> io::Result<usize> {
        match mem::replace(&mut self.is_full, true) {
            true => Err(ErrorKind::WouldBlock.into()),
            false => Ok(tls.len() - self.left),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
