//! Checks that the code in `docs/providers.md` is the code of this package.

use std::fs;
use std::path::Path;

const GUIDE: &str = include_str!("../../../docs/providers.md");

/// A block of code in the guide, and the file that the guide names above it.
struct Excerpt {
    file: String,
    code: String,
}

/// Returns the blocks of code in the guide. The line above a block is the name of a file, as code, and a colon.
fn excerpts() -> Vec<Excerpt> {
    let mut excerpts = Vec::new();
    let mut above = "";
    let mut lines = GUIDE.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let file = above
                .strip_prefix('`')
                .and_then(|name| name.strip_suffix("`:"))
                .unwrap_or_else(|| panic!("no file is named above {line} under {above:?}"));
            let code = lines
                .by_ref()
                .take_while(|line| *line != "```")
                .map(|line| format!("{line}\n"))
                .collect();
            excerpts.push(Excerpt {
                file: file.to_owned(),
                code,
            });
        }
        if !line.is_empty() {
            above = line;
        }
    }
    excerpts
}

#[test]
fn every_excerpt_is_in_the_file_that_the_guide_names() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let excerpts = excerpts();
    assert!(excerpts.len() > 10);
    for Excerpt { file, code } in excerpts {
        let source = fs::read_to_string(package.join(&file)).expect(&file);
        assert!(
            format!("\n{source}").contains(&format!("\n{code}")),
            "{file} does not hold\n{code}"
        );
    }
}

/// A file that the guide does not show would be left for the reader to guess.
#[test]
fn the_guide_shows_every_file() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let shown = excerpts();
    for entry in fs::read_dir(source).expect("the source") {
        let name = entry.expect("a file").file_name();
        let file = format!("src/{}", name.display());
        assert!(
            shown
                .iter()
                .any(|excerpt| excerpt.file == file),
            "{file} is not shown"
        );
    }
}
