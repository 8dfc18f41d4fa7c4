//! Blocks whose effect lies outside of the flow, which the driver provides.

use super::pending::Pending;
use super::{Execution, Step};
use crate::action::{AbsentBranch, Action, Block, JsonTemplate};
use crate::{Output, OutsideAnswer, OutsideBlock, Provided, ProvidedBranch};

impl Execution {
    pub(super) fn outside(
        &mut self,
        action: &Action,
        parameters: &[(String, JsonTemplate)],
    ) -> Step {
        let parameters = self.json_map(parameters);
        self.log(action, log_name(&action.kind), None, Vec::new);
        let block = OutsideBlock {
            identifier: action.identifier.clone(),
            kind: action.kind.clone(),
            parameters,
        };
        Step::Ask(Output::Outside(block), Pending::Outside)
    }

    pub(super) fn outside_answered(&mut self, answer: OutsideAnswer) -> Step {
        match answer {
            OutsideAnswer::Absent => self.with_action(|this, action| match &action.block {
                Block::Outside { absent, .. } => {
                    this.warn(absent.because.as_str());
                    match &absent.branch {
                        AbsentBranch::Done => Step::Done,
                        AbsentBranch::Result(result) => Step::Result(Some(result.clone())),
                        AbsentBranch::Error(error) => this.take_error(error),
                    }
                }
                _ => super::broken("an answer from outside of its block"),
            }),
            OutsideAnswer::Provided(Provided {
                branch,
                values,
                took,
            }) => {
                self.pass(took);
                self.contact.provided.extend(values);
                match branch {
                    ProvidedBranch::Done => Step::Done,
                    ProvidedBranch::Result(result) => Step::Result(Some(result)),
                    ProvidedBranch::Failed(error) => self.take_error(&error),
                }
            }
        }
    }
}

/// Returns the name of the type in the flow log: the old name where it is known, or else that of
/// the type.
fn log_name(kind: &str) -> &'static str {
    match kind {
        "CheckMetricData" => "CheckMetricData",
        _ => "InvokeExternalResource",
    }
}
