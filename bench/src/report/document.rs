//! `docs/performance.md`, its plots and the recorded figures.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use super::{Results, plots};

const DOCUMENT: &str = "docs/performance.md";
const RESULTS: &str = "docs/performance/results.json";
const PLOTS: &str = "docs/performance";

/// Reads the recorded figures; empty if there is no file.
///
/// # Errors
/// When the file exists and cannot be read.
pub fn read(repository: &Path) -> anyhow::Result<Results> {
    let path = repository.join(RESULTS);
    if !path.exists() {
        return Ok(Results::default());
    }
    let text = fs::read_to_string(&path)?;
    serde_json::from_str(&text).with_context(|| {
        format!("{RESULTS} must have the format of this version of the bench; delete it and measure again")
    })
}

/// Writes the figures, and the tables and plots that are generated from them.
///
/// # Errors
/// When a file cannot be written, or the document does not exist or lacks the markers of a table.
pub fn write(repository: &Path, results: &Results) -> anyhow::Result<()> {
    let directory = repository.join(PLOTS);
    fs::create_dir_all(&directory)?;
    let json = serde_json::to_string_pretty(results)? + "\n";
    fs::write(repository.join(RESULTS), &json)?;
    // Numbers may change in their last digit by writing and reading, so the page is generated from the file.
    let results = &serde_json::from_str(&json)?;
    for (name, svg) in plots(results)? {
        fs::write(directory.join(name), svg)?;
    }
    let document = repository.join(DOCUMENT);
    let text = fs::read_to_string(&document).with_context(|| {
        format!("cannot read {DOCUMENT}, which must have the markers of the tables")
    })?;
    fs::write(document, render(&text, results)?)?;
    Ok(())
}

/// Returns the document with these results' tables. A table is between the lines `<!-- table: NAME -->` and
/// `<!-- end -->`; a table that was not measured stays as it is.
///
/// # Errors
/// When the document lacks a marker of a table.
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
            "the table {name} in {DOCUMENT} must end with <!-- end -->"
        );
    }
    for (name, _) in &tables {
        ensure!(
            used.contains(name),
            "{DOCUMENT} must have the line <!-- table: {name} -->"
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const BOTH: &str = "a\n<!-- table: targets -->\nold\n<!-- end -->\nb\n\
                        <!-- table: machines -->\n<!-- end -->\n\
                        <!-- table: instructions -->\n<!-- end -->\n";

    #[test]
    fn tables_are_written_between_their_markers() {
        let results = Results::default();
        let text = render(BOTH, &results).unwrap();
        assert!(text.starts_with("a\n<!-- table: targets -->\n\n| target "));
        assert!(text.contains("|\n\n<!-- end -->\nb\n") && !text.contains("old"));
        assert_eq!(render(&text, &results).unwrap(), text);
    }

    #[test]
    fn a_table_that_was_not_measured_stays() {
        let text = format!("<!-- table: cargo-run -->\nearlier\n<!-- end -->\n{BOTH}");
        let text = render(&text, &Results::default()).unwrap();
        assert!(text.starts_with("<!-- table: cargo-run -->\nearlier\n<!-- end -->\na\n"));
    }

    #[test]
    fn a_missing_marker_is_an_error() {
        let results = Results::default();
        for (document, problem) in [
            ("a\n", "must have the line <!-- table: targets -->"),
            // A misspelt marker is ignored, so the table's marker is missing.
            (
                "<!-- table: tragets -->\n<!-- end -->\n",
                "must have the line <!-- table: targets -->",
            ),
            ("<!-- table: targets -->\n", "must end with <!-- end -->"),
        ] {
            let error = render(document, &results).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
