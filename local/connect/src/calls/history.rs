//! The calls so far, for whoever looks at the line: a record of each, within limits.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connect_flow::{Execution, FlowLogRecord, TraceEvent, Visit};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::watch;

use super::conversation::CallEvent;
use super::masking::Masks;
use super::record::{CallRecord, CallSummary, InvokedFunction, VisitedBlock};
use crate::{ConnectService, InstanceFacts};

/// The most calls that are kept; the oldest is forgotten first.
const MOST_CALLS: usize = 500;
/// The most bytes of values of all calls, about; beyond that, the oldest call is forgotten.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The most bytes of values of one call, about; beyond that, visits are only counted.
const MOST_BYTES_OF_CALL: usize = 2 * 1024 * 1024;
/// The bytes that a visit takes beside its values, about.
const BYTES_OF_VISIT: usize = 512;

/// The latest calls, oldest first.
pub(crate) struct CallHistory {
    calls: Mutex<VecDeque<Arc<Kept>>>,
    /// The number of changes so far.
    changes: watch::Sender<u64>,
}

/// A call of the history.
struct Kept {
    record: Mutex<CallRecord>,
    bytes: AtomicUsize,
}

impl Kept {
    fn record(&self) -> MutexGuard<'_, CallRecord> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for CallHistory {
    fn default() -> Self {
        Self {
            calls: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }
}

impl CallHistory {
    fn locked(&self) -> MutexGuard<'_, VecDeque<Arc<Kept>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn add(&self, kept: Arc<Kept>) {
        let mut calls = self.locked();
        calls.push_back(kept);
        let bytes = |calls: &VecDeque<Arc<Kept>>| -> usize {
            let of = |call: &Arc<Kept>| call.bytes.load(Ordering::Relaxed);
            calls.iter().map(of).sum()
        };
        while calls.len() > MOST_CALLS || (calls.len() > 1 && bytes(&calls) > MOST_BYTES) {
            calls.pop_front();
        }
    }
}

impl ConnectService {
    /// Returns the heads of the latest 500 calls and chats, oldest first. Contacts of test cases are not
    /// among them.
    pub fn calls(&self) -> Vec<CallSummary> {
        let calls = self.history.locked();
        calls
            .iter()
            .map(|call| call.record().summary.clone())
            .collect()
    }

    /// Returns the record of a call by the id of one of its contacts; `None` if there is none, or it is
    /// forgotten.
    pub fn call_record(&self, contact_id: &str) -> Option<CallRecord> {
        let calls = self.history.locked();
        calls.iter().rev().find_map(|call| {
            let record = call.record();
            let has = record.summary.contact_ids.iter().any(|id| id == contact_id);
            has.then(|| record.clone())
        })
    }

    /// Returns a counter that grows whenever a call begins, goes on or ends.
    pub fn watch_calls(&self) -> watch::Receiver<u64> {
        self.history.changes.subscribe()
    }
}

/// The recorder of one call.
pub(super) struct Recorder {
    kept: Arc<Kept>,
    masks: Masks,
    started: OffsetDateTime,
    /// The number of events of the call that are recorded.
    seen: usize,
}

impl Recorder {
    /// Begins the record of a call, which the history has from now on.
    pub(super) fn new(
        history: &CallHistory,
        instance: &InstanceFacts,
        execution: &Execution,
    ) -> Self {
        let contact = execution.contact();
        let address = |endpoint: &Option<connect_flow::Endpoint>| {
            endpoint.as_ref().map(|endpoint| endpoint.address.clone())
        };
        let summary = CallSummary {
            contact_id: contact.id.clone(),
            contact_ids: vec![contact.id.clone()],
            region: instance.region.clone(),
            instance_alias: instance.alias.clone(),
            channel: contact.channel.clone(),
            from: address(&contact.customer_endpoint),
            to: address(&contact.system_endpoint),
            started_at: OffsetDateTime::now_utc(),
            waiting: false,
            outcome: None,
            ended: None,
        };
        let kept = Arc::new(Kept {
            record: Mutex::new(CallRecord {
                summary,
                blocks: Vec::new(),
                left_out: 0,
            }),
            bytes: AtomicUsize::new(BYTES_OF_VISIT),
        });
        history.add(Arc::clone(&kept));
        history.changed();
        Self {
            kept,
            masks: Masks::default(),
            started: execution.now(),
            seen: 0,
        }
    }

    /// Records the events of the call so far in the block that is visited.
    pub(super) fn events(&mut self, events: &[CallEvent]) {
        let new = events.get(self.seen..).unwrap_or_default();
        self.seen = events.len();
        let mut record = self.kept.record();
        for event in new {
            if let CallEvent::NewContact { contact_id, .. } = event {
                record.summary.contact_ids.push(contact_id.clone());
            }
            if let CallEvent::FunctionInvoked {
                outcome: Some(outcome),
                ..
            } = event
            {
                record.summary.outcome = Some(outcome.clone());
            }
            if let CallEvent::Ended { how, .. } = event {
                // A callback goes on after the call that asked for it; the call's own end counts.
                record.summary.ended.get_or_insert_with(|| how.clone());
            }
            if let Some(block) = record.visited() {
                let mut event = event.clone();
                if let CallEvent::Heard(spoken) | CallEvent::HeardByAgent(spoken) = &mut event {
                    self.masks.text(&mut spoken.text);
                    self.kept
                        .bytes
                        .fetch_add(spoken.text.len(), Ordering::Relaxed);
                }
                block.events.push(event);
            }
        }
    }

    /// Records what the execution did since the last time: the visits of blocks, and the branches by which
    /// they were left.
    pub(super) fn trace(&mut self, trace: &[TraceEvent], execution: &Execution) {
        self.learn(execution.read("$.StoredCustomerInput"));
        for event in trace {
            match event {
                TraceEvent::Entered {
                    flow_id,
                    action,
                    kind,
                    at,
                    visit: Some(visit),
                } => {
                    self.learn(visit.stored_input.clone());
                    self.enter(flow_id, action, kind, *at, visit);
                }
                TraceEvent::Taken { transition, .. } => {
                    let mut record = self.kept.record();
                    if let Some(block) = record.visited() {
                        block.left_by = Some(transition.into());
                    }
                }
                TraceEvent::Entered { visit: None, .. } | TraceEvent::Warning { .. } => {}
            }
        }
    }

    fn learn(&mut self, stored_input: Option<String>) {
        if let Some(input) = stored_input {
            self.masks.add(&input);
        }
    }

    fn enter(&self, flow_id: &str, action: &str, kind: &str, at: OffsetDateTime, visit: &Visit) {
        let mut record = self.kept.record();
        if record.left_out > 0 || self.kept.bytes.load(Ordering::Relaxed) > MOST_BYTES_OF_CALL {
            record.left_out += 1;
            return;
        }
        let after = (at - self.started).whole_milliseconds();
        let mut block = VisitedBlock {
            flow_id: flow_id.to_owned(),
            flow_name: visit.flow_name.to_string(),
            block: action.to_owned(),
            block_type: kind.to_owned(),
            at_ms: u64::try_from(after).unwrap_or_default(),
            parameters: visit.parameters.clone(),
            attributes: visit.attributes.clone(),
            external: visit.external.clone(),
            left_by: None,
            function: None,
            events: Vec::new(),
            log: Vec::new(),
        };
        self.masks.object(&mut block.parameters);
        self.masks.object(&mut block.external);
        for value in block.attributes.values_mut() {
            self.masks.text(value);
        }
        let of_attribute = |(key, value): (&String, &String)| key.len() + value.len();
        let bytes = BYTES_OF_VISIT
            + weight_of_members(&block.parameters)
            + weight_of_members(&block.external)
            + block.attributes.iter().map(of_attribute).sum::<usize>();
        self.kept.bytes.fetch_add(bytes, Ordering::Relaxed);
        record.blocks.push(block);
    }

    /// Records the invocation of a function by the block that is visited.
    pub(super) fn invoked(&self, mut function: InvokedFunction) {
        self.masks.value(&mut function.request);
        let answer = function.answer.as_mut();
        answer
            .into_iter()
            .for_each(|answer| self.masks.value(answer));
        let bytes = weight(&function.request) + function.answer.as_ref().map_or(0, weight);
        let mut record = self.kept.record();
        if let Some(block) = record.visited() {
            self.kept.bytes.fetch_add(bytes, Ordering::Relaxed);
            block.function = Some(function);
        }
    }

    /// Records lines of the flow log, each in the latest visit of its block.
    pub(super) fn log(&self, lines: &[FlowLogRecord]) {
        let mut record = self.kept.record();
        for line in lines {
            let mut visits = record.blocks.iter_mut().rev();
            let Some(block) = visits.find(|block| block.block == *line.identifier) else {
                continue;
            };
            // A line that is not JSON is reported where it is written.
            if let Ok(mut line) = serde_json::to_value(line) {
                self.masks.value(&mut line);
                self.kept.bytes.fetch_add(weight(&line), Ordering::Relaxed);
                block.log.push(line);
            }
        }
    }

    /// Records that the call is over; `how` is its end unless it has ended already.
    pub(super) fn close(&self, history: &CallHistory, how: &str) {
        let mut record = self.kept.record();
        if record.summary.ended.is_none() {
            record.summary.ended = Some(how.to_owned());
            record.summary.waiting = false;
            history.changed();
        }
    }

    /// Records whether the line waits for the caller, and tells those who watch.
    pub(super) fn pause(&self, history: &CallHistory, waiting: bool) {
        self.kept.record().summary.waiting = waiting;
        history.changed();
    }
}

/// Returns the bytes of a value, about.
fn weight(value: &Value) -> usize {
    let content = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => weight_of_members(members),
    };
    mem::size_of::<Value>() + content
}

fn weight_of_members(members: &serde_json::Map<String, Value>) -> usize {
    members
        .iter()
        .map(|(key, value)| key.len() + weight(value))
        .sum()
}
