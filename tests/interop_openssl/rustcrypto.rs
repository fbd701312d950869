//! Does the example provider work, which implements only our public traits?

use rustcrypto_provider::{RECORD_PROVIDER, default_provider};
use testing::{Role, Setup};

use crate::trials::Trials;
use crate::{bulk, early_data};

pub(crate) fn trials(trials: &mut Trials) {
    for setup in Setup::all_adopted("rustcrypto", default_provider, RECORD_PROVIDER) {
        for role in Role::BOTH {
            trials.add("bulk", &setup, role, bulk::test);
        }
        if setup.is_tls13() {
            // Records that rustls opens with the provider, or tries to open.
            trials.add(
                "early_data_accepted",
                &setup,
                Role::Server,
                early_data::accepted,
            );
            trials.add(
                "early_data_rejected",
                &setup,
                Role::Server,
                early_data::rejected,
            );
        }
    }
}
