//! Reads a role's policies from the embedded service's state.

use local_iam::{Context, Document, DocumentError, Named, Policies};
use local_wire::partition_of_arn;
use winterbaume_iam::IamStateView;

use crate::partitions::exchanged_text;

/// The policies of a role.
#[derive(Debug)]
pub(crate) struct RolePolicies {
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
        let named = |name: &str, document: &str| {
            named(
                &exchanged_text(name, partition),
                &exchanged_text(document, partition),
            )
        };
        let managed = |arn: &str| -> Result<Named, String> {
            let policy = state.policies.get(arn).ok_or_else(|| {
                let arn = exchanged_text(arn, partition);
                format!("the role's policy {arn} does not exist in this account")
            })?;
            let current = policy
                .versions
                .iter()
                .find(|version| version.is_default_version)
                .map_or(&policy.document, |version| &version.document);
            named(arn, current)
        };
        let inline = role
            .inline_policies
            .iter()
            .map(|policy| named(&policy.policy_name, &policy.policy_document));
        let attached = role
            .attached_policies
            .iter()
            .map(|policy| managed(&policy.policy_arn));
        let identity: Result<Vec<Named>, String> = inline.chain(attached).collect();
        let boundary = role.permissions_boundary.as_deref().map(managed);
        Some(Self {
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
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "a role's trust policy cannot be read"
                );
                false
            }
        }
    }
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
