//! Reads the policies of roles and users from the embedded service's state.

use local_iam::{Context, Document, DocumentError, Named, Policies, Principal, Trust};
use local_wire::partition_of_arn;
use winterbaume_iam::IamStateView;

use super::aws_managed;
use crate::partitions::exchanged_text;

/// The policies of a user or a role.
#[derive(Debug)]
pub(crate) struct Rights {
    /// The policies, or a sentence that says why they cannot be read.
    pub(crate) policies: Result<Policies, String>,
    /// The ARNs of AWS's managed policies whose documents the account does not have. They grant
    /// nothing.
    pub(crate) undocumented: Vec<String>,
}

/// A managed policy of a user or a role.
enum Managed {
    Document(Named),
    /// The account does not have the document of AWS's policy with this ARN.
    Undocumented(String),
}

/// The parts of a principal that have policies: the principal itself, and the groups of a user.
struct Holder<'a> {
    /// Pairs of name and document.
    inline: Vec<(&'a str, &'a str)>,
    /// The ARNs of the attached policies.
    attached: Vec<&'a str>,
}

/// Returns the policies of a view of a user, a group or a role, whose types share no trait.
macro_rules! holder {
    ($view:expr) => {
        Holder {
            inline: $view
                .inline_policies
                .iter()
                .map(|policy| (policy.policy_name.as_str(), policy.policy_document.as_str()))
                .collect(),
            attached: $view
                .attached_policies
                .iter()
                .map(|policy| policy.policy_arn.as_str())
                .collect(),
        }
    };
}

impl Rights {
    /// Reads the policies of the holders; `owner` is the word for the principal in sentences.
    fn of(
        state: &IamStateView,
        owner: &str,
        partition: &str,
        holders: &[Holder<'_>],
        boundary: Option<&str>,
    ) -> Self {
        let mut undocumented = Vec::new();
        let policies = Self::read(
            state,
            owner,
            partition,
            holders,
            boundary,
            &mut undocumented,
        );
        Self {
            policies,
            undocumented,
        }
    }

    fn read(
        state: &IamStateView,
        owner: &str,
        partition: &str,
        holders: &[Holder<'_>],
        boundary: Option<&str>,
        undocumented: &mut Vec<String>,
    ) -> Result<Policies, String> {
        let mut identity = Vec::new();
        for holder in holders {
            for (name, document) in &holder.inline {
                identity.push(named(owner, name, &exchanged_text(document, partition))?);
            }
            for arn in &holder.attached {
                match managed(state, owner, &exchanged_text(arn, partition))? {
                    Managed::Document(policy) => identity.push(policy),
                    Managed::Undocumented(arn) => undocumented.push(arn),
                }
            }
        }
        let boundary = boundary
            .map(
                |arn| match managed(state, owner, &exchanged_text(arn, partition))? {
                    Managed::Document(policy) => Ok(policy),
                    // A boundary without a document allows nothing.
                    Managed::Undocumented(arn) => {
                        undocumented.push(arn.clone());
                        named(owner, &arn, NOTHING)
                    }
                },
            )
            .transpose()?;
        Ok(Policies { identity, boundary })
    }
}

/// A policy that grants nothing.
const NOTHING: &str = r#"{ "Version": "2012-10-17", "Statement": [] }"#;

/// An IAM user.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    /// The user's unique id, such as `AIDA…`.
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) rights: Rights,
}

impl User {
    /// Reads a user and the policies of the user and of the user's groups, in a partition.
    pub(super) fn of(state: &IamStateView, partition: &str, name: &str) -> Option<Self> {
        let user = state.users.get(name)?;
        let mut groups: Vec<_> = state
            .groups
            .values()
            .filter(|group| group.members.iter().any(|member| member == name))
            .collect();
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        let own = holder!(user);
        let holders: Vec<Holder<'_>> = std::iter::once(own)
            .chain(groups.into_iter().map(|group| holder!(group)))
            .collect();
        let boundary = user.permissions_boundary.as_deref();
        Some(Self {
            name: user.name.clone(),
            id: user.user_id.clone(),
            arn: exchanged_text(&user.arn, partition),
            rights: Rights::of(state, "user", partition, &holders, boundary),
        })
    }
}

/// A role.
#[derive(Debug)]
pub(crate) struct RolePolicies {
    /// The role's unique id, such as `AROA…`.
    pub(crate) id: String,
    pub(crate) max_session_seconds: i64,
    pub(crate) rights: Rights,
    trust: Result<Document, DocumentError>,
}

impl RolePolicies {
    /// Reads the policies of the role with this ARN, whose partition they are in.
    pub(super) fn of(state: &IamStateView, arn: &str) -> Option<Self> {
        let partition = partition_of_arn(arn);
        let embedded_arn = exchanged_text(arn, partition);
        let role = state.roles.values().find(|role| role.arn == embedded_arn)?;
        let boundary = role.permissions_boundary.as_deref();
        Some(Self {
            id: role.role_id.clone(),
            max_session_seconds: role.max_session_duration.into(),
            rights: Rights::of(state, "role", partition, &[holder!(role)], boundary),
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

/// Returns a managed policy for a session, by the ARN that clients see. `Err` is the reason as a
/// sentence.
pub(super) fn session_policy(state: &IamStateView, arn: &str) -> Result<Named, String> {
    match managed(state, "role", arn)? {
        Managed::Document(policy) => Ok(policy),
        Managed::Undocumented(arn) => named("role", &arn, NOTHING),
    }
}

fn managed(state: &IamStateView, owner: &str, arn: &str) -> Result<Managed, String> {
    if aws_managed::is_arn(arn) {
        return Ok(match aws_managed::document(arn) {
            Some(document) => Managed::Document(named(owner, arn, document)?),
            None => Managed::Undocumented(arn.to_owned()),
        });
    }
    let partition = partition_of_arn(arn);
    let policy = state
        .policies
        .get(&exchanged_text(arn, partition))
        .ok_or_else(|| format!("the {owner}'s policy {arn} does not exist in this account"))?;
    let current = policy
        .versions
        .iter()
        .find(|version| version.is_default_version)
        .map_or(&policy.document, |version| &version.document);
    named(owner, arn, &exchanged_text(current, partition)).map(Managed::Document)
}

fn named(owner: &str, name: &str, document: &str) -> Result<Named, String> {
    match Document::identity(document) {
        Ok(document) => Ok(Named {
            name: name.to_owned(),
            document,
        }),
        Err(error) => Err(format!(
            "the {owner}'s policy {name} cannot be read: {error}"
        )),
    }
}
