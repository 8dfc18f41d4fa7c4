//! Permissions that IAM's operations require: "Actions, resources, and condition keys for AWS Identity
//! and Access Management" in the Service Authorization Reference.

use local_iam::Context;
use local_wire::{ACCOUNT_ID, ApiRequest, partition, query};

use super::{RequiredAction, Unmapped, unknown};
use crate::authorization::resources::Resources;
use crate::iam::is_of_caller;
use crate::signers::Signer;

/// Operations without a resource.
const WITHOUT_RESOURCE: [&str; 14] = [
    "CreateAccountAlias",
    "DeleteAccountAlias",
    "GenerateCredentialReport",
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "GetAccountSummary",
    "GetCredentialReport",
    "ListAccountAliases",
    "ListGroups",
    "ListOpenIDConnectProviders",
    "ListPolicies",
    "ListRoles",
    "ListUsers",
    "SimulateCustomPolicy",
];

/// Operations that create what their parameters name.
const CREATIONS: [&str; 5] = [
    "CreateGroup",
    "CreateInstanceProfile",
    "CreatePolicy",
    "CreateRole",
    "CreateUser",
];

pub(super) async fn required(
    request: &ApiRequest,
    signer: &Signer,
    resources: &Resources,
) -> Result<Vec<RequiredAction>, Unmapped> {
    let operation = request.operation.name.as_str();
    let on = |resource: String, context: Context| {
        RequiredAction::new(format!("iam:{operation}"), resource).given(context)
    };
    if WITHOUT_RESOURCE.contains(&operation) {
        return Ok(vec![on("*".to_owned(), Context::new())]);
    }
    let parameter = |name: &str| query::parameter(&request.body, name);
    let partition = partition(&request.region);
    if operation == "CreateServiceLinkedRole" {
        // The service chooses the role's name.
        let service = parameter("AWSServiceName").unwrap_or_default();
        let path = format!("role/aws-service-role/{service}/*");
        let resource = format!("arn:{partition}:iam::{ACCOUNT_ID}:{path}");
        let context = Context::new().with("iam:AWSServiceName", service);
        return Ok(vec![on(resource, context)]);
    }
    let target = if let Some(name) = parameter("RoleName") {
        Some(("role", name))
    } else if let Some(name) = parameter("GroupName") {
        Some(("group", name))
    } else if let Some(name) = parameter("UserName") {
        Some(("user", name))
    } else if let Some(name) = parameter("InstanceProfileName") {
        Some(("instance-profile", name))
    } else if operation == "CreatePolicy" {
        parameter("PolicyName").map(|name| ("policy", name))
    } else {
        None
    };
    let mut context = Context::new();
    let resource = match target {
        Some((kind, name)) => {
            let existing = match CREATIONS.contains(&operation) {
                true => None,
                false => resources.principal(kind, &name, &request.region).await,
            };
            let boundary = parameter("PermissionsBoundary")
                .or_else(|| existing.as_ref().and_then(|found| found.boundary.clone()));
            context = match boundary {
                Some(boundary) => context.with("iam:PermissionsBoundary", boundary),
                None => context.without("iam:PermissionsBoundary"),
            };
            existing.map_or_else(
                || {
                    let path = parameter("Path").unwrap_or_else(|| "/".to_owned());
                    format!("arn:{partition}:iam::{ACCOUNT_ID}:{kind}{path}{name}")
                },
                |found| found.arn,
            )
        }
        None => match (parameter("PolicyArn"), signer) {
            (Some(arn), _) => arn,
            (None, Signer::User(user)) if is_of_caller(operation) => user.arn.clone(),
            _ => return Err(unknown("iam", operation)),
        },
    };
    context = match parameter("PolicyArn") {
        Some(arn) => context.with("iam:PolicyARN", arn),
        None => context.without("iam:PolicyARN"),
    };
    Ok(vec![on(resource, context)])
}
