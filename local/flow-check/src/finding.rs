//! The checks of a file, and their findings.

use std::ops::Range;

use connect_flow::{Flow, Problem, ProblemKind};

use crate::file::FlowFile;
use crate::graph::Graph;
use crate::position::{Lines, Position, floor};
use crate::printable::printable;
use crate::rules::{self, Check, Context, RULES, Rule};
use crate::settings::Settings;
use crate::tree::{self, Part};

/// An instance of a rule at a place of a flow.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The fault, one sentence or the service's own message, without control characters.
    pub message: String,
    /// The bytes of the content that it is about.
    pub span: Range<usize>,
    /// The place of the first character.
    pub start: Position,
    /// The place after the last character.
    pub end: Position,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// The identifier of the block, if it is one of a block.
    pub block: Option<String>,
    /// The action that mends it.
    pub help: String,
}

/// A further place of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The bytes of the content.
    pub span: Range<usize>,
    /// The meaning of the place.
    pub text: String,
}

/// A finding of a rule, before its places are counted.
pub(crate) struct Found {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) block: Option<String>,
}

impl Found {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            labels: Vec::new(),
            block: None,
        }
    }

    pub(crate) fn of(mut self, block: &str) -> Self {
        self.block = Some(block.to_owned());
        self
    }

    pub(crate) fn label(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        let text = text.into();
        self.labels.push(Label { span, text });
        self
    }
}

/// Returns what the service would refuse of a flow, and what calls meet later, in the order of the text.
pub fn check(file: &FlowFile, settings: &Settings) -> Vec<Finding> {
    let content = file.content.as_str();
    let published = Flow::publish(content, file.kind);
    let lines = Lines::new(content);
    let mut report = Report {
        file,
        settings,
        lines: &lines,
        findings: Vec::new(),
    };
    let problems = published.as_ref().err().map_or(&[][..], Vec::as_slice);
    let unread = problems.iter().any(|problem| {
        let whole = problem.kind == ProblemKind::Content && problem.path.is_empty();
        whole || matches!(problem.kind, ProblemKind::Json | ProblemKind::OldExport)
    });
    // A text that is no JSON may be nested without bound.
    let not_json = problems
        .iter()
        .any(|problem| problem.kind == ProblemKind::Json);
    let root = (!not_json).then(|| tree::parse(content)).flatten();
    for problem in problems {
        let found = of_service(problem, root.as_ref(), &lines);
        report.add(rules::of_problem(problem.kind), found);
    }
    if let Some(root) = root.filter(|_| !unread) {
        let graph = Graph::new(&root, published.as_ref().ok());
        let context = Context {
            graph: &graph,
            root: &root,
            kind: file.kind,
            settings,
        };
        for rule in RULES {
            if let Check::Lint(lint) = rule.check {
                for found in lint(&context) {
                    report.add(rule, found);
                }
            }
        }
    }
    report.findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.span.start, finding.span.end, finding.rule.id);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    report.findings
}

struct Report<'a> {
    file: &'a FlowFile,
    settings: &'a Settings,
    lines: &'a Lines<'a>,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn add(&mut self, rule: &'static Rule, found: Found) {
        if self.settings.allows(rule, &self.file.name) {
            return;
        }
        let within = |span: &Range<usize>| {
            let start = floor(&self.file.content, span.start);
            start..floor(&self.file.content, span.end).max(start)
        };
        let span = within(&found.span);
        self.findings.push(Finding {
            rule,
            message: printable(&found.message),
            start: self.lines.position(span.start),
            end: self.lines.position(span.end),
            span,
            labels: found
                .labels
                .iter()
                .map(|label| Label {
                    span: within(&label.span),
                    text: printable(&label.text),
                })
                .collect(),
            block: found.block.as_deref().map(printable),
            help: rule.remedy.to_owned(),
        });
    }
}

/// Returns the finding for a problem that the service reports.
fn of_service(
    problem: &Problem,
    root: Option<&jsonc_parser::ast::Value<'_>>,
    lines: &Lines<'_>,
) -> Found {
    let mut message = problem.message.clone();
    let span = match (problem.kind, root) {
        (ProblemKind::Json, _) => {
            let place = place_of(&message);
            // The position of the message counts bytes; the finding has one that counts characters.
            if let Some((before, ..)) = place {
                message.truncate(before);
            }
            let start = place.map_or(0, |(_, line, column)| lines.byte(line, column));
            start..start + 1
        }
        (ProblemKind::PropertyName, Some(root)) => tree::locate(root, &problem.path, Part::Name),
        (_, Some(root)) => tree::locate(root, &problem.path, Part::Value),
        (_, None) => 0..1,
    };
    let mut found = Found::new(span, message);
    found.block = problem.action.clone();
    found
}

/// Finds ` at line L column C` at the end of a message of serde_json: where it begins, and both numbers.
fn place_of(message: &str) -> Option<(usize, usize, usize)> {
    let at = message.rfind(" at line ")?;
    let (line, column) = message[at + " at line ".len()..].split_once(" column ")?;
    Some((at, line.parse().ok()?, column.parse().ok()?))
}
