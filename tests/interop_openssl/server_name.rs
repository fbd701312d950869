//! The name that a client asks for.

use rustls::HandshakeKind;
use testing::{Role, Setup, setups};

use crate::outcome::Result;
use crate::trials::Trials;
use crate::twice::as_server;

pub(crate) fn trials(trials: &mut Trials) {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_one_of_few)
    {
        trials.add("server_name", &setup, Role::Server, |setup, _| {
            for name in [Some("localhost"), Some("Other.name.example"), None] {
                test(setup, name)?;
            }
            Ok(())
        });
    }
}

/// In a full handshake, and in one that resumes.
fn test(setup: &Setup, name: Option<&str>) -> Result<()> {
    let args = match name {
        Some(name) => vec!["-servername", name],
        None => vec!["-noservername"],
    };
    let configs = setup.configs();
    let met = as_server(setup, [&configs, &configs], [&args, &args], &[])?;
    for (met, kind) in met
        .iter()
        .zip([HandshakeKind::Full, HandshakeKind::Resumed])
    {
        assert_eq!(met.kind, Some(kind));
        // rustls keeps names in lower case. RFC 6066 s3 has them compared without regard to it.
        assert_eq!(met.server_name, name.map(str::to_lowercase));
    }
    Ok(())
}
