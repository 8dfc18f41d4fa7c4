//! The numbers of the account as a caller chooses one of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state::{Instance, PhoneNumber, Reading};

/// A claimed number, with the instance, the flow and the functions that answer it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimedNumber {
    /// The number in E.164.
    pub number: String,
    /// The Region of the instance.
    pub region: String,
    /// The alias of the instance.
    pub instance_alias: String,
    /// The name of the flow that answers; absent for a number without one.
    pub flow_name: Option<String>,
    /// The functions that the published flow invokes, by name, or `name:alias` where the flow names a
    /// version or an alias. A flow that reads the ARN from an attribute names none.
    pub functions: Vec<String>,
}

impl ClaimedNumber {
    pub(crate) fn of(region: &str, instance: &Instance, number: &PhoneNumber) -> Self {
        let flow_id = number.flow_id.as_deref();
        let mut flows = instance.flows.iter();
        let flow = flow_id.and_then(|id| flows.find(|flow| flow.id == id));
        Self {
            number: number.number.clone(),
            region: region.to_owned(),
            instance_alias: instance.alias.clone(),
            flow_name: flow.map(|flow| flow.name.clone()),
            // A flow that is only a draft answers no call.
            functions: flow
                .and_then(|flow| flow.content(Reading::Published).ok())
                .map(invoked)
                .unwrap_or_default(),
        }
    }
}

/// Returns the functions that a flow names, each once, in the order of its blocks. The block and its
/// parameter are those of the Amazon Connect Flow language, "InvokeLambdaFunction".
fn invoked(content: &str) -> Vec<String> {
    // Content was parsed when it was published.
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    let blocks = content["Actions"].as_array().into_iter().flatten();
    let mut found: Vec<String> = Vec::new();
    for block in blocks.filter(|block| block["Type"] == "InvokeLambdaFunction") {
        let arn = block["Parameters"]["LambdaFunctionARN"].as_str();
        if let Some(name) = arn.and_then(function_name)
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    found
}

/// Returns the part of a function's ARN behind `:function:`, which is the name and the qualifier.
fn function_name(arn: &str) -> Option<String> {
    let (_, name) = arn.split_once(":function:")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The form of the ARNs is that of "Resources and conditions for Lambda actions" in the developer
    /// guide of Lambda.
    #[test]
    fn a_flow_names_its_functions_once_with_their_aliases() {
        let invoke = |arn: &str| json!({ "Type": "InvokeLambdaFunction", "Parameters": { "LambdaFunctionARN": arn } });
        let content = json!({ "Actions": [
            invoke("arn:aws:lambda:ap-northeast-1:123456789012:function:spring"),
            invoke("arn:aws:lambda:ap-northeast-1:123456789012:function:hours:live"),
            invoke("arn:aws:lambda:ap-northeast-1:123456789012:function:spring"),
            invoke("$.Attributes.function"),
            { "Type": "DisconnectParticipant", "Parameters": {} },
        ] });
        assert_eq!(invoked(&content.to_string()), ["spring", "hours:live"]);
    }
}
