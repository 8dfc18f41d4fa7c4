//! `docs/performance.md` and what belongs to it.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use super::{Results, plots};

const DOCUMENT: &str = "docs/performance.md";
const RESULTS: &str = "docs/performance/results.json";
const PLOTS: &str = "docs/performance";

/// The figures that were written down last; none when there are no such.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read(repository: &Path) -> anyhow::Result<Results> {
    let path = repository.join(RESULTS);
    if !path.exists() {
        return Ok(Results::default());
    }
    let text = fs::read_to_string(&path)?;
    serde_json::from_str(&text).with_context(|| {
        format!("{RESULTS} is of another version of the bench; delete it and measure again")
    })
}

/// Writes the figures down, and the tables and plots that are made of them.
///
/// # Errors
/// When a file cannot be written, or the document has no place for a table.
pub fn write(repository: &Path, results: &Results) -> anyhow::Result<()> {
    let directory = repository.join(PLOTS);
    fs::create_dir_all(&directory)?;
    let json = serde_json::to_string_pretty(results)? + "\n";
    fs::write(repository.join(RESULTS), json)?;
    for (name, svg) in plots(results)? {
        fs::write(directory.join(name), svg)?;
    }
    let document = repository.join(DOCUMENT);
    let text = if document.exists() {
        fs::read_to_string(&document)?
    } else {
        bare(results)?
    };
    fs::write(document, render(&text, results)?)?;
    Ok(())
}

/// A document with a place for each table and nothing else.
fn bare(results: &Results) -> anyhow::Result<String> {
    let mut text = "# Performance\n".to_owned();
    for (name, _) in results.tables()? {
        text.push_str(&format!(
            "\n## {name}\n\n<!-- table: {name} -->\n<!-- end -->\n"
        ));
    }
    Ok(text)
}

/// The document with these results' tables in their places. A place begins with the line
/// `<!-- table: NAME -->` and ends with `<!-- end -->`.
///
/// # Errors
/// When a table has no place, or a place no table.
pub fn render(document: &str, results: &Results) -> anyhow::Result<String> {
    let tables = results.tables()?;
    let mut used = Vec::new();
    let mut text = String::with_capacity(document.len());
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        let name = line
            .strip_prefix("<!-- table: ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        let Some(name) = name else { continue };
        let table = tables
            .iter()
            .find_map(|(of, table)| (*of == name).then_some(table))
            .with_context(|| {
                format!("{DOCUMENT} has a place for the table {name}, which is none")
            })?;
        used.push(name);
        text.push_str(&format!("\n{table}\n<!-- end -->\n"));
        ensure!(
            lines.any(|line| line == "<!-- end -->"),
            "the place of the table {name} in {DOCUMENT} has no end"
        );
    }
    for (name, _) in &tables {
        ensure!(
            used.contains(name),
            "{DOCUMENT} has no place for the table {name}"
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what it expects")]

    use super::*;

    const BOTH: &str = "a\n<!-- table: targets -->\nold\n<!-- end -->\nb\n\
                        <!-- table: machines -->\n<!-- end -->\n\
                        <!-- table: instructions -->\n<!-- end -->\n";

    #[test]
    fn tables_take_their_places() {
        let results = Results::default();
        let text = render(BOTH, &results).unwrap();
        assert!(text.starts_with("a\n<!-- table: targets -->\n\n| target "));
        assert!(text.contains("|\n\n<!-- end -->\nb\n") && !text.contains("old"));
        assert_eq!(render(&text, &results).unwrap(), text);
    }

    #[test]
    fn a_bare_document_has_a_place_for_each_table() {
        let results = Results::default();
        let text = render(&bare(&results).unwrap(), &results).unwrap();
        assert!(text.contains("## targets\n\n<!-- table: targets -->\n\n| target "));
    }

    #[test]
    fn a_table_without_a_place_is_told() {
        let results = Results::default();
        for (document, problem) in [
            ("a\n", "has no place for the table targets"),
            ("<!-- table: of what -->\n<!-- end -->\n", "which is none"),
            ("<!-- table: targets -->\n", "has no end"),
        ] {
            let error = render(document, &results).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
