//! What requests have in common.

use local_aws::Fault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::metrics::seconds_of;

/// A time: a number of seconds, or a date where the request came as a form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instant {
    /// Since the epoch.
    pub(super) seconds: f64,
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value
            .as_f64()
            .or_else(|| seconds_of(value.as_str()?))
            .map(|seconds| Self { seconds })
            .ok_or_else(|| serde::de::Error::custom(format!("{value} is no time")))
    }
}

/// A request's members, as the operation knows them.
pub(super) fn parse<T: DeserializeOwned>(asked: Value) -> Result<T, Fault> {
    serde_json::from_value(asked)
        .map_err(|error| Fault::new(400, "SerializationException", error.to_string()))
}

/// A `NextToken` is the number of the element that comes next.
pub(super) fn page_start(token: Option<&str>) -> Result<usize, Fault> {
    token.map_or(Ok(0), |token| {
        token
            .parse()
            .map_err(|_| Fault::new(400, "InvalidNextToken", "The NextToken is not valid."))
    })
}

pub(super) fn missing(parameter: &str) -> Fault {
    Fault::new(
        400,
        "MissingRequiredParameterException",
        format!("The parameter {parameter} is required."),
    )
}

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterValueException", message)
}

/// What the front end says about members that break the service model.
pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationError", message)
}
