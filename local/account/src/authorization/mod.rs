//! Authorizes requests that are signed with the credentials of a function, of a role's session or
//! of a user: each is checked against the policies of the role or the user, and the session's.
//!
//! The account's root user may do everything. Resource policies are not evaluated: a KMS key's
//! policy, for example, is assumed to delegate to IAM, as the default key policy does.

mod record;
mod refusal;
mod required_actions;
mod resources;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_iam::{Context, Decision, Denial, Policies, Principal, Trust};
use local_wire::{ACCOUNT_ID, ApiRequest, Fault, FunctionIdentity, RoleRights, partition};

use crate::blocking::Blocking;
use crate::iam::{Iam, Rights, RolePolicies, User};
use crate::signers::Signer;
pub(crate) use record::AuthorizationLog;
pub use record::{AuthorizationRecord, Granted};
use required_actions::RequiredAction;
pub(crate) use resources::{Resources, TableKeys};

/// The most bytes of an ARN, or of a resource name in its place.
const MAX_ARN_BYTES: usize = 2_048;

/// The most character comparisons of an evaluation on a thread that serves requests. An evaluation
/// has as many as the product of the policies' size and the length of what they are matched with.
const MAX_COMPARISONS: usize = 4_000_000;

/// Checks requests against the policies of roles and users, and records the decisions.
pub(crate) struct Authorizer {
    iam: Arc<Iam>,
    resources: Resources,
    log: Arc<AuthorizationLog>,
    /// Evaluates long policies.
    blocking: Blocking,
}

impl Authorizer {
    pub(crate) fn new(iam: Arc<Iam>, resources: Resources, log: Arc<AuthorizationLog>) -> Self {
        Self {
            iam,
            resources,
            log,
            blocking: Blocking::default(),
        }
    }

    /// Checks a request that a function, a session or a user signed.
    pub(crate) async fn check(&self, signer: &Signer, request: &ApiRequest) -> Result<(), Fault> {
        let operation = request.operation.name.as_str();
        let required = match required_actions::of(request, signer, &self.resources).await {
            Ok(required) => required,
            Err(reason) => {
                let action = format!("{}:{operation}", request.service);
                self.log
                    .denied(signer.principal_arn(), &action, "*", &reason);
                return Err(refusal::unmapped(
                    signer,
                    &request.service,
                    &action,
                    &reason,
                ));
            }
        };
        for action in required {
            // The function is context only in its own requests, not in requests that Lambda makes
            // on its behalf.
            const SOURCE: &str = "lambda:SourceFunctionArn";
            let context = match signer {
                Signer::Function(identity) => action.context.with(SOURCE, &identity.function_arn),
                Signer::Session(_) | Signer::User(_) => action.context.without(SOURCE),
            };
            let action = RequiredAction { context, ..action };
            self.decide(signer, &request.region, &action)
                .await
                .map_err(|reason| refusal::denied(signer, &request.service, &action, &reason))?;
        }
        Ok(())
    }

    /// Decides about one action. `Err` is the reason of the refusal, in AWS's words.
    ///
    /// Matching a policy takes time that grows with the length of the pattern and of the resource,
    /// so a name that no resource can have is not matched.
    async fn decide(
        &self,
        signer: &Signer,
        region: &str,
        action: &RequiredAction,
    ) -> Result<(), String> {
        let principal = signer.principal_arn();
        let length = action.resource.len();
        if length > MAX_ARN_BYTES {
            let reason = format!(
                "because no resource has an ARN of more than {MAX_ARN_BYTES} bytes, and this one would \
                 have {length}"
            );
            self.log.denied(principal, &action.action, "*", &reason);
            return Err(reason);
        }
        let decision = self.decision(signer, region, action).await;
        let limited = self.limits(signer, region, action).await;
        let limited = limited.and_then(|of| refusal::session_reason(&of, &action.action));
        let reason = refusal::reason(&decision.decision, &action.action)
            .map(|reason| refusal::naming(reason, &decision))
            .or(limited);
        match reason {
            None => {
                if let Decision::Allowed(grants) = &decision.decision {
                    self.log
                        .allowed(principal, &action.action, &action.resource, grants);
                }
                Ok(())
            }
            Some(reason) => {
                self.log
                    .denied(principal, &action.action, &action.resource, &reason);
                Err(reason)
            }
        }
    }

    /// Returns the decision of the policies of the role or the user.
    async fn decision(&self, signer: &Signer, region: &str, action: &RequiredAction) -> Decided {
        let rights = match signer {
            Signer::User(user) => Some(HeldRights::User(Arc::clone(user))),
            Signer::Function(_) | Signer::Session(_) => {
                let role = self.iam.role(signer.principal_arn()).await;
                role.map(HeldRights::Role)
            }
        };
        let Some(rights) = rights else {
            // Sessions of a role that was deleted have no permissions any more.
            let role = signer.principal_arn();
            return Decided::undecided(format!("the role {role} does not exist"));
        };
        let undocumented = rights.get().undocumented.clone();
        let decision = match &rights.get().policies {
            Err(unreadable) => Decision::Undecided(unreadable.clone()),
            Ok(policies) => {
                let size = policies.size();
                let decide = {
                    let (signer, region, action) =
                        (signer.clone(), region.to_owned(), action.clone());
                    move || match &rights.get().policies {
                        Ok(policies) => decide(policies, &signer, &region, &action),
                        Err(unreadable) => Decision::Undecided(unreadable.clone()),
                    }
                };
                self.evaluate(size, action, decide).await
            }
        };
        Decided {
            decision,
            undocumented,
        }
    }

    /// Evaluates policies of a size in characters. What takes long is done on another thread, so
    /// that no policy blocks the account.
    async fn evaluate(
        &self,
        size: usize,
        action: &RequiredAction,
        decide: impl FnOnce() -> Decision + Send + 'static,
    ) -> Decision {
        let length = action.resource.len().max(action.action.len());
        if size.saturating_mul(length) <= MAX_COMPARISONS {
            return decide();
        }
        match self.blocking.run(decide).await {
            Ok(decision) => decision,
            Err(stopping) => Decision::Undecided(stopping.message),
        }
    }

    /// Returns the decision of the session policies, which limit the role's; `None` without any.
    async fn limits(
        &self,
        signer: &Signer,
        region: &str,
        action: &RequiredAction,
    ) -> Option<Decision> {
        let Signer::Session(session) = signer else {
            return None;
        };
        if session.policies.is_empty() {
            return None;
        }
        let policies = Policies {
            identity: session.policies.clone(),
            boundary: None,
        };
        let size = policies.size();
        let (signer, region, of) = (signer.clone(), region.to_owned(), action.clone());
        let decide = move || decide(&policies, &signer, &region, &of);
        Some(self.evaluate(size, action, decide).await)
    }

    /// Returns the role that a caller assumes; `None` as the caller is the account's root user.
    ///
    /// The role must trust the caller, or the caller's account and the caller's own policies allow
    /// it: "Policy evaluation for requests within a single account" in the IAM User Guide.
    ///
    /// # Errors
    /// `AccessDenied`, in AWS's words.
    pub(crate) async fn assume(
        &self,
        signer: Option<&Signer>,
        region: &str,
        role_arn: &str,
        context: Context,
    ) -> Result<Arc<RolePolicies>, Fault> {
        let root = format!("arn:{}:iam::{ACCOUNT_ID}:root", partition(region));
        let caller = signer.map_or_else(|| root.clone(), Signer::arn);
        let refused = || refusal::not_assumable(&caller, role_arn);
        let Some(role) = self.iam.role(role_arn).await else {
            return Err(refused());
        };
        let principal = Principal {
            account: ACCOUNT_ID,
            arns: &match signer {
                None => vec![root.as_str()],
                Some(signer) => vec![caller.as_str(), signer.principal_arn()],
            },
        };
        let known = match signer {
            None => {
                common_context(&root, region, context.clone()).with("aws:PrincipalType", "Account")
            }
            Some(signer) => principal_context(signer, region, context.clone()),
        };
        let trust = role.trust_in(principal, &known);
        let Some(signer) = signer else {
            return match trust {
                Trust::Absent => Err(refused()),
                Trust::Account | Trust::Principal => Ok(role),
            };
        };
        let action = RequiredAction {
            context,
            ..RequiredAction::new("sts:AssumeRole", role_arn)
        };
        let decision = self.decision(signer, region, &action).await.decision;
        let allowed = match (trust, &decision) {
            (Trust::Absent, _) => false,
            (Trust::Principal, Decision::Denied(Denial::NoIdentityPolicy)) => true,
            (_, decision) => matches!(decision, Decision::Allowed(_)),
        };
        let limited = self.limits(signer, region, &action).await;
        let limited = limited.is_none_or(|of| matches!(of, Decision::Allowed(_)));
        match allowed && limited {
            true => Ok(role),
            false => Err(refused()),
        }
    }
}

/// The rights of a principal, kept while they are evaluated.
enum HeldRights {
    User(Arc<User>),
    Role(Arc<RolePolicies>),
}

impl HeldRights {
    fn get(&self) -> &Rights {
        match self {
            Self::User(user) => &user.rights,
            Self::Role(role) => &role.rights,
        }
    }
}

/// The decision of a principal's policies.
struct Decided {
    decision: Decision,
    /// The ARNs of the principal's policies of AWS whose documents the account does not have.
    undocumented: Vec<String>,
}

impl Decided {
    fn undecided(reason: String) -> Self {
        Self {
            decision: Decision::Undecided(reason),
            undocumented: Vec::new(),
        }
    }
}

fn decide(policies: &Policies, signer: &Signer, region: &str, action: &RequiredAction) -> Decision {
    if !action.is_resource_known && policies.denies_some_resources(&action.action) {
        return Decision::Undecided(format!(
            "a statement denies {} on some resources, and the local account does not know the \
             request's",
            action.action
        ));
    }
    let context = principal_context(signer, region, action.context.clone());
    policies.decide(local_iam::Request {
        action: &action.action,
        resource: &action.resource,
        context: &context,
    })
}

/// Adds the condition keys of a request that a principal signed. "AWS global condition context
/// keys" in the IAM User Guide.
fn principal_context(signer: &Signer, region: &str, context: Context) -> Context {
    let context = common_context(signer.principal_arn(), region, context);
    match signer {
        Signer::Function(_) | Signer::Session(_) => context
            .with("aws:PrincipalType", "AssumedRole")
            .without("aws:username"),
        Signer::User(user) => context
            .with("aws:PrincipalType", "User")
            .with("aws:userid", &user.id)
            .with("aws:username", &user.name),
    }
}

/// Adds the condition keys that every request has, and those that no request here has.
fn common_context(principal_arn: &str, region: &str, context: Context) -> Context {
    context
        .with("aws:PrincipalAccount", ACCOUNT_ID)
        .with("aws:PrincipalArn", principal_arn)
        .with("aws:PrincipalIsAWSService", "false")
        .with("aws:RequestedRegion", region)
        .with("aws:ResourceAccount", ACCOUNT_ID)
        // This machine stands in for AWS, whose endpoints functions reach over TLS.
        .with("aws:SecureTransport", "true")
        .without("aws:CalledVia")
        .without("aws:CalledViaFirst")
        .without("aws:CalledViaLast")
        .without("aws:MultiFactorAuthPresent")
        .without("aws:SourceAccount")
        .without("aws:SourceArn")
        .without("aws:SourceVpc")
        .without("aws:SourceVpce")
}

impl RoleRights for Authorizer {
    fn assumable<'a>(
        &'a self,
        role_arn: &'a str,
        service: &'a str,
        source_arn: &'a str,
    ) -> BoxFuture<'a, bool> {
        async move {
            self.iam
                .role(role_arn)
                .await
                .is_some_and(|role| role.trusts(service, ACCOUNT_ID, source_arn))
        }
        .boxed()
    }

    fn authorize<'a>(
        &'a self,
        identity: &'a FunctionIdentity,
        region: &'a str,
        action: &'a str,
        resource: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let required = RequiredAction::new(action, resource);
            let service = action.split(':').next().unwrap_or_default();
            let signer = Signer::Function(identity.clone());
            self.decide(&signer, region, &required)
                .await
                .map_err(|reason| refusal::denied(&signer, service, &required, &reason))
        }
        .boxed()
    }
}
