//! Do both sides export the same keying material?

use std::sync::Arc;

use testing::{Role, Setup};

use crate::failure::Result;
use crate::openssl::Files;
use crate::ours::{Connection, Ours};
use crate::program::Program;
use crate::trials::Trials;
use crate::two_connections::{Outcome, as_client, as_server};

pub(crate) fn trials(trials: &mut Trials) {
    trials.add_for_all("exporters", test);
    trials.add_with_program("exporters_with_contexts", with_contexts);
}

/// In a full handshake, and in one that resumes a session.
fn test(setup: &Setup, role: Role) -> Result<()> {
    let configs = setup.configs();
    let outcome = match role {
        Role::Client => as_client(setup, &configs, &[], &[], false)?,
        Role::Server => as_server(setup, [&configs, &configs], [&[], &[]], &[])?,
    };
    let [first, second] = &outcome;
    assert_ne!(first.kind, second.kind);
    assert_ne!(first.exported, second.exported);
    outcome.iter().for_each(check);
    Ok(())
}

/// Checks that OpenSSL has exported the same keying material as we.
pub(crate) fn check(outcome: &Outcome) {
    assert_eq!(exported(&outcome.text), [hex(&outcome.exported)]);
}

/// Label, context, and length of each export.
const EXPORTS: [(&str, Option<&str>, usize); 6] = [
    ("EXPORTER-a", None, 32),
    ("EXPORTER-a", Some(""), 32),
    ("EXPORTER-a", Some("context"), 32),
    ("EXPORTER-b", Some("context"), 32),
    ("EXPORTER-b", Some("context"), 1),
    ("EXPORTER-b", Some("context"), 999),
];

/// Our program exports with contexts, which the tools cannot do.
fn with_contexts(program: Arc<Program>, setup: &Setup, role: Role) -> Result<()> {
    let lens = EXPORTS.map(|(_, _, len)| len.to_string());
    let mut steps = Vec::new();
    for ((label, context, _), len) in EXPORTS.iter().zip(&lens) {
        steps.extend(["export", label, context.unwrap_or("-"), len]);
    }
    steps.extend(["closed", "close"]);

    let files = Files::new(setup)?;
    let (mut openssl, socket) = program.connect(setup, role, &files, &steps)?;
    let ours = match role {
        Role::Client => Ours::shake_hands(setup.client(), socket, setup).and_then(export),
        Role::Server => Ours::shake_hands(setup.server(), socket, setup).and_then(export),
    };
    let ours = openssl.with_stderr(ours)?;
    assert_eq!(exported(&openssl.finish()?.text), ours);
    // In TLS 1.2 an empty context differs from none. RFC 5705 s4, RFC 8446 s7.5.
    assert_eq!(ours[0] == ours[1], setup.is_tls13());
    Ok(())
}

fn export<C: Connection>(ours: Ours<C>) -> Result<Vec<String>> {
    let ours = ours.close()?;
    let mut exported = Vec::new();
    for (label, context, len) in EXPORTS {
        let context = context.map(str::as_bytes);
        let output = ours
            .conn
            .export_keying_material(vec![0; len], label.as_bytes(), context)?;
        exported.push(hex(&output));
    }
    Ok(exported)
}

/// The keying material in OpenSSL's output.
fn exported(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("    Keying material: "))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}
