//! Does our server report the name that a client asks for?

use rustls::HandshakeKind;
use testing::{Role, Setup, setups};

use crate::failure::Result;
use crate::trials::Trials;
use crate::two_connections::as_server;

pub(crate) fn trials(trials: &mut Trials) {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_first_of_its_version)
    {
        trials.add("server_name", &setup, Role::Server, |setup, _| {
            for name in [Some("localhost"), Some("Other.name.example"), None] {
                test(setup, name)?;
            }
            Ok(())
        });
    }
}

/// In a full handshake, and in one that resumes a session.
fn test(setup: &Setup, name: Option<&str>) -> Result<()> {
    let args = match name {
        Some(name) => vec!["-servername", name],
        None => vec!["-noservername"],
    };
    let configs = setup.configs();
    let outcome = as_server(setup, [&configs, &configs], [&args, &args], &[])?;
    for (outcome, kind) in outcome
        .iter()
        .zip([HandshakeKind::Full, HandshakeKind::Resumed])
    {
        assert_eq!(outcome.kind, Some(kind));
        // rustls keeps names in lower case. RFC 6066 s3 compares them without regard to case.
        assert_eq!(outcome.server_name, name.map(str::to_lowercase));
    }
    Ok(())
}
