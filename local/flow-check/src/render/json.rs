//! JSON, an object in a line.

use serde_json::{Value, json};

use super::{CheckedFile, Counts, all};
use crate::printable::printable;

/// Returns a line for each finding, and one with the numbers of all.
pub(super) fn render(checked: &[CheckedFile]) -> String {
    let Counts {
        errors,
        warnings,
        notes,
    } = Counts::of(checked);
    let sum = json!({
        "type": "checked",
        "flows": checked.len(),
        "errors": errors,
        "warnings": warnings,
        "notes": notes,
    });
    let findings = all(checked).map(|(file, finding)| {
        let mut object = json!({
            "type": "finding",
            "rule": finding.rule.id,
            "severity": finding.rule.severity.name(),
            "file": printable(&file.name),
            "line": finding.start.line,
            "column": finding.start.column,
            "endLine": finding.end.line,
            "endColumn": finding.end.column,
            "block": finding.block,
            "message": finding.message,
            "help": finding.help,
        });
        if let Some(within) = &file.within {
            object["within"] = Value::from(within.member);
        }
        object
    });
    let lines = findings.chain([sum]);
    lines.map(|object| format!("{object}\n")).collect()
}
