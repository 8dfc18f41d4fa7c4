//! Queues and callbacks.

use super::agent::{NewContact, Stage};
use super::pending::Pending;
use super::{Execution, Step};
use crate::action::{Action, Block, Target};
use crate::reference::{Reference, Template};
use crate::{Callback, Contact, Endpoint, FlowKind, Output, Queue, QueueEntry, Routing};

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

    pub(super) fn set_agent_queue(&mut self, action: &Action, agent: &Template) -> Step {
        match self.needed(agent) {
            Some(id) => {
                let output = Output::FindAgentQueue { agent: id.clone() };
                Step::Ask(output, Pending::Queue { id })
            }
            None => {
                self.log(action, "SetQueue", None, Vec::new);
                self.fail("the agent must be set")
            }
        }
    }

    /// Finds the queue of a block that may name one. Without a name, it is the target queue.
    fn find(&mut self, queue: Option<&Target>) -> Step {
        let (template, agent) = match queue {
            Some(Target::Queue(id)) => (id, false),
            Some(Target::Agent(id)) => (id, true),
            None => return self.found_for_block(self.contact.queue.clone()),
        };
        let Some(id) = self.needed(template) else {
            return self.fail("the queue must be set");
        };
        let output = match agent {
            true => Output::FindAgentQueue { agent: id.clone() },
            false => Output::FindQueue { id: id.clone() },
        };
        Step::Ask(output, Pending::Queue { id })
    }

    pub(super) fn queue_found(&mut self, id: &str, queue: Option<Queue>) -> Step {
        self.with_action(|this, action| match &action.block {
            Block::ChangeQueue { .. } | Block::CreateCallback { .. } => match queue {
                Some(queue) => this.found_for_block(Some(queue)),
                None => this.fail(format!("the queue {id} does not exist")),
            },
            _ => {
                this.log(action, "SetQueue", None, || vec![("Queue", id.to_owned())]);
                match queue {
                    Some(queue) => {
                        this.contact.queue = Some(queue);
                        Step::Done
                    }
                    None => this.fail(format!("the queue {id} does not exist")),
                }
            }
        })
    }

    /// Continues a block that needed a queue.
    fn found_for_block(&mut self, queue: Option<Queue>) -> Step {
        let Some(queue) = queue else {
            return self.fail("the target queue must be set");
        };
        self.with_action(|this, action| match &action.block {
            Block::CreateCallback { delay, .. } => this.request_callback(queue, *delay),
            _ => Step::Ask(
                Output::EnterQueue(queue.clone()),
                Pending::QueueEntry { queue },
            ),
        })
    }

    pub(super) fn enter_queue(&mut self, action: &Action) -> Step {
        let why = match (&self.contact.queue, &self.stage) {
            (_, Stage::Queue { .. }) => "the contact is already in a queue",
            (None, _) => "the target queue must be set",
            (Some(queue), _) => {
                let queue = queue.clone();
                return Step::Ask(
                    Output::EnterQueue(queue.clone()),
                    Pending::QueueEntry { queue },
                );
            }
        };
        self.log(action, "Transfer", None, Vec::new);
        self.fail(why)
    }

    /// Takes the contact out of its queue, and into another one.
    pub(super) fn change_queue(&mut self, action: &Action, queue: Option<&Target>) -> Step {
        if !matches!(self.stage, Stage::Queue { .. }) {
            self.log(action, "Transfer", None, Vec::new);
            return self.fail("the contact must be in a queue");
        }
        self.find(queue)
    }

    pub(super) fn queue_entered(&mut self, queue: Queue, entry: QueueEntry) -> Step {
        self.with_action(|this, action| {
            this.log(action, "Transfer", None, || {
                vec![("Queue", queue.arn.clone())]
            });
            let (queue, entry) = match entry {
                QueueEntry::Substituted(other) => {
                    this.contact.queue = Some(other.clone());
                    (other, QueueEntry::Entered)
                }
                entry => (queue, entry),
            };
            match entry {
                QueueEntry::Entered | QueueEntry::Substituted(_) => {
                    this.leave(action);
                    match (&action.block, std::mem::take(&mut this.stage)) {
                        // From one queue to another, the contact has a new segment.
                        (Block::ChangeQueue { .. }, _) => {
                            let created = NewContact::ChangedQueue { queue };
                            Step::Ask(Output::NewContact, Pending::NewContact(created))
                        }
                        // The customer was on hold while the agent heard the transfer flow.
                        (_, Stage::Transfer { since, .. }) => this.hold_of_transfer(since, true),
                        _ => this.run_queue_flow(queue),
                    }
                }
                QueueEntry::AtCapacity => Step::Failed("QueueAtCapacity"),
                QueueEntry::Failed => this.fail("the contact could not enter the queue"),
            }
        })
    }

    /// Runs the customer queue flow that is set, or the instance's default one.
    pub(super) fn run_queue_flow(&mut self, queue: Queue) -> Step {
        self.contact.agent = None;
        let stage = Stage::Queue { queue };
        self.run_hook("CustomerQueue", FlowKind::CustomerQueue, stage)
    }

    pub(super) fn set_callback_number(&mut self, action: &Action, number: &Reference) -> Step {
        let number = self.resolve(number);
        self.log(action, "SetCallBackNumber", None, || {
            vec![("CallBackNumber", number.clone().unwrap_or_default())]
        });
        match number.filter(|number| is_phone_number(number)) {
            Some(number) => {
                let output = Output::CheckDialable {
                    number: number.clone(),
                };
                Step::Ask(output, Pending::CallbackNumber { number })
            }
            None => {
                self.warn("the callback number must be a phone number in E.164 format");
                Step::Failed("InvalidCallbackNumber")
            }
        }
    }

    pub(super) fn callback_number_checked(&mut self, number: String, dialable: bool) -> Step {
        if dialable {
            self.contact.callback_number = Some(number);
            return Step::Done;
        }
        self.warn("the instance cannot dial the callback number");
        Step::Failed("CallbackNumberNotDialable")
    }

    pub(super) fn create_callback(
        &mut self,
        action: &Action,
        queue: Option<&Target>,
        runs_flow: bool,
    ) -> Step {
        self.log(action, "CreateCallback", None, Vec::new);
        if runs_flow {
            self.warn("ContactFlowId has no effect here: the callback waits in its queue at once");
        }
        self.find(queue)
    }

    fn request_callback(&mut self, queue: Queue, delay: std::time::Duration) -> Step {
        let caller = self.contact.customer_endpoint.as_ref();
        let number = self
            .contact
            .callback_number
            .clone()
            .or_else(|| caller.map(|caller| caller.address.clone()))
            .filter(|number| is_phone_number(number));
        let Some(number) = number else {
            return self.fail("the callback needs a number: the caller's, or one that a flow set");
        };
        let contact = Contact {
            customer_endpoint: Some(Endpoint::telephone(number.clone())),
            queue: Some(queue.clone()),
            agent: None,
            ..self.contact.next(String::new(), "CALLBACK")
        };
        let callback = Callback {
            contact,
            queue,
            number,
            delay,
        };
        Step::Ask(
            Output::CreateCallback(Box::new(callback)),
            Pending::Callback,
        )
    }

    pub(super) fn callback_created(&mut self, created: bool) -> Step {
        match created {
            true => Step::Done,
            false => self.fail("the callback could not be created"),
        }
    }

    /// Changes the position in the queue. Only one contact waits in a queue here, so nothing but
    /// the contact shows it.
    pub(super) fn set_routing(&mut self, action: &Action, routing: Option<Routing>) -> Step {
        self.log(action, "ChangeRoutingPriority", None, || match routing {
            Some(Routing::Priority(priority)) => vec![("QueuePriority", priority.to_string())],
            Some(Routing::Age(seconds)) => {
                vec![("QueueTimeAdjustmentSeconds", seconds.to_string())]
            }
            None => Vec::new(),
        });
        self.contact.routing = routing.or(self.contact.routing);
        Step::Done
    }
}

/// Reports whether a text is a phone number: E.164 allows 15 digits. A number that a caller keyed
/// has no plus sign.
fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}
