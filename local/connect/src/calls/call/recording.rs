//! The records of a call's contacts, and what the API changes in them during the call.

use std::mem;

use connect_flow::{AgentAction, DialOutcome, Ending, Input, Output};

use super::Call;
use crate::calls::conversation::CallEvent;
use crate::state::{Contacts, DisconnectReason};

impl Call {
    fn contacts<T>(&self, act: impl FnOnce(&mut Contacts) -> T) -> Option<T> {
        self.connect.with_contacts(&self.instance, act)
    }

    /// Records the state of the contact after an output.
    pub(super) fn record(&mut self, output: &Output) {
        let contact = self.execution.contact();
        let now = self.execution.now();
        let agents = self.agents.of_call();
        let queue = self.execution.queued();
        // A contact that is about to enter or leave a queue is in it until its next flow runs.
        let changes = matches!(
            output,
            Output::LoadFlow { .. }
                | Output::LoadDefaultFlow { .. }
                | Output::NewContact
                | Output::Ended(_)
        );
        self.contacts(|contacts| {
            contacts.record(contact, now);
            if !changes {
                contacts.queued(&contact.id, queue, now);
            }
            if let Output::Connected(agent) = output {
                let id = agent.arn.rsplit('/').next().unwrap_or_default();
                contacts.connected(&contact.id, id, now);
            }
            if !agents.is_empty() {
                contacts.set_agents(contact.initial_id(), agents);
            }
        });
    }

    /// Records that the call continues as another contact.
    pub(super) fn contact_changed(&mut self) {
        let contact = self.execution.contact();
        if contact.id == self.contact_id {
            return;
        }
        let event = CallEvent::NewContact {
            contact_id: contact.id.clone(),
            initiation_method: contact.initiation_method.clone(),
        };
        let reason = match contact.initiation_method.as_str() {
            "TRANSFER" => DisconnectReason::Agent,
            "QUEUE_TRANSFER" => DisconnectReason::Other,
            _ => self.left_by.take().unwrap_or(DisconnectReason::Other),
        };
        let before = mem::replace(&mut self.contact_id, contact.id.clone());
        let now = self.execution.now();
        self.contacts(|contacts| {
            contacts.end(&before, now, reason);
            contacts.reopen(&self.contact_id);
        });
        self.events.push(event);
    }

    /// Keeps who leaves the call with this input.
    pub(super) fn leaving(&mut self, input: &Input) {
        self.left_by = match input {
            Input::HungUp => self.left_by.or(Some(DisconnectReason::Customer)),
            Input::AgentActed { action, .. } => match action {
                AgentAction::HangUp => Some(DisconnectReason::Agent),
                AgentAction::TransferToNumber { .. } => Some(DisconnectReason::ThirdParty),
                AgentAction::Hold { .. } | AgentAction::Transfer { .. } => None,
            },
            Input::Dialled {
                outcome: DialOutcome::Connected,
                ..
            } => Some(DisconnectReason::ThirdParty),
            _ => self.left_by,
        };
    }

    /// Records the end of the contact. A contact that waits for an agent has not ended.
    pub(super) fn contact_ended(&mut self, ending: &Ending) {
        let left_by = self.left_by.take();
        let reason = match ending {
            Ending::Queued { .. } => return,
            Ending::Disconnected | Ending::FlowEnded => left_by.unwrap_or(DisconnectReason::Flow),
            Ending::CallerHungUp => left_by.unwrap_or(DisconnectReason::Customer),
            Ending::ConnectedTo { .. } => DisconnectReason::ThirdParty,
            Ending::Stopped(_) => DisconnectReason::Other,
        };
        let now = self.execution.now();
        let contact = self.execution.contact();
        self.contacts(|contacts| {
            contacts.end(&contact.id, now, reason);
            contacts.remove_agents(contact.initial_id());
        });
    }

    /// Gives the flow the attributes that the API has set.
    pub(super) fn take_changes(&mut self) {
        let contact = self.execution.contact();
        let changes = self.contacts(|contacts| contacts.take_changes(contact));
        if let Some(changes) = changes.filter(|changes| !changes.is_empty()) {
            self.execution.change_attributes(changes);
        }
    }

    /// Reports whether StopContact has ended the contact.
    pub(super) fn is_stopped(&self) -> bool {
        self.contacts(|contacts| contacts.stopped(&self.contact_id))
            .unwrap_or_default()
    }
}

/// A caller whose telephone is gone has hung up. A callback keeps waiting without the caller, and so
/// does the contact of a stopped test in a queue.
impl Drop for Call {
    fn drop(&mut self) {
        if let Some(recorder) = &self.recorder {
            recorder.close(&self.connect.history, CallEvent::HUNG_UP);
        }
        let contact = self.execution.contact();
        let callback = contact.initiation_method == "CALLBACK" && self.waiting.is_none();
        let keeps_waiting = callback || self.stays_in_queue;
        let now = self.execution.now();
        self.contacts(|contacts| {
            contacts.remove_agents(contact.initial_id());
            if !keeps_waiting {
                contacts.end(&contact.id, now, DisconnectReason::Customer);
            }
        });
    }
}
