//! Compares the runbook's list of outcomes with the function's codes.

use std::collections::BTreeSet;

use connect_pin_sms::rules::failure::Failure;
use connect_pin_sms::rules::outcome::Outcome;

use super::markdown;

/// Returns every code that `outcome` can have in a log: the codes of answers, and the names of failures.
fn codes() -> BTreeSet<String> {
    let failures = Failure::ERROR_TYPES.iter().copied();
    let codes = Outcome::log_codes().chain(failures);
    codes.map(str::to_owned).collect()
}

/// Asserts that each code has one row, each row a code, and that each row says what to do.
pub(crate) fn compare(runbook: &str) {
    let rows = markdown::table(runbook, "## Every outcome");
    let mut listed = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 3, "{row:?}");
        assert!(row[1].len() > 10 && row[2].len() > 5, "{row:?}");
        // A row about a combination, such as "MEMBER and nothing after it", is not the code's own row.
        if row[0].replace("`, `", "").matches('`').count() == 2 && row[0].ends_with('`') {
            listed.extend(row[0].split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(
        listed.len(),
        once.len(),
        "each code must have one row: {listed:?}"
    );
    assert_eq!(once, codes(), "docs/runbook.md, Every outcome");
    assert!(
        rows.iter()
            .any(|row| row[0].starts_with("`MEMBER` and nothing")),
        "docs/runbook.md must have a row for a caller with MEMBER and nothing after it"
    );
}
