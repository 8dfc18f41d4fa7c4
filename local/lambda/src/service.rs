//! The Lambda service as the rest of the account uses it.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use local_wire::{
    ApiRequest, Dialect, Fault, FunctionAnswer, FunctionIdentity, FunctionInvoker,
    FunctionPolicies, InvokeRequest, LogSink, MetricSink, ObjectStore, OutcomeFuture, Principal,
    RoleRights, Service, TraceSink,
};
use uuid::Uuid;

use crate::{
    api::{Api, DIALECT, Quotas},
    code::remove_directory,
    environment::{Executor, Hosting, IdleLimits, Interpreters},
    faults,
    logs::Logs,
    names::FunctionRef,
    storage,
    trace::Tracer,
};

/// The service's configuration, the same in all regions.
#[derive(Debug, Clone)]
pub struct LambdaConfig {
    /// The account's endpoint URL, which functions find in `AWS_ENDPOINT_URL`.
    pub endpoint_url: String,
    /// The directory below which the service creates one for function code.
    pub work_dir: PathBuf,
    /// The limit of concurrent invocations in a region, as `GetAccountSettings` reports it, and of
    /// running processes. As in AWS, 100 of it must stay unreserved.
    pub concurrent_executions: u32,
    /// The most bytes that the functions' unpacked code takes on the disk. Versions and aliases count
    /// 256 KiB each. AWS allows 75 GB of zips.
    pub code_storage: u64,
    /// Options for running functions that are not part of their configuration.
    pub hosting: Hosting,
    /// The limits of idle environments: number and time.
    pub idle: IdleLimits,
    /// The directories in which the interpreters of managed runtimes are looked for, in the form of
    /// `PATH`.
    pub search_path: OsString,
}

impl LambdaConfig {
    /// Returns a configuration with AWS's default of 1000 concurrent executions, and with this process's
    /// `PATH` for interpreters.
    pub fn new(endpoint_url: impl Into<String>, work_dir: impl Into<PathBuf>) -> Self {
        Self {
            endpoint_url: endpoint_url.into(),
            work_dir: work_dir.into(),
            concurrent_executions: 1000,
            code_storage: storage::DEFAULT,
            hosting: Hosting::default(),
            idle: IdleLimits::default(),
            search_path: std::env::var_os("PATH").unwrap_or_default(),
        }
    }
}

/// The parts of other services that Lambda uses.
pub struct LambdaPorts {
    /// Receives the functions' logs.
    pub logs: Arc<dyn LogSink>,
    /// Decides what the functions' roles may do.
    pub rights: Arc<dyn RoleRights>,
    /// Receives the segments of traced invocations.
    pub traces: Arc<dyn TraceSink>,
    /// Provides packages that are given by bucket and key.
    pub objects: Arc<dyn ObjectStore>,
    /// Receives Lambda's own metrics of each invocation.
    pub metrics: Arc<dyn MetricSink>,
}

/// AWS Lambda of the local account.
///
/// Functions run as processes of this machine: those of a `provided.*` runtime by themselves, those of a
/// `python*` or `nodejs*` runtime in the machine's own interpreter. Dropping the service kills its
/// processes; [`shutdown`](Self::shutdown) also waits until they have ended.
pub struct LambdaService {
    api: Arc<Api>,
}

impl LambdaService {
    /// Creates a service without functions.
    pub fn new(config: LambdaConfig, ports: LambdaPorts) -> Arc<Self> {
        let code_root = config
            .work_dir
            .join(format!("lambda-{}", Uuid::new_v4().simple()));
        let executor = Executor::new(
            Arc::new(Logs::new(ports.logs, Arc::clone(&ports.rights))),
            Tracer::new(Arc::clone(&ports.rights), ports.traces),
            config.hosting,
            config.idle,
            Interpreters::new(config.search_path, code_root.join("runtime")),
        );
        Arc::new(Self {
            api: Arc::new(Api::new(
                config.endpoint_url,
                code_root,
                Quotas {
                    concurrent_executions: config.concurrent_executions,
                    code_storage: config.code_storage,
                },
                executor,
                ports.rights,
                ports.objects,
                ports.metrics,
            )),
        })
    }

    /// Returns the function that has credentials with this access key id; `None` if the key does not
    /// belong to a function.
    pub fn identity_of(&self, access_key_id: &str) -> Option<FunctionIdentity> {
        self.api.identity_of(access_key_id)
    }

    /// Reports whether the process at the other end of a TCP connection of this machine belongs to an
    /// existing environment. `peer` is the address of that end, `local` that of this one.
    ///
    /// Without environments this returns `false` immediately. Otherwise it queries the system, which
    /// takes some milliseconds if there are many processes. So call it once per connection, when it is
    /// accepted, and not on a thread of the event loop. If the system does not provide the information
    /// (macOS), the result is `false`.
    pub fn is_function_connection(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        self.api.executor.is_function_connection(peer, local)
    }

    /// Kills all processes, waits for them to end and removes unpacked code. Running invocations are
    /// answered as if their process was killed; later ones are rejected.
    pub async fn shutdown(&self) {
        self.api.executor.shutdown().await;
        let root = self.api.code_root.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || remove_directory(&root)).await {
            tracing::warn!(%error, "the removal of function code was interrupted");
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
            Err(error) => tracing::debug!(%error, function_arn, "there is no permission to revoke"),
        }
    }
}

/// Parses a full function ARN, which contains the region.
fn by_arn(arn: &str) -> Result<FunctionRef, Fault> {
    let region = FunctionRef::region_of(arn).ok_or_else(|| {
        faults::invalid(format!(
            "the function must be given by its ARN, but was given as '{arn}'"
        ))
    })?;
    FunctionRef::parse(arn, None, region)
}
