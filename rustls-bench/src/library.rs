//! The libraries that can be measured.

use clap::ValueEnum;

use crate::direction::Direction;

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Library {
    Direct,
    DirectStreamed,
    DirectOpenssl,
    #[value(name = "rustls-0.23")]
    Rustls023,
    #[value(name = "rustls-0.23-buffered")]
    Rustls023Buffered,
    #[value(name = "rustls-0.24")]
    Rustls024,
    Openssl,
    Boringssl,
    S2n,
    Raw,
}

impl Library {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::DirectStreamed => "direct-streamed",
            Self::DirectOpenssl => "direct-openssl",
            Self::Rustls023 => "rustls-0.23",
            Self::Rustls023Buffered => "rustls-0.23-buffered",
            Self::Rustls024 => "rustls-0.24",
            Self::Openssl => "openssl",
            Self::Boringssl => "boringssl",
            Self::S2n => "s2n",
            Self::Raw => "raw",
        }
    }

    /// Returns whether the library ignores the maximum record size and always makes the largest records.
    pub(crate) fn makes_largest_records(self) -> bool {
        matches!(self, Self::Openssl | Self::Boringssl | Self::S2n)
    }

    /// Fails if this program was built without the library.
    pub(crate) fn check_available(self) -> Result<(), String> {
        let (feature, is_on) = match self {
            Self::Rustls024 => ("peer-rustls-0.24", cfg!(feature = "peer-rustls-0.24")),
            Self::DirectOpenssl | Self::Openssl => ("peer-openssl", cfg!(feature = "peer-openssl")),
            Self::Boringssl => ("peer-boringssl", cfg!(feature = "peer-boringssl")),
            Self::S2n => ("peer-s2n", cfg!(feature = "peer-s2n")),
            Self::Direct
            | Self::DirectStreamed
            | Self::Rustls023
            | Self::Rustls023Buffered
            | Self::Raw => return Ok(()),
        };
        match is_on {
            true => Ok(()),
            false => Err(format!(
                "'{}' is not in this build; build with `--features {feature}`",
                self.name()
            )),
        }
    }

    /// Returns the kind of API that the library is called by.
    pub(crate) fn api(self, direction: Direction) -> &'static str {
        match self {
            Self::Direct | Self::DirectOpenssl if direction == Direction::Into => "split",
            Self::DirectStreamed => "split",
            Self::Direct | Self::DirectOpenssl | Self::Rustls023 => "unbuffered",
            Self::Rustls023Buffered => "buffered",
            Self::Rustls024 => "vec",
            Self::Openssl | Self::Boringssl | Self::S2n => "stream",
            Self::Raw => "aead",
        }
    }

    /// Returns where the application finds received content.
    pub(crate) fn plaintext(self, direction: Direction) -> Option<&'static str> {
        match direction {
            Direction::Send => None,
            Direction::Recv => Some(self.received()),
            Direction::Into => Some("in the application's buffer"),
        }
    }

    fn received(self) -> &'static str {
        match self {
            Self::Direct
            | Self::DirectStreamed
            | Self::DirectOpenssl
            | Self::Rustls023
            | Self::Rustls024
            | Self::Raw => "in the TLS buffer",
            Self::Rustls023Buffered => "in the library's buffer",
            Self::Openssl | Self::Boringssl | Self::S2n => "copied to the application's buffer",
        }
    }
}
