//! Lambda's API for the account's functions: one file per family of operations, which are declared at its
//! top. The API does not handle processes; the executor runs the functions.

mod aliases;
mod functions;
mod input;
mod invoke;
mod paging;
mod permissions;
mod runtimes;
mod settings;
mod shapes;
mod validation;
mod versions;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use local_wire::{
    ApiRequest, Dialect, Fault, FunctionIdentity, MetricSink, ObjectStore, Operations, Outcome,
    RoleRights, Serve,
};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{
    environment::Executor, faults, function::Functions, names::FunctionRef, storage::CodeStorage,
};

static OPERATIONS: LazyLock<Operations<Serve<Arc<Api>>>> = LazyLock::new(|| {
    let families = [
        functions::OPERATIONS,
        versions::OPERATIONS,
        aliases::OPERATIONS,
        permissions::OPERATIONS,
        settings::OPERATIONS,
        invoke::OPERATIONS,
    ];
    Operations::new("lambda", &families, include_str!("operations.txt"))
});

/// The dialect of Lambda's protocol.
pub static DIALECT: Dialect = Dialect {
    other_message: &faults::CAPITAL_MESSAGE,
    errors_have_type: true,
    throttled: (429, "TooManyRequestsException"),
    broken: (500, "ServiceException"),
    ..Dialect::rest_json("lambda", || &*OPERATIONS)
};

/// The configured limits of the account.
pub(crate) struct Quotas {
    /// The limit of concurrent invocations in a region.
    pub(crate) concurrent_executions: u32,
    /// The bytes of room for functions.
    pub(crate) code_storage: u64,
}

/// The account's functions, with everything that the operations use.
pub(crate) struct Api {
    /// The account's endpoint URL.
    pub(crate) endpoint_url: String,
    /// The directory that code is unpacked below.
    pub(crate) code_root: PathBuf,
    /// The limit of concurrent invocations in a region.
    pub(crate) concurrent_executions: u32,
    /// Runs the functions.
    pub(crate) executor: Arc<Executor>,
    /// The object store that code is fetched from.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Receives the metrics of each invocation.
    pub(crate) metrics: Arc<dyn MetricSink>,
    functions: Mutex<Functions>,
    /// The room that is left for queued events, in bytes.
    events: Arc<Semaphore>,
    /// Decides what functions' roles may do.
    pub(crate) rights: Arc<dyn RoleRights>,
    /// The functions, by the access key ids of their credentials.
    identities: Mutex<HashMap<String, Arc<FunctionIdentity>>>,
    /// The room for functions.
    code_storage: Arc<CodeStorage>,
}

impl Api {
    pub(crate) fn new(
        endpoint_url: String,
        code_root: PathBuf,
        quotas: Quotas,
        executor: Arc<Executor>,
        rights: Arc<dyn RoleRights>,
        objects: Arc<dyn ObjectStore>,
        metrics: Arc<dyn MetricSink>,
    ) -> Self {
        Self {
            endpoint_url,
            code_root,
            concurrent_executions: quotas.concurrent_executions,
            executor,
            objects,
            metrics,
            functions: Mutex::default(),
            events: Arc::new(Semaphore::new(invoke::EVENTS)),
            rights,
            identities: Mutex::default(),
            code_storage: CodeStorage::new(quotas.code_storage),
        }
    }

    /// Executes an operation.
    pub(crate) async fn call(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        OPERATIONS
            .find(&request.operation)?
            .carry_out(self, request)
            .await
    }

    pub(crate) fn functions(&self) -> MutexGuard<'_, Functions> {
        self.functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the function that has credentials with this access key id.
    pub(crate) fn identity_of(&self, access_key_id: &str) -> Option<FunctionIdentity> {
        let identity = self.identities().get(access_key_id).map(Arc::clone);
        identity.as_deref().cloned()
    }

    fn identities(&self) -> MutexGuard<'_, HashMap<String, Arc<FunctionIdentity>>> {
        self.identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the function of the path, with the qualifier of the query.
fn named(request: &ApiRequest) -> Result<FunctionRef, Fault> {
    let name = request.path("FunctionName");
    FunctionRef::parse(name, request.query("Qualifier"), &request.region)
}

fn answer(shape: Value) -> Outcome {
    Ok(shape.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};
    use local_wire::{Declarations, Reply};

    #[test]
    fn every_declared_operation_is_in_the_model() {
        assert_eq!(OPERATIONS.departures(), Vec::<String>::new());
        assert_eq!(OPERATIONS.names().len(), 91);
    }

    #[test]
    fn the_message_member_follows_the_model() {
        let reply = Reply::to_head(&DIALECT, &Method::GET, &HeaderMap::new());
        for (fault, member) in [
            (faults::function_not_found("arn"), "Message"),
            (faults::invalid("no"), "message"),
        ] {
            let body: Value = serde_json::from_slice(reply.refuse(fault).body()).unwrap();
            assert!(body[member].is_string(), "{body}");
            assert_eq!(body["Type"], "User");
        }
    }
}
