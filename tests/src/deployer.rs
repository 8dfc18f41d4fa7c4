//! The deployer's policy, docs/deployer-policy.json, generated from the permissions that Terraform used in a
//! local account, and a deployer who has exactly these.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Mutex, PoisonError};

use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use local_account::AuthorizationRecord;
use local_harness::repository;
use serde_json::{Value, json};

use crate::bundle::EXAMPLES;
use crate::{Failure, TestAccount, generated};

const FILE: &str = "docs/deployer-policy.json";

/// AWS's policy that allows everything, for a run that generates the deployer's.
const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// The most characters of a managed policy, not counting white space: "IAM and AWS STS quotas" in AWS's
/// IAM guide.
const LONGEST_MANAGED_POLICY: usize = 6_144;

const PASS_ROLE: &str = "iam:PassRole";

/// The services to which Terraform passes the module's roles.
const PASSED_TO: [&str; 2] = ["lambda.amazonaws.com", "sns.amazonaws.com"];

/// The actions that each example needed, collected until every example has run.
static NEEDED: Mutex<BTreeMap<&str, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// A user whose only permissions are those of the deployer's policy.
pub struct Deployer {
    pub access_key_id: String,
    name: String,
    policy_arn: String,
}

impl Deployer {
    /// Creates a user with exactly docs/deployer-policy.json. With `UPDATE_DOCS`, which writes that file
    /// again, the user may do everything.
    ///
    /// # Errors
    /// When the file cannot be read, or IAM refuses a request.
    pub async fn create(aws: &TestAccount) -> Result<Self, Failure> {
        let policy = fs::read_to_string(repository()?.join(FILE))?;
        Self::create_with(aws, "deployer", &policy).await
    }

    /// Creates a user of this name with a managed policy.
    ///
    /// # Errors
    /// When IAM refuses a request.
    pub async fn create_with(aws: &TestAccount, name: &str, policy: &str) -> Result<Self, Failure> {
        let iam = aws_sdk_iam::Client::new(&aws.sdk_config().await);
        iam.create_user().user_name(name).send().await?;
        let policy_arn = if generated::updates() {
            EVERYTHING.to_owned()
        } else {
            let create = iam.create_policy().policy_name(name);
            let created = create.policy_document(policy).send().await?;
            let arn = created.policy().and_then(|policy| policy.arn());
            arn.ok_or("the policy must have an ARN")?.to_owned()
        };
        let attach = iam.attach_user_policy().user_name(name);
        attach.policy_arn(&policy_arn).send().await?;
        let key = iam.create_access_key().user_name(name).send().await?;
        let key = key.access_key().ok_or("the response must have a key")?;
        Ok(Self {
            access_key_id: key.access_key_id().to_owned(),
            name: name.to_owned(),
            policy_arn,
        })
    }

    /// Returns a client of KMS that signs with the user's key.
    pub async fn kms(&self, aws: &TestAccount) -> aws_sdk_kms::Client {
        let keys = Credentials::new(&self.access_key_id, "local", None, None, "test");
        let keys = SharedCredentialsProvider::new(keys);
        let config = aws.sdk_config().await.to_builder();
        aws_sdk_kms::Client::new(&config.credentials_provider(keys).build())
    }

    /// Returns the permissions that the user used and lacked.
    #[must_use]
    pub fn authorizations(&self, aws: &TestAccount) -> Vec<AuthorizationRecord> {
        aws.account.authorizations(Some(&self.name))
    }

    /// Takes the policy from the user and deletes it, so that the account is as empty as before.
    ///
    /// # Errors
    /// When IAM refuses a request.
    pub async fn delete_policy(&self, aws: &TestAccount) -> Result<(), Failure> {
        let iam = aws_sdk_iam::Client::new(&aws.sdk_config().await);
        let detach = iam.detach_user_policy().user_name(&self.name);
        detach.policy_arn(&self.policy_arn).send().await?;
        if self.policy_arn != EVERYTHING {
            let delete = iam.delete_policy().policy_arn(&self.policy_arn);
            delete.send().await?;
        }
        Ok(())
    }
}

/// Compares the permissions that Terraform used, from an example's first plan to its destroy, with the
/// policy.
///
/// The account has refused what the policy does not allow. When the last example has run, the policy must
/// allow no other actions; with `UPDATE_DOCS` it is written then.
///
/// # Errors
/// When the account refused a request of Terraform, the policy has too many actions, or the file cannot be
/// read or written.
pub fn compare(example: &'static str, used: &[AuthorizationRecord]) -> Result<(), Failure> {
    let needed = actions(example, used)?;
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

/// Returns the IAM actions that the deployer used.
fn actions(example: &str, used: &[AuthorizationRecord]) -> Result<BTreeSet<String>, Failure> {
    let refused: Vec<String> = used
        .iter()
        .filter_map(|record| {
            let reason = record.denied.as_ref()?;
            Some(format!("{} on {} {reason}", record.action, record.resource))
        })
        .collect();
    if !refused.is_empty() {
        let command = generated::command(TEST);
        return Err(format!(
            "{FILE} must allow what the example {example} needs, but the deployer was refused {refused:?}; \
             `{command}` writes it again"
        )
        .into());
    }
    // SNS writes its name in capitals; IAM ignores the case.
    let action = |record: &AuthorizationRecord| match record.action.split_once(':') {
        Some((service, action)) => format!("{}:{action}", service.to_ascii_lowercase()),
        None => record.action.clone(),
    };
    let actions: BTreeSet<String> = used.iter().map(action).collect();
    match actions.is_empty() {
        true => Err("Terraform must sign with the deployer's access key; no request was".into()),
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

/// Returns the policy's length in characters if it is too long for a managed policy.
#[must_use]
pub fn excess_length(policy: &str) -> Option<usize> {
    let length = policy.chars().filter(|c| !c.is_whitespace()).count();
    (length > LONGEST_MANAGED_POLICY).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(action: &str, denied: Option<&str>) -> AuthorizationRecord {
        AuthorizationRecord {
            role: "arn:aws:iam::123456789012:user/deployer".to_owned(),
            action: action.to_owned(),
            resource: "*".to_owned(),
            allowed_by: Vec::new(),
            denied: denied.map(str::to_owned),
            count: 1,
        }
    }

    #[test]
    fn used_permissions_become_the_statements_of_a_policy() {
        let found = actions(
            "minimal",
            &[
                record("cloudwatch:PutMetricAlarm", None),
                record("lambda:CreateFunction", None),
                record("iam:PassRole", None),
                record("SNS:CreateTopic", None),
            ],
        )
        .unwrap();
        let wanted = [
            "cloudwatch:PutMetricAlarm",
            "iam:PassRole",
            "lambda:CreateFunction",
            "sns:CreateTopic",
        ];
        assert_eq!(found, wanted.map(str::to_owned).into());
        let policy = policy(&found);
        let read: Value = serde_json::from_str(&policy).unwrap();
        let statements = read["Statement"].as_array().unwrap();
        let of_policy = statements
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap().to_owned());
        assert_eq!(of_policy.collect::<BTreeSet<_>>(), found);
        assert!(policy.contains("\"iam:PassedToService\""), "{policy}");
    }

    #[test]
    fn a_refusal_and_a_lack_of_requests_are_errors() {
        let refused = record("kms:CreateKey", Some("because no policy allows it"));
        let error = actions("minimal", &[refused]).unwrap_err().to_string();
        assert!(error.contains("kms:CreateKey on * because"), "{error}");
        assert!(actions("minimal", &[]).is_err());
    }
}
