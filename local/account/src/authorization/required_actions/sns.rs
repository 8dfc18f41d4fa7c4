//! Permissions that SNS's operations require. SNS writes its own name in capitals in refusals.

use local_wire::{Request, query};

use super::{RequiredAction, Unmapped, arn, unknown};

pub(super) fn required(
    request: &Request,
    operation: &str,
) -> Result<Vec<RequiredAction>, Unmapped> {
    let parameter = |name: &str| query::parameter(&request.body, name);
    let given = |names: &[&str]| names.iter().find_map(|name| parameter(name));
    let (action, resource) = match operation {
        // The resource of a text message is its destination number.
        "Publish" => ("Publish", given(&["TopicArn", "TargetArn", "PhoneNumber"])),
        "PublishBatch" => ("Publish", given(&["TopicArn"])),
        "CreateTopic" => (
            operation,
            parameter("Name").map(|name| arn("sns", &request.region, &name)),
        ),
        "DeleteTopic"
        | "GetTopicAttributes"
        | "ListSubscriptionsByTopic"
        | "SetTopicAttributes"
        | "Subscribe" => (operation, given(&["TopicArn"])),
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            (operation, given(&["ResourceArn"]))
        }
        "CheckIfPhoneNumberIsOptedOut"
        | "GetSMSAttributes"
        | "GetSMSSandboxAccountStatus"
        | "ListPhoneNumbersOptedOut"
        | "ListTopics"
        | "OptInPhoneNumber"
        | "SetSMSAttributes" => (operation, Some(arn("sns", &request.region, "*"))),
        _ => return Err(unknown("sns", operation)),
    };
    let resource = resource.ok_or_else(|| {
        format!("the request to {operation} names no topic, target or phone number")
    })?;
    Ok(vec![RequiredAction::new(format!("SNS:{action}"), resource)])
}
