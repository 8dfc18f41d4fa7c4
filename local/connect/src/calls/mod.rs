//! Calls: connect a caller's telephone to the flow engine, and provide everything that the engine
//! requests.
//!
//! Time is virtual: prompts take as long as speaking them would, silence lasts until the block's
//! time-out, and neither takes real time. Only functions run in real time.

mod agent_script;
mod agents;
mod bot;
mod call;
mod conversation;
mod effects;
mod encryption;
mod flow_log;
mod functions;
mod history;
pub mod line_outcome;
mod masking;
mod outside;
mod record;
mod script;
mod test_runs;
mod testing;
mod typing;

#[cfg(test)]
mod tests;

pub use agent_script::{AgentError, AgentScript, AgentStep};
pub use agents::Staffing;
pub use call::Call;
pub use conversation::{CallEvent, CallerId, ChatError, DialError, Spoken, UnknownKey, keys};
pub use effects::{BotTurn, Intent, QueueMetrics, ScriptedBlock, ScriptedBranch, Turns};
pub(crate) use history::CallHistory;
pub use record::{BranchKind, CallRecord, CallSummary, InvokedFunction, TakenBranch, VisitedBlock};
pub use script::CallScript;
pub use testing::{
    FailedCheck, JudgedObservation, JudgedTest, LoggedText, SaidMessage, TestError, TestOutcome,
    TestRefusal, TestRequest, TestedBlock, TestedBranch, TestedFlow, conversation,
};
pub use typing::{Stroke, strokes};

use std::sync::Arc;

use connect_flow::{Contact, Ending, Endpoint, Execution, LoadedFlow};
use time::OffsetDateTime;

use crate::{ConnectService, InstanceFacts};
use agents::Agents;
pub(crate) use test_runs::TestRuns;

impl ConnectService {
    /// Dials `to` and runs the flow until it waits for the caller or is over.
    ///
    /// # Errors
    /// [`DialError`] if no flow answers the call.
    pub async fn dial(self: &Arc<Self>, to: &str, from: CallerId) -> Result<Call, DialError> {
        self.dial_failing(to, from, &[]).await
    }

    /// Dials like [`ConnectService::dial`], with a script for what the local account does not have.
    ///
    /// # Errors
    /// [`DialError::Script`] if the script cannot be followed; see also [`ConnectService::dial`].
    pub async fn dial_scripted(
        self: &Arc<Self>,
        to: &str,
        from: CallerId,
        script: CallScript,
    ) -> Result<Call, DialError> {
        self.place(to, from, &[], script).await
    }

    /// Dials like [`ConnectService::dial`], but makes the given blocks fail: identifier and error
    /// type, as for [`Execution::fail_at`]. For error branches that AWS requires, but that cannot
    /// be reached from outside.
    ///
    /// # Errors
    /// See [`ConnectService::dial`].
    pub async fn dial_failing(
        self: &Arc<Self>,
        to: &str,
        from: CallerId,
        blocks: &[(&str, &str)],
    ) -> Result<Call, DialError> {
        self.place(to, from, blocks, CallScript::default()).await
    }

    /// Starts a chat with an inbound flow, given by name, id or ARN, as StartChatContact does. The
    /// customer's part is in the script: what bots understand and what the customer does in views.
    ///
    /// # Errors
    /// [`ChatError`] if the flow is not one published inbound flow.
    pub async fn chat(self: &Arc<Self>, flow: &str, script: CallScript) -> Result<Call, ChatError> {
        let mut found = self.inbound_flows(flow);
        if found.len() > 1 {
            return Err(ChatError::SeveralFlows(flow.to_owned(), found.len()));
        }
        let Some((instance, loaded)) = found.pop() else {
            return Err(ChatError::NoFlow(flow.to_owned()));
        };
        let contact = Contact::chat(
            uuid::Uuid::new_v4().to_string(),
            instance.arn.clone(),
            instance.region.clone(),
        );
        let call = self.begin(instance, contact, loaded, &[], script).await;
        call.map_err(ChatError::Script)
    }

    async fn place(
        self: &Arc<Self>,
        to: &str,
        from: CallerId,
        blocks: &[(&str, &str)],
        script: CallScript,
    ) -> Result<Call, DialError> {
        let number = self
            .dialled(to)
            .ok_or_else(|| DialError::NotInService(to.to_owned()))?;
        if !number.instance.inbound_calls {
            return Err(DialError::InboundCallsOff(number.instance.alias));
        }
        let flow_id = number
            .flow_id
            .as_deref()
            .ok_or_else(|| DialError::NoFlow(to.to_owned()))?;
        let flow = self
            .load_flow(&number.instance, flow_id)
            .ok_or_else(|| DialError::FlowNotPublished(flow_id.to_owned()))?;
        let caller = match from {
            CallerId::Number(number) => Some(Endpoint::telephone(number)),
            CallerId::Anonymous(address) => Some(Endpoint::telephone(address)),
            CallerId::Withheld => None,
        };
        let contact = Contact::inbound(
            uuid::Uuid::new_v4().to_string(),
            number.instance.arn.clone(),
            number.instance.region.clone(),
            caller,
            Endpoint::telephone(number.phone_number.clone()),
        );
        let call = self.begin(number.instance, contact, flow, blocks, script);
        call.await.map_err(DialError::Script)
    }

    /// Runs a contact's flow until it waits for the caller or is over.
    async fn begin(
        self: &Arc<Self>,
        instance: InstanceFacts,
        contact: Contact,
        flow: LoadedFlow,
        blocks: &[(&str, &str)],
        script: CallScript,
    ) -> Result<Call, AgentError> {
        let mut execution = self.execution(contact, flow);
        for (identifier, error_type) in blocks {
            execution.fail_at(*identifier, *error_type);
        }
        let agents = Agents::new(self, &instance, &script.agents)?;
        let mut call = Call::new(Arc::clone(self), instance, execution, script, agents);
        call.keep_record();
        call.begin().await;
        Ok(call)
    }

    fn execution(&self, contact: Contact, flow: LoadedFlow) -> Execution {
        let mut execution = Execution::new(contact, flow, OffsetDateTime::now_utc());
        execution.limit_repeats(self.ports().repeat_limit);
        execution
    }

    /// Runs the flow of an outbound contact to its end. The customer has answered, and presses no
    /// key.
    pub(crate) async fn call_customer(
        self: Arc<Self>,
        instance: InstanceFacts,
        contact: Contact,
        flow: LoadedFlow,
    ) {
        let execution = self.execution(contact, flow);
        let script = CallScript::default();
        let mut call = Call::new(self, instance, execution, script, Agents::default());
        call.keep_record();
        call.begin().await;
        while call.is_waiting() {
            call.wait().await;
        }
        if let Some(Ending::Stopped(reason)) = call.ending() {
            let id = &call.contact().id;
            tracing::warn!("the flow of the outbound contact {id} stopped: {reason}");
        }
    }
}
