//! The Lambda service as the rest of the account sees it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use local_wire::{
    ApiRequest, Dialect, Fault, FunctionAnswer, FunctionIdentity, FunctionInvoker,
    FunctionPolicies, InvokeRequest, LogSink, MetricSink, ObjectStore, OutcomeFuture, Principal,
    RoleRights, Service, TraceSink,
};
use uuid::Uuid;

use crate::{
    api::{Api, DIALECT},
    code::remove_directory,
    environment::{Executor, Hosting, IdleLimits},
    faults,
    logs::Logs,
    names::FunctionRef,
    trace::Tracer,
};

/// What the service needs to know. Nothing of it depends on a region.
#[derive(Debug, Clone)]
pub struct LambdaConfig {
    /// The account's address; functions find it in `AWS_ENDPOINT_URL`.
    pub endpoint_url: String,
    /// Function code is unpacked to a directory of the service's own below this one.
    pub work_dir: PathBuf,
    /// How many invocations may run at once in a region, as `GetAccountSettings` tells. It is
    /// also the number of processes that may run. AWS wants 100 of it to stay unreserved.
    pub concurrent_executions: u32,
    /// How functions are treated beside what their configuration says.
    pub hosting: Hosting,
    /// How many processes wait for their next invocation, and for how long.
    pub idle: IdleLimits,
}

impl LambdaConfig {
    /// A configuration with AWS's default of 1000 concurrent executions.
    pub fn new(endpoint_url: impl Into<String>, work_dir: impl Into<PathBuf>) -> Self {
        Self {
            endpoint_url: endpoint_url.into(),
            work_dir: work_dir.into(),
            concurrent_executions: 1000,
            hosting: Hosting::default(),
            idle: IdleLimits::default(),
        }
    }
}

/// What Lambda needs of other services.
pub struct LambdaPorts {
    /// Takes what the functions print.
    pub logs: Arc<dyn LogSink>,
    /// Decides what the functions' roles may do.
    pub rights: Arc<dyn RoleRights>,
    /// Takes the segments of traced invocations.
    pub traces: Arc<dyn TraceSink>,
    /// Holds packages that are named by bucket and key.
    pub objects: Arc<dyn ObjectStore>,
    /// Takes Lambda's own metrics of each invocation.
    pub metrics: Arc<dyn MetricSink>,
}

/// AWS Lambda of the local account.
///
/// Functions with a `provided.*` runtime are run as processes of this machine. When the service
/// is dropped its processes are killed; [`shutdown`](Self::shutdown) waits until they are gone.
pub struct LambdaService {
    api: Arc<Api>,
}

impl LambdaService {
    /// A service without functions.
    pub fn new(config: LambdaConfig, ports: LambdaPorts) -> Arc<Self> {
        let executor = Executor::new(
            Arc::new(Logs::new(ports.logs, Arc::clone(&ports.rights))),
            Tracer::new(Arc::clone(&ports.rights), ports.traces),
            config.hosting,
            config.idle,
        );
        let code_root = config
            .work_dir
            .join(format!("lambda-{}", Uuid::new_v4().simple()));
        Arc::new(Self {
            api: Arc::new(Api::new(
                config.endpoint_url,
                code_root,
                config.concurrent_executions,
                executor,
                ports.rights,
                ports.objects,
                ports.metrics,
            )),
        })
    }

    /// The function that an access key id was made for; `None` for keys of anybody else.
    pub fn identity_of(&self, access_key_id: &str) -> Option<FunctionIdentity> {
        self.api.identity_of(access_key_id)
    }

    /// Whether the process at the other end of a TCP connection of this machine is a function's: one
    /// of an environment that exists now. `peer` is the address of that end, `local` that of this one.
    ///
    /// While there is no environment the answer is `false` at once; otherwise the system is asked,
    /// which takes some milliseconds where there are many processes: ask once for a connection, when
    /// it is accepted, and not on a thread of the event loop. Where the system does not tell (macOS)
    /// the answer is `false`.
    pub fn is_function_connection(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        self.api.executor.is_function_connection(peer, local)
    }

    /// Kills every process, waits for their ends and removes unpacked code. Running invocations
    /// are answered as when their process is killed; later ones are refused.
    pub async fn shutdown(&self) {
        self.api.executor.shutdown().await;
        let root = self.api.code_root.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || remove_directory(&root)).await {
            tracing::warn!(%error, "removing function code was interrupted");
        }
    }
}

impl Drop for LambdaService {
    fn drop(&mut self) {
        self.api.executor.abandon();
        remove_directory(&self.api.code_root);
    }
}

impl Service for LambdaService {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { self.api.call(&request).await }.boxed()
    }
}

impl FunctionInvoker for LambdaService {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        self.api.invoke_for(request).boxed()
    }
}

impl FunctionPolicies for LambdaService {
    fn grant_invoke(
        &self,
        function_arn: &str,
        statement_id: &str,
        principal: &Principal,
    ) -> Result<(), Fault> {
        let name = by_arn(function_arn)?;
        self.api.grant_invoke(&name, statement_id, principal)
    }

    fn revoke_invoke(&self, function_arn: &str, statement_id: &str) {
        match by_arn(function_arn) {
            Ok(name) => self.api.revoke_invoke(&name, statement_id),
            Err(error) => tracing::debug!(%error, function_arn, "nothing to revoke"),
        }
    }
}

/// A function named by its full ARN, which tells the region.
fn by_arn(arn: &str) -> Result<FunctionRef, Fault> {
    let region = FunctionRef::region_of(arn)
        .ok_or_else(|| faults::invalid(format!("{arn} is not the ARN of a function")))?;
    FunctionRef::parse(arn, None, region)
}
