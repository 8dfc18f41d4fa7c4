//! Findings as text for people and for other tools.

mod github;
mod json;
mod sarif;
mod text;

use crate::file::FlowFile;
use crate::finding::Finding;
use crate::position::Position;
use crate::printable::printable;
use crate::rules::Severity;

/// The formats of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The lines of each finding with a caret, and what to do
    Text,
    /// A line for each finding
    Concise,
    /// A JSON object for each finding, in a line
    Json,
    /// SARIF 2.1.0, the format of code scanning
    Sarif,
    /// Workflow commands of GitHub Actions, which annotate a pull request
    Github,
}

/// A file that has been checked.
#[derive(Debug, Clone)]
pub struct CheckedFile {
    /// The file.
    pub file: FlowFile,
    /// Its findings.
    pub findings: Vec<Finding>,
}

/// Returns the findings of files in a format. Text has colors, which the terminal removes where they are
/// not wanted.
pub fn render(format: Format, checked: &[CheckedFile]) -> String {
    match format {
        Format::Text => text::text(checked),
        Format::Concise => text::concise(checked),
        Format::Json => json::render(checked),
        Format::Sarif => sarif::render(checked),
        Format::Github => github::render(checked),
    }
}

/// The findings of files by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) notes: usize,
}

impl Counts {
    pub(crate) fn of(checked: &[CheckedFile]) -> Self {
        let mut counts = Self::default();
        for finding in checked.iter().flat_map(|file| &file.findings) {
            match finding.rule.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Note => counts.notes += 1,
            }
        }
        counts
    }
}

/// Returns the findings of all files, each with its file.
fn all(checked: &[CheckedFile]) -> impl Iterator<Item = (&FlowFile, &Finding)> {
    checked.iter().flat_map(|checked| {
        checked
            .findings
            .iter()
            .map(move |finding| (&checked.file, finding))
    })
}

/// Returns the name of a file, with the member that contains the flow if it is not the whole file.
fn name_of(file: &FlowFile) -> String {
    match &file.within {
        None => printable(&file.name),
        Some(within) => format!("{}[{}]", printable(&file.name), within.member),
    }
}

/// Returns the place of a finding in its file, and the finding's message. Of a flow within a file, it is
/// the place where the flow begins, and the message has the place within the flow.
fn in_file(file: &FlowFile, finding: &Finding) -> (Position, Position, String) {
    match &file.within {
        None => (finding.start, finding.end, finding.message.clone()),
        Some(within) => {
            let Position { line, column } = finding.start;
            let message = format!(
                "{} (line {line}, column {column} of {})",
                finding.message, within.member
            );
            (within.position, within.position, message)
        }
    }
}
