//! The table of rules.

mod functions;
mod input;
mod loops;
mod messages;
mod portability;
mod service;

use connect_flow::{FlowKind, ProblemKind};
use jsonc_parser::ast::Value;

use crate::finding::Found;
use crate::graph::Graph;
use crate::settings::Settings;

/// A requirement for flows.
#[derive(Debug)]
pub struct Rule {
    /// The stable name: `service/…` stands for a refusal of the service, `lint/…` for a rule of ours.
    pub id: &'static str,
    /// The weight of a finding.
    pub severity: Severity,
    /// The requirement, one sentence.
    pub summary: &'static str,
    /// The reason for the rule, and where it is known from.
    pub explanation: &'static str,
    /// The action that mends a finding, one sentence.
    pub remedy: &'static str,
    /// A flow that breaks this rule, and no other.
    pub bad: Example,
    /// A flow that breaks no rule.
    pub good: Example,
    pub(crate) check: Check,
}

/// The weights of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A setting that works, but is rarely intended.
    Note,
    /// A fault that some calls meet.
    Warning,
    /// A refusal of the service, or a fault that does harm.
    Error,
}

impl Severity {
    /// Returns the word for the severity, which SARIF uses as well.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// An example of a rule.
#[derive(Debug)]
pub struct Example {
    /// The file's name.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
    /// The kind of flow.
    pub kind: FlowKind,
    /// The settings under which the rule finds something, as JSON.
    pub settings: &'static str,
}

/// The part of a rule that finds.
#[derive(Debug)]
pub(crate) enum Check {
    /// The service reports it when it publishes a flow; [`of_problem`] has the problems.
    Service,
    /// Finds instances in the graph of a flow.
    Lint(fn(&Context<'_>) -> Vec<Found>),
}

/// A flow and the settings under which it is checked.
pub(crate) struct Context<'a> {
    pub(crate) graph: &'a Graph<'a>,
    pub(crate) root: &'a Value<'a>,
    pub(crate) kind: FlowKind,
    pub(crate) settings: &'a Settings,
}

/// Includes the example of a rule from `examples/`.
macro_rules! example {
    ($file:literal) => {
        example!($file, CONTACT_FLOW, "{}")
    };
    ($file:literal, $kind:ident) => {
        example!($file, $kind, "{}")
    };
    ($file:literal, CONTACT_FLOW, $settings:literal) => {
        example!(@ $file, connect_flow::FlowKind::ContactFlow, $settings)
    };
    ($file:literal, CUSTOMER_HOLD, $settings:literal) => {
        example!(@ $file, connect_flow::FlowKind::CustomerHold, $settings)
    };
    (@ $file:literal, $kind:expr, $settings:literal) => {
        crate::rules::Example {
            name: $file,
            text: include_str!(concat!("examples/", $file)),
            kind: $kind,
            settings: $settings,
        }
    };
}
use example;

/// All rules, by id.
pub static RULES: &[&Rule] = &[
    &input::DIGITS_IN_FLOW_LOG,
    &portability::DUPLICATE_KEY,
    &functions::SLOWER_THAN_BLOCK,
    &functions::WITHOUT_ERROR_BRANCH,
    &portability::HARD_CODED_ACCOUNT,
    &messages::INVALID_SSML,
    &messages::LONG_MESSAGE,
    &loops::WITHOUT_EXIT,
    &loops::WITHOUT_INPUT,
    &portability::NOT_FOR_VOICE,
    &portability::OLD_EXPORT_FORMAT,
    &input::UNHANDLED_SILENCE,
    &loops::UNREACHABLE_BLOCK,
    &service::BLOCK_NOT_ALLOWED,
    &service::EXCLUSIVE_PROPERTIES,
    &service::INVALID_CONDITION,
    &service::INVALID_CONTENT,
    &service::INVALID_ERROR_BRANCH,
    &service::INVALID_FIELD,
    &service::INVALID_IDENTIFIER,
    &service::INVALID_JSON,
    &service::INVALID_PROPERTY,
    &service::INVALID_VERSION,
    &service::MISSING_ERROR_BRANCH,
    &service::MISSING_PROPERTY,
    &service::TRANSITIONS_OF_TERMINAL,
    &service::UNKNOWN_BLOCK_TYPE,
    &service::UNKNOWN_PROPERTY,
    &service::UNKNOWN_TARGET,
];

/// Returns the rule of this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// Returns the rule that a problem breaks.
pub(crate) fn of_problem(kind: ProblemKind) -> &'static Rule {
    match kind {
        ProblemKind::Json => &service::INVALID_JSON,
        ProblemKind::Content => &service::INVALID_CONTENT,
        ProblemKind::OldExport => &portability::OLD_EXPORT_FORMAT,
        ProblemKind::Version => &service::INVALID_VERSION,
        ProblemKind::Field => &service::INVALID_FIELD,
        ProblemKind::Identifier => &service::INVALID_IDENTIFIER,
        ProblemKind::BlockType => &service::UNKNOWN_BLOCK_TYPE,
        ProblemKind::BlockInFlow => &service::BLOCK_NOT_ALLOWED,
        ProblemKind::PropertyName => &service::UNKNOWN_PROPERTY,
        ProblemKind::MissingProperty => &service::MISSING_PROPERTY,
        ProblemKind::PropertyValue => &service::INVALID_PROPERTY,
        ProblemKind::ExclusiveProperties => &service::EXCLUSIVE_PROPERTIES,
        ProblemKind::Reference => &service::UNKNOWN_TARGET,
        ProblemKind::Transitions => &service::TRANSITIONS_OF_TERMINAL,
        ProblemKind::Condition => &service::INVALID_CONDITION,
        ProblemKind::MissingError => &service::MISSING_ERROR_BRANCH,
        ProblemKind::Error => &service::INVALID_ERROR_BRANCH,
    }
}
