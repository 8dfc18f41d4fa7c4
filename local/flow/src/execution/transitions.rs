//! Selects the next action.
//!
//! A failure takes its own entry of `Errors`, or else that of NoMatchingError. A result takes the
//! first condition that is true, or else NoMatchingCondition. Everything else takes NextAction.

use std::borrow::Cow;

use super::{Execution, NO_CONDITION, NO_MATCH, Step};
use crate::action::{Action, Block};
use crate::condition::Operator;
use crate::reference::{Part, Root, Template};
use crate::{Ending, StopReason, TraceEvent, TransitionKind};

impl Execution {
    pub(super) fn take_next(&mut self) -> Step {
        self.with_action(|this, action| match action.next {
            Some(next) => this.take(action, TransitionKind::Next, next),
            None => no_branch(action, "no NextAction"),
        })
    }

    /// Takes the first condition that is true, or else NoMatchingCondition; NextAction if the
    /// action has neither.
    pub(super) fn take_result(&mut self, result: Option<&str>) -> Step {
        self.with_action(|this, action| {
            for (index, condition) in action.conditions.iter().enumerate() {
                if !condition.operand.is_static() {
                    // Rendered only for its warnings.
                    this.render(&condition.operand);
                }
                if this.is_true(action, condition.operator, &condition.operand, result) {
                    let operand = condition.source.clone();
                    let kind = TransitionKind::Condition { index, operand };
                    return this.take(action, kind, condition.target);
                }
            }
            if let Some(step) = this.take_exact_error(action, NO_CONDITION) {
                return step;
            }
            // A result without conditions.
            match action.next.filter(|_| action.conditions.is_empty()) {
                Some(next) => this.take(action, TransitionKind::Next, next),
                None => no_branch(action, NO_CONDITION),
            }
        })
    }

    pub(super) fn is_true(
        &self,
        action: &Action,
        operator: Operator,
        operand: &Template,
        result: Option<&str>,
    ) -> bool {
        let view = self.view();
        let operand = match operand.parts() {
            [Part::Literal(operand)] => Cow::Borrowed(operand.as_str()),
            [Part::Reference(reference)] => match view.text(reference) {
                Some(operand) => operand,
                None => return false,
            },
            _ => Cow::Owned(view.render(operand, |_| {})),
        };
        match (operator, &action.block) {
            // AWS's sample disconnect flow compares the agent's ARN with NULL for "no agent"
            // (administrator guide, "Sample disconnect flow"). Inferred for the other names.
            (Operator::Equals, Block::Compare { value })
                if value.root == Root::Agent && result.is_none() =>
            {
                operand == "NULL"
            }
            (Operator::KeyExists, Block::Compare { value }) => view.has_key(value, &operand),
            _ => result.is_some_and(|result| operator.holds(result, &operand)),
        }
    }

    /// Takes the branch of this error, or else that of NoMatchingError.
    pub(super) fn take_error(&mut self, error: &str) -> Step {
        self.with_action(|this, action| {
            this.take_exact_error(action, error)
                .or_else(|| this.take_exact_error(action, NO_MATCH))
                .unwrap_or_else(|| no_branch(action, error))
        })
    }

    pub(super) fn take_exact_error(&mut self, action: &Action, error: &str) -> Option<Step> {
        let branch = action
            .errors
            .iter()
            .find(|branch| &*branch.error_type == error)?;
        let error_type = branch.error_type.clone();
        Some(self.take(action, TransitionKind::Error { error_type }, branch.target))
    }

    pub(super) fn take(&mut self, action: &Action, kind: TransitionKind, target: usize) -> Step {
        let transition = action.transition(kind, self.flow.flow.action(target));
        self.trace.push(TraceEvent::Taken {
            flow_id: self.flow.id.clone(),
            transition,
        });
        Step::Enter(target)
    }

    /// Records that this action ended its flow or module.
    pub(super) fn leave(&mut self, action: &Action) {
        self.trace.push(TraceEvent::Taken {
            flow_id: self.flow.id.clone(),
            transition: action.transition(TransitionKind::Terminal, None),
        });
    }
}

fn no_branch(action: &Action, error: &str) -> Step {
    Step::End(Ending::Stopped(StopReason::NoBranch {
        identifier: action.identifier.to_string(),
        error: error.to_owned(),
    }))
}
