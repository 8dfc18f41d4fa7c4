//! A test case plays the customer of a simulated contact.
//!
//! AWS does not say which prompts are one message. Here it is as one public project described it: the prompts
//! up to the next input, the next block without a prompt, or the end of the contact. A transfer to another flow
//! does not end a message. An input block that leads back to itself gives no new message, and the prompt of a
//! bot's block gives none. That each prompt of a loop of prompts is a message of its own is our assumption.

mod heard;
mod judged;

use std::sync::Arc;

use connect_flow::{Contact, Endpoint, FlowKind, LoadedFlow, TraceEvent};
use connect_test_cases::{
    Channel, FlowAction, Heard, Matching, Message, Origin, Report, Run, Start, Strategy, TestCase,
};
use serde_json::Value;
use time::OffsetDateTime;

pub use heard::conversation;
pub use judged::{
    FailedCheck, JudgedObservation, JudgedTest, LoggedText, SaidMessage, TestRefusal, TestRequest,
    TestedBlock, TestedBranch, TestedFlow,
};

use super::agents::Agents;
use super::{Call, CallScript};
use crate::{ConnectService, InstanceFacts, Stop};

/// The caller of a test whose source is a number of the instance, or none: anonymous.
const NO_CALLER: Option<Endpoint> = None;

/// The reason for which a simulated contact cannot be created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestError {
    /// The instance has no published inbound flow with this id or ARN.
    #[error("the flow of a test must be a published flow of the instance, but was {0}")]
    NoFlow(String),
    /// The instance has not claimed the number, or no flow answers it.
    #[error("the called number must be one of the instance that a flow answers, but was {0}")]
    NoNumber(String),
    /// The call lost its test, which is a bug of this crate.
    #[error("bug in the calls: the call must have its test at its end")]
    NoTest,
}

/// The outcome of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestOutcome {
    /// The judgment.
    pub report: Report,
    /// The id of the simulated contact.
    pub contact_id: String,
    /// The blocks and transitions that were executed.
    pub trace: Vec<TraceEvent>,
}

/// The test case of a call in progress.
pub(super) struct Tester {
    pub(super) run: Run,
    pub(super) stop: Stop,
    /// The prompts since the last message.
    pub(super) heard: Vec<Heard>,
    /// The block whose FlowActionStarted was observed, and which may still succeed.
    pub(super) running: Option<FlowAction>,
    /// The results of that block.
    pub(super) results: Vec<(&'static str, Value)>,
    /// The number of events of the trace that were seen.
    pub(super) seen: usize,
    /// The type of the current block.
    pub(super) block_type: String,
    /// Whether the current block is an input block that led back to itself.
    pub(super) repeats: bool,
    /// The end of the test, if it is the time limit.
    pub(super) ended: Option<OffsetDateTime>,
}

impl Tester {
    /// Takes the prompts since the last message, as one message.
    pub(super) fn message(&mut self) -> Option<Message> {
        let prompts = std::mem::take(&mut self.heard);
        (!prompts.is_empty()).then_some(Message { prompts })
    }

    /// Takes the strategy of an override of the running block.
    pub(super) fn strategy(&mut self) -> Option<Strategy> {
        self.run.take_override(self.running.as_ref()?)
    }
}

impl ConnectService {
    /// Runs a test case against a flow of an instance: creates a simulated contact and lets the test
    /// play its customer, until the test ends.
    ///
    /// Time is virtual: a test that waits for five minutes takes none. Functions that no override
    /// replaces run in real time.
    ///
    /// # Errors
    /// [`TestError`] if the contact cannot be created. A failed test is an outcome.
    pub async fn run_test(
        self: &Arc<Self>,
        instance: InstanceFacts,
        case: Arc<TestCase>,
        start: &Start,
        matching: Matching,
        stop: Stop,
    ) -> Result<TestOutcome, TestError> {
        let (contact, flow) = self.simulated(&instance, start)?;
        let execution = self.execution(contact, flow);
        let now = execution.now();
        let contact_id = execution.contact().id.clone();
        let script = CallScript::default();
        let mut call = Call::new(
            Arc::clone(self),
            instance,
            execution,
            script,
            Agents::default(),
        );
        call.begin_test(Tester {
            run: Run::new(case, matching, now),
            stop,
            heard: Vec::new(),
            running: None,
            results: Vec::new(),
            seen: 0,
            block_type: String::new(),
            repeats: false,
            ended: None,
        })
        .await;
        let (report, trace) = call.end_test(&contact_id).ok_or(TestError::NoTest)?;
        Ok(TestOutcome {
            report,
            contact_id,
            trace,
        })
    }

    /// Creates the simulated contact of a test, and loads the flow that it enters.
    fn simulated(
        &self,
        instance: &InstanceFacts,
        start: &Start,
    ) -> Result<(Contact, LoadedFlow), TestError> {
        let (flow_id, from, to) = match &start.origin {
            Origin::Flow { flow_id, source } => (flow_id.clone(), source.clone(), None),
            Origin::Numbers {
                source,
                destination,
            } => {
                let number = self
                    .dialled(destination)
                    .filter(|number| number.instance.id == instance.id);
                let flow_id = number.and_then(|number| number.flow_id);
                let flow_id = flow_id.ok_or_else(|| TestError::NoNumber(destination.clone()))?;
                let from = Some(source.clone()).filter(|source| !source.is_empty());
                (flow_id, from, Some(destination.clone()))
            }
        };
        let flow = self
            .load_flow(instance, &flow_id)
            .filter(|flow| flow.kind == FlowKind::ContactFlow)
            .ok_or(TestError::NoFlow(flow_id))?;
        let id = uuid::Uuid::new_v4().to_string();
        let (arn, region) = (instance.arn.clone(), instance.region.clone());
        let mut contact = match start.channel {
            Channel::Chat => Contact::chat(id, arn, region),
            Channel::Voice => {
                // The console writes the called number as the source.
                let is_own = |number: &String| {
                    let found = self.dialled(number);
                    found.is_some_and(|found| found.instance.id == instance.id)
                };
                let (from, to) = match (from, to) {
                    (Some(from), None) if is_own(&from) => (None, Some(from)),
                    other => other,
                };
                let caller = from.map_or(NO_CALLER, |from| Some(Endpoint::telephone(from)));
                let line = Endpoint::telephone(to.unwrap_or_default());
                let mut contact = Contact::inbound(id, arn, region, caller, line);
                contact
                    .system_endpoint
                    .take_if(|endpoint| endpoint.address.is_empty());
                contact
            }
        };
        for (name, value) in &start.attributes {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            contact.attributes.insert(name.clone(), value);
        }
        Ok((contact, flow))
    }
}

/// Reports whether the message of the line goes on when a block of this type begins: one with a prompt, or a
/// transfer to another flow.
pub(super) fn goes_on_speaking(kind: &str) -> bool {
    let speaks = matches!(
        kind,
        "MessageParticipant" | "MessageParticipantIteratively" | "TransferToFlow"
    );
    speaks || takes_input(kind)
}

/// Reports whether blocks of this type take an input.
pub(super) fn takes_input(kind: &str) -> bool {
    kind == "GetParticipantInput" || kind == BOT
}

/// The type that lets the customer talk to a bot of Lex.
pub(super) const BOT: &str = "ConnectParticipantWithLexBot";
/// The type that plays prompts in a loop.
pub(super) const LOOP: &str = "MessageParticipantIteratively";
