//! Permissions that Lambda's operations require: "Actions, resources, and condition keys for AWS
//! Lambda" in the Service Authorization Reference.

use local_wire::ApiRequest;

use super::{RequiredAction, Unmapped, arn, body, text, unknown};

/// Operations that are not named as their actions are.
const OTHER_NAMES: [(&str, &str); 2] = [
    ("Invoke", "InvokeFunction"),
    ("InvokeWithResponseStream", "InvokeFunction"),
];

/// Operations without a resource.
const WITHOUT_RESOURCE: [&str; 2] = ["GetAccountSettings", "ListFunctions"];

pub(super) fn required(request: &ApiRequest) -> Result<Vec<RequiredAction>, Unmapped> {
    let operation = request.operation.name.as_str();
    let other = OTHER_NAMES.iter().find(|(name, _)| *name == operation);
    let action = format!("lambda:{}", other.map_or(operation, |(_, action)| *action));
    if WITHOUT_RESOURCE.contains(&operation) {
        return Ok(vec![RequiredAction::new(action, "*")]);
    }
    let tagged = request.path("Resource");
    if !tagged.is_empty() {
        return Ok(vec![RequiredAction::new(action, tagged)]);
    }
    let name = match request.path("FunctionName") {
        "" if operation == "CreateFunction" => text(&body(request)?, "FunctionName")?.to_owned(),
        "" => return Err(unknown("lambda", operation)),
        in_path => in_path.to_owned(),
    };
    let qualifier = request.query("Qualifier");
    let resource = function_arn(&request.region, &name, qualifier.as_deref());
    Ok(vec![RequiredAction::new(action, resource)])
}

/// Returns the ARN of a function that is given by name, by a part of its ARN or by its ARN, each of
/// which may end with a qualifier.
fn function_arn(region: &str, name: &str, qualifier: Option<&str>) -> String {
    const FUNCTION: &str = "function:";
    let (prefix, name) = match name.rsplit_once(FUNCTION) {
        Some((before, name)) if before.starts_with("arn:") => (format!("{before}{FUNCTION}"), name),
        Some((_, name)) => (arn("lambda", region, FUNCTION), name),
        None => (arn("lambda", region, FUNCTION), name),
    };
    match qualifier {
        Some(qualifier) if !name.contains(':') => format!("{prefix}{name}:{qualifier}"),
        _ => format!("{prefix}{name}"),
    }
}
