//! Authorizes requests that are signed with the credentials of a function or of a role's session:
//! each is checked against the policies of the role, and the session's.
//!
//! All other keys belong to the account's root user, who may do everything. Resource policies are
//! not evaluated: a KMS key's policy, for example, is assumed to delegate to IAM, as the default
//! key policy does.

mod record;
mod refusal;
mod required_actions;
mod resources;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_iam::{Context, Decision, Denial, Policies, Principal, Trust};
use local_wire::{ACCOUNT_ID, ApiRequest, Fault, FunctionIdentity, RoleRights, partition};

use crate::iam::{Iam, RolePolicies};
use crate::signers::Signer;
pub(crate) use record::AuthorizationLog;
pub use record::{AuthorizationRecord, Granted};
use required_actions::RequiredAction;
pub(crate) use resources::{Resources, TableKeys};

/// The most bytes of an ARN, or of a resource name in its place.
const MAX_ARN_BYTES: usize = 2_048;

/// Checks requests against the policies of roles and records the decisions.
pub(crate) struct Authorizer {
    iam: Arc<Iam>,
    resources: Resources,
    log: Arc<AuthorizationLog>,
}

impl Authorizer {
    pub(crate) fn new(iam: Arc<Iam>, resources: Resources, log: Arc<AuthorizationLog>) -> Self {
        Self {
            iam,
            resources,
            log,
        }
    }

    /// Checks a request that a function or a session signed.
    pub(crate) async fn check(&self, signer: &Signer, request: &ApiRequest) -> Result<(), Fault> {
        let operation = request.operation.name.as_str();
        let required = required_actions::of(request, operation, &self.resources).await;
        let required = match (required, signer) {
            (Ok(required), _) => required,
            // Functions need few permissions, each with its resource; sessions may need any.
            (Err(_), Signer::Session(_)) if required_actions::has_actions(&request.service) => {
                required_actions::on_any_resource(request, operation)
            }
            (Err(reason), _) => {
                let action = format!("{}:{operation}", request.service);
                self.log.denied(signer.role_arn(), &action, "*", &reason);
                return Err(refusal::unmapped(
                    signer,
                    &request.service,
                    &action,
                    &reason,
                ));
            }
        };
        let passed = match signer {
            Signer::Session(_) => required_actions::passed_role(request, operation),
            // No function of this account passes a role.
            Signer::Function(_) => None,
        };
        for action in required.into_iter().chain(passed) {
            // The function is context only in its own requests, not in requests that Lambda makes
            // on its behalf.
            const SOURCE: &str = "lambda:SourceFunctionArn";
            let context = match signer {
                Signer::Function(identity) => action.context.with(SOURCE, &identity.function_arn),
                Signer::Session(_) => action.context.without(SOURCE),
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
        let length = action.resource.len();
        if length > MAX_ARN_BYTES {
            let reason = format!(
                "because no resource has an ARN of more than {MAX_ARN_BYTES} bytes, and this one would \
                 have {length}"
            );
            self.log
                .denied(signer.role_arn(), &action.action, "*", &reason);
            return Err(reason);
        }
        let decision = self.decision(signer, region, action).await;
        let limited = Self::limits(signer, region, action);
        let limited = limited.and_then(|of| refusal::session_reason(&of, &action.action));
        match refusal::reason(&decision, &action.action).or(limited) {
            None => {
                if let Decision::Allowed(grants) = &decision {
                    self.log
                        .allowed(signer.role_arn(), &action.action, &action.resource, grants);
                }
                Ok(())
            }
            Some(reason) => {
                self.log
                    .denied(signer.role_arn(), &action.action, &action.resource, &reason);
                Err(reason)
            }
        }
    }

    /// Returns the decision of the role's policies.
    async fn decision(&self, signer: &Signer, region: &str, action: &RequiredAction) -> Decision {
        let role = self.iam.role(signer.role_arn()).await;
        match role.as_deref().map(|role| &role.policies) {
            // Sessions of a role that was deleted have no permissions any more.
            None => Decision::Undecided(format!("the role {} does not exist", signer.role_arn())),
            Some(Err(unreadable)) => Decision::Undecided(unreadable.clone()),
            Some(Ok(policies)) => decide(policies, signer, region, action),
        }
    }

    /// Returns the decision of the session policies, which limit the role's; `None` without any.
    fn limits(signer: &Signer, region: &str, action: &RequiredAction) -> Option<Decision> {
        let Signer::Session(session) = signer else {
            return None;
        };
        let policies = Policies {
            identity: session.policies.clone(),
            boundary: None,
        };
        (!session.policies.is_empty()).then(|| decide(&policies, signer, region, action))
    }

    /// Returns the role that a caller assumes; `None` as the caller is the account's administrator.
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
        let administrator = format!("arn:{}:iam::{ACCOUNT_ID}:root", partition(region));
        let caller = signer.map_or_else(|| administrator.clone(), Signer::arn);
        let refused = || refusal::not_assumable(&caller, role_arn);
        let Some(role) = self.iam.role(role_arn).await else {
            return Err(refused());
        };
        let principal = Principal {
            account: ACCOUNT_ID,
            arns: &match signer {
                None => vec![administrator.as_str()],
                Some(signer) => vec![caller.as_str(), signer.role_arn()],
            },
        };
        let own = signer.map_or(administrator.as_str(), Signer::role_arn);
        let known = common_context(own, region, context.clone());
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
        let decision = self.decision(signer, region, &action).await;
        let allowed = match (trust, &decision) {
            (Trust::Absent, _) => false,
            (Trust::Principal, Decision::Denied(Denial::NoIdentityPolicy)) => true,
            (_, decision) => matches!(decision, Decision::Allowed(_)),
        };
        let limited = Self::limits(signer, region, &action);
        let limited = limited.is_none_or(|of| matches!(of, Decision::Allowed(_)));
        match allowed && limited {
            true => Ok(role),
            false => Err(refused()),
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
    let context = common_context(signer.role_arn(), region, action.context.clone());
    policies.decide(local_iam::Request {
        action: &action.action,
        resource: &action.resource,
        context: &context,
    })
}

/// Adds the condition keys that every request has, and those that no request here has.
fn common_context(principal_arn: &str, region: &str, context: Context) -> Context {
    context
        .with("aws:PrincipalAccount", ACCOUNT_ID)
        .with("aws:PrincipalArn", principal_arn)
        .with("aws:PrincipalType", "AssumedRole")
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
        .without("aws:username")
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
