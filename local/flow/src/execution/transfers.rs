//! Queues, other flows and outside numbers.

use std::sync::Arc;
use std::time::Duration;

use super::pending::Pending;
use super::{Execution, Running, Step};
use crate::action::Action;
use crate::reference::Template;
use crate::{DialOutcome, Ending, FlowKind, LoadedFlow, Output, Queue, QueueEntry, StopReason};

impl Execution {
    pub(super) fn set_queue(&mut self, action: &Action, queue: &Template) -> Step {
        match self.needed(queue) {
            Some(id) => Step::Ask(Output::FindQueue { id: id.clone() }, Pending::Queue { id }),
            None => {
                self.log(action, "SetQueue", None, Vec::new);
                self.fail("the queue must be set")
            }
        }
    }

    pub(super) fn queue_found(&mut self, id: &str, queue: Option<Queue>) -> Step {
        self.with_action(|this, action| {
            this.log(action, "SetQueue", None, || vec![("Queue", id.to_owned())]);
            match queue {
                Some(queue) => {
                    this.contact.queue = Some(queue);
                    Step::Done
                }
                None => this.fail(format!("the queue {id} does not exist")),
            }
        })
    }

    pub(super) fn enter_queue(&mut self, action: &Action) -> Step {
        let why = match (&self.contact.queue, &self.queued) {
            (Some(queue), None) => {
                return Step::Ask(Output::EnterQueue(queue.clone()), Pending::QueueEntry);
            }
            (_, Some(_)) => "the contact is already in a queue",
            (None, None) => "the target queue must be set",
        };
        self.log(action, "Transfer", None, Vec::new);
        self.fail(why)
    }

    pub(super) fn queue_entered(&mut self, entry: QueueEntry) -> Step {
        self.with_action(|this, action| {
            let queue = this.contact.queue.clone();
            this.log(action, "Transfer", None, || {
                queue.iter().map(|q| ("Queue", q.arn.clone())).collect()
            });
            match (entry, queue) {
                (QueueEntry::Entered, Some(queue)) => {
                    this.leave(action);
                    let Some(id) = this.hooks.get("CustomerQueue").cloned() else {
                        return Step::End(Ending::Queued { queue });
                    };
                    this.queued = Some(queue);
                    let output = Output::LoadFlow {
                        id: id.clone(),
                        module: false,
                    };
                    Step::Ask(output, Pending::QueueFlow { id })
                }
                (QueueEntry::Entered, None) => super::broken("entered a queue that was not set"),
                (QueueEntry::AtCapacity, _) => Step::Failed("QueueAtCapacity"),
                (QueueEntry::Failed, _) => this.fail("the contact could not enter the queue"),
            }
        })
    }

    pub(super) fn queue_flow_loaded(&mut self, id: String, flow: Option<Box<LoadedFlow>>) -> Step {
        match flow {
            Some(flow) if flow.kind == FlowKind::CustomerQueue => self.go_to(*flow),
            _ => Step::End(Ending::Stopped(StopReason::NoHookFlow {
                hook: "CustomerQueue".to_owned(),
                id,
            })),
        }
    }

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
    fn go_to(&mut self, flow: LoadedFlow) -> Step {
        self.scope = self.scope.after_transfer();
        self.callers.clear();
        self.flow = Arc::new(Running::from(flow));
        Step::Enter(self.flow.flow.start())
    }

    pub(super) fn dial(
        &mut self,
        action: &Action,
        number: &Template,
        time_limit: Duration,
        returns: bool,
    ) -> Step {
        self.in_functions = Duration::ZERO;
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
                    Step::End(Ending::ConnectedTo { number })
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
