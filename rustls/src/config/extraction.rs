//! The extraction of secrets, in a config of either role.

use rustls::{ClientConfig, ServerConfig};

/// A config of either role.
pub(crate) trait Config: Clone {
    fn allow_extraction(&mut self);
}

impl Config for ClientConfig {
    fn allow_extraction(&mut self) {
        self.enable_secret_extraction = true;
    }
}

impl Config for ServerConfig {
    fn allow_extraction(&mut self) {
        self.enable_secret_extraction = true;
    }
}
