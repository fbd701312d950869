//! The libraries that keep received or outgoing bytes in buffers of their own, and those that only some builds contain.

mod rustls_0_23_buffered;
#[cfg(feature = "peer-rustls-0.24")]
mod rustls_0_24;
#[cfg(any(
    feature = "peer-openssl",
    feature = "peer-boringssl",
    feature = "peer-s2n"
))]
mod stream;

use rustls::ServerConnection;
use testing::Setup;

use crate::library::Library;
use crate::library_client::LibraryClient;

#[cfg(all(feature = "peer-openssl", feature = "peer-boringssl"))]
compile_error!(
    "peer-openssl and peer-boringssl are both on, but their functions have the same names: build one program for each"
);

/// Completes the handshake of a client of `lib` with `server`, and returns both.
///
/// # Panics
/// If `lib` is not one of these libraries, or this build does not contain it.
pub(crate) fn connect(
    lib: Library,
    setup: &Setup,
    mut server: ServerConnection,
) -> (Box<dyn LibraryClient>, ServerConnection) {
    let client = match lib {
        Library::Rustls023Buffered => rustls_0_23_buffered::connect(setup, &mut server),
        #[cfg(feature = "peer-rustls-0.24")]
        Library::Rustls024 => rustls_0_24::connect(setup, &mut server),
        #[cfg(any(feature = "peer-openssl", feature = "peer-boringssl"))]
        Library::Openssl | Library::Boringssl => return stream::openssl::connect(setup, server),
        #[cfg(feature = "peer-s2n")]
        Library::S2n => return stream::s2n::connect(setup, server),
        _ => panic!("{} is not one of these libraries", lib.name()),
    };
    (client, server)
}

/// Returns the cryptography library of `lib` if the provider cannot be chosen.
pub(crate) fn own_cryptography(lib: Library) -> Option<&'static str> {
    match lib {
        #[cfg(any(feature = "peer-openssl", feature = "peer-boringssl"))]
        Library::Openssl | Library::Boringssl => Some(stream::openssl::version()),
        Library::DirectOpenssl => Some("OpenSSL and aws-lc-rs"),
        // The same build as that of aws-lc-rs.
        Library::S2n => Some("AWS-LC"),
        _ => None,
    }
}
