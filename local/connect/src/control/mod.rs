//! The control plane: the API of Amazon Connect, 2017-08-08, on top of [`crate::state`]. Each file
//! contains one group of operations, declared at the top and served by functions of the same names.

mod agent_statuses;
mod bots;
mod contact_search;
mod contacts;
mod flow_versions;
mod flows;
mod functions;
mod hierarchy;
mod hours;
mod instances;
mod metric_data;
mod metrics;
mod module_versions;
mod modules;
mod outbound;
mod paging;
mod phone_associations;
mod phone_numbers;
mod prompts;
mod queues;
mod quick_connects;
mod routing_profile_queues;
mod routing_profiles;
mod search;
mod security_profiles;
mod storage;
mod summary;
mod tags;
mod test_case_executions;
mod test_case_search;
mod test_cases;
mod unserved;
mod user_rules;
mod user_search;
mod users;
mod vocabularies;

use std::fmt::Display;
use std::ops::Deref;
use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use local_wire::model::ServiceModel;
use local_wire::{ApiRequest, Dialect, Fault, Operations, Outcome};
use serde::de::DeserializeOwned;

use crate::ConnectService;
use crate::state::{Instance, State};

/// The function that serves an operation.
#[derive(Debug, Clone, Copy)]
enum Serve {
    /// A function that returns at once.
    Now(fn(&ConnectService, &ControlRequest<'_>) -> Outcome),
    /// A function that waits for another service.
    Later(for<'a> fn(&'a ConnectService, &'a ControlRequest<'a>) -> BoxFuture<'a, Outcome>),
}

static OPERATIONS: LazyLock<Operations<Serve>> = LazyLock::new(|| {
    let families = [
        instances::OPERATIONS,
        phone_numbers::OPERATIONS,
        phone_associations::OPERATIONS,
        flows::OPERATIONS,
        flow_versions::OPERATIONS,
        modules::OPERATIONS,
        module_versions::OPERATIONS,
        functions::OPERATIONS,
        bots::OPERATIONS,
        storage::OPERATIONS,
        hours::OPERATIONS,
        prompts::OPERATIONS,
        queues::OPERATIONS,
        quick_connects::OPERATIONS,
        security_profiles::OPERATIONS,
        hierarchy::OPERATIONS,
        routing_profiles::OPERATIONS,
        routing_profile_queues::OPERATIONS,
        users::OPERATIONS,
        user_search::OPERATIONS,
        agent_statuses::OPERATIONS,
        tags::OPERATIONS,
        vocabularies::OPERATIONS,
        test_cases::OPERATIONS,
        test_case_search::OPERATIONS,
        test_case_executions::OPERATIONS,
        contacts::OPERATIONS,
        contact_search::OPERATIONS,
        outbound::OPERATIONS,
        metrics::OPERATIONS,
        metric_data::OPERATIONS,
    ];
    Operations::new("connect", &families, include_str!("operations.txt"))
});

/// The wire format of Amazon Connect.
pub static DIALECT: Dialect = Dialect {
    message: "Message",
    throttled: (429, "ThrottlingException"),
    broken: (500, "InternalServiceException"),
    ..Dialect::rest_json("connect", || &*OPERATIONS)
};

/// The service model of the operations that are served.
static MODEL: LazyLock<serde_json::Result<ServiceModel>> =
    LazyLock::new(|| ServiceModel::read(include_str!("model.json")));

/// Carries out an operation.
pub(crate) async fn call(service: &ConnectService, api: &ApiRequest) -> Outcome {
    let declared = OPERATIONS.find(&api.operation)?;
    let model = MODEL.as_ref().map_err(|error| {
        Fault::new(
            500,
            "InternalServiceException",
            format!("The service model of Amazon Connect must be readable: {error}"),
        )
    })?;
    model.check(api)?;
    let malformed = model.malformed(declared.name);
    let request = ControlRequest { api, malformed };
    match declared.serve {
        Serve::Now(serve) => serve(service, &request),
        Serve::Later(serve) => serve(service, &request).await,
    }
}

/// Returns the service model.
#[cfg(test)]
pub(crate) fn model() -> &'static ServiceModel {
    MODEL.as_ref().unwrap()
}

/// The most bytes of a request that [`ControlRequest::bounded`] accepts, the account's own limit. It is
/// more than what the documented limits of these resources add up to.
const KEPT_BYTES: usize = 256 * 1024;

/// A request to the control plane, which the service model allows.
struct ControlRequest<'a> {
    api: &'a ApiRequest,
    /// The operation's error code for a request that breaks a rule of its input.
    malformed: &'static str,
}

impl Deref for ControlRequest<'_> {
    type Target = ApiRequest;

    fn deref(&self) -> &ApiRequest {
        self.api
    }
}

impl ControlRequest<'_> {
    fn region(&self) -> &str {
        &self.api.region
    }

    /// Returns the members of the body, which the service model allows.
    fn input<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.api.input()
    }

    /// Returns the instance that the path names.
    fn instance<'s>(&self, state: &'s State) -> Result<&'s Instance, Fault> {
        state.instance(self.region(), self.path("InstanceId"))
    }

    /// Returns the instance that the path names.
    fn instance_mut<'s>(&self, state: &'s mut State) -> Result<&'s mut Instance, Fault> {
        state.instance_mut(self.region(), self.path("InstanceId"))
    }

    /// Returns the id of what the same request created earlier in the instance that the path names.
    fn earlier(
        &self,
        state: &State,
        operation: &'static str,
        token: Option<&str>,
    ) -> Result<Option<String>, Fault> {
        let Some(region) = state.region(self.region()) else {
            return Ok(None);
        };
        let token = token.map(|token| self.token(token));
        region
            .tokens
            .earlier(operation, token.as_deref(), &self.body)
            .map_err(|_| self.invalid("ClientToken was used with another request."))
    }

    /// Records the id of what this request created in the instance that the path names.
    fn record(&self, state: &mut State, operation: &'static str, token: Option<&str>, id: &str) {
        let token = token.map(|token| self.token(token));
        let tokens = &mut state.region_mut(self.region()).tokens;
        tokens.record(operation, token.as_deref(), &self.body, id);
    }

    /// Returns a client's token within the instance that the path names: the same body may be sent to
    /// another one.
    fn token(&self, token: &str) -> String {
        format!("{} {token}", self.path("InstanceId"))
    }

    /// Checks the size of a request with members that the service model does not bound, since they are
    /// kept.
    fn bounded(&self) -> Result<(), Fault> {
        let bytes = self.api.body.len();
        if bytes <= KEPT_BYTES {
            return Ok(());
        }
        Err(self.invalid(format!(
            "The local account keeps at most {KEPT_BYTES} bytes of this resource, but the request has \
             {bytes}."
        )))
    }

    /// Returns this operation's error for a malformed request.
    fn invalid(&self, why: impl Display) -> Fault {
        Fault::new(400, self.malformed, why.to_string())
    }
}

/// `IdempotencyException`, for operations that document it.
fn reused_token() -> Fault {
    Fault::new(
        409,
        "IdempotencyException",
        "ClientToken was used with another request.",
    )
}

/// Returns a description as it is stored: an empty one removes it.
fn description(given: Option<String>) -> Option<String> {
    given.filter(|text| !text.is_empty())
}

/// Returns one of two names, such as `PUBLISHED` and `SAVED`, or `ACTIVE` and `ARCHIVED`.
fn either(first: bool, names: [&'static str; 2]) -> &'static str {
    if first { names[0] } else { names[1] }
}

#[cfg(test)]
mod tests;
