//! Amazon Connect in the local account: the control plane and the calls.
//!
//! It has three layers. `state` has the instances, flows, numbers and queues with their rules;
//! `control` is the API of 2017-08-08 on top of it, in restJson1; `lookup` is the view of the state
//! that calls need. A lower layer does not depend on a higher one.

mod calls;
mod claimed_number;
mod control;
mod lookup;
mod state;
#[cfg(test)]
mod test_requests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use local_wire::{
    ApiRequest, Dialect, FunctionInvoker, FunctionPolicies, LogSink, OutcomeFuture, Service,
};

pub use calls::line_outcome;
pub use calls::{
    AgentError, AgentScript, AgentStep, BotTurn, BranchKind, Call, CallEvent, CallRecord,
    CallScript, CallSummary, CallerId, ChatError, DialError, FailedCheck, Intent, InvokedFunction,
    JudgedObservation, JudgedTest, LoggedText, QueueMetrics, SaidMessage, ScriptedBlock,
    ScriptedBranch, Spoken, Staffing, Stroke, TakenBranch, TestError, TestOutcome, TestRefusal,
    TestRequest, TestedBlock, TestedBranch, TestedFlow, Turns, UnknownKey, VisitedBlock,
    conversation, keys, strokes,
};
pub use claimed_number::ClaimedNumber;
pub use control::DIALECT;
pub use lookup::{DialledNumber, InstanceFacts, QueueFacts};
pub use state::{Stop, TimeZoneUnknown};

use calls::{CallHistory, TestRuns};
use state::State;

/// The other services of the account that Connect uses.
pub struct ConnectPorts {
    /// Resource policies of functions; associating a function with an instance adds a statement.
    pub functions: Arc<dyn FunctionPolicies>,
    /// Invokes the functions of flows.
    pub invoker: Arc<dyn FunctionInvoker>,
    /// Receives the flow logs.
    pub logs: Arc<dyn LogSink>,
    /// Whether calls stop waiting for a function after the block's time limit, as on AWS. Switched
    /// off for debugging.
    pub time_limits: bool,
    /// The number of times that a block of a call may repeat without input or a wait, before the call is stopped.
    pub repeat_limit: u32,
    /// The quota of instances in a Region.
    pub instances_per_region: u16,
    /// The real time for which the alias of a deleted instance stays taken. Some minutes on AWS.
    pub alias_hold: Duration,
}

/// The usual [`ConnectPorts::repeat_limit`].
pub const REPEAT_LIMIT: u32 = 100;

/// The default quota of instances per Region and account (administrator guide, "Amazon Connect service
/// quotas").
pub const INSTANCES_PER_REGION: u16 = 2;

/// Amazon Connect: one service for all Regions of the account.
pub struct ConnectService {
    ports: ConnectPorts,
    state: Mutex<State>,
    /// The service itself, for calls that it places.
    itself: Weak<Self>,
    /// The executions of test cases that run.
    test_runs: TestRuns,
    /// The calls so far.
    history: CallHistory,
}

impl ConnectService {
    /// Creates a service without instances.
    pub fn new(ports: ConnectPorts) -> Arc<Self> {
        let state = State::new(ports.instances_per_region, ports.alias_hold);
        Arc::new_cyclic(|itself| Self {
            ports,
            state: Mutex::new(state),
            itself: itself.clone(),
            test_runs: TestRuns::default(),
            history: CallHistory::default(),
        })
    }

    /// Returns the other services that calls use.
    pub fn ports(&self) -> &ConnectPorts {
        &self.ports
    }

    /// Returns the service itself, or `None` while it is dropped.
    fn itself(&self) -> Option<Arc<Self>> {
        self.itself.upgrade()
    }

    /// Locks the state. The guard is not `Send`, so that no future of a [`Service`] can hold it
    /// across an await. A panic leaves only complete records, so poisoning is ignored.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for ConnectService {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { control::call(self, &request).await }.boxed()
    }
}
