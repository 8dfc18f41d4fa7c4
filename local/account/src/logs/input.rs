//! Members that requests share, and their constraints in the service's model.

use std::ops::RangeInclusive;

use local_wire::{ACCOUNT_ID, Fault, constraint, partition};
use serde::Deserialize;
use serde_json::Value;

pub(super) const INVALID: &str = "InvalidParameterException";

/// A stream, given by its name and its group's.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfStream {
    pub(super) log_group_name: String,
    pub(super) log_stream_name: String,
}

impl OfStream {
    /// Refuses a name that no stream can have.
    pub(super) fn check(&self) -> Result<(), Fault> {
        const MEMBER: &str = "logStreamName";
        let name = &self.log_stream_name;
        check_length(MEMBER, name, name.chars().count(), 1..=512)?;
        if name.contains([':', '*']) {
            let pattern = "Member must satisfy regular expression pattern: [^:*]*";
            return Err(refused(MEMBER, name, pattern));
        }
        Ok(())
    }
}

/// The group that a request reads.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfGroup {
    log_group_name: Option<String>,
    /// A name or an ARN.
    log_group_identifier: Option<String>,
}

impl OfGroup {
    /// Returns the group's name.
    pub(super) fn name(&self, region: &str) -> Result<&str, Fault> {
        match (&self.log_group_name, &self.log_group_identifier) {
            (Some(name), None) => Ok(name),
            (None, Some(identifier)) => Ok(group_name(region, identifier)),
            _ => Err(invalid(
                "Exactly one of logGroupName and logGroupIdentifier must be given.",
            )),
        }
    }
}

/// Returns the name of a group that is identified by its name or ARN. An ARN of another Region or
/// account is returned unchanged, since no group here has such a name.
pub(super) fn group_name<'a>(region: &str, identifier: &'a str) -> &'a str {
    let of_arn = identifier.strip_prefix(&group_arn(region, ""));
    let name = of_arn.map(|name| name.strip_suffix(":*").unwrap_or(name));
    name.unwrap_or(identifier)
}

/// Returns the ARN of a group, which is also the prefix of its streams' ARNs.
pub(super) fn group_arn(region: &str, name: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:logs:{region}:{ACCOUNT_ID}:log-group:{name}")
}

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, INVALID, message)
}

pub(super) fn not_found(message: &str) -> Fault {
    Fault::new(400, "ResourceNotFoundException", message)
}

/// Returns AWS's error for a token that the service did not issue.
pub(super) fn invalid_token() -> Fault {
    invalid("The specified nextToken is invalid.")
}

/// Returns AWS's error for a member that violates the service's model.
pub(super) fn refused(member: &str, value: &str, broken: &str) -> Fault {
    invalid(constraint::sentence(value, member, broken))
}

/// Refuses invalid page sizes, which the embedded service does not check.
pub(super) fn check_numbers(operation: &str, input: &Value) -> Result<(), Fault> {
    let most = match operation {
        "ListLogGroups" | "GetScheduledQueryHistory" | "ListScheduledQueries" => 1_000,
        "ListLogGroupsForQuery" => 500,
        _ => 50,
    };
    for member in ["limit", "maxResults"] {
        let number = &input[member];
        let whole = number.as_i64();
        if !number.is_null() && !number.is_string() {
            // A value that is not a whole number exceeds every limit.
            check_number(member, whole.unwrap_or(i64::MAX), 1..=most)?;
        }
    }
    Ok(())
}

/// Refuses a number outside of its range in the service's model.
pub(super) fn check_number(
    member: &str,
    value: i64,
    allowed: RangeInclusive<i64>,
) -> Result<(), Fault> {
    match constraint::broken_bound(&value, &allowed) {
        Some(bound) => {
            let broken = format!("Member must have value {bound}");
            Err(refused(member, &value.to_string(), &broken))
        }
        None => Ok(()),
    }
}

/// Refuses a text or a list, shown as `value`, whose length the service's model does not allow.
pub(super) fn check_length(
    member: &str,
    value: &str,
    length: usize,
    allowed: RangeInclusive<usize>,
) -> Result<(), Fault> {
    match constraint::broken_bound(&length, &allowed) {
        Some(bound) => {
            let broken = format!("Member must have length {bound}");
            Err(refused(member, value, &broken))
        }
        None => Ok(()),
    }
}
