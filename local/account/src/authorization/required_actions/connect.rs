//! Permissions that Amazon Connect's operations require: "Actions, resources, and condition keys for
//! Amazon Connect" in the Service Authorization Reference.

use local_iam::Context;
use local_wire::ApiRequest;
use serde_json::Value;

use super::{RequiredAction, Unmapped, arn, unknown};

/// Members that identify a resource of an instance, with the resource's part in its ARN.
const RESOURCES: [(&str, &str); 13] = [
    ("AgentStatusId", "agent-state"),
    ("ContactFlowId", "contact-flow"),
    ("ContactFlowModuleId", "flow-module"),
    ("HierarchyGroupId", "agent-group"),
    ("HoursOfOperationId", "operating-hours"),
    ("PromptId", "prompt"),
    ("QueueId", "queue"),
    ("QuickConnectId", "transfer-destination"),
    ("RoutingProfileId", "routing-profile"),
    ("SecurityProfileId", "security-profile"),
    ("TestCaseId", "test-case"),
    ("UserId", "agent"),
    ("VocabularyId", "vocabulary"),
];

/// Operations that create a resource of an instance, with the resource's part in its ARN.
const CREATIONS: [(&str, &str); 13] = [
    ("CreateAgentStatus", "agent-state"),
    ("CreateContactFlow", "contact-flow"),
    ("CreateContactFlowModule", "flow-module"),
    ("CreateHoursOfOperation", "operating-hours"),
    ("CreatePrompt", "prompt"),
    ("CreateQueue", "queue"),
    ("CreateQuickConnect", "transfer-destination"),
    ("CreateRoutingProfile", "routing-profile"),
    ("CreateSecurityProfile", "security-profile"),
    ("CreateTestCase", "test-case"),
    ("CreateUser", "agent"),
    ("CreateUserHierarchyGroup", "agent-group"),
    ("CreateVocabulary", "vocabulary"),
];

/// Operations whose resource is the instance.
const OF_INSTANCE: [&str; 16] = [
    "AssociateBot",
    "AssociateInstanceStorageConfig",
    "AssociateLambdaFunction",
    "AssociateLexBot",
    "DeleteInstance",
    "DescribeInstance",
    "DescribeInstanceAttribute",
    "DescribeInstanceStorageConfig",
    "DisassociateBot",
    "DisassociateInstanceStorageConfig",
    "DisassociateLambdaFunction",
    "DisassociateLexBot",
    "ListInstanceAttributes",
    "ListInstanceStorageConfigs",
    "UpdateInstanceAttribute",
    "UpdateInstanceStorageConfig",
];

pub(super) fn required(request: &ApiRequest) -> Result<Vec<RequiredAction>, Unmapped> {
    let operation = request.operation.name.as_str();
    let action = format!("connect:{operation}");
    let region = &request.region;
    let on = |resource: String, context: Context| {
        RequiredAction::new(action.clone(), resource).given(context)
    };
    if matches!(
        operation,
        "ListTagsForResource" | "TagResource" | "UntagResource"
    ) {
        let tagged = request.path("resourceArn").to_owned();
        return Ok(vec![on(tagged, Context::new())]);
    }
    let members = request.members().unwrap_or_default();
    let mut required = Vec::new();
    let instance = match request.path("InstanceId") {
        "" => members["InstanceId"].as_str().unwrap_or_default(),
        in_path => in_path,
    };
    let context = match instance {
        "" => Context::new(),
        id => Context::new().with("connect:InstanceId", last(id)),
    };
    let phone_number = request.path("PhoneNumberId");
    if !phone_number.is_empty() {
        let resource = arn(
            "connect",
            region,
            &format!("phone-number/{}", last(phone_number)),
        );
        required.push(on(resource, context.clone()));
    }
    if !instance.is_empty() {
        let whole = format!("instance/{}", last(instance));
        let part = |kind: &str, id: &str| {
            let id = id.split(':').next().unwrap_or(id);
            arn("connect", region, &format!("{whole}/{kind}/{id}"))
        };
        if OF_INSTANCE.contains(&operation) {
            required.push(on(arn("connect", region, &whole), context.clone()));
        }
        if let Some((_, kind)) = CREATIONS.iter().find(|(name, _)| *name == operation) {
            required.push(on(part(kind, "*"), context.clone()));
        }
        for (member, kind) in RESOURCES {
            let listed = members[format!("{member}s")]
                .as_array()
                .into_iter()
                .flatten();
            let given = std::iter::once(&members[member]).chain(listed);
            let ids = given.filter_map(Value::as_str);
            let in_path = Some(request.path(member)).filter(|id| !id.is_empty());
            for id in ids.chain(in_path) {
                required.push(on(part(kind, last(id)), context.clone()));
            }
        }
    }
    match required.is_empty() {
        true => Err(unknown("connect", operation)),
        false => Ok(required),
    }
}

/// Returns the id at the end of an ARN, or the id itself.
fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
