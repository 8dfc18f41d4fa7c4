//! Permissions of the operations whose resources the account does not determine. They are required
//! on all resources, which a statement for some of them does not allow.

use local_wire::ApiRequest;

use super::{RequiredAction, Unmapped};

/// Returns the action that has the name of a request's operation, on all resources.
pub(super) fn required(
    request: &ApiRequest,
    reason: Unmapped,
) -> Result<Vec<RequiredAction>, Unmapped> {
    let prefix = match request.service.as_str() {
        // The operations of S3 are not named as its actions are.
        "s3" => return Err(reason),
        "monitoring" => "cloudwatch",
        other => other,
    };
    let operation = &request.operation.name;
    Ok(vec![unspecific(format!("{prefix}:{operation}"))])
}

pub(super) fn unspecific(action: impl Into<String>) -> RequiredAction {
    RequiredAction {
        is_resource_known: false,
        ..RequiredAction::new(action, "*")
    }
}
