//! The runbook's list of outcomes beside the codes of the function.

use std::collections::BTreeSet;

use connect_pin_sms::rules::failure::Failure;
use connect_pin_sms::rules::outcome::Outcome;

use super::markdown;

/// Every code that `outcome` can hold in a log: those of an answer, and the names of failures.
fn codes() -> BTreeSet<String> {
    let failures = Failure::ERROR_TYPES.iter().copied();
    let codes = Outcome::log_codes().chain(failures);
    codes.map(str::to_owned).collect()
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
