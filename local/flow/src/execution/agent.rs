//! Agents: the flows that run when an agent answers, holds, transfers or leaves a contact.
//!
//! The order of the flows is that of the administrator guide, "Contact initiation methods": agent
//! whisper, then customer whisper; for a callback agent whisper, then outbound whisper.

use std::mem;
use std::time::Duration;

use time::OffsetDateTime;

use super::pending::Pending;
use super::repeats::Repeats;
use super::{Execution, Step};
use crate::action::Action;
use crate::{
    Agent, AgentAction, Contact, Ending, FlowKind, LoadedFlow, Output, Participant, Queue,
    StopReason,
};

/// The part of a contact's life to which the current flow belongs.
#[derive(Debug, Default)]
pub(super) enum Stage {
    /// The contact's own flow, such as the inbound flow.
    #[default]
    Flow,
    /// The customer waits, and hears the customer queue flow.
    Queue { queue: Queue },
    /// The agent has answered, and hears the agent whisper.
    AgentWhisper,
    /// The customer hears the customer whisper, or for a callback the outbound whisper.
    CustomerWhisper,
    /// Customer and agent talk.
    Talking,
    /// A participant is on hold until a moment.
    Hold {
        who: Participant,
        until: OffsetDateTime,
    },
    /// The agent hears the flow of a transfer.
    Transfer {
        since: OffsetDateTime,
        /// The contact before the transfer.
        before: Box<Contact>,
    },
    /// The customer's hold during a transfer flow, which has ended at `until`.
    TransferHold {
        until: OffsetDateTime,
        /// Whether the contact has left the agent for a queue.
        moved: bool,
    },
    /// The disconnect flow.
    Remaining { ending: Ending },
}

impl Stage {
    /// Returns the moment at which the flow of a hold is stopped.
    pub(super) fn ends_at(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Hold { until, .. } | Self::TransferHold { until, .. } => Some(*until),
            _ => None,
        }
    }

    pub(super) fn queue(&self) -> Option<&Queue> {
        match self {
            Self::Queue { queue } => Some(queue),
            _ => None,
        }
    }

    pub(super) fn listener(&self) -> Participant {
        match self {
            Self::AgentWhisper | Self::Transfer { .. } => Participant::Agent,
            Self::Hold { who, .. } => *who,
            _ => Participant::Customer,
        }
    }
}

/// A flow that an event starts.
pub(super) struct HookFlow {
    hook: &'static str,
    kind: FlowKind,
    stage: Stage,
    /// The id or ARN that was set; `None` for the instance's default flow.
    id: Option<String>,
}

/// The reason for a new contact.
pub(super) enum NewContact {
    /// The contact was moved to another queue.
    ChangedQueue { queue: Queue },
    /// An agent transfers it.
    Transferred {
        flow: Option<String>,
        kind: FlowKind,
        queue: Option<Queue>,
    },
    /// The disconnect flow runs.
    Disconnected { ending: Ending },
}

impl Execution {
    /// Creates the execution of a callback that this contact's flow requested. The callback waits
    /// for an agent in its queue. It keeps the hooks, the logging and the observation of
    /// visits.
    pub fn call_back(&self, contact: Contact, queue: Queue, now: OffsetDateTime) -> Self {
        Self {
            at: self.at,
            logging: self.logging,
            observed: self.observed,
            hooks: self.hooks.clone(),
            disabled_hooks: self.disabled_hooks.clone(),
            faults: self.faults.clone(),
            stage: Stage::Queue { queue },
            repeats: Repeats::new(self.repeats.most()),
            ..Self::in_flow(contact, self.flow.clone(), now)
        }
    }

    /// Runs the flow of a hook, or the instance's default flow of its kind.
    pub(super) fn run_hook(&mut self, hook: &'static str, kind: FlowKind, stage: Stage) -> Step {
        if self.disabled_hooks.contains(hook) {
            self.stage = stage;
            self.interrupted = None;
            return self.flow_over(Ending::FlowEnded);
        }
        let id = self.hooks.get(hook).cloned();
        self.load_hook(HookFlow {
            hook,
            kind,
            stage,
            id,
        })
    }

    fn load_hook(&mut self, hook: HookFlow) -> Step {
        let output = match &hook.id {
            Some(id) => Output::LoadFlow {
                id: id.clone(),
                module: false,
            },
            None => Output::LoadDefaultFlow { kind: hook.kind },
        };
        Step::Ask(output, Pending::Hook(Box::new(hook)))
    }

    pub(super) fn hook_loaded(&mut self, hook: HookFlow, flow: Option<Box<LoadedFlow>>) -> Step {
        let fits = flow.filter(|flow| flow.kind == hook.kind);
        // Without its disconnect flow, the contact ends as if none were set.
        if let (None, Stage::Remaining { ending }, Some(id)) = (&fits, &hook.stage, &hook.id) {
            self.warn(format!(
                "the disconnect flow must be a published inbound flow, but was {id}"
            ));
            return Step::End(ending.clone());
        }
        match (fits, hook.id) {
            (Some(flow), _) => {
                self.stage = hook.stage;
                self.go_to(*flow)
            }
            // An instance without a default flow of this kind: silence.
            (None, None) => {
                self.stage = hook.stage;
                self.interrupted = None;
                self.flow_over(Ending::FlowEnded)
            }
            // The transfer fails, and the agent has the contact back.
            (None, Some(id)) if matches!(hook.stage, Stage::Transfer { .. }) => {
                self.warn(format!(
                    "the transfer must name a published flow of its kind, but named {id}"
                ));
                self.stage = hook.stage;
                self.flow_over(Ending::FlowEnded)
            }
            (None, Some(id)) => Step::End(Ending::Stopped(StopReason::NoHookFlow {
                hook: hook.hook.to_owned(),
                id,
            })),
        }
    }

    /// Continues when a Disconnect or End flow block has ended the current flow.
    pub(super) fn flow_over(&mut self, ending: Ending) -> Step {
        match mem::take(&mut self.stage) {
            Stage::Flow => Step::End(ending),
            Stage::Queue { .. } if ending == Ending::Disconnected => Step::End(ending),
            Stage::Queue { queue } => {
                self.stage = Stage::Queue {
                    queue: queue.clone(),
                };
                match self.return_to_loop() {
                    Some(step) => step,
                    // When a customer queue flow ends, its contact keeps waiting.
                    None => Step::Ask(Output::AwaitAgent(queue), Pending::Agent),
                }
            }
            Stage::AgentWhisper => {
                let (hook, kind) = match self.contact.initiation_method.as_str() {
                    "CALLBACK" => ("OutboundWhisper", FlowKind::OutboundWhisper),
                    _ => ("CustomerWhisper", FlowKind::CustomerWhisper),
                };
                self.run_hook(hook, kind, Stage::CustomerWhisper)
            }
            Stage::CustomerWhisper | Stage::Talking => self.connected(),
            // A hold flow that ends early leaves silence for the rest of the time.
            stage @ (Stage::Hold { .. } | Stage::TransferHold { .. }) => {
                self.stage = stage;
                self.hold_over()
            }
            Stage::Transfer { since, before } => {
                self.contact_id = before.id.as_str().into();
                self.contact = *before;
                self.hold_of_transfer(since, false)
            }
            Stage::Remaining { ending: before } => Step::End(match self.caller_gone {
                true => before,
                false => ending,
            }),
        }
    }

    /// Takes an agent's answer: the whispers begin.
    pub(super) fn agent_answered(&mut self, agent: Agent) -> Step {
        self.contact.agent = Some(agent);
        self.run_hook("AgentWhisper", FlowKind::AgentWhisper, Stage::AgentWhisper)
    }

    /// Begins with the first flow, or for a callback with waiting for an agent.
    pub(super) fn start(&mut self) -> Step {
        match self.queued().cloned() {
            Some(queue) => Step::Ask(Output::AwaitAgent(queue), Pending::Agent),
            None => Step::Enter(self.flow.flow.start()),
        }
    }

    pub(super) fn no_agent(&mut self) -> Step {
        match mem::take(&mut self.stage) {
            Stage::Queue { queue } => Step::End(Ending::Queued { queue }),
            _ => super::broken("no queue to wait in"),
        }
    }

    fn connected(&mut self) -> Step {
        self.stage = Stage::Talking;
        self.in_functions = Duration::ZERO;
        match self.contact.agent.clone() {
            Some(agent) => Step::Ask(Output::Connected(agent), Pending::Connected),
            None => super::broken("connected without an agent"),
        }
    }

    pub(super) fn agent_acted(&mut self, action: AgentAction) -> Step {
        match action {
            AgentAction::Hold { who, time } => {
                let until = self.after(time);
                let (hook, kind) = match who {
                    Participant::Customer => ("CustomerHold", FlowKind::CustomerHold),
                    Participant::Agent => ("AgentHold", FlowKind::AgentHold),
                };
                self.run_hook(hook, kind, Stage::Hold { who, until })
            }
            AgentAction::Transfer { flow, kind, queue } => {
                let created = NewContact::Transferred { flow, kind, queue };
                Step::Ask(Output::NewContact, Pending::NewContact(created))
            }
            AgentAction::TransferToNumber { number } => {
                self.customer_remains(Ending::ConnectedTo { number })
            }
            AgentAction::HangUp => self.customer_remains(Ending::Disconnected),
        }
    }

    /// Continues at the end of a hold.
    pub(super) fn hold_over(&mut self) -> Step {
        match mem::take(&mut self.stage) {
            Stage::Hold { until, .. } => {
                self.pass_until(until);
                self.connected()
            }
            Stage::TransferHold { until, moved } => {
                self.pass_until(until);
                match self.contact.queue.clone() {
                    Some(queue) if moved => self.run_queue_flow(queue),
                    _ => self.connected(),
                }
            }
            _ => super::broken("the end of a hold without a hold"),
        }
    }

    /// Runs the customer's hold flow for the time that the agent spent in the transfer flow. Both
    /// ran at the same time, so the clock goes back to the beginning.
    pub(super) fn hold_of_transfer(&mut self, since: OffsetDateTime, moved: bool) -> Step {
        let until = mem::replace(&mut self.now, since);
        let stage = Stage::TransferHold { until, moved };
        self.run_hook("CustomerHold", FlowKind::CustomerHold, stage)
    }

    pub(super) fn transfer_to_agent(&mut self, action: &Action) -> Step {
        self.log(action, "Transfer", None, Vec::new);
        match self.contact.queue.clone() {
            Some(queue) => {
                self.leave(action);
                self.contact.agent = None;
                self.stage = Stage::Queue {
                    queue: queue.clone(),
                };
                Step::Ask(Output::AwaitAgent(queue), Pending::Agent)
            }
            // The block has no error branch: the contact is disconnected.
            None => {
                self.warn("the transfer must have an agent to go to");
                self.leave(action);
                self.flow_over(Ending::Disconnected)
            }
        }
    }

    /// Continues when the agent or a third party has left: with the disconnect flow, if one is set.
    pub(super) fn customer_remains(&mut self, ending: Ending) -> Step {
        if !self.hooks.contains_key("CustomerRemaining") {
            return Step::End(ending);
        }
        let created = NewContact::Disconnected { ending };
        Step::Ask(Output::NewContact, Pending::NewContact(created))
    }

    /// Continues when the caller has hung up. The disconnect flow runs for that, too
    /// (administrator guide, "Set disconnect flow"), also after one that already ran because the
    /// agent left: AWS's sample disconnect flow guards against its second run with an attribute.
    pub(super) fn caller_hung_up(&mut self) -> Step {
        if mem::replace(&mut self.caller_gone, true) {
            return Step::End(Ending::CallerHungUp);
        }
        self.customer_remains(Ending::CallerHungUp)
    }

    /// Continues a block that needs a caller when there is none. A prompt is over at once; any
    /// other block fails. (Inferred: the guide does not describe it.)
    pub(super) fn without_caller(&mut self, pending: Pending) -> Step {
        match pending {
            Pending::Prompt => Step::Done,
            _ => self.fail("the caller has hung up"),
        }
    }

    pub(super) fn contact_created(&mut self, created: NewContact, id: String) -> Step {
        let method = match &created {
            NewContact::ChangedQueue { .. } => "QUEUE_TRANSFER",
            NewContact::Transferred { .. } => "TRANSFER",
            NewContact::Disconnected { .. } => "DISCONNECT",
        };
        let next = self.contact.next(id, method);
        self.contact_id = next.id.as_str().into();
        let before = Box::new(mem::replace(&mut self.contact, next));
        match created {
            NewContact::ChangedQueue { queue } => {
                self.contact.queue = Some(queue.clone());
                self.run_queue_flow(queue)
            }
            NewContact::Transferred { flow, kind, queue } => {
                self.contact.queue = queue.or(self.contact.queue.take());
                let since = self.now;
                self.load_hook(HookFlow {
                    hook: "Transfer",
                    kind,
                    stage: Stage::Transfer { since, before },
                    id: flow,
                })
            }
            NewContact::Disconnected { ending } => self.run_hook(
                "CustomerRemaining",
                FlowKind::ContactFlow,
                Stage::Remaining { ending },
            ),
        }
    }
}
