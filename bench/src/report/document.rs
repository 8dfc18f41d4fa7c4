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
/// When a file cannot be written, or the document is not there or has no place for a table.
pub fn write(repository: &Path, results: &Results) -> anyhow::Result<()> {
    let directory = repository.join(PLOTS);
    fs::create_dir_all(&directory)?;
    let json = serde_json::to_string_pretty(results)? + "\n";
    fs::write(repository.join(RESULTS), &json)?;
    // What is read may differ from what was written in the last digit of a number, and the page shows
    // what the file says.
    let results = &serde_json::from_str(&json)?;
    for (name, svg) in plots(results)? {
        fs::write(directory.join(name), svg)?;
    }
    let document = repository.join(DOCUMENT);
    let text = fs::read_to_string(&document)
        .with_context(|| format!("{DOCUMENT}, which has the places for tables, cannot be read"))?;
    fs::write(document, render(&text, results)?)?;
    Ok(())
}

/// The document with these results' tables in their places. A place begins with the line
/// `<!-- table: NAME -->` and ends with `<!-- end -->`; one whose table was not measured stays as it
/// is.
///
/// # Errors
/// When a table has no place, or a place has no end.
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
        let Some((name, table)) = tables.iter().find(|(of, _)| *of == name) else {
            continue;
        };
        used.push(*name);
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
    fn what_was_not_measured_stays() {
        let text = format!("<!-- table: cargo-run -->\nearlier\n<!-- end -->\n{BOTH}");
        let text = render(&text, &Results::default()).unwrap();
        assert!(text.starts_with("<!-- table: cargo-run -->\nearlier\n<!-- end -->\na\n"));
    }

    #[test]
    fn a_table_without_a_place_is_told() {
        let results = Results::default();
        for (document, problem) in [
            ("a\n", "has no place for the table targets"),
            // What is misspelt takes no table, and the table is missed.
            (
                "<!-- table: tragets -->\n<!-- end -->\n",
                "has no place for the table targets",
            ),
            ("<!-- table: targets -->\n", "has no end"),
        ] {
            let error = render(document, &results).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
