//! Links in the documentation lead to files of this repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Where absolute links begin. They are for pages that are shown outside of the repository.
const PREFIXES: &[&str] = &[
    "https://github.com/rustls-direct/rustls-direct/blob/main/",
    "https://github.com/rustls-direct/rustls-direct/tree/main/",
    "https://raw.githubusercontent.com/rustls-direct/rustls-direct/main/",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of the repository, and the front page of the library's documentation.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("rustls/src/lib.rs")];
    for directory in [root(), &root().join("docs")] {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("a file").path();
            if path
                .extension()
                .is_some_and(|ext| ext == "md")
            {
                pages.push(path);
            }
        }
    }
    pages
}

/// The targets of a page's links: `[text](target)`, and lines with `[label]: target`.
fn targets(page: &str) -> Vec<&str> {
    let inline = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let labelled = page.lines().filter_map(|line| {
        let line = line
            .strip_prefix("//! ")
            .unwrap_or(line);
        Some(
            line.strip_prefix('[')?
                .split_once("]: ")?
                .1,
        )
    });
    inline.chain(labelled).collect()
}

/// The file that a link of `page` leads to, if it is one of this repository.
fn file_of(page: &Path, target: &str) -> Option<PathBuf> {
    if let Some(path) = PREFIXES
        .iter()
        .find_map(|prefix| target.strip_prefix(prefix))
    {
        return Some(root().join(path));
    }
    let path = target.split('#').next()?;
    let is_markdown = page.extension()? == "md";
    let is_relative = !path.is_empty() && !path.contains("://") && !path.contains("::");
    (is_markdown && is_relative).then(|| page.with_file_name(path))
}

#[test]
fn every_link_into_the_repository_leads_to_a_file() {
    let mut found = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for target in targets(&text) {
            if let Some(file) = file_of(&page, target) {
                assert!(file.exists(), "{} links to {target}", page.display());
                found += 1;
            }
        }
    }
    assert!(found > 30, "{found} links");
}

#[test]
fn the_page_of_the_package_has_no_relative_links() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README");
    for target in targets(&readme) {
        assert!(
            target.starts_with("https://") || target.starts_with('#'),
            "{target}"
        );
    }
}
