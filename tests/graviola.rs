//! A crypto provider that others made and that knows nothing of us: `rustls-graviola`.
//!
//! On a CPU that lacks what graviola needs, the tests are ignored.

#[path = "providers/conversation.rs"]
mod conversation;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use testing::{Role, Setup, setups};

use crate::conversation::{between_rustls, both_ways, converse, tampered};

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let mut all: Vec<_> = setups()
        .into_iter()
        .flat_map(|setup| {
            // Every suite that graviola has.
            let graviola = setup.of_provider(rustls_graviola::default_provider)?;
            Some(Role::BOTH.map(|role| trials(&setup, &graviola, role)))
        })
        .flatten()
        .flatten()
        .collect();
    all.push(
        Trial::test("the_kit_passes", || {
            let graviola = rustls_graviola::default_provider();
            rustls_direct_provider_test::check(&graviola).assert_passed();
            Ok(())
        })
        .with_ignored_flag(!cpu_suffices()),
    );
    libtest_mimic::run(&args, all).exit_code()
}

/// What is asked of one suite of rustls's, and of the same one of graviola's.
fn trials(setup: &Setup, graviola: &Setup, role: Role) -> Vec<Trial> {
    let mut trials = vec![
        trial("wrapped", setup, role, {
            let (setup, graviola) = (setup.clone(), graviola.clone());
            move || converse(&graviola.configs(), &setup.configs(), role, false)
        }),
        trial("a_changed_record_is_refused", setup, role, {
            let (setup, graviola) = (setup.clone(), graviola.clone());
            move || tampered(&graviola.configs(), &setup.configs(), role)
        }),
        trial("as_the_peer_of_adopted_suites", setup, role, {
            let (setup, graviola) = (setup.adopted(), graviola.clone());
            move || converse(&setup.configs(), &graviola.configs(), role, true)
        }),
        trial("as_the_peer_of_rustls_with_adopted_suites", setup, role, {
            let (setup, graviola) = (setup.adopted(), graviola.clone());
            move || between_rustls(&setup.configs(), &graviola.configs(), role)
        }),
    ];
    if setup.is_tls13() && role == Role::Server {
        trials.push(trial("rejected_early_data_is_skipped", setup, role, {
            let (setup, graviola) = (setup.clone(), graviola.clone());
            move || rejected_early_data_is_skipped(&setup, &graviola)
        }));
    }
    trials
}

fn trial(what: &str, setup: &Setup, role: Role, test: impl FnOnce() + Send + 'static) -> Trial {
    let name = format!("{what}::{}::{:?}::{role:?}", setup.library, setup.id());
    Trial::test(name, || {
        test();
        Ok(())
    })
    .with_ignored_flag(!cpu_suffices())
}

fn rejected_early_data_is_skipped(setup: &Setup, graviola: &Setup) {
    let theirs = setup.configs().with_early_data(10_000);
    let mut ours = graviola
        .configs()
        .with_early_data(10_000);
    // The first gets a ticket, and the second finds a server that takes no early data any more.
    for max_size in [10_000, 0] {
        ours.server.max_early_data_size = max_size;
        let mut direct = ours.direct(Role::Server);
        let mut peer = theirs.peer(Role::Client);
        if max_size == 0 {
            let early = peer.send_early(&[7; 3000]);
            direct.app().incoming.extend(early);
        }
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        assert_eq!(direct.app().received_early, b"");
        both_ways(&mut *direct, &mut peer);
    }
}

/// As graviola's documentation lists it.
#[cfg(target_arch = "x86_64")]
fn cpu_suffices() -> bool {
    is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("pclmulqdq")
        && is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("adx")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
}

#[cfg(target_arch = "aarch64")]
fn cpu_suffices() -> bool {
    std::arch::is_aarch64_feature_detected!("neon")
        && std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
        && std::arch::is_aarch64_feature_detected!("sha2")
}
