//! Authorizes the requests of functions: every request that carries a function's credentials is
//! checked against the policies of its role.
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
use local_iam::{Context, Decision};
use local_wire::{ACCOUNT_ID, ApiRequest, Fault, FunctionIdentity, RoleRights};

use crate::iam::Iam;
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

    /// Checks a request that a function signed.
    pub(crate) async fn check(
        &self,
        identity: &FunctionIdentity,
        request: &ApiRequest,
    ) -> Result<(), Fault> {
        let operation = request.operation.name.as_str();
        let required = match required_actions::of(request, operation, &self.resources).await {
            Ok(required) => required,
            Err(reason) => {
                let action = format!("{}:{operation}", request.service);
                self.log.denied(&identity.role_arn, &action, "*", &reason);
                return Err(refusal::unmapped(
                    identity,
                    &request.service,
                    &action,
                    &reason,
                ));
            }
        };
        for action in required {
            // The function is context only in its own requests, not in requests that Lambda makes
            // on its behalf.
            let action = RequiredAction {
                context: action
                    .context
                    .with("lambda:SourceFunctionArn", &identity.function_arn),
                ..action
            };
            self.decide(identity, &request.region, &action)
                .await
                .map_err(|reason| refusal::denied(identity, &request.service, &action, &reason))?;
        }
        Ok(())
    }

    /// Decides about one action. `Err` is the reason of the refusal, in AWS's words.
    ///
    /// Matching a policy takes time that grows with the length of the pattern and of the resource,
    /// so a name that no resource can have is not matched.
    async fn decide(
        &self,
        identity: &FunctionIdentity,
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
                .denied(&identity.role_arn, &action.action, "*", &reason);
            return Err(reason);
        }
        let context = common_context(identity, region, action.context.clone());
        let role = self.iam.role(&identity.role_arn).await;
        let decision = match role.as_deref().map(|role| &role.policies) {
            // Sessions of a role that was deleted have no permissions any more.
            None => Decision::Undecided(format!("the role {} does not exist", identity.role_arn)),
            Some(Err(unreadable)) => Decision::Undecided(unreadable.clone()),
            Some(Ok(policies)) => policies.decide(local_iam::Request {
                action: &action.action,
                resource: &action.resource,
                context: &context,
            }),
        };
        match refusal::reason(&decision, &action.action) {
            None => {
                if let Decision::Allowed(grants) = &decision {
                    self.log
                        .allowed(&identity.role_arn, &action.action, &action.resource, grants);
                }
                Ok(())
            }
            Some(reason) => {
                self.log.denied(
                    &identity.role_arn,
                    &action.action,
                    &action.resource,
                    &reason,
                );
                Err(reason)
            }
        }
    }
}

/// Adds the condition keys that every request has, and those that no request here has.
fn common_context(identity: &FunctionIdentity, region: &str, context: Context) -> Context {
    context
        .with("aws:PrincipalAccount", ACCOUNT_ID)
        .with("aws:PrincipalArn", &identity.role_arn)
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
            self.decide(identity, region, &required)
                .await
                .map_err(|reason| refusal::denied(identity, service, &required, &reason))
        }
        .boxed()
    }
}
