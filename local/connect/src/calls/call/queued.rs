//! The call in a queue: agents who answer it, default flows, and callbacks.

use std::time::Duration;

use connect_flow::{Callback, FlowKind, Input, LoadedFlow, Output, Queue, speaking_time};
use time::OffsetDateTime;

use super::{Call, LONGEST_CALL, WhenWaiting};
use crate::calls::agents::{Agents, Staffing};
use crate::calls::conversation::CallEvent;
use crate::calls::typing::Typing;
use crate::state::Contacts;

/// A contact in a queue.
pub(super) struct Waiting {
    contact_id: String,
    queue: Queue,
    since: OffsetDateTime,
}

/// Counts the agents who serve a queue, and the contact that may wait in it; of all queues without
/// one.
pub(super) fn staffing(
    agents: &Agents,
    waiting: Option<&Waiting>,
    now: OffsetDateTime,
    queue: Option<&Queue>,
) -> Staffing {
    let mut staffing = agents.staffing(queue);
    let waits = |waiting: &&Waiting| queue.is_none_or(|queue| queue.arn == waiting.queue.arn);
    if let Some(waiting) = waiting.filter(waits) {
        staffing.contacts_in_queue = 1;
        staffing.oldest_contact = Some((now - waiting.since).try_into().unwrap_or_default());
    }
    staffing
}

impl Call {
    /// Counts the agents of the call's script who serve a queue, and the contact that may wait in
    /// it; of all queues without one.
    pub fn staffing(&self, queue: Option<&Queue>) -> Staffing {
        staffing(
            &self.agents,
            self.in_queue.as_ref(),
            self.execution.now(),
            queue,
        )
    }

    /// Returns the answer of an agent, if one comes during this output.
    pub(super) fn agent_answers(
        &mut self,
        output: &Output,
        typing: &Typing,
        when_waiting: &WhenWaiting,
    ) -> Option<Input> {
        let Some(queue) = self.execution.queued().cloned() else {
            self.in_queue = None;
            return None;
        };
        let now = self.execution.now();
        let contact_id = &self.execution.contact().id;
        let same = |waiting: &Waiting| waiting.contact_id == *contact_id && waiting.queue == queue;
        if !self.in_queue.as_ref().is_some_and(same) {
            self.in_queue = Some(Waiting {
                contact_id: contact_id.clone(),
                queue: queue.clone(),
                since: now,
            });
        }
        let since = self.in_queue.as_ref()?.since;
        let comes_at = self.agents.coming(&queue, since)?;
        let until = match output {
            // A key interrupts the prompt before the agent comes.
            Output::Play(prompt) if prompt.interruptible && !typing.is_empty() => now,
            Output::Play(prompt) => {
                let end = now + speaking_time(prompt.source.text());
                prompt.cut_at.map_or(end, |cut_at| cut_at.min(end))
            }
            Output::AwaitKey { .. } if !typing.is_empty() => now,
            Output::AwaitKey { until } | Output::Sleep { until } => match when_waiting {
                WhenWaiting::Return if matches!(output, Output::AwaitKey { .. }) => now,
                _ => *until,
            },
            Output::AwaitAgent(_) => comes_at,
            _ => return None,
        };
        if comes_at > until || comes_at > self.gives_up_at {
            return None;
        }
        // The caller hears the beginning of the prompt.
        if let Output::Play(prompt) = output
            && comes_at > now
        {
            self.play(prompt.clone(), &mut Typing::default());
        }
        let agent = self.agents.answer(&queue)?;
        self.events.push(CallEvent::Agent {
            name: agent.user_name.clone(),
            did: format!("answers the call in the queue {}", queue.name),
        });
        let after = Duration::try_from(comes_at - now).unwrap_or_default();
        let contact_id = &self.execution.contact().id;
        self.connect.with_contacts(&self.instance, |contacts| {
            contacts.answered(contact_id, now + after);
        });
        Some(Input::AgentAnswered { agent, after })
    }

    /// Returns the instance's default flow of a kind. A queue may have an outbound whisper of its
    /// own.
    pub(super) fn default_flow(&self, kind: FlowKind) -> Option<LoadedFlow> {
        let of_queue = || {
            let queue = self.execution.contact().queue.as_ref()?;
            let found = self.connect.find_queue(&self.instance, &queue.arn)?;
            self.connect
                .load_flow(&self.instance, &found.outbound_flow_id?)
        };
        let own = (kind == FlowKind::OutboundWhisper).then(of_queue).flatten();
        own.or_else(|| self.connect.default_flow(&self.instance, kind))
    }

    pub(super) fn create_callback(&mut self, mut callback: Callback) -> Input {
        callback.contact.id = uuid::Uuid::new_v4().to_string();
        self.events.push(CallEvent::CallbackCreated {
            number: callback.number.clone(),
            queue: callback.queue.name.clone(),
        });
        let now = self.execution.now();
        let (contact, queue) = (&callback.contact, &callback.queue);
        self.connect.with_contacts(&self.instance, |contacts| {
            contacts.record(contact, now);
            contacts.queued(&contact.id, Some(queue), now + callback.delay);
        });
        self.callbacks.push_back(callback);
        Input::CallbackCreated(true)
    }

    /// Begins the next callback that an agent of the script will answer. The customer answers it.
    pub(super) fn call_back(&mut self) -> Option<Output> {
        let callback = loop {
            let callback = self.callbacks.pop_front()?;
            let id = &callback.contact.id;
            let stopped = |contacts: &mut Contacts| contacts.stopped(id);
            if self.connect.with_contacts(&self.instance, stopped) != Some(true) {
                break callback;
            }
        };
        let now = self.execution.now() + callback.delay;
        let mut execution = self
            .execution
            .call_back(callback.contact, callback.queue, now);
        let first = execution.resume(Input::Start);
        self.execution = execution;
        self.left_by = None;
        self.gives_up_at = now + LONGEST_CALL;
        Some(first)
    }
}
