//! What a client needs: [`UnbufferedClientConnection`], and everything else of `rustls::client`.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::{Deref, DerefMut};

use rustls::Error;
pub use rustls::client::*;
use rustls::pki_types::ServerName;

use crate::cipher::RecordProvider;
use crate::crypto::Choice;
use crate::handover::{Connection, Handshake};
use crate::record::Fragmenter;
use crate::unbuffered::UnbufferedConnectionCommon;

/// A client's connection whose records are sealed and opened in the caller's buffers.
///
/// rustls does the handshake. See [`unbuffered`](crate::unbuffered) for how it is driven.
#[derive(Debug)]
pub struct UnbufferedClientConnection {
    inner: UnbufferedConnectionCommon<ClientConnectionData>,
}

impl UnbufferedClientConnection {
    /// A connection to the server `name`.
    ///
    /// The records are sealed by the library that each cipher suite of `config` comes from: rustls's own suites of
    /// `aws_lc_rs` and `ring` by ours over the same library, if the feature of that name is on.
    ///
    /// # Errors
    ///
    /// - Those of rustls.
    /// - `General`, if a suite of `config` comes from elsewhere, or is the FIPS-approved one. It names the suite.
    pub fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        Self::with_choice(config, name, Choice::default())
    }

    /// A connection to the server `name` whose records are all sealed and opened by `provider`.
    ///
    /// # Errors
    ///
    /// - Those of rustls.
    /// - `General`, if `provider` has no algorithm for a suite of `config`, or if the suite is the FIPS-approved one or
    ///   does not give its keys away. It names the suite.
    pub fn new_with_provider(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        provider: &'static dyn RecordProvider,
    ) -> Result<Self, Error> {
        Self::with_choice(config, name, Choice::of(provider))
    }

    fn with_choice(
        mut config: Arc<ClientConfig>,
        name: ServerName<'static>,
        choice: Choice,
    ) -> Result<Self, Error> {
        choice.check(config.crypto_provider())?;
        let fragmenter = Fragmenter::new(config.max_fragment_size)?;
        if !config.enable_secret_extraction {
            Arc::make_mut(&mut config).enable_secret_extraction = true;
        }
        let rustls = UnbufferedConnection::new(config, name)?;
        Ok(Self {
            inner: UnbufferedConnectionCommon::new(Handshake::new(
                Connection::Client(Box::new(rustls)),
                choice,
                fragmenter,
            )),
        })
    }
}

/// rustls's, which ours hides.
type UnbufferedConnection = rustls::client::UnbufferedClientConnection;

impl Deref for UnbufferedClientConnection {
    type Target = UnbufferedConnectionCommon<ClientConnectionData>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for UnbufferedClientConnection {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}
