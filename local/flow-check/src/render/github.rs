//! Workflow commands of GitHub Actions.
//!
//! The form and its escapes are those of GitHub's page "Workflow commands for GitHub Actions" and of its
//! toolkit (`@actions/core`, command.ts).

use super::{CheckedFile, all, in_file};
use crate::printable::printable;
use crate::rules::Severity;

/// Returns a command for each finding.
pub(super) fn render(checked: &[CheckedFile]) -> String {
    all(checked)
        .map(|(file, finding)| {
            let command = match finding.rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let (start, end, message) = in_file(file, finding);
            format!(
                "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
                property(&printable(&file.name)),
                start.line,
                start.column,
                end.line,
                end.column,
                property(finding.rule.id),
                data(&format!("{message}. {}", finding.help)),
            )
        })
        .collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of `@actions/core`'s own tests for `escapeData` and `escapeProperty`.
    #[test]
    fn commands_are_escaped_as_github_documents() {
        assert_eq!(data("%25 \r\n :,"), "%2525 %0D%0A :,");
        assert_eq!(property("%25 \r\n :,"), "%2525 %0D%0A %3A%2C");
    }
}
