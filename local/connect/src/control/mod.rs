//! The control plane: the API of Amazon Connect, 2017-08-08, over [`crate::state`]. One file per family of
//! operations, each declared at the file's top and served by a function of the same name.

mod flow_versions;
mod flows;
mod functions;
mod hours;
mod instances;
mod modules;
mod paging;
mod phone_associations;
mod phone_numbers;
mod queues;
mod tags;

use std::fmt::Display;
use std::ops::{Deref, RangeInclusive};
use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use local_wire::{ApiRequest, Dialect, Fault, Model, Operations, Outcome, Rest};
use serde::de::DeserializeOwned;

use crate::ConnectService;
use crate::state::{Instance, State};

/// The function that serves an operation.
#[derive(Debug, Clone, Copy)]
enum Serve {
    /// At once.
    Now(fn(&ConnectService, &ControlRequest<'_>) -> Outcome),
    /// When another service has answered.
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
        functions::OPERATIONS,
        hours::OPERATIONS,
        queues::OPERATIONS,
        tags::OPERATIONS,
    ];
    Operations::new("connect", &families, include_str!("operations.txt"))
});

/// The dialect of Amazon Connect.
pub static DIALECT: Dialect = Dialect {
    message: "Message",
    throttled: (429, "ThrottlingException"),
    broken: (500, "InternalServiceException"),
    ..Dialect::rest_json(
        "connect",
        Rest {
            route: |request| OPERATIONS.route(request),
            names: || OPERATIONS.names(),
        },
    )
};

/// The error of the older operations for malformed requests. Operations that list no such error are
/// refused like those.
const INVALID_REQUEST: &str = "InvalidRequestException";

/// Carries out an operation.
pub(crate) async fn call(service: &ConnectService, api: &ApiRequest) -> Outcome {
    let declared = OPERATIONS.find(&api.operation)?;
    let request = ControlRequest {
        api,
        model: &declared.model,
    };
    match declared.serve {
        Serve::Now(serve) => serve(service, &request),
        Serve::Later(serve) => serve(service, &request).await,
    }
}

/// A request to the control plane, with what the model says of its operation.
struct ControlRequest<'a> {
    api: &'a ApiRequest,
    model: &'static Model,
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

    /// The members of the body. One that is missing or of the wrong type is refused.
    fn input<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.api
            .input()
            .map_err(|fault| self.invalid(fault.message))
    }

    /// The instance that the route names.
    fn instance<'s>(&self, state: &'s State) -> Result<&'s Instance, Fault> {
        state.instance(self.region(), self.path("InstanceId"))
    }

    /// The instance that the route names.
    fn instance_mut<'s>(&self, state: &'s mut State) -> Result<&'s mut Instance, Fault> {
        state.instance_mut(self.region(), self.path("InstanceId"))
    }

    /// The error with which this operation refuses a malformed request.
    fn invalid(&self, why: impl Display) -> Fault {
        Fault::new(400, self.model.malformed, why.to_string())
    }

    /// Checks a length in characters.
    fn length(
        &self,
        member: &str,
        value: &str,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Fault> {
        let length = value.chars().count();
        if allowed.contains(&length) {
            return Ok(());
        }
        Err(self.invalid(format!(
            "{member} has {length} characters; {} to {} are allowed.",
            allowed.start(),
            allowed.end()
        )))
    }

    /// [`ControlRequest::length`] of a member that may be absent.
    fn length_if_given(
        &self,
        member: &str,
        value: Option<&str>,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Fault> {
        value.map_or(Ok(()), |value| self.length(member, value, allowed))
    }

    /// Checks a value of an enumeration.
    fn one_of(&self, member: &str, value: &str, allowed: &[&str]) -> Result<(), Fault> {
        if allowed.contains(&value) {
            return Ok(());
        }
        Err(self.invalid(format!(
            "{member} is {value}; it must be one of {}.",
            allowed.join(", ")
        )))
    }

    /// A value of the query string that may be repeated, each of an enumeration.
    fn query_enum(&self, member: &str, allowed: &[&str]) -> Result<Vec<String>, Fault> {
        let values = self.query_all(member);
        for value in &values {
            self.one_of(member, value, allowed)?;
        }
        Ok(values)
    }
}

/// `IdempotencyException`, of the operations that list it.
fn reused_token() -> Fault {
    Fault::new(
        409,
        "IdempotencyException",
        "ClientToken was used with another request.",
    )
}

/// A description as it is kept: an empty one clears it.
fn description(given: Option<String>) -> Option<String> {
    given.filter(|text| !text.is_empty())
}

/// `PUBLISHED` and `SAVED`, `ACTIVE` and `ARCHIVED`.
fn either(first: bool, names: [&'static str; 2]) -> &'static str {
    if first { names[0] } else { names[1] }
}

#[cfg(test)]
mod tests;
