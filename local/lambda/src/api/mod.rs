//! Lambda's REST API over the account's functions. It knows nothing of processes: what is to be
//! run is handed to the executor.

mod aliases;
mod functions;
mod input;
mod invoke;
mod paging;
mod permissions;
pub(crate) mod routes;
mod settings;
mod shapes;
mod validation;
mod versions;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{HeaderValue, header::CONTENT_TYPE};
use local_wire::{
    Fault, FunctionIdentity, MetricSink, ObjectStore, Request, Response, RoleRights, request_id,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{environment::Executor, faults, function::Functions, names::FunctionRef};

/// The account's functions, and who runs them.
pub(crate) struct Api {
    /// The account's address.
    pub(crate) endpoint_url: String,
    /// Code is unpacked below it.
    pub(crate) code_root: PathBuf,
    /// How many invocations may run at once in a region.
    pub(crate) concurrent_executions: u32,
    /// Runs them.
    pub(crate) executor: Arc<Executor>,
    /// Where code may be fetched from.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Takes what every invocation is measured by.
    pub(crate) metrics: Arc<dyn MetricSink>,
    functions: Mutex<Functions>,
    /// Room for events that wait to be run.
    events: Arc<Semaphore>,
    /// What functions' roles may do.
    pub(crate) rights: Arc<dyn RoleRights>,
    /// Whom an access key id was made for.
    identities: Mutex<HashMap<String, FunctionIdentity>>,
}

impl Api {
    pub(crate) fn new(
        endpoint_url: String,
        code_root: PathBuf,
        concurrent_executions: u32,
        executor: Arc<Executor>,
        rights: Arc<dyn RoleRights>,
        objects: Arc<dyn ObjectStore>,
        metrics: Arc<dyn MetricSink>,
    ) -> Self {
        Self {
            endpoint_url,
            code_root,
            concurrent_executions,
            executor,
            objects,
            metrics,
            functions: Mutex::default(),
            events: Arc::new(Semaphore::new(invoke::EVENTS)),
            rights,
            identities: Mutex::default(),
        }
    }

    /// Serves one request.
    pub(crate) async fn serve(self: &Arc<Self>, request: &Request) -> Response {
        self.dispatch(request).await.unwrap_or_else(faults::respond)
    }

    async fn dispatch(self: &Arc<Self>, request: &Request) -> Result<Response, Fault> {
        let Some(matched) = routes::route(request) else {
            return Err(Fault::new(
                404,
                "UnknownOperationException",
                format!(
                    "{} {} is no operation of Lambda",
                    request.method,
                    request.uri.path()
                ),
            ));
        };
        let [first, second] = [0, 1].map(|index| {
            matched
                .parameters
                .get(index)
                .map(String::as_str)
                .unwrap_or_default()
        });
        match matched.operation {
            "CreateFunction" => self.create_function(request).await,
            "GetFunction" => self.get_function(request, first),
            "GetFunctionConfiguration" => self.get_function_configuration(request, first),
            "ListFunctions" => self.list_functions(request),
            "UpdateFunctionCode" => self.update_function_code(request, first).await,
            "UpdateFunctionConfiguration" => {
                self.update_function_configuration(request, first).await
            }
            "DeleteFunction" => self.delete_function(request, first).await,
            "PublishVersion" => self.publish_version(request, first),
            "ListVersionsByFunction" => self.list_versions(request, first),
            "CreateAlias" => self.create_alias(request, first),
            "GetAlias" => self.get_alias(request, first, second),
            "UpdateAlias" => self.update_alias(request, first, second),
            "DeleteAlias" => self.delete_alias(request, first, second),
            "ListAliases" => self.list_aliases(request, first),
            "AddPermission" => self.add_permission(request, first),
            "GetPolicy" => self.get_policy(request, first),
            "RemovePermission" => self.remove_permission(request, first, second),
            "TagResource" => self.tag_resource(request, first),
            "UntagResource" => self.untag_resource(request, first),
            "ListTags" => self.list_tags(request, first),
            "PutFunctionConcurrency" => self.put_concurrency(request, first),
            "GetFunctionConcurrency" => self.get_concurrency(request, first),
            "DeleteFunctionConcurrency" => self.delete_concurrency(request, first),
            "GetFunctionCodeSigningConfig" => self.get_code_signing(request, first),
            "GetFunctionRecursionConfig" => self.get_recursion(request, first),
            "PutFunctionRecursionConfig" => self.put_recursion(request, first),
            "GetRuntimeManagementConfig" => self.get_runtime_management(request, first),
            "GetAccountSettings" => self.get_account_settings(request),
            "Invoke" => Ok(self.invoke(request, first).await),
            other => Err(Fault::not_implemented("lambda", other)),
        }
    }

    pub(crate) fn functions(&self) -> MutexGuard<'_, Functions> {
        self.functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom an access key id was made for.
    pub(crate) fn identity_of(&self, access_key_id: &str) -> Option<FunctionIdentity> {
        self.identities().get(access_key_id).cloned()
    }

    fn identities(&self) -> MutexGuard<'_, HashMap<String, FunctionIdentity>> {
        self.identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A function named in the path, with the qualifier of the query.
fn named(request: &Request, text: &str) -> Result<FunctionRef, Fault> {
    FunctionRef::parse(text, request.query("Qualifier"), &request.region)
}

/// The request's body; none is an empty object.
fn input<T: DeserializeOwned>(request: &Request) -> Result<T, Fault> {
    let body: &[u8] = if request.body.is_empty() {
        b"{}"
    } else {
        &request.body
    };
    serde_json::from_slice(body).map_err(|error| {
        Fault::new(
            400,
            "SerializationException",
            format!("Could not parse the request body: {error}"),
        )
    })
}

fn json(status: u16, body: &Value) -> Result<Response, Fault> {
    respond(status, Bytes::from(body.to_string()))
}

fn empty(status: u16) -> Result<Response, Fault> {
    respond(status, Bytes::new())
}

fn respond(status: u16, body: Bytes) -> Result<Response, Fault> {
    let mut response = http::Response::builder()
        .status(status)
        .header("x-amzn-requestid", request_id())
        .body(body)
        .map_err(|error| faults::internal(format!("cannot write the answer: {error}")))?;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
