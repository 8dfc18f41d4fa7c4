//! Generated pages, and generated parts of pages, compared by tests that panic.

use e2e::generated;

use super::read;

/// Asserts that the page at `path` is `page`; with `UPDATE_DOCS=1`, writes it. `filter` selects the test
/// that generates it.
pub(crate) fn compare(path: &str, page: &str, filter: &str) {
    if let Err(difference) = generated::compare(path, page, filter) {
        panic!("{difference}");
    }
}

/// Asserts that the lines between `<!-- name -->` and `<!-- /name -->` of the page at `path` are `part`,
/// below a comment that names the command that writes them.
///
/// # Panics
/// When they differ, or the page has no such part.
pub(crate) fn compare_part(path: &str, name: &str, part: &str, filter: &str) {
    let part = format!(
        "<!-- Generated; `{}` writes it again. -->\n\n{part}",
        generated::command(filter)
    );
    let page = replace_part(&read(path), name, &part);
    compare(path, &page, filter);
}

fn replace_part(page: &str, name: &str, part: &str) -> String {
    let begin = format!("<!-- {name} -->\n");
    let end = format!("<!-- /{name} -->\n");
    let (before, rest) = page
        .split_once(&begin)
        .unwrap_or_else(|| panic!("the page must have a line {begin}"));
    let (_, after) = rest
        .split_once(&end)
        .unwrap_or_else(|| panic!("the page must have a line {end} after {begin}"));
    format!("{before}{begin}{part}{end}{after}")
}
