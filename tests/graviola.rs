//! Does `rustls-graviola` work, a crypto provider that does not know our traits?
//!
//! On a CPU without the instructions that graviola needs, the tests are ignored.

#[path = "providers/exchange.rs"]
mod exchange;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use testing::{Role, Setup, setups};

use crate::exchange::{assert_altered_record_refused, between_rustls, exchange_all, exchange_data};

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
        Trial::test("the_provider_passes_the_kit", || {
            let graviola = rustls_graviola::default_provider();
            rustls_direct_provider_test::check(&graviola).assert_passed();
            Ok(())
        })
        .with_ignored_flag(!cpu_suffices()),
    );
    libtest_mimic::run(&args, all).exit_code()
}

/// The trials of one suite of rustls, and of the same one of graviola.
fn trials(setup: &Setup, graviola: &Setup, role: Role) -> Vec<Trial> {
    let mut trials = vec![
        trial("wrapped", setup, role, {
            let (setup, graviola) = (setup.clone(), graviola.clone());
            move || exchange_all(&graviola.configs(), &setup.configs(), role, false)
        }),
        trial("an_altered_record_is_refused", setup, role, {
            let (setup, graviola) = (setup.clone(), graviola.clone());
            move || assert_altered_record_refused(&graviola.configs(), &setup.configs(), role)
        }),
        trial("as_the_peer_of_adopted_suites", setup, role, {
            let (setup, graviola) = (setup.adopted(), graviola.clone());
            move || exchange_all(&setup.configs(), &graviola.configs(), role, true)
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
    // The first connection gets a ticket, and in the second the server accepts no more early data.
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
        exchange_data(&mut *direct, &mut peer);
    }
}

/// The instructions in graviola's documentation.
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
