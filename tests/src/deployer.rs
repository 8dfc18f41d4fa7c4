//! The deployer's policy, docs/deployer-policy.json, generated from Terraform's requests to a local account.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Mutex, PoisonError};

use local_account::RequestRecord;
use local_harness::repository;
use serde_json::{Value, json};

use crate::Failure;
use crate::bundle::EXAMPLES;
use crate::generated;

/// The access key with which Terraform signs the requests that the policy must allow. The tests' own
/// requests are signed with another key.
pub const ACCESS_KEY: &str = "deployer";

const FILE: &str = "docs/deployer-policy.json";

/// The most characters of a managed policy, not counting white space: "IAM and AWS STS quotas" in AWS's
/// IAM guide.
const LONGEST_MANAGED_POLICY: usize = 6_144;

/// Service names in signatures, with the prefix of the service's IAM actions where it differs. From the
/// headings of AWS's Service Authorization Reference.
const PREFIXES: [(&str, &str); 1] = [("monitoring", "cloudwatch")];

/// Operations that need other actions than the one of their own name, from the tables of the same
/// reference. An operation that needs no action has an empty list.
const ACTIONS: [(&str, &str, &[&str]); 8] = [
    // The API's reference: "No permissions are required to perform this operation".
    ("sts", "GetCallerIdentity", &[]),
    // These operations give a role to Lambda or SNS, and the caller must be allowed to pass it.
    (
        "lambda",
        "CreateFunction",
        &["lambda:CreateFunction", PASS_ROLE],
    ),
    (
        "lambda",
        "UpdateFunctionConfiguration",
        &["lambda:UpdateFunctionConfiguration", PASS_ROLE],
    ),
    (
        "sns",
        "SetSMSAttributes",
        &["sns:SetSMSAttributes", PASS_ROLE],
    ),
    // Dependent actions in Amazon Connect's table: Connect writes the function's policy.
    (
        "connect",
        "AssociateLambdaFunction",
        &["connect:AssociateLambdaFunction", "lambda:AddPermission"],
    ),
    (
        "connect",
        "DisassociateLambdaFunction",
        &[
            "connect:DisassociateLambdaFunction",
            "lambda:RemovePermission",
        ],
    ),
    // The API's reference: creating a log group or topic with tags also needs the right to tag it.
    (
        "logs",
        "CreateLogGroup",
        &["logs:CreateLogGroup", "logs:TagResource"],
    ),
    (
        "sns",
        "CreateTopic",
        &["sns:CreateTopic", "sns:TagResource"],
    ),
];

const PASS_ROLE: &str = "iam:PassRole";

/// The services to which Terraform passes the module's roles.
const PASSED_TO: [&str; 2] = ["lambda.amazonaws.com", "sns.amazonaws.com"];

/// The actions that each example needed, collected until every example has run.
static NEEDED: Mutex<BTreeMap<&str, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Compares Terraform's requests, from an example's first plan to its destroy, with the policy.
///
/// The policy must allow the actions of each example. When the last example has run, the policy must allow
/// no other actions; with `UPDATE_DOCS` it is written then.
///
/// # Errors
/// When the policy lacks an action or has too many, or the file cannot be read or written.
pub fn compare(example: &'static str, requests: &[RequestRecord]) -> Result<(), Failure> {
    let needed = actions(requests)?;
    if !generated::updates() {
        let policy = fs::read(repository()?.join(FILE))?;
        let allowed = allowed(&serde_json::from_slice(&policy)?);
        let missing: Vec<_> = needed.difference(&allowed).collect();
        if !missing.is_empty() {
            let command = generated::command(TEST);
            return Err(format!(
                "{FILE} must allow the actions {missing:?}, which the example {example} needs; \
                     `{command}` writes it again"
            )
            .into());
        }
    }
    let mut all = NEEDED.lock().unwrap_or_else(PoisonError::into_inner);
    all.insert(example, needed);
    if all.len() < EXAMPLES.len() {
        return Ok(());
    }
    let policy = policy(&all.values().flatten().cloned().collect());
    // No example lacks an action here, so a difference is an action that no example needs.
    generated::compare(FILE, &policy, TEST)
}

/// The beginning of the name of the test that generates the policy.
const TEST: &str = "every_example_lives";

/// Returns the IAM actions that the deployer's requests need.
fn actions(requests: &[RequestRecord]) -> Result<BTreeSet<String>, Failure> {
    let mut actions = BTreeSet::new();
    let own = requests
        .iter()
        .filter(|request| request.role.is_none() && request.access_key_id == ACCESS_KEY);
    for RequestRecord {
        service, operation, ..
    } in own
    {
        if operation.contains(' ') || operation.is_empty() {
            return Err(
                format!("the local account has no operation '{operation}' of {service}").into(),
            );
        }
        let other = ACTIONS
            .iter()
            .find(|(of, name, _)| of == service && name == operation);
        match other {
            Some((_, _, named)) => actions.extend(named.iter().map(|&action| action.to_owned())),
            None => {
                let prefix = PREFIXES.iter().find(|(signed, _)| signed == service);
                let prefix = prefix.map_or(service.as_str(), |(_, prefix)| prefix);
                actions.insert(format!("{prefix}:{operation}"));
            }
        }
    }
    match actions.is_empty() {
        true => Err(format!(
            "Terraform must sign with the access key {ACCESS_KEY}; no request was"
        )
        .into()),
        false => Ok(actions),
    }
}

/// Returns a policy with a statement for each service, and one for passing roles.
fn policy(actions: &BTreeSet<String>) -> String {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in actions.iter().filter(|action| *action != PASS_ROLE) {
        let (service, _) = action.split_once(':').unwrap_or((action, ""));
        services.entry(service).or_default().push(action);
    }
    let mut statements: Vec<Value> = services
        .into_iter()
        .map(|(service, actions)| {
            json!({ "Sid": sid(service), "Effect": "Allow", "Action": actions, "Resource": "*" })
        })
        .collect();
    if actions.contains(PASS_ROLE) {
        statements.push(json!({
            "Sid": "RolesOfTheLine",
            "Effect": "Allow",
            "Action": [PASS_ROLE],
            "Resource": "*",
            "Condition": { "StringEquals": { "iam:PassedToService": PASSED_TO } },
        }));
    }
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    format!("{policy:#}\n")
}

/// Returns the id of a service's statement. IAM accepts only letters and digits in it.
fn sid(service: &str) -> String {
    let words = service.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter_map(|word| {
            let mut letters = word.chars();
            Some(letters.next()?.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

/// Returns the actions that a policy of this form allows.
fn allowed(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements
        .flat_map(|statement| statement["Action"].as_array().into_iter().flatten())
        .filter_map(|action| action.as_str().map(str::to_owned))
        .collect()
}

/// Returns the policy's length in characters if it is too long for a managed policy.
#[must_use]
pub fn excess_length(policy: &str) -> Option<usize> {
    let length = policy.chars().filter(|c| !c.is_whitespace()).count();
    (length > LONGEST_MANAGED_POLICY).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(service: &str, operation: &str, access_key_id: &str) -> RequestRecord {
        serde_json::from_value(json!({
            "service": service,
            "operation": operation,
            "region": "ap-northeast-1",
            "accessKeyId": access_key_id,
            "role": null,
            "startedAt": "2026-11-26T00:00:00Z",
            "finishedAt": "2026-11-26T00:00:00Z",
            "status": 200,
            "fault": null,
        }))
        .unwrap()
    }

    #[test]
    fn requests_become_the_actions_that_iam_knows() {
        let found = actions(&[
            request("monitoring", "PutMetricAlarm", ACCESS_KEY),
            request("lambda", "CreateFunction", ACCESS_KEY),
            request("sts", "GetCallerIdentity", ACCESS_KEY),
            request("dynamodb", "PutItem", "local"),
        ])
        .unwrap();
        let wanted = [
            "cloudwatch:PutMetricAlarm",
            "iam:PassRole",
            "lambda:CreateFunction",
        ];
        assert_eq!(found, wanted.map(str::to_owned).into());
        let policy = policy(&found);
        assert_eq!(allowed(&serde_json::from_str(&policy).unwrap()), found);
        assert!(policy.contains("\"iam:PassedToService\""), "{policy}");
    }

    #[test]
    fn an_unknown_operation_and_a_lack_of_requests_are_errors() {
        for requests in [
            vec![request("connect", "GET /unknown", ACCESS_KEY)],
            vec![request("dynamodb", "PutItem", "local")],
        ] {
            assert!(actions(&requests).is_err());
        }
    }
}
