//! Allows the extraction of secrets in a config of either role.

use rustls::{ClientConfig, ServerConfig};

/// A client's or a server's config, in which the extraction of secrets can be allowed.
pub(crate) trait AllowExtraction: Clone {
    fn allow_extraction(&mut self);
}

impl AllowExtraction for ClientConfig {
    fn allow_extraction(&mut self) {
        self.enable_secret_extraction = true;
    }
}

impl AllowExtraction for ServerConfig {
    fn allow_extraction(&mut self) {
        self.enable_secret_extraction = true;
    }
}
