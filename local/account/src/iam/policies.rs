//! Reads a role's policies from the embedded service's state.

use local_iam::{Context, Document, DocumentError, Named, Policies, Principal, Trust};
use local_wire::partition_of_arn;
use winterbaume_iam::IamStateView;

use crate::partitions::exchanged_text;

/// The policies of a role.
#[derive(Debug)]
pub(crate) struct RolePolicies {
    /// The role's unique id, such as `AROA…`.
    pub(crate) id: String,
    pub(crate) max_session_seconds: i64,
    /// Its permissions, or a sentence that says why they cannot be read.
    pub(crate) policies: Result<Policies, String>,
    trust: Result<Document, DocumentError>,
}

impl RolePolicies {
    /// Reads the policies of the role with this ARN, whose partition they are in.
    pub(super) fn of(state: &IamStateView, arn: &str) -> Option<Self> {
        let partition = partition_of_arn(arn);
        let embedded_arn = exchanged_text(arn, partition);
        let role = state.roles.values().find(|role| role.arn == embedded_arn)?;
        let managed = |arn: &str| managed(state, &exchanged_text(arn, partition));
        let inline = role.inline_policies.iter().map(|policy| {
            let document = exchanged_text(&policy.policy_document, partition);
            named(&policy.policy_name, &document)
        });
        let attached = role
            .attached_policies
            .iter()
            .map(|policy| managed(&policy.policy_arn));
        let identity: Result<Vec<Named>, String> = inline.chain(attached).collect();
        let boundary = role.permissions_boundary.as_deref().map(managed);
        Some(Self {
            id: role.role_id.clone(),
            max_session_seconds: role.max_session_duration.into(),
            policies: identity.and_then(|identity| {
                Ok(Policies {
                    identity,
                    boundary: boundary.transpose()?,
                })
            }),
            trust: Document::trust(&exchanged_text(
                &role.assume_role_policy_document,
                partition,
            )),
        })
    }

    /// Returns the trust that the role has in a principal of the account.
    pub(crate) fn trust_in(&self, principal: Principal<'_>, context: &Context) -> Trust {
        match &self.trust {
            Ok(trust) => trust.trust_in(principal, context),
            Err(error) => {
                unreadable(error);
                Trust::Absent
            }
        }
    }

    /// Reports whether the role trusts a service that acts for a resource of this account.
    pub(crate) fn trusts(&self, service: &str, source_account: &str, source_arn: &str) -> bool {
        match &self.trust {
            Ok(trust) => {
                let context = Context::new()
                    .with("aws:SourceAccount", source_account)
                    .with("aws:SourceArn", source_arn);
                trust.lets_assume(service, &context)
            }
            Err(error) => {
                unreadable(error);
                false
            }
        }
    }
}

fn unreadable(error: &DocumentError) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "a role's trust policy cannot be read"
    );
}

/// Returns a managed policy, by the ARN that clients see. `Err` is the reason as a sentence.
pub(super) fn managed(state: &IamStateView, arn: &str) -> Result<Named, String> {
    let partition = partition_of_arn(arn);
    let policy = state
        .policies
        .get(&exchanged_text(arn, partition))
        .ok_or_else(|| format!("the role's policy {arn} does not exist in this account"))?;
    let current = policy
        .versions
        .iter()
        .find(|version| version.is_default_version)
        .map_or(&policy.document, |version| &version.document);
    named(arn, &exchanged_text(current, partition))
}

fn named(name: &str, document: &str) -> Result<Named, String> {
    match Document::identity(document) {
        Ok(document) => Ok(Named {
            name: name.to_owned(),
            document,
        }),
        Err(error) => Err(format!("the role's policy {name} cannot be read: {error}")),
    }
}
