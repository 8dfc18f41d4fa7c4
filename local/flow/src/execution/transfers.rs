//! Transfers to other flows and to outside numbers.

use std::sync::Arc;
use std::time::Duration;

use super::pending::Pending;
use super::{Execution, Running, Step};
use crate::action::Action;
use crate::compile::ringing_limit;
use crate::reference::Template;
use crate::{DialOutcome, Ending, FlowKind, LoadedFlow, Output};

impl Execution {
    pub(super) fn transfer_to_flow(&mut self, action: &Action, flow: &Template) -> Step {
        match self.needed(flow) {
            Some(id) => {
                let output = Output::LoadFlow {
                    id: id.clone(),
                    module: false,
                };
                Step::Ask(output, Pending::FlowToEnter { id })
            }
            None => {
                self.log(action, "Transfer", None, Vec::new);
                self.fail("the flow must be set")
            }
        }
    }

    pub(super) fn flow_loaded(&mut self, id: &str, flow: Option<Box<LoadedFlow>>) -> Step {
        self.with_action(|this, action| {
            this.log(action, "Transfer", None, || {
                vec![("ContactFlowId", id.to_owned())]
            });
            match flow {
                Some(flow) if can_be_entered(flow.kind) => {
                    this.leave(action);
                    this.go_to(*flow)
                }
                Some(_) => this.fail(format!(
                    "the flow {id} is of a type that does not accept transfers"
                )),
                None => this.fail(format!("the flow {id} does not exist or is not published")),
            }
        })
    }

    /// Continues in another flow, without return. Logging stays on or off.
    pub(super) fn go_to(&mut self, flow: LoadedFlow) -> Step {
        self.interrupted = None;
        self.scope = self.scope.after_transfer();
        self.callers.clear();
        self.flow = Arc::new(Running::from(flow));
        Step::Enter(self.flow.flow.start())
    }

    pub(super) fn dial(
        &mut self,
        action: &Action,
        number: &Template,
        time_limit: &Template,
        returns: bool,
    ) -> Step {
        self.in_functions = Duration::ZERO;
        let time_limit = self.value(time_limit);
        let Some(time_limit) = time_limit.as_deref().and_then(ringing_limit) else {
            self.log(action, "Dial", None, Vec::new);
            return self.fail("the time to ring must be a whole number of seconds up to 600");
        };
        match self.needed(number) {
            Some(number) if is_dialable(&number) => {
                let output = Output::Dial {
                    number: number.clone(),
                    time_limit,
                    returns,
                };
                Step::Ask(output, Pending::Dial { number, returns })
            }
            // The warning does not repeat the text, which may be the caller's input.
            Some(number) => {
                self.warn(
                    "the number to transfer to must be in E.164 format, such as +815012345678, but was \
                     other text",
                );
                self.dialled(number, returns, DialOutcome::Failed)
            }
            None => {
                self.log(action, "Dial", None, Vec::new);
                self.fail("the number must be set")
            }
        }
    }

    pub(super) fn dialled(&mut self, number: String, returns: bool, outcome: DialOutcome) -> Step {
        self.with_action(|this, action| {
            this.log(action, "Dial", None, || {
                vec![("PhoneNumber", number.clone())]
            });
            match (outcome, returns) {
                (DialOutcome::ReturnedAfterCall, true) => Step::Done,
                (DialOutcome::Connected, _) | (DialOutcome::ReturnedAfterCall, false) => {
                    this.leave(action);
                    this.customer_remains(Ending::ConnectedTo { number })
                }
                (DialOutcome::TimedOut, true) => Step::Failed("ConnectionTimeLimitExceeded"),
                (DialOutcome::Failed, true) => Step::Failed("CallFailed"),
                (DialOutcome::TimedOut | DialOutcome::Failed, false) => {
                    this.fail("the number could not be reached")
                }
            }
        })
    }
}

/// Reports whether the service dials the number: one in E.164 format, the pattern of `PhoneNumber` in its API
/// model.
fn is_dialable(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Reports whether a flow of this type accepts transfers. The administrator guide names these
/// types; with any other, the block fails.
fn can_be_entered(kind: FlowKind) -> bool {
    matches!(
        kind,
        FlowKind::ContactFlow | FlowKind::AgentTransfer | FlowKind::QueueTransfer
    )
}
