//! The beginning of what a block says, asks or uses.

use connect_flow::without_tags;
use serde_json::{Map, Value};

/// The most characters of an excerpt.
const LONGEST: usize = 120;

/// The parameters that an excerpt is taken from, most telling first. A name with a dot is a member of an
/// object.
const TELLING: [&str; 27] = [
    "Text",
    "SSML",
    "LexInitializationData.InitialMessage",
    "PromptId",
    "Media.Uri",
    "ComparisonValue",
    "LambdaFunctionARN",
    "FlowModuleId",
    "ContactFlowId",
    "QueueId",
    "AgentId",
    "ThirdPartyPhoneNumber",
    "CallbackNumber",
    "HoursOfOperationId",
    "MetricType",
    "LoopCount",
    "TextToSpeechVoice",
    "FlowLoggingBehavior",
    "LexV2Bot.AliasArn",
    "LexBot.Name",
    "ViewResource.Id",
    "TimeLimitSeconds",
    "InitialCallDelaySeconds",
    "QueuePriority",
    "LanguageCode",
    "CustomerId",
    "Name",
];

/// The parameters whose entries are shown as `name = value`.
const MAPS: [&str; 5] = [
    "Attributes",
    "FlowAttributes",
    "EventHooks",
    "Tags",
    "ResultData",
];

/// Returns the beginning of the most telling parameter on one line; empty if there is none.
pub(crate) fn excerpt(parameters: &Map<String, Value>) -> String {
    let single = TELLING.iter().find_map(|path| {
        let mut value = parameters.get(path.split('.').next()?)?;
        for member in path.split('.').skip(1) {
            value = value.get(member)?;
        }
        let text = scalar(value)?;
        Some(match *path {
            "SSML" => without_tags(&text),
            "LambdaFunctionARN" | "FlowModuleId" | "ContactFlowId" | "QueueId" | "AgentId"
            | "PromptId" | "HoursOfOperationId" => last_of_arn(&text).to_owned(),
            "LoopCount" | "TimeLimitSeconds" | "InitialCallDelaySeconds" | "QueuePriority" => {
                format!("{path} {text}")
            }
            _ => text,
        })
    });
    let all = || {
        let entries = MAPS
            .iter()
            .filter_map(|name| parameters.get(*name)?.as_object())
            .flatten();
        let entries = entries.filter_map(|(name, value)| {
            let value = value.get("Value").unwrap_or(value);
            Some(format!("{name} = {}", last_of_arn(&scalar(value)?)))
        });
        entries.take(4).collect::<Vec<_>>().join(", ")
    };
    let repeated = || {
        let messages = parameters.get("Messages")?.as_array()?;
        let first = messages.first()?.as_object()?;
        // Such a list has no lists in it.
        let first = first
            .iter()
            .find_map(|(_, value)| scalar(value).filter(|text| !text.is_empty()))?;
        Some(without_tags(&first))
    };
    let text = single.or_else(repeated).unwrap_or_else(all);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST).collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}

/// Returns the last part of an ARN, which names the resource; another text as it is.
fn last_of_arn(text: &str) -> &str {
    if !text.starts_with("arn:") {
        return text;
    }
    // The name of a function may be followed by a version or an alias.
    match text.split_once(":function:") {
        Some((_, function)) => function,
        None => text.rsplit(['/', ':']).next().unwrap_or(text),
    }
}
