//! Records the permissions that were used and those that were missing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use local_iam::Grant;
use serde::{Deserialize, Serialize};

use crate::requests::clipped;

/// The most distinct records that are kept; the role of one line needs far fewer.
const MAX_RECORDS: usize = 4_096;
/// The characters of a reason that are kept. It repeats the action, whose name a function may make as
/// long as a header.
const MAX_REASON_LENGTH: usize = 1_024;

/// The number of times a role was allowed or denied an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationRecord {
    /// The ARN of the role or the user.
    pub role: String,
    /// The action, such as `dynamodb:GetItem`.
    pub action: String,
    /// The ARN of the resource, with phone numbers and names of log streams replaced by `*`.
    pub resource: String,
    /// Every statement that allowed it; empty if it was denied.
    pub allowed_by: Vec<Granted>,
    /// The reason of the denial, as in the refusal.
    pub denied: Option<String>,
    /// The number of times.
    pub count: u64,
}

/// A statement that allowed an action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Granted {
    /// The name of the inline policy, or the ARN of the managed one.
    pub policy: String,
    /// The statement's Sid, or `statement 2` if it has none.
    pub statement: String,
    /// The element of `Action` that matched; absent under `NotAction`.
    pub action: Option<String>,
    /// The element of `Resource` that matched; absent under `NotResource`.
    pub resource: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RecordKey {
    role: String,
    action: String,
    resource: String,
    allowed_by: Vec<Granted>,
    denied: Option<String>,
}

/// Counts decisions.
#[derive(Debug, Default)]
pub(crate) struct AuthorizationLog {
    counts: Mutex<BTreeMap<RecordKey, u64>>,
}

impl AuthorizationLog {
    pub(super) fn allowed(&self, role: &str, action: &str, resource: &str, grants: &[Grant]) {
        let granted = |grant: &Grant| Granted {
            policy: grant.policy.clone(),
            statement: grant.statement.clone(),
            action: grant.action.clone(),
            resource: grant.resource.clone(),
        };
        let allowed_by = grants.iter().map(granted).collect();
        self.count(role, action, resource, allowed_by, None);
    }

    pub(super) fn denied(&self, role: &str, action: &str, resource: &str, reason: &str) {
        let reason = Some(reason.to_owned());
        self.count(role, action, resource, Vec::new(), reason);
    }

    fn count(
        &self,
        role: &str,
        action: &str,
        resource: &str,
        allowed_by: Vec<Granted>,
        denied: Option<String>,
    ) {
        let kind = RecordKey {
            role: role.to_owned(),
            action: clipped(action),
            resource: general(resource),
            allowed_by,
            denied: denied.map(|reason| reason.chars().take(MAX_REASON_LENGTH).collect()),
        };
        let mut counts = self.counts();
        if counts.len() == MAX_RECORDS && !counts.contains_key(&kind) {
            tracing::warn!(
                action,
                "too many different authorizations: one was not recorded"
            );
            return;
        }
        *counts.entry(kind).or_default() += 1;
    }

    /// Returns the records of one role, given by name or ARN, or of all, ordered by role, action
    /// and resource.
    pub(crate) fn records(&self, role: Option<&str>) -> Vec<AuthorizationRecord> {
        let meant = |kind: &RecordKey| {
            role.is_none_or(|role| kind.role == role || kind.role.rsplit('/').next() == Some(role))
        };
        self.counts()
            .iter()
            .filter(|(kind, _)| meant(kind))
            .map(|(kind, count)| AuthorizationRecord {
                role: kind.role.clone(),
                action: kind.action.clone(),
                resource: kind.resource.clone(),
                allowed_by: kind.allowed_by.clone(),
                denied: kind.denied.clone(),
                count: *count,
            })
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.counts().clear();
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<RecordKey, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes from a resource the parts that differ in every request and those that are private.
fn general(resource: &str) -> String {
    const STREAM: &str = ":log-stream:";
    if resource.starts_with('+') {
        return "+*".into();
    }
    match resource.find(STREAM) {
        Some(at) => format!("{}*", &resource[..at + STREAM.len()]),
        None => resource.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/service/line";

    #[test]
    fn records_count_and_contain_no_phone_number() {
        let log = AuthorizationLog::default();
        let grant = Grant {
            policy: "function".into(),
            statement: "Send".into(),
            action: Some("sns:Publish".into()),
            resource: None,
        };
        for number in ["+819012345678", "+819012345679"] {
            log.allowed(ROLE, "SNS:Publish", number, std::slice::from_ref(&grant));
        }
        log.denied(ROLE, "SNS:Publish", "+819012345678", "because");
        log.denied(
            "arn:aws:iam::123456789012:role/other",
            "a:B",
            "*",
            "because",
        );
        for role in [ROLE, "line"] {
            let records = log.records(Some(role));
            let seen: Vec<_> = records
                .iter()
                .map(|record| {
                    (
                        record.resource.as_str(),
                        record.denied.is_some(),
                        record.count,
                    )
                })
                .collect();
            assert_eq!(seen, [("+*", true, 1), ("+*", false, 2)]);
        }
        assert_eq!(log.records(None).len(), 3);
        log.clear();
        assert!(log.records(None).is_empty());
    }

    #[test]
    fn records_are_as_long_as_names_and_sentences_are() {
        let log = AuthorizationLog::default();
        let action = format!("dynamodb:{}", "長".repeat(20_000));
        log.denied(ROLE, &action, "*", &format!("{action} is not an action"));
        let record = &log.records(None)[0];
        assert!(action.starts_with(&record.action));
        // The longest action of AWS has 60 characters or so.
        assert_eq!(record.action.chars().count(), 128);
        let reason = record.denied.as_ref().unwrap();
        assert!(reason.chars().count() <= 1_024, "{}", reason.len());
    }

    #[test]
    fn a_stream_is_any_stream_of_its_group() {
        assert_eq!(
            general("arn:aws:logs:r:1:log-group:/g:log-stream:2026/01/01/[$LATEST]a"),
            "arn:aws:logs:r:1:log-group:/g:log-stream:*"
        );
    }
}
