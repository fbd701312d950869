//! The extraction of secrets, in a config of either role.

use rustls::{ClientConfig, ServerConfig};

/// A config of either role.
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
