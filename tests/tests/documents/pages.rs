//! Pages, and parts of pages, that tests make and compare with the files.
//!
//! `UPDATE_DOCS=1` writes what it finds out of date; a test that fails without it says so.

use std::fs;

use super::{read, root};

/// The page at `path` must be `made`.
///
/// # Panics
/// When it is not, with the first line that differs and the command that writes the page.
pub(crate) fn compare(path: &str, made: &str, test: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, made).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let differs = written
        .lines()
        .zip(made.lines())
        .find(|(written, made)| written != made);
    assert!(
        written == made,
        "{path} is out of date; `{}` writes it again: {differs:?}",
        command(test)
    );
}

/// The lines between `<!-- name -->` and `<!-- /name -->` of the page at `path` must be `made`, below a
/// comment that says which command writes them.
///
/// # Panics
/// When they are not, or the page has no such part.
pub(crate) fn compare_part(path: &str, name: &str, made: &str, test: &str) {
    let made = format!(
        "<!-- Generated; `{}` writes it again. -->\n\n{made}",
        command(test)
    );
    let page = replace_part(&read(path), name, &made);
    compare(path, &page, test);
}

/// The command that writes what this test makes.
pub(crate) fn command(test: &str) -> String {
    format!("UPDATE_DOCS=1 cargo test -p e2e {test}")
}

fn replace_part(page: &str, name: &str, made: &str) -> String {
    let begin = format!("<!-- {name} -->\n");
    let end = format!("<!-- /{name} -->\n");
    let (before, rest) = page
        .split_once(&begin)
        .unwrap_or_else(|| panic!("the page must have a line {begin}"));
    let (_, after) = rest
        .split_once(&end)
        .unwrap_or_else(|| panic!("the page must have a line {end} after {begin}"));
    format!("{before}{begin}{made}{end}{after}")
}
