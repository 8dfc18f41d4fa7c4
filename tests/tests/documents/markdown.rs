//! Sections, tables and code blocks of Markdown documents.

/// Returns the text below the heading that begins like this, up to the next heading of its level or a
/// higher one.
///
/// # Panics
/// When there is no such heading.
pub(crate) fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    let level = heading.bytes().take_while(|byte| *byte == b'#').count();
    let mut start = None;
    let mut at = 0;
    let mut in_code = false;
    for line in document.split_inclusive('\n') {
        in_code ^= line.starts_with("```");
        let depth = line.bytes().take_while(|byte| *byte == b'#').count();
        if !in_code && (1..=level).contains(&depth) {
            match start {
                Some(from) => return &document[from..at],
                None if line.starts_with(heading) => start = Some(at + line.len()),
                None => {}
            }
        }
        at += line.len();
    }
    let from = start.unwrap_or_else(|| panic!("the document must have the heading '{heading}'"));
    &document[from..]
}

/// Returns the rows of the first table below a heading, each as its cells.
///
/// # Panics
/// When there is no such heading, or no table below it.
pub(crate) fn table(document: &str, heading: &str) -> Vec<Vec<String>> {
    let rows: Vec<Vec<String>> = section(document, heading)
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let inner = line.trim().trim_matches('|');
            inner
                .split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect();
    assert!(!rows.is_empty(), "there must be a table below '{heading}'");
    rows
}

/// Returns the contents of all code blocks of a language.
pub(crate) fn code(document: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = document.split(&fence).skip(1);
    blocks
        .filter_map(|rest| rest.split("\n```").next())
        .map(|code| format!("{code}\n"))
        .collect()
}
