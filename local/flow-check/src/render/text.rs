//! The formats for people.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{CheckedFile, Counts, all, name_of};
use crate::file::FlowFile;
use crate::finding::Finding;
use crate::position::Lines;
use crate::rules::Severity;

/// Returns each finding with its lines and what to do, and a sentence about all of them.
pub(super) fn text(checked: &[CheckedFile]) -> String {
    let mut shown = String::new();
    for (file, finding) in all(checked) {
        shown.push_str(&snippet(file, finding));
        shown.push_str("\n\n");
    }
    if !checked.is_empty() {
        shown.push_str(&sum(checked));
        shown.push('\n');
    }
    shown
}

/// Returns a line for each finding: `file:line:column: rule sentence`.
pub(super) fn concise(checked: &[CheckedFile]) -> String {
    all(checked)
        .map(|(file, finding)| {
            let (name, start) = (name_of(file), finding.start);
            let (rule, message) = (finding.rule.id, &finding.message);
            format!("{name}:{}:{}: {rule} {message}\n", start.line, start.column)
        })
        .collect()
}

fn snippet(file: &FlowFile, finding: &Finding) -> String {
    let level = match finding.rule.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let spans = || {
        finding
            .labels
            .iter()
            .map(|label| &label.span)
            .chain([&finding.span])
    };
    let first = spans().map(|span| span.start).min().unwrap_or_default();
    let last = spans().map(|span| span.end).max().unwrap_or_default();
    let lines = Lines::new(&file.content);
    let (shown, number) = lines.around(first, last);
    let relative = |span: &std::ops::Range<usize>| {
        let at = |byte: usize| byte.clamp(shown.start, shown.end) - shown.start;
        at(span.start)..at(span.end)
    };
    let labels = finding.labels.iter().map(|label| {
        AnnotationKind::Context
            .span(relative(&label.span))
            .label(label.text.as_str())
    });
    // The carriage return of a last line would be drawn.
    let excerpt = &file.content[shown.clone()];
    let excerpt = excerpt.strip_suffix('\r').unwrap_or(excerpt);
    let source = Snippet::source(excerpt)
        .line_start(number)
        .path(name_of(file))
        .annotation(AnnotationKind::Primary.span(relative(&finding.span)))
        .annotations(labels);
    let title = format!("{} {}", finding.rule.id, finding.message);
    let report: &[Group<'_>] = &[level
        .no_name()
        .primary_title(title)
        .element(source)
        .element(Level::HELP.message(finding.help.as_str()))];
    Renderer::styled().render(report)
}

/// Returns the numbers of files and findings, as a sentence.
fn sum(checked: &[CheckedFile]) -> String {
    let counted = |count: usize, of: &str| match count {
        1 => format!("1 {of}"),
        many => format!("{many} {of}s"),
    };
    let Counts {
        errors,
        warnings,
        notes,
    } = Counts::of(checked);
    let found: Vec<_> = [(errors, "error"), (warnings, "warning"), (notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, of)| counted(count, of))
        .collect();
    let flows = counted(checked.len(), "flow");
    match found.is_empty() {
        true => format!("{flows} checked. No problems found."),
        false => format!("{flows} checked: {}.", found.join(", ")),
    }
}
