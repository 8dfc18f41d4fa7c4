//! Operations on resource policies.

use std::sync::Arc;

use local_wire::Serve::Now;
use local_wire::{
    Answer, ApiRequest, Declared, Fault, Outcome, Principal, Serve, delete, get, post,
};
use serde_json::{Map, json};

use super::{Api, answer, input::AddPermission, named};
use crate::{
    faults,
    function::Function,
    names::FunctionRef,
    policy::{self, INVOKE, ServiceCall, Statement},
};

/// The operations that this file serves, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve<Arc<Api>>>] = &[
    post("AddPermission", "/2015-03-31/functions/{FunctionName}/policy", Now(Api::add_permission)).answers(201),
    get("GetPolicy", "/2015-03-31/functions/{FunctionName}/policy", Now(Api::get_policy)),
    delete("RemovePermission", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", Now(Api::remove_permission)).answers(204),
];

/// Lambda's limit for a function's policy, in bytes.
const POLICY_LIMIT: usize = 20_480;
const NO_POLICY: &str = "The resource you requested does not exist.";

impl Api {
    fn add_permission(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let input: AddPermission = request.input()?;
        let valid_sid = !input.statement_id.is_empty()
            && input.statement_id.len() <= 100
            && input
                .statement_id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !valid_sid {
            return Err(faults::constraint(
                &input.statement_id,
                "statementId",
                "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
            ));
        }
        let valid_action = input.action == "*"
            || input.action.strip_prefix("lambda:").is_some_and(|action| {
                action == "*"
                    || (!action.is_empty() && action.bytes().all(|b| b.is_ascii_alphabetic()))
            });
        if !valid_action {
            return Err(faults::constraint(
                &input.action,
                "action",
                "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
            ));
        }
        let Some(principal) = policy::principal(&name.region, &input.principal) else {
            return Err(faults::invalid(
                "The provided principal was invalid. Please check the principal and try again.",
            ));
        };
        let mut equals = Map::new();
        for (key, value) in [
            ("AWS:SourceAccount", input.source_account),
            ("lambda:EventSourceToken", input.event_source_token),
            ("lambda:FunctionUrlAuthType", input.function_url_auth_type),
            ("aws:PrincipalOrgID", input.principal_org_id),
        ] {
            if let Some(value) = value {
                equals.insert(key.into(), value.into());
            }
        }
        let mut condition = Map::new();
        if !equals.is_empty() {
            condition.insert("StringEquals".into(), equals.into());
        }
        if let Some(via_url) = input.invoked_via_function_url {
            condition.insert(
                "Bool".into(),
                json!({ "lambda:InvokedViaFunctionUrl": via_url.to_string() }),
            );
        }
        if let Some(arn) = input.source_arn {
            condition.insert("ArnLike".into(), json!({ "AWS:SourceArn": arn }));
        }
        let statement = Statement {
            sid: input.statement_id,
            principal,
            action: input.action,
            resource: name.qualified_arn(),
            condition,
        };
        let mut functions = self.functions();
        let policy = functions
            .qualified(&name)?
            .policies
            .entry(Function::policy_key(name.qualifier.as_deref()))
            .or_default();
        if input
            .revision_id
            .is_some_and(|given| given != policy.revision_id)
        {
            return Err(faults::stale_revision("GetPolicy"));
        }
        if policy.find(&statement.sid).is_some() {
            return Err(faults::conflict(format!(
                "The statement id ({}) provided already exists. Please provide a new statement \
                 id, or remove the existing statement.",
                statement.sid
            )));
        }
        let document = statement.document().to_string();
        // Plus the comma between two statements.
        let size = policy.document().to_string().len()
            + document.len()
            + usize::from(!policy.statements.is_empty());
        if size > POLICY_LIMIT {
            return Err(Fault::new(
                400,
                "PolicyLengthExceededException",
                format!(
                    "The final policy size ({size}) is bigger than the limit ({POLICY_LIMIT})."
                ),
            ));
        }
        policy.add(statement);
        answer(json!({ "Statement": document }))
    }

    fn get_policy(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let mut functions = self.functions();
        let policy = functions
            .qualified(&name)?
            .policies
            .get(&Function::policy_key(name.qualifier.as_deref()))
            .filter(|policy| !policy.statements.is_empty())
            .ok_or_else(|| faults::not_found(NO_POLICY))?;
        let shape = json!({
            "Policy": policy.document().to_string(),
            "RevisionId": policy.revision_id,
        });
        Ok(shape.into())
    }

    fn remove_permission(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let sid = request.path("StatementId");
        let mut functions = self.functions();
        let policy = functions
            .qualified(&name)?
            .policies
            .get_mut(&Function::policy_key(name.qualifier.as_deref()))
            .filter(|policy| !policy.statements.is_empty())
            .ok_or_else(|| faults::not_found("No policy is associated with the given resource."))?;
        if request
            .query("RevisionId")
            .is_some_and(|given| given != policy.revision_id)
        {
            return Err(faults::stale_revision("GetPolicy"));
        }
        if !policy.remove(sid) {
            return Err(faults::not_found(format!(
                "Statement {sid} is not found in resource policy."
            )));
        }
        Ok(Answer::nothing())
    }

    /// Allows a principal to invoke a function. An existing statement with this id is replaced.
    pub(crate) fn grant_invoke(
        &self,
        function: &FunctionRef,
        sid: &str,
        principal: &Principal,
    ) -> Result<(), Fault> {
        let (principal, condition) = match principal {
            Principal::Account => (
                policy::principal(&function.region, local_wire::ACCOUNT_ID),
                Map::new(),
            ),
            Principal::Service {
                name,
                source_arn,
                source_account,
            } => {
                let mut condition = Map::new();
                condition.insert(
                    "StringEquals".into(),
                    json!({ "AWS:SourceAccount": source_account }),
                );
                condition.insert("ArnLike".into(), json!({ "AWS:SourceArn": source_arn }));
                (policy::principal(&function.region, name), condition)
            }
        };
        let statement = Statement {
            sid: sid.to_owned(),
            principal: principal
                .ok_or_else(|| faults::invalid("The provided principal was invalid."))?,
            action: INVOKE.into(),
            resource: function.qualified_arn(),
            condition,
        };
        let mut functions = self.functions();
        let policy = functions
            .qualified(function)?
            .policies
            .entry(Function::policy_key(function.qualifier.as_deref()))
            .or_default();
        if policy.find(sid) != Some(&statement) {
            policy.remove(sid);
            policy.add(statement);
        }
        Ok(())
    }

    /// Removes a statement that [`grant_invoke`](Self::grant_invoke) has added.
    pub(crate) fn revoke_invoke(&self, name: &FunctionRef, sid: &str) {
        if let Ok(function) = self.functions().get(name)
            && let Some(policy) = function
                .policies
                .get_mut(&Function::policy_key(name.qualifier.as_deref()))
        {
            policy.remove(sid);
        }
    }

    /// Checks that the resource policy of a function allows a principal to invoke it.
    pub(super) fn authorize(
        function: &Function,
        name: &FunctionRef,
        principal: &Principal,
    ) -> Result<(), Fault> {
        let Principal::Service {
            name: service,
            source_arn,
            source_account,
        } = principal
        else {
            return Ok(());
        };
        let call = ServiceCall {
            principal: service,
            source_arn,
            source_account,
        };
        let allowed = function
            .policies
            .get(&Function::policy_key(name.qualifier.as_deref()))
            .is_some_and(|policy| policy.allows(call));
        if allowed {
            return Ok(());
        }
        Err(Fault::new(
            403,
            "AccessDeniedException",
            format!(
                "User: {service} is not authorized to perform: {INVOKE} on resource: {} because \
                 no resource-based policy allows the {INVOKE} action for {source_arn}",
                name.qualified_arn()
            ),
        ))
    }
}
