//! AssumeRole: the constraints of its input, and the session that it begins.

use std::sync::Arc;

use local_iam::{Context, Document, Named};
use local_wire::{Answer, ApiRequest, Fault, Outcome, constraint, query};
use serde_json::json;

use super::sessions::{Owner, Session};
use super::{Sts, check};
use crate::signers::Signer;

/// The lengths of texts in the service's model.
const SESSION_NAME_LENGTH: std::ops::RangeInclusive<usize> = 2..=64;
const EXTERNAL_ID_LENGTH: std::ops::RangeInclusive<usize> = 2..=1_224;
const ROLE_ARN_LENGTH: std::ops::RangeInclusive<usize> = 20..=2_048;

/// The most characters of all session policies: "can't exceed 2,048 characters" in the API's
/// reference.
const MAX_POLICY_LENGTH: usize = 2_048;
/// The most managed policies of a session.
const MAX_POLICY_ARNS: usize = 10;

/// The seconds of a session that does not name its duration, and the most of one that a session
/// begins, "role chaining" in the API's reference.
const HOUR: i64 = 3_600;

/// Parameters that would change whether the role may be assumed, or what the session may do, in
/// ways that the account does not have.
const UNSERVED: [&str; 6] = [
    "ProvidedContexts.member.1.ProviderArn",
    "SerialNumber",
    "SourceIdentity",
    "Tags.member.1.Key",
    "TokenCode",
    "TransitiveTagKeys.member.1",
];

struct Input {
    role_arn: String,
    session_name: String,
    external_id: Option<String>,
    policy: Option<String>,
    policy_arns: Vec<String>,
    duration: Option<i64>,
}

impl Input {
    fn read(body: &[u8]) -> Result<Self, Fault> {
        check(body, "AssumeRole")?;
        let parameter = |name: &str| query::parameter(body, name);
        if let Some(name) = UNSERVED.into_iter().find(|name| parameter(name).is_some()) {
            let name = name.split('.').next().unwrap_or(name);
            return Err(Fault::new(
                501,
                "NotImplemented",
                format!("The local account serves sts:AssumeRole without {name}. Leave it out."),
            ));
        }
        let required = |name: &str, member: &str| {
            parameter(name).ok_or_else(|| {
                invalid(format!(
                    "1 validation error detected: Value null at '{member}' failed to satisfy \
                     constraint: Member must not be null"
                ))
            })
        };
        let role_arn = required("RoleArn", "roleArn")?;
        let session_name = required("RoleSessionName", "roleSessionName")?;
        let external_id = parameter("ExternalId");
        check_length("roleArn", &role_arn, ROLE_ARN_LENGTH)?;
        check_length("roleSessionName", &session_name, SESSION_NAME_LENGTH)?;
        check_characters("roleSessionName", &session_name, "+=,.@-", r"[\w+=,.@-]*")?;
        if let Some(id) = &external_id {
            check_length("externalId", id, EXTERNAL_ID_LENGTH)?;
            check_characters("externalId", id, "+=,.@:/-", r"[\w+=,.@:\/-]*")?;
        }
        if !role_arn.starts_with("arn:") {
            return Err(invalid(format!("{role_arn} is invalid")));
        }
        let policy_arns: Vec<String> = (1..)
            .map_while(|number| parameter(&format!("PolicyArns.member.{number}.arn")))
            .take(MAX_POLICY_ARNS + 1)
            .collect();
        if policy_arns.len() > MAX_POLICY_ARNS {
            return Err(invalid(format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
                 Member must have length less than or equal to {MAX_POLICY_ARNS}"
            )));
        }
        Ok(Self {
            role_arn,
            session_name,
            external_id,
            policy: parameter("Policy"),
            policy_arns,
            // Its range is checked above.
            duration: parameter("DurationSeconds").and_then(|seconds| seconds.parse().ok()),
        })
    }

    fn context(&self) -> Context {
        let context = Context::new()
            .with("sts:RoleSessionName", &self.session_name)
            .without("sts:SourceIdentity")
            .without("sts:TransitiveTagKeys")
            .without("aws:RequestTag/")
            .without("aws:TagKeys");
        match &self.external_id {
            Some(id) => context.with("sts:ExternalId", id),
            None => context.without("sts:ExternalId"),
        }
    }
}

impl Sts {
    pub(super) async fn assume_role(&self, request: &ApiRequest) -> Outcome {
        let input = Input::read(&request.body)?;
        let signer = self.signers.of(request).await?;
        let role = self
            .authorizer
            .assume(
                signer.as_ref(),
                &request.region,
                &input.role_arn,
                input.context(),
            )
            .await?;
        let duration = input.duration.unwrap_or(HOUR);
        if matches!(signer, Some(Signer::Session(_) | Signer::Function(_))) && duration > HOUR {
            return Err(invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed \
                 by role chaining",
            ));
        }
        if duration > role.max_session_seconds {
            return Err(invalid(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        let policies = self.session_policies(&input).await?;
        let packed = input.policy.as_ref().map(|policy| {
            let percent = policy.len().saturating_mul(100).div_ceil(MAX_POLICY_LENGTH);
            percent.min(100)
        });
        let session = Session {
            role_arn: input.role_arn,
            role_id: role.id.clone(),
            name: input.session_name,
            policies,
        };
        let user = json!({ "AssumedRoleId": session.user_id(), "Arn": session.arn() });
        let credentials = self.begin(Owner::Role(Arc::new(session)), duration)?;
        let mut members = json!({ "Credentials": credentials, "AssumedRoleUser": user });
        if let Some(percent) = packed {
            members["PackedPolicySize"] = percent.into();
        }
        Ok(Answer::members(members))
    }

    async fn session_policies(&self, input: &Input) -> Result<Vec<Named>, Fault> {
        let mut policies = Vec::new();
        if let Some(policy) = &input.policy {
            if policy.chars().count() > MAX_POLICY_LENGTH {
                return Err(Fault::new(
                    400,
                    "PackedPolicyTooLarge",
                    format!("Session policies must have at most {MAX_POLICY_LENGTH} characters."),
                ));
            }
            let document = Document::identity(policy).map_err(|error| {
                Fault::new(
                    400,
                    "MalformedPolicyDocument",
                    format!("The policy cannot be read: {error}."),
                )
            })?;
            policies.push(Named {
                name: "session policy".into(),
                document,
            });
        }
        for arn in &input.policy_arns {
            policies.push(self.iam.managed_policy(arn).await.map_err(invalid)?);
        }
        Ok(policies)
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationError", message)
}

fn check_length(
    member: &str,
    value: &str,
    allowed: std::ops::RangeInclusive<usize>,
) -> Result<(), Fault> {
    match constraint::broken_bound(&value.chars().count(), &allowed) {
        None => Ok(()),
        Some(bound) => Err(invalid(constraint::sentence(
            value,
            member,
            &format!("Member must have length {bound}"),
        ))),
    }
}

/// Checks a text that consists of letters, digits, underscores and some other characters.
fn check_characters(member: &str, value: &str, others: &str, pattern: &str) -> Result<(), Fault> {
    let known =
        |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '_' || others.contains(symbol);
    match value.chars().all(known) {
        true => Ok(()),
        false => Err(invalid(constraint::sentence(
            value,
            member,
            &format!("Member must satisfy regular expression pattern: {pattern}"),
        ))),
    }
}
