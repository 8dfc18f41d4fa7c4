//! The rules for an action's transitions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::action::ErrorBranch;
use crate::check::problems::Problems;
use crate::condition::{Condition, Operator};
use crate::document::{RawAction, RawCondition};
use crate::reference::Template;

/// A branch takes the draws below its operand, and the highest draw is 100.
const MOST_PERCENT: u32 = 101;
/// `NoMatchingError`: any error without a branch of its own.
pub(crate) const NO_MATCH: &str = "NoMatchingError";
/// `NoMatchingCondition`: a result for which no condition is true.
pub(crate) const NO_CONDITION: &str = "NoMatchingCondition";

/// Whether `NextAction` is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextRule {
    Required,
    Optional,
    /// No transitions at all.
    Terminal,
}

/// The conditions that an action may have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ConditionRule {
    None,
    /// Every operator, with at least one condition; operands may be references.
    Compare,
    /// `Equals` with one key.
    Keys,
    /// A chain of `NumberLessThan` with increasing numbers.
    Percentages,
    /// `Equals` with these operands, the first of which are required.
    Results {
        required: &'static [&'static str],
        optional: &'static [&'static str],
    },
    /// `Equals` with any branch that a module declares.
    Branches,
    /// These operators with these operands, the first of which have to be there.
    Listed {
        operators: &'static [Operator],
        required: &'static [&'static str],
        /// `None` where the other operands are the author's.
        optional: Option<&'static [&'static str]>,
        /// The least number of conditions.
        least: usize,
    },
}

/// All rules for an action.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    required_errors: &'static [&'static str],
    optional_errors: &'static [&'static str],
    /// One more that is required, which depends on the parameters.
    also_required: Option<&'static str>,
    conditions: ConditionRule,
    next: NextRule,
}

/// An action's transitions, with positions in place of identifiers.
#[derive(Default)]
pub(crate) struct Branches {
    pub(crate) next: Option<usize>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) errors: Vec<ErrorBranch>,
}

impl Rules {
    /// Rules for an action with `NextAction`, these errors and no conditions.
    pub(crate) const fn errors(
        required: &'static [&'static str],
        optional: &'static [&'static str],
    ) -> Self {
        Self {
            required_errors: required,
            optional_errors: optional,
            also_required: None,
            conditions: ConditionRule::None,
            next: NextRule::Required,
        }
    }

    /// Adds a required error.
    pub(crate) const fn also_required(self, error: &'static str) -> Self {
        Self {
            also_required: Some(error),
            ..self
        }
    }

    /// Adds conditions.
    pub(crate) const fn with(self, conditions: ConditionRule) -> Self {
        Self { conditions, ..self }
    }

    /// Rules for an action that nothing follows.
    pub(crate) const TERMINAL: Self = Self {
        next: NextRule::Terminal,
        ..Self::errors(&[], &[])
    };

    /// Makes `NextAction` optional.
    pub(crate) const fn next_optional(self) -> Self {
        Self {
            next: NextRule::Optional,
            ..self
        }
    }

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
                problems.report(format!("Action does not support transitions. Path: {path}"));
            }
            return Branches::default();
        }
        let resolve = |identifier: &str, at: &str| {
            let found = positions.get(identifier).copied();
            if found.is_none() {
                problems.report(format!(
                    "Invalid Action reference. Identifier: {identifier}, Path: {path}.{at}"
                ));
            }
            found
        };
        let next = transitions
            .next
            .and_then(|next| resolve(next, "NextAction"));
        if !transitions.has_next && self.next == NextRule::Required {
            problems.report(format!(
                "Action is missing required property. Path: {path}.NextAction"
            ));
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
            let allowed = self.required_errors.contains(&kind)
                || self.optional_errors.contains(&kind)
                || self.also_required == Some(kind);
            let twice = branches.iter().any(|branch| &*branch.error_type == kind);
            if !allowed || twice {
                problems.report(format!(
                    "Invalid Action error. Error: {kind}, Path: {path}.Errors[{at}]"
                ));
            }
            if let Some(target) = resolve(error.next, &format!("Errors[{at}].NextAction")) {
                branches.push(ErrorBranch {
                    error_type: Arc::from(kind),
                    target,
                });
            }
        }
        let listed = &action.transitions.errors;
        for required in self.required_errors.iter().chain(&self.also_required) {
            if !listed.iter().any(|error| error.error_type == *required) {
                problems.report(format!(
                    "Action is missing required error. Error: {required}, Path: Actions[{}]",
                    action.index
                ));
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
        if matches!(self.conditions, ConditionRule::None) {
            if !raw.is_empty() {
                problems.report("Action does not support conditions");
            }
            return Vec::new();
        }
        let least = match self.conditions {
            ConditionRule::Compare => 1,
            ConditionRule::Listed { least, .. } => least,
            _ => 0,
        };
        if raw.len() < least {
            problems.report(format!(
                "Action is missing required property. Path: {path}.Conditions"
            ));
        }
        if let ConditionRule::Results { required, .. } | ConditionRule::Listed { required, .. } =
            self.conditions
        {
            let there = |operand: &str| raw.iter().any(|condition| condition.operand == operand);
            if !required.iter().all(|operand| there(operand)) {
                problems.report(format!(
                    "Invalid Action property value. Path: {path}.Conditions"
                ));
            }
        }
        let mut last_percent = 0;
        raw.iter()
            .enumerate()
            .filter_map(|(at, condition)| {
                let at = format!("Conditions[{at}]");
                let target = resolve(condition.next, &format!("{at}.NextAction"));
                let path = format!("{path}.{at}.Condition");
                let operator = self.operator(condition, &path, problems);
                let operand =
                    self.operand(condition, &path, action.index, &mut last_percent, problems);
                Some(Condition {
                    operator: operator?,
                    operand: operand?,
                    source: Arc::from(&*condition.operand),
                    target: target?,
                })
            })
            .collect()
    }

    fn operator(
        &self,
        condition: &RawCondition<'_>,
        path: &str,
        problems: &Problems,
    ) -> Option<Operator> {
        let operator =
            Operator::parse(condition.operator).filter(|operator| match self.conditions {
                ConditionRule::None => false,
                ConditionRule::Compare => true,
                ConditionRule::Listed { operators, .. } => operators.contains(operator),
                ConditionRule::Percentages => *operator == Operator::NumberLessThan,
                ConditionRule::Keys | ConditionRule::Results { .. } | ConditionRule::Branches => {
                    *operator == Operator::Equals
                }
            });
        if operator.is_none() {
            problems.report(format!(
                "Invalid Action property value. Path: {path}.Operator"
            ));
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
        if condition.number && !matches!(self.conditions, ConditionRule::Percentages) {
            problems.report(format!(
                "Invalid Action property value. Path: {path}.Operands"
            ));
            return None;
        }
        let operand: &str = &condition.operand;
        let is_key = |text: &str| {
            let mut symbols = text.chars();
            symbols.next().and_then(crate::Key::new).is_some() && symbols.next().is_none()
        };
        let valid = match self.conditions {
            ConditionRule::None => false,
            ConditionRule::Compare => {
                if operand.is_empty() {
                    problems.report(format!("Invalid branch. Path: {action}.Evaluate"));
                    return None;
                }
                return Some(Template::parse(operand));
            }
            ConditionRule::Keys => is_key(operand),
            ConditionRule::Percentages => operand
                .parse::<u32>()
                .ok()
                .filter(|percent| *percent > *last_percent && *percent <= MOST_PERCENT)
                .map(|percent| *last_percent = percent)
                .is_some(),
            ConditionRule::Results { required, optional } => {
                required.contains(&operand) || optional.contains(&operand)
            }
            ConditionRule::Listed {
                required,
                optional: Some(optional),
                ..
            } => required.contains(&operand) || optional.contains(&operand),
            ConditionRule::Branches | ConditionRule::Listed { .. } => !operand.is_empty(),
        };
        if !valid {
            problems.report(format!(
                "Invalid Action property value. Path: {path}.Operands[0]"
            ));
            return None;
        }
        Some(Template::literal(operand))
    }
}
