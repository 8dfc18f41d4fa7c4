//! What Terraform must be allowed to do, out of what it asked a local account for:
//! docs/deployer-policy.json.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Mutex, PoisonError};

use local_account::RequestRecord;
use local_harness::repository;
use serde_json::{Value, json};

use crate::Failure;
use crate::bundle::EXAMPLES;

/// The access key that Terraform signs with where its requests are looked at. Whatever a test asks for
/// itself has another one.
pub const ACCESS_KEY: &str = "deployer";

const FILE: &str = "docs/deployer-policy.json";

/// Characters that a managed policy may have, white space aside: "IAM and AWS STS quotas" of AWS's IAM
/// guide.
const MANAGED_POLICY: usize = 6_144;

/// Names that requests are signed with, and the prefixes that IAM has for those services, where they
/// differ. From the headings of AWS's Service Authorization Reference.
const PREFIXES: [(&str, &str); 1] = [("monitoring", "cloudwatch")];

/// Operations that take another action than that of their name, from the tables of the same reference.
/// An operation that takes none has an empty list.
const ACTIONS: [(&str, &str, &[&str]); 8] = [
    // "No permissions are required to perform this operation", says the API's reference.
    ("sts", "GetCallerIdentity", &[]),
    // Lambda and SNS take on a role, which whoever hands it over must be allowed to pass.
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
    // Dependent actions in Amazon Connect's table: it writes the function's policy itself.
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
    // Tags that a group or topic is made with take the right to tag it, says the API's reference.
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

/// The services that the module's roles are for.
const PASSED_TO: [&str; 2] = ["lambda.amazonaws.com", "sns.amazonaws.com"];

/// What each example took, until the last of them has been destroyed.
static TAKEN: Mutex<BTreeMap<&str, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Compares what Terraform asked for, from an example's first plan to its destroy, with the policy.
/// Each example must find its rights there; the last one looks for rights that none has needed, and
/// with `UPDATE_DOCS` writes the policy.
///
/// # Errors
/// When the policy and what was asked for differ, or the file cannot be read or written.
pub fn compare(example: &'static str, requests: &[RequestRecord]) -> Result<(), Failure> {
    let taken = actions(requests)?;
    let path = repository()?.join(FILE);
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if !update {
        let allowed = allowed(&serde_json::from_slice(&fs::read(&path)?)?);
        let missing: Vec<_> = taken.difference(&allowed).collect();
        if !missing.is_empty() {
            return Err(format!("{FILE} lacks what {example} takes: {missing:?}; {CURE}").into());
        }
    }
    let mut all = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    all.insert(example, taken);
    if all.len() < EXAMPLES.len() {
        return Ok(());
    }
    let policy = policy(&all.values().flatten().cloned().collect());
    if update {
        fs::write(&path, &policy)?;
    }
    match fs::read_to_string(&path)? == policy {
        true => Ok(()),
        false => Err(format!("{FILE} has what no example takes; {CURE}").into()),
    }
}

const CURE: &str = "`UPDATE_DOCS=1 cargo test -p e2e every_example_lives` writes it again";

/// The actions that requests come down to.
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
            return Err(format!("the local account does not know {service} {operation}").into());
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
        true => Err(format!("no request was signed with the access key {ACCESS_KEY}").into()),
        false => Ok(actions),
    }
}

/// A statement for each service, and one for passing roles.
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

/// A statement's name takes letters and digits only.
fn sid(service: &str) -> String {
    let words = service.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter_map(|word| {
            let mut letters = word.chars();
            Some(letters.next()?.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

/// The actions that a policy of this form names.
fn allowed(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements
        .flat_map(|statement| statement["Action"].as_array().into_iter().flatten())
        .filter_map(|action| action.as_str().map(str::to_owned))
        .collect()
}

/// What keeps IAM from taking a policy's text, if anything does.
#[must_use]
pub fn too_long(policy: &str) -> Option<usize> {
    let length = policy.chars().filter(|c| !c.is_whitespace()).count();
    (length > MANAGED_POLICY).then_some(length)
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
    fn actions_are_those_that_iam_knows() {
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
    fn what_cannot_be_an_action_is_an_error() {
        for requests in [
            vec![request("connect", "GET /unknown", ACCESS_KEY)],
            vec![request("dynamodb", "PutItem", "local")],
        ] {
            assert!(actions(&requests).is_err());
        }
    }
}
