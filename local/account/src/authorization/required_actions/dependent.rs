//! Permissions that a request requires besides the one of its operation.

use local_iam::Context;
use local_wire::{ApiRequest, query};
use serde_json::Value;

use super::any_resource::unspecific;
use super::{RequiredAction, body};

const PASS_ROLE: &str = "iam:PassRole";

/// The permission to tag, which the creation of a resource with tags requires besides its own. From
/// the descriptions of `Tags` in the API references of IAM, KMS, Lambda, CloudWatch, CloudWatch Logs,
/// SNS, DynamoDB and Systems Manager.
const TAGGED: [(&str, &str, &str); 12] = [
    ("dynamodb", "CreateTable", "dynamodb:TagResource"),
    (
        "firehose",
        "CreateDeliveryStream",
        "firehose:TagDeliveryStream",
    ),
    ("iam", "CreatePolicy", "iam:TagPolicy"),
    ("iam", "CreateRole", "iam:TagRole"),
    ("iam", "CreateUser", "iam:TagUser"),
    ("kms", "CreateKey", "kms:TagResource"),
    ("lambda", "CreateFunction", "lambda:TagResource"),
    ("logs", "CreateLogGroup", "logs:TagResource"),
    ("monitoring", "PutCompositeAlarm", "cloudwatch:TagResource"),
    ("monitoring", "PutMetricAlarm", "cloudwatch:TagResource"),
    ("sns", "CreateTopic", "SNS:TagResource"),
    ("ssm", "PutParameter", "ssm:AddTagsToResource"),
];

/// Dependent actions in Amazon Connect's table of the Service Authorization Reference: Connect
/// writes the function's policy.
const OF_CONNECT: [(&str, &str); 2] = [
    ("AssociateLambdaFunction", "lambda:AddPermission"),
    ("DisassociateLambdaFunction", "lambda:RemovePermission"),
];

/// Adds the actions that a request requires besides those of its operation.
pub(super) fn add(request: &ApiRequest, required: &mut Vec<RequiredAction>) {
    let service = request.service.as_str();
    let operation = request.operation.name.as_str();
    let tagging = TAGGED
        .iter()
        .find(|(of, name, _)| *of == service && *name == operation);
    if let Some((_, _, action)) = tagging
        && has_tags(request)
    {
        let tagging = required.first().map(|created| RequiredAction {
            action: (*action).to_owned(),
            ..created.clone()
        });
        required.extend(tagging);
    }
    if service == "connect"
        && let Some((_, action)) = OF_CONNECT.iter().find(|(name, _)| *name == operation)
    {
        required.push(written_policy(request, action));
    }
    required.extend(passed_role(request));
}

/// Returns the action on the function whose policy Connect writes.
fn written_policy(request: &ApiRequest, action: &str) -> RequiredAction {
    let in_query = || request.query("functionArn");
    let in_body = || Some(body(request).ok()?["FunctionArn"].as_str()?.to_owned());
    match in_body().or_else(in_query) {
        Some(function) => RequiredAction::new(action, function),
        None => unspecific(action),
    }
}

fn has_tags(request: &ApiRequest) -> bool {
    let Ok(members) = request.members() else {
        // The service refuses a request that cannot be read.
        return false;
    };
    let given = |value: &Value| match value {
        Value::Array(tags) => !tags.is_empty(),
        Value::Object(tags) => !tags.is_empty(),
        _ => false,
    };
    given(&members["Tags"]) || given(&members["tags"])
}

/// Returns the permission to pass the role that a request gives to a service: "Granting a user
/// permissions to pass a role to an AWS service" in the IAM User Guide.
fn passed_role(request: &ApiRequest) -> Option<RequiredAction> {
    let operation = request.operation.name.as_str();
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
