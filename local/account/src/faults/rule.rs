//! Fault rules: which calls suffer, and what they suffer. Written as JSON, read strictly.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::services;

/// The members of a rule, for whoever mistypes one.
const MEMBERS: &str = "service, operation, nth, times, caller and effect";

/// Some calls and the fault they suffer.
///
/// ```
/// # use local_account::{Caller, Effect, FaultRule};
/// // The second SMS that a function asks for is sent, but it never learns of it.
/// let rule = FaultRule::new("sns", Effect::LostAnswer)
///     .operation("Publish")
///     .caller(Caller::Functions)
///     .nth(2);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct FaultRule {
    /// Signing name, such as `dynamodb`.
    pub service: String,
    /// Such as `GetItem`; every operation when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Which matching call is the first to suffer, counted from 1. Without `times` it is the
    /// only one. Every attempt of an SDK is a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How many calls suffer at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Whose calls; everybody's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// What happens.
    pub effect: Effect,
}

/// Whose calls a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Caller {
    /// Any function of the account; not Terraform, and not the command line.
    Functions,
    /// Amazon Connect, when a flow invokes a function.
    Connect,
    /// Functions with this role, by its name or ARN.
    Role(String),
    /// Whoever signs with this key.
    AccessKeyId(String),
}

/// What a call suffers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// The request takes this long to arrive. It is carried out then, even for a client who has
    /// given up.
    Latency {
        /// Milliseconds.
        ms: u64,
    },
    /// Carried out at once; the answer takes this long.
    SlowAnswer {
        /// Milliseconds.
        ms: u64,
    },
    /// Refused with the service's own throttling error; not carried out.
    Throttle,
    /// The service's internal error, status 500; not carried out.
    ServerError,
    /// Status 503; not carried out.
    Unavailable,
    /// The connection is reset instead of an answer; not carried out.
    Reset,
    /// Carried out, then the connection is reset.
    LostAnswer,
    /// Status 200 with a body that breaks off; not carried out.
    WrongBody,
    /// Refused with an error of your choice; not carried out.
    Refuse(Refusal),
}

/// An error to refuse a call with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The error's name, such as `KMSInvalidStateException`.
    pub code: String,
    /// HTTP status.
    #[serde(default = "bad_request")]
    pub status: u16,
    /// The sentence.
    #[serde(default)]
    pub message: String,
    /// Further members of the error, such as `Reason`; JSON protocols carry them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub members: Map<String, Value>,
}

fn bad_request() -> u16 {
    400
}

/// Why fault rules were not taken.
#[derive(Debug, thiserror::Error)]
pub enum FaultRuleError {
    /// Not even JSON; the cause names line and column.
    #[error("the fault rules are no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but of another shape.
    #[error(
        r#"the fault rules must be a list, such as [{{ "service": "sns", "effect": "throttle" }}]"#
    )]
    NoList,
    /// One of the rules is wrong.
    #[error("rule {number}: {complaint}")]
    Rule {
        /// Its place, counted from 1.
        number: usize,
        /// What is wrong with it.
        complaint: String,
    },
}

impl FaultRule {
    /// A rule for every call of a service; the other methods narrow it.
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

    /// Only this operation.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only this call, counted from 1; with [`times`](Self::times), from this call on.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// At most so many calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Only their calls.
    #[must_use]
    pub fn caller(mut self, caller: Caller) -> Self {
        self.caller = Some(caller);
        self
    }

    /// Reads a list of rules.
    ///
    /// # Errors
    /// A sentence that names the rule and what is wrong with it.
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

    /// What types cannot say.
    pub(super) fn check(&self) -> Result<(), String> {
        if !services::names().any(|known| known == self.service) {
            let known: Vec<&str> = services::names().collect();
            return Err(format!(
                "the account has no service '{}'; it has {}",
                self.service,
                known.join(", ")
            ));
        }
        if let Some(operation) = &self.operation {
            self.check_operation(operation)?;
        }
        for (name, value) in [("nth", self.nth), ("times", self.times)] {
            if value == Some(0) {
                return Err(format!("{name} counts from 1"));
            }
        }
        match &self.effect {
            Effect::Refuse(refusal) if !(400..600).contains(&refusal.status) => Err(format!(
                "effect: {} is no status of an error; take 400 to 599",
                refusal.status
            )),
            _ => Ok(()),
        }
    }

    fn check_operation(&self, operation: &str) -> Result<(), String> {
        let known = if let Some(rest) = services::operations(&self.service) {
            rest.contains(&operation)
        } else {
            // These services' operations are not listed here; their names have a form, though.
            operation.starts_with(|first: char| first.is_ascii_uppercase())
                && operation.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if known {
            Ok(())
        } else {
            Err(format!(
                "operation: '{operation}' is no operation of {} in the local account; write it \
                 as its API reference does, such as GetItem",
                self.service
            ))
        }
    }
}

impl TryFrom<Value> for FaultRule {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let Value::Object(mut members) = value else {
            return Err(format!("it is no object with {MEMBERS}"));
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
            return Err(format!("'{name}' is no member of a rule; it has {MEMBERS}"));
        }
        let rule = Self {
            service: service.ok_or("service is missing")?,
            operation,
            nth,
            times,
            caller,
            effect: effect.ok_or("effect is missing")?,
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
    /// As rules and records write it.
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

/// `sns Publish, call 2, from functions: lost_answer`.
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
