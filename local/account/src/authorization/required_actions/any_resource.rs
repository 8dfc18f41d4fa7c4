//! Permissions of the operations whose resources the account does not determine. They are required
//! on all resources, which a statement for some of them does not allow.

use local_iam::Context;
use local_wire::{Request, query};

use super::{RequiredAction, body};

const PASS_ROLE: &str = "iam:PassRole";

/// Operations that need other actions than the one of their own name, from the tables of AWS's
/// Service Authorization Reference.
const ACTIONS: [(&str, &str, &[&str]); 3] = [
    ("lambda", "Invoke", &["lambda:InvokeFunction"]),
    // Dependent actions in Amazon Connect's table: Connect writes the function's policy.
    (
        "connect",
        "AssociateLambdaFunction",
        &["connect:AssociateLambdaFunction", "lambda:AddPermission"],
    ),
    (
        "connect",
        "DisassociateLambdaFunction",
        &[
            "connect:DisassociateLambdaFunction",
            "lambda:RemovePermission",
        ],
    ),
];

/// Reports whether the operations of a service are named as its actions are. Those of S3 are not.
pub(in crate::authorization) fn has_actions(service: &str) -> bool {
    service != "s3"
}

/// Returns the actions that a request requires on all resources.
pub(in crate::authorization) fn on_any_resource(
    request: &Request,
    operation: &str,
) -> Vec<RequiredAction> {
    let service = request.service.as_str();
    let of_operation = ACTIONS
        .iter()
        .find(|(of, name, _)| *of == service && *name == operation);
    match of_operation {
        Some((_, _, actions)) => actions.iter().map(|&action| unspecific(action)).collect(),
        None => {
            let prefix = match service {
                "monitoring" => "cloudwatch",
                other => other,
            };
            vec![unspecific(&format!("{prefix}:{operation}"))]
        }
    }
}

fn unspecific(action: &str) -> RequiredAction {
    RequiredAction {
        is_resource_known: false,
        ..RequiredAction::new(action, "*")
    }
}

/// Returns the permission to pass the role that a request gives to a service: "Granting a user
/// permissions to pass a role to an AWS service" in the IAM User Guide.
pub(in crate::authorization) fn passed_role(
    request: &Request,
    operation: &str,
) -> Option<RequiredAction> {
    let (role, receiver) = match (request.service.as_str(), operation) {
        ("lambda", "CreateFunction" | "UpdateFunctionConfiguration") => {
            let role = body(request).ok()?["Role"].as_str()?.to_owned();
            (role, "lambda.amazonaws.com")
        }
        ("sns", "SetSMSAttributes") => (delivery_role(&request.body)?, "sns.amazonaws.com"),
        _ => return None,
    };
    let context = Context::new()
        .with("iam:PassedToService", receiver)
        .without("iam:AssociatedResourceArn");
    Some(RequiredAction::new(PASS_ROLE, role).given(context))
}

/// Returns the role among the SMS settings of a form.
fn delivery_role(form: &[u8]) -> Option<String> {
    let pairs = query::pairs(form);
    let (name, _) = pairs
        .iter()
        .find(|(_, value)| value == "DeliveryStatusIAMRole")?;
    let value = format!("{}.value", name.strip_suffix(".key")?);
    let (_, role) = pairs.iter().find(|(name, _)| *name == value)?;
    (!role.is_empty()).then(|| role.clone())
}
