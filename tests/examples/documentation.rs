//! Does the documentation show an example that is run here?

use libtest_mimic::{Failed, Trial};

pub(crate) fn trial() -> Trial {
    Trial::test("documentation::shows_the_echo_server", || {
        let documented = code_of(include_str!("../../rustls/src/split.rs"));
        let example = include_str!("../../examples/split_echo_server.rs");
        check(!documented.is_empty() && documented.len() <= 40, "40 lines")?;
        check(
            without_layout(example).ends_with(&without_layout(&documented.concat())),
            "it all",
        )
    })
}

fn check(holds: bool, what: &str) -> Result<(), Failed> {
    match holds {
        true => Ok(()),
        false => Err(format!("the documentation of `split` does not show {what}").into()),
    }
}

/// The lines of code that the documentation of a module shows.
fn code_of(module: &str) -> Vec<&str> {
    module
        .lines()
        .skip_while(|line| !line.starts_with("//! ```"))
        .skip(1)
        .take_while(|line| !line.starts_with("//! ```"))
        .filter_map(|line| line.strip_prefix("//! "))
        .filter(|line| !line.starts_with("# "))
        .collect()
}

/// Removes the layout: the documentation has fewer lines than rustfmt would make.
fn without_layout(code: &str) -> String {
    let text: String = code.split_whitespace().collect();
    text.replace(",}", "}")
}
