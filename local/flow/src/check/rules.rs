//! The rules for an action's transitions.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::ProblemKind;
use crate::action::ErrorBranch;
use crate::check::problems::Problems;
use crate::condition::{Condition, Operator};
use crate::document::{RawAction, RawCondition};
use crate::reference::Template;

/// A branch takes the draws below its operand, and the highest draw is 100.
const MOST_PERCENT: u32 = 101;

/// Whether `NextAction` is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextRule {
    Required,
    Optional,
    /// No transitions at all.
    Terminal,
}

/// The form of the operands that the author chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operands {
    /// Any static text.
    #[default]
    Text,
    /// Text with references.
    Template,
    /// One key of a telephone.
    Key,
    /// Increasing numbers from 1 to 101.
    Percentage,
}

/// The conditions that an action may have.
#[derive(Debug)]
pub(crate) struct ConditionRule {
    pub(crate) operators: &'static [Operator],
    pub(crate) operands: Operands,
    pub(crate) required: Vec<&'static str>,
    /// The operands beside the required ones; `None` if the author chooses them.
    pub(crate) optional: Option<&'static [&'static str]>,
    /// The least number of conditions.
    pub(crate) least: usize,
}

/// All rules for an action's transitions.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) required_errors: Vec<&'static str>,
    pub(crate) optional_errors: Vec<&'static str>,
    /// `None` if the action has no conditions.
    pub(crate) conditions: Option<ConditionRule>,
    pub(crate) next: NextRule,
}

/// An action's transitions, with positions in place of identifiers.
#[derive(Default)]
pub(crate) struct Branches {
    pub(crate) next: Option<usize>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) errors: Vec<ErrorBranch>,
}

impl Rules {
    pub(crate) fn check(
        &self,
        action: &RawAction<'_>,
        positions: &HashMap<&str, usize>,
        problems: &Problems,
    ) -> Branches {
        let path = format!("Actions[{}].Transitions", action.index);
        let transitions = &action.transitions;
        if self.next == NextRule::Terminal {
            if !transitions.empty {
                problems.report(
                    ProblemKind::Transitions,
                    &path,
                    format!("Action does not support transitions. Path: {path}"),
                );
            }
            return Branches::default();
        }
        let resolve = |identifier: &str, at: &str| {
            let found = positions.get(identifier).copied();
            if found.is_none() {
                let path = format!("{path}.{at}");
                let message =
                    format!("Invalid Action reference. Identifier: {identifier}, Path: {path}");
                problems.report(ProblemKind::Reference, &path, message);
            }
            found
        };
        let next = transitions
            .next
            .and_then(|next| resolve(next, "NextAction"));
        if !transitions.has_next && self.next == NextRule::Required {
            problems.missing(&format!("{path}.NextAction"));
        }
        let conditions = self.check_conditions(action, &path, &resolve, problems);
        let errors = self.check_errors(action, &path, &resolve, problems);
        Branches {
            next,
            conditions,
            errors,
        }
    }

    fn check_errors(
        &self,
        action: &RawAction<'_>,
        path: &str,
        resolve: &dyn Fn(&str, &str) -> Option<usize>,
        problems: &Problems,
    ) -> Vec<ErrorBranch> {
        let mut branches: Vec<ErrorBranch> = Vec::new();
        for (at, error) in action.transitions.errors.iter().enumerate() {
            let kind = error.error_type;
            let allowed =
                self.required_errors.contains(&kind) || self.optional_errors.contains(&kind);
            let twice = branches.iter().any(|branch| &*branch.error_type == kind);
            if !allowed || twice {
                let path = format!("{path}.Errors[{at}]");
                let message = format!("Invalid Action error. Error: {kind}, Path: {path}");
                problems.report(ProblemKind::Error, &path, message);
            }
            if let Some(target) = resolve(error.next, &format!("Errors[{at}].NextAction")) {
                branches.push(ErrorBranch {
                    error_type: Arc::from(kind),
                    target,
                });
            }
        }
        let listed = &action.transitions.errors;
        for required in &self.required_errors {
            if !listed.iter().any(|error| error.error_type == *required) {
                problems.report(
                    ProblemKind::MissingError,
                    &format!("{path}.Errors"),
                    format!(
                        "Action is missing required error. Error: {required}, Path: Actions[{}]",
                        action.index
                    ),
                );
            }
        }
        branches
    }

    fn check_conditions(
        &self,
        action: &RawAction<'_>,
        path: &str,
        resolve: &dyn Fn(&str, &str) -> Option<usize>,
        problems: &Problems,
    ) -> Vec<Condition> {
        let raw = &action.transitions.conditions;
        let Some(rule) = &self.conditions else {
            if !raw.is_empty() {
                problems.report(
                    ProblemKind::Condition,
                    &format!("{path}.Conditions"),
                    "Action does not support conditions",
                );
            }
            return Vec::new();
        };
        if raw.len() < rule.least {
            problems.missing(&format!("{path}.Conditions"));
        }
        let there = |operand: &str| raw.iter().any(|condition| condition.operand == operand);
        if !rule.required.iter().all(|operand| there(operand)) {
            problems.invalid_condition(&format!("{path}.Conditions"));
        }
        let mut last_percent = 0;
        raw.iter()
            .enumerate()
            .filter_map(|(at, condition)| {
                let at = format!("Conditions[{at}]");
                let target = resolve(condition.next, &format!("{at}.NextAction"));
                let path = format!("{path}.{at}.Condition");
                let operator = rule.operator(condition, &path, problems);
                let operand =
                    rule.operand(condition, &path, action.index, &mut last_percent, problems);
                Some(Condition {
                    operator: operator?,
                    operand: operand?,
                    source: Arc::from(&*condition.operand),
                    target: target?,
                })
            })
            .collect()
    }
}

impl ConditionRule {
    fn operator(
        &self,
        condition: &RawCondition<'_>,
        path: &str,
        problems: &Problems,
    ) -> Option<Operator> {
        let operator = Operator::parse(condition.operator)
            .filter(|operator| self.operators.contains(operator));
        if operator.is_none() {
            problems.invalid_condition(&format!("{path}.Operator"));
        }
        operator
    }

    fn operand(
        &self,
        condition: &RawCondition<'_>,
        path: &str,
        action: usize,
        last_percent: &mut u32,
        problems: &Problems,
    ) -> Option<Template> {
        // Exports write the thresholds of a distribution as numbers too.
        if condition.number && self.operands != Operands::Percentage {
            problems.invalid_condition(&format!("{path}.Operands"));
            return None;
        }
        let operand: &str = &condition.operand;
        let is_key = |text: &str| {
            let mut symbols = text.chars();
            symbols.next().and_then(crate::Key::new).is_some() && symbols.next().is_none()
        };
        let valid = match self.operands {
            Operands::Template if operand.is_empty() => {
                problems.report(
                    ProblemKind::Condition,
                    &format!("{path}.Operands[0]"),
                    format!("Invalid branch. Path: {action}.Evaluate"),
                );
                return None;
            }
            Operands::Template => return Some(Template::parse(operand)),
            Operands::Key => is_key(operand),
            Operands::Percentage => operand
                .parse::<u32>()
                .ok()
                .filter(|percent| *percent > *last_percent && *percent <= MOST_PERCENT)
                .map(|percent| *last_percent = percent)
                .is_some(),
            Operands::Text => match self.optional {
                Some(optional) => self.required.contains(&operand) || optional.contains(&operand),
                None => !operand.is_empty(),
            },
        };
        if !valid {
            problems.invalid_condition(&format!("{path}.Operands[0]"));
            return None;
        }
        Some(Template::literal(operand))
    }
}
