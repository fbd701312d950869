//! `docs/providers.md` shows this package as it is.

use std::fs;
use std::path::Path;

const GUIDE: &str = include_str!("../../../docs/providers.md");

/// Code of the guide, and the file that it is said to be from.
struct Excerpt {
    file: String,
    code: String,
}

/// A block of code stands under a line that holds the name of a file, as code, and a colon.
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
fn every_excerpt_is_where_it_is_said_to_be_from() {
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

/// A file that is passed over would be one that the reader has to guess.
#[test]
fn every_file_is_shown() {
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
