//! Fault rules: the calls that they select and the faults that they inject. Written in JSON, parsed
//! strictly.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::services;

/// The members of a rule, for error messages.
const MEMBERS: &str = "service, operation, nth, times, caller and effect";

/// Selects calls and the fault to inject into them.
///
/// ```
/// # use local_account::{Caller, Effect, FaultRule};
/// // The second SMS of a function is sent, but the function gets no response.
/// let rule = FaultRule::new("sns", Effect::LostAnswer)
///     .operation("Publish")
///     .caller(Caller::Functions)
///     .nth(2);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct FaultRule {
    /// The service's signing name, such as `dynamodb`.
    pub service: String,
    /// The operation, such as `GetItem`; every operation if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The first matching call that the rule applies to, counted from 1. Without `times` it is the
    /// only one. Every attempt of an SDK is a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// The most calls that the rule applies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The callers that it applies to; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// The fault.
    pub effect: Effect,
}

/// The callers that a rule applies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Caller {
    /// Any function of the account; not Terraform, and not the command line.
    Functions,
    /// Amazon Connect, when a flow invokes a function.
    Connect,
    /// Functions with this role, given by its name or ARN.
    Role(String),
    /// The client that signs with this key.
    AccessKeyId(String),
}

/// The fault that a rule injects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Delays the request. It is carried out afterwards, even if the client has stopped waiting.
    Latency { ms: u64 },
    /// Carries the request out at once and delays the response.
    SlowAnswer { ms: u64 },
    /// Refuses with the service's own throttling error; not carried out.
    Throttle,
    /// Refuses with the service's internal error, status 500; not carried out.
    ServerError,
    /// Refuses with status 503; not carried out.
    Unavailable,
    /// Resets the connection instead of responding; not carried out.
    Reset,
    /// Carries the request out, then resets the connection.
    LostAnswer,
    /// Responds with status 200 and a truncated body; not carried out.
    WrongBody,
    /// Refuses with a given error; not carried out.
    Refuse(Refusal),
}

/// An error to refuse a call with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The error's name, such as `KMSInvalidStateException`.
    pub code: String,
    #[serde(default = "bad_request")]
    pub status: u16,
    #[serde(default)]
    pub message: String,
    /// Further members of the error, such as `Reason`; only JSON protocols have them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub members: Map<String, Value>,
}

fn bad_request() -> u16 {
    400
}

/// Why fault rules were not accepted.
#[derive(Debug, thiserror::Error)]
pub enum FaultRuleError {
    /// The text is not JSON; the cause names line and column.
    #[error("the fault rules must be valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The text is JSON, but not a list.
    #[error(
        r#"the fault rules must be a list, such as [{{ "service": "sns", "effect": "throttle" }}]"#
    )]
    NoList,
    /// One of the rules is invalid.
    #[error("rule {number}: {complaint}")]
    Rule {
        /// The rule's position, counted from 1.
        number: usize,
        complaint: String,
    },
}

impl FaultRule {
    /// Creates a rule for every call of a service; the other methods narrow it.
    pub fn new(service: impl Into<String>, effect: Effect) -> Self {
        Self {
            service: service.into(),
            operation: None,
            nth: None,
            times: None,
            caller: None,
            effect,
        }
    }

    /// Restricts the rule to an operation.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Restricts the rule to one call, counted from 1; with [`times`](Self::times), to the calls
    /// from this one on.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Limits the number of calls that the rule applies to.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Restricts the rule to some callers.
    #[must_use]
    pub fn caller(mut self, caller: Caller) -> Self {
        self.caller = Some(caller);
        self
    }

    /// Parses a list of rules.
    ///
    /// # Errors
    /// A sentence that names the rule and its mistake.
    pub fn read_all(text: &str) -> Result<Vec<Self>, FaultRuleError> {
        let Value::Array(rules) = serde_json::from_str(text)? else {
            return Err(FaultRuleError::NoList);
        };
        rules
            .into_iter()
            .enumerate()
            .map(|(index, rule)| {
                Self::try_from(rule).map_err(|complaint| FaultRuleError::Rule {
                    number: index + 1,
                    complaint,
                })
            })
            .collect()
    }

    /// Validates the members beyond their types.
    pub(super) fn check(&self) -> Result<(), String> {
        if !services::names().any(|known| known == self.service) {
            let known: Vec<&str> = services::names().collect();
            return Err(format!(
                "service must be one of {}, but was '{}'",
                known.join(", "),
                self.service
            ));
        }
        if let Some(operation) = &self.operation {
            self.check_operation(operation)?;
        }
        for (name, value) in [("nth", self.nth), ("times", self.times)] {
            if value == Some(0) {
                return Err(format!("{name} must be at least 1, but was 0"));
            }
        }
        match &self.effect {
            Effect::Refuse(refusal) if !(400..600).contains(&refusal.status) => Err(format!(
                "effect: status must be from 400 to 599, but was {}",
                refusal.status
            )),
            _ => Ok(()),
        }
    }

    fn check_operation(&self, operation: &str) -> Result<(), String> {
        match services::operations(&self.service).contains(&operation) {
            true => Ok(()),
            false => Err(format!(
                "operation must be an operation of {} that the local account has, but was \
                 '{operation}'; write it as its API reference does, such as GetItem",
                self.service
            )),
        }
    }
}

impl TryFrom<Value> for FaultRule {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let Value::Object(mut members) = value else {
            return Err(format!("a rule must be an object with {MEMBERS}"));
        };
        let service = member(&mut members, "service")?;
        let operation = member(&mut members, "operation")?;
        let nth = member(&mut members, "nth")?;
        let times = member(&mut members, "times")?;
        let caller = member(&mut members, "caller").map_err(|complaint| {
            format!(
                r#"{complaint}; write "functions", "connect", {{ "role": "…" }} or {{ "accessKeyId": "…" }}"#
            )
        })?;
        let effect = member(&mut members, "effect").map_err(|complaint| {
            format!(r#"{complaint}; write "throttle" or {{ "latency": {{ "ms": 500 }} }}"#)
        })?;
        if let Some(name) = members.keys().next() {
            return Err(format!(
                "a rule must have no members other than {MEMBERS}, but has '{name}'"
            ));
        }
        let rule = Self {
            service: service.ok_or("service must be given")?,
            operation,
            nth,
            times,
            caller,
            effect: effect.ok_or("effect must be given")?,
        };
        rule.check()?;
        Ok(rule)
    }
}

fn member<T: DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, String> {
    members
        .shift_remove(name)
        .map(|value| serde_json::from_value(value).map_err(|error| format!("{name}: {error}")))
        .transpose()
}

impl Effect {
    /// Returns the effect's name, as rules and records write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::SlowAnswer { .. } => "slow_answer",
            Self::Throttle => "throttle",
            Self::ServerError => "server_error",
            Self::Unavailable => "unavailable",
            Self::Reset => "reset",
            Self::LostAnswer => "lost_answer",
            Self::WrongBody => "wrong_body",
            Self::Refuse(_) => "refuse",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Latency { ms } | Self::SlowAnswer { ms } => write!(f, " of {ms} ms"),
            Self::Refuse(refusal) => write!(f, " with {} {}", refusal.status, refusal.code),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Functions => f.write_str("functions"),
            Self::Connect => f.write_str("Amazon Connect"),
            Self::Role(role) => write!(f, "functions with role {role}"),
            Self::AccessKeyId(id) => write!(f, "access key {id}"),
        }
    }
}

/// Writes a rule as `sns Publish, call 2, from functions: lost_answer`.
impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.service)?;
        if let Some(operation) = &self.operation {
            write!(f, " {operation}")?;
        }
        match (self.nth, self.times) {
            (None, None) => f.write_str(", every call")?,
            (Some(nth), None) => write!(f, ", call {nth}")?,
            (None, Some(1)) => f.write_str(", the first call")?,
            (None, Some(times)) => write!(f, ", the first {times} calls")?,
            (Some(nth), Some(times)) => write!(f, ", from call {nth} on, {times} times")?,
        }
        if let Some(caller) = &self.caller {
            write!(f, ", from {caller}")?;
        }
        write!(f, ": {}", self.effect)
    }
}
