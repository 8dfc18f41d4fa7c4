//! The runbook's list of outcomes beside the codes in the function's source.

use std::collections::BTreeSet;

use super::{markdown, read};

/// Every code that `outcome` can hold in a log: those of an answer, and the names of failures.
fn codes() -> BTreeSet<String> {
    let mut codes = texts_of(
        "lambda/src/rules/outcome.rs",
        &["fn true_code(", "fn code("],
    );
    codes.extend(texts_of("lambda/src/rules/failure.rs", &["fn error_type("]));
    for known in ["MEMBER", "SENT", "PIN_NOT_FOUND", "OutOfTime"] {
        assert!(codes.contains(known), "{known}: {codes:?}");
    }
    codes
}

/// The texts in methods of these names, of whichever type.
fn texts_of(path: &str, methods: &[&str]) -> BTreeSet<String> {
    let source = read(path);
    let bodies = methods
        .iter()
        .flat_map(|method| source.split(method).skip(1))
        .filter_map(|rest| rest.split("\n    }\n").next());
    bodies
        .flat_map(|body| body.split('"').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

/// Each code has its row, each row its code, and each says what to do.
///
/// # Panics
/// When they differ.
pub(crate) fn compare(runbook: &str) {
    let rows = markdown::table(runbook, "## Every outcome");
    let mut listed = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 3, "{row:?}");
        assert!(row[1].len() > 10 && row[2].len() > 5, "{row:?}");
        // A row for a code in company, such as "MEMBER and nothing after it", is one more.
        if row[0].replace("`, `", "").matches('`').count() == 2 && row[0].ends_with('`') {
            listed.extend(row[0].split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), once.len(), "a code has two rows: {listed:?}");
    assert_eq!(once, codes(), "docs/runbook.md, Every outcome");
    assert!(
        rows.iter()
            .any(|row| row[0].starts_with("`MEMBER` and nothing")),
        "a caller of whom there is MEMBER and nothing more has no row"
    );
}
