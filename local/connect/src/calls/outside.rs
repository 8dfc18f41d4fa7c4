//! Blocks whose effect lies outside of the flow: the script provides it, or the state of the
//! account.

use std::collections::HashMap;
use std::time::Duration;

use connect_flow::{Contact, OutsideAnswer, OutsideBlock, Provided, ProvidedBranch, Queue};
use serde_json::{Map, Value, json};

use super::agents::Staffing;
use super::bot;
use super::conversation::CallEvent;
use super::effects::QueueMetrics;
use super::script::CallScript;
use crate::{ConnectService, InstanceFacts, QueueFacts};

/// The effects of one call.
pub(super) struct Outside {
    script: CallScript,
    /// The number of entries that were used, by the kind of their list and its key.
    used: HashMap<(&'static str, String), usize>,
}

/// The state at the moment of a block.
pub(super) struct Moment<'a> {
    pub(super) connect: &'a ConnectService,
    pub(super) instance: &'a InstanceFacts,
    pub(super) contact: &'a Contact,
    /// Counts the agents and the waiting contacts of a queue.
    pub(super) staffing: &'a dyn Fn(&Queue) -> Staffing,
}

impl Outside {
    pub(super) fn new(script: CallScript) -> Self {
        Self {
            script,
            used: HashMap::new(),
        }
    }

    /// Returns the effect of a block, and the event that a transcript shows.
    pub(super) fn answer(
        &mut self,
        moment: &Moment<'_>,
        block: &OutsideBlock,
    ) -> (OutsideAnswer, Option<CallEvent>) {
        if let Some(answer) = self.scripted(block) {
            return (answer, None);
        }
        match &*block.kind {
            "ConnectParticipantWithLexBot" => self.bot(block),
            "CheckMetricData" => (self.check_metric(moment, block), None),
            "GetMetricData" => (self.metrics(moment, block), None),
            "CreateTask" => create_task(moment, block),
            "UpdateContactRecordingAndAnalyticsBehavior" if moment.contact.channel == "CHAT" => {
                (of_chat(block), None)
            }
            "UpdateContactMediaProcessing" if moment.contact.channel == "CHAT" => {
                (provided(ProvidedBranch::Done, Map::new()), None)
            }
            _ => (OutsideAnswer::Absent, None),
        }
    }

    fn scripted(&mut self, block: &OutsideBlock) -> Option<OutsideAnswer> {
        let key = [&block.identifier, &block.kind]
            .into_iter()
            .find(|key| self.script.blocks.contains_key(&***key))?;
        let number = self.next("block", key);
        let scripted = self.script.blocks.get(&**key)?.turn(number);
        Some(OutsideAnswer::Provided(Provided {
            branch: scripted.branch.provided(),
            values: scripted.values.clone(),
            took: scripted.takes,
        }))
    }

    fn bot(&mut self, block: &OutsideBlock) -> (OutsideAnswer, Option<CallEvent>) {
        let key = bot::names(&block.parameters)
            .into_iter()
            .find(|name| self.script.bots.contains_key(name));
        let Some(key) = key else {
            return (OutsideAnswer::Absent, None);
        };
        let number = self.next("bot", &key);
        match self.script.bots.get(&key) {
            Some(turns) => bot::answer(turns.turn(number), &block.parameters),
            None => (OutsideAnswer::Absent, None),
        }
    }

    /// Returns how often this list was used, and counts one more use.
    fn next(&mut self, kind: &'static str, key: &str) -> usize {
        let used = self.used.entry((kind, key.to_owned())).or_default();
        let number = *used;
        *used += 1;
        number
    }

    /// Compares a metric, which is 0 for an account without agents and waiting contacts. Without a
    /// queue the block fails (administrator guide, Check staffing).
    fn check_metric(&self, moment: &Moment<'_>, block: &OutsideBlock) -> OutsideAnswer {
        let Some(queue) = queue_of(moment, &block.parameters) else {
            return OutsideAnswer::Absent;
        };
        let metrics = self.metrics_of(&queue, moment);
        let value = match text(&block.parameters, "MetricType") {
            Some("NumberOfAgentsAvailable") => u128::from(metrics.agents_available),
            Some("NumberOfAgentsStaffed") => u128::from(metrics.agents_staffed),
            Some("NumberOfAgentsOnline") => u128::from(metrics.agents_online),
            Some("NumberOfContactsInQueue") => u128::from(metrics.contacts_in_queue),
            // In milliseconds despite its name: a console export compares 300 s as 300000.
            Some("OldestContactInQueueAgeSeconds") => metrics.oldest_contact.as_millis(),
            _ => return OutsideAnswer::Absent,
        };
        provided(ProvidedBranch::Result(value.to_string()), Map::new())
    }

    /// Loads the metrics of a queue. Without a waiting contact and an agent there are none, and the
    /// block fails. Without agents there are no metrics of agents (administrator guide, Get metrics).
    fn metrics(&self, moment: &Moment<'_>, block: &OutsideBlock) -> OutsideAnswer {
        let Some(queue) = queue_of(moment, &block.parameters) else {
            return OutsideAnswer::Absent;
        };
        let of_queue = self.metrics_of(&queue, moment);
        if of_queue.contacts_in_queue == 0 && of_queue.agents_online == 0 {
            return OutsideAnswer::Absent;
        }
        let mut metrics = json!({ "Queue": {
            "Name": queue.queue.name,
            "ARN": queue.queue.arn,
            "Size": of_queue.contacts_in_queue,
            "OldestContactAge": of_queue.oldest_contact.as_secs(),
        } });
        if of_queue.agents_online > 0
            && let Some(metrics) = metrics.as_object_mut()
        {
            let agents = json!({
                "Online": { "Count": of_queue.agents_online },
                "Available": { "Count": of_queue.agents_available },
                "Staffed": { "Count": of_queue.agents_staffed },
            });
            metrics.insert("Agents".to_owned(), agents);
        }
        provided(
            ProvidedBranch::Done,
            Map::from_iter([("Metrics".to_owned(), metrics)]),
        )
    }

    /// Returns the metrics in the script, or those of its agents and of this contact.
    fn metrics_of(&self, queue: &QueueFacts, moment: &Moment<'_>) -> QueueMetrics {
        let names = [&queue.queue.arn, &queue.id, &queue.queue.name];
        let scripted = names
            .into_iter()
            .find_map(|name| self.script.metrics.get(name));
        if let Some(scripted) = scripted {
            return *scripted;
        }
        let staffing = (moment.staffing)(&queue.queue);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        QueueMetrics {
            contacts_in_queue: count(staffing.contacts_in_queue),
            oldest_contact: staffing.oldest_contact.unwrap_or_default(),
            agents_online: count(staffing.online),
            agents_available: count(staffing.available),
            agents_staffed: count(staffing.staffed),
        }
    }
}

/// Sets the recording of a chat: settings for voice are of another channel.
fn of_chat(block: &OutsideBlock) -> OutsideAnswer {
    let branch = match block.parameters.contains_key("VoiceBehavior") {
        true => ProvidedBranch::Failed("ChannelMismatch".to_owned()),
        false => ProvidedBranch::Done,
    };
    provided(branch, Map::new())
}

/// Creates a task if its flow is published. The task's own flow does not run.
fn create_task(moment: &Moment<'_>, block: &OutsideBlock) -> (OutsideAnswer, Option<CallEvent>) {
    // The account has no task templates, so a task by template has no flow.
    let flow = text(&block.parameters, "ContactFlowId")
        .and_then(|id| moment.connect.load_flow(moment.instance, id));
    let Some(flow) = flow else {
        return (OutsideAnswer::Absent, None);
    };
    let created = CallEvent::TaskCreated {
        name: text(&block.parameters, "Name")
            .unwrap_or_default()
            .to_owned(),
        flow: flow.name,
    };
    (provided(ProvidedBranch::Done, Map::new()), Some(created))
}

/// Returns the queue that the block names, or the contact's target queue.
fn queue_of(moment: &Moment<'_>, parameters: &Map<String, Value>) -> Option<QueueFacts> {
    let target = moment
        .contact
        .queue
        .as_ref()
        .map(|queue| queue.arn.as_str());
    let name = match text(parameters, "AgentId") {
        Some(agent) => agent,
        None => text(parameters, "QueueId").or(target)?,
    };
    moment.connect.find_queue(moment.instance, name)
}

pub(super) fn text<'a>(parameters: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    parameters.get(name)?.as_str()
}

pub(super) fn provided(branch: ProvidedBranch, values: Map<String, Value>) -> OutsideAnswer {
    OutsideAnswer::Provided(Provided {
        branch,
        values,
        took: Duration::ZERO,
    })
}
