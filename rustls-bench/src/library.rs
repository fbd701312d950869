//! What there is to say of each library.

use crate::args::Lib;

impl Lib {
    /// How it is called.
    pub(crate) fn api(self) -> &'static str {
        match self {
            Self::Direct | Self::Rustls023 => "unbuffered",
            Self::Rustls023Buffered => "buffered",
            Self::Rustls024 => "vec",
            Self::Openssl | Self::Boringssl | Self::S2n => "stream",
            Self::Raw => "aead",
        }
    }

    /// Where the application finds the bytes that were received.
    pub(crate) fn plaintext(self) -> &'static str {
        match self {
            Self::Direct | Self::Rustls023 | Self::Rustls024 | Self::Raw => "in the TLS buffer",
            Self::Rustls023Buffered => "in the library's buffer",
            Self::Openssl | Self::Boringssl | Self::S2n => "copied to the application's",
        }
    }
}
