//! The libraries that do more by themselves than to seal and open records, or that are not always compiled in.

mod rustls_0_23_buffered;
#[cfg(feature = "peer-rustls-0.24")]
mod rustls_0_24;
mod sink;

use rustls::ServerConnection;
use rustls_direct_tests::Setup;

use crate::args::Lib;
use crate::subject::Subject;

/// Has a client of `lib` shake hands with `server`, which comes back.
pub(crate) fn connect(
    lib: Lib,
    setup: &Setup,
    mut server: ServerConnection,
) -> (Box<dyn Subject>, ServerConnection) {
    let subject = match lib {
        Lib::Rustls023Buffered => rustls_0_23_buffered::connect(setup, &mut server),
        #[cfg(feature = "peer-rustls-0.24")]
        Lib::Rustls024 => rustls_0_24::connect(setup, &mut server),
        _ => panic!("{} is not one of them", lib.name()),
    };
    (subject, server)
}
