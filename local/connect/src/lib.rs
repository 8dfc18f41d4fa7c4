//! Amazon Connect in the local account: the control plane and the calls.
//!
//! Three layers, each unaware of the one above: `state` holds instances, flows, numbers and
//! queues and knows their rules; `control` is the API of 2017-08-08 over it, in restJson1;
//! `lookup` is what a call needs to know of both.

mod calls;
mod control;
mod lookup;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use local_wire::{
    ApiRequest, Dialect, FunctionInvoker, FunctionPolicies, LogSink, OutcomeFuture, Service,
};

pub use calls::{Call, CallEvent, CallerId, DialError, Spoken, UnknownKey, keys};
pub use control::DIALECT;
pub use lookup::{DialledNumber, InstanceFacts, QueueFacts};
pub use state::TimeZoneUnknown;

use state::State;

/// What Connect needs of the account's other services.
pub struct ConnectPorts {
    /// Resource policies of functions: an association adds a statement.
    pub functions: Arc<dyn FunctionPolicies>,
    /// Runs the functions that flows invoke.
    pub invoker: Arc<dyn FunctionInvoker>,
    /// Takes the flow logs.
    pub logs: Arc<dyn LogSink>,
    /// Whether calls give up waiting for a function after the time that the block says, as AWS does.
    /// A debugger wants them to wait.
    pub time_limits: bool,
}

/// Amazon Connect: one service for all Regions of the account.
pub struct ConnectService {
    ports: ConnectPorts,
    state: Mutex<State>,
}

impl ConnectService {
    /// A service without any instance.
    pub fn new(ports: ConnectPorts) -> Arc<Self> {
        Arc::new(Self {
            ports,
            state: Mutex::default(),
        })
    }

    /// The account's other services, for the calls.
    pub fn ports(&self) -> &ConnectPorts {
        &self.ports
    }

    /// The state. The guard is not `Send`, so no future of a [`Service`] can hold it across an
    /// await. A panic elsewhere leaves whole records behind, hence poisoning is no obstacle.
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
