//! A flow that contains nearly every block.

use super::*;

/// Type, parameters, conditions and errors.
type Step = (
    &'static str,
    Value,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

/// Returns a flow with nearly every block, each of which leads to the next in any case.
pub(super) fn everything() -> Vec<Value> {
    let steps: Vec<Step> = vec![
        (
            "UpdateFlowLoggingBehavior",
            json!({ "FlowLoggingBehavior": "Enabled" }),
            &[],
            &[],
        ),
        (
            "UpdateContactTextToSpeechVoice",
            json!({ "TextToSpeechVoice": "Kazuha", "TextToSpeechEngine": "Neural" }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "GetParticipantInput",
            json!({ "EnableDTMFBuffer": "true" }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "MessageParticipant",
            json!({ "Text": "Hi $.Attributes.a and $.External.b" }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "GetParticipantInput",
            json!({ "Text": "Menu", "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
            &[("Equals", "1")],
            &[
                "InputTimeLimitExceeded",
                "NoMatchingCondition",
                "NoMatchingError",
            ],
        ),
        (
            "GetParticipantInput",
            json!({ "Text": "PIN", "StoreInput": "True", "InputTimeLimitSeconds": "5", "InputValidation": { "CustomValidation": { "MaximumLength": "6" } } }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "GetParticipantInput",
            json!({ "Text": "Number", "StoreInput": "True", "InputTimeLimitSeconds": "5", "InputValidation": { "PhoneNumberValidation": { "NumberFormat": "E164" } } }),
            &[],
            &["NoMatchingError", "InvalidPhoneNumber"],
        ),
        (
            "InvokeLambdaFunction",
            json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8", "LambdaInvocationAttributes": { "pin": "$.StoredCustomerInput" } }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UpdateContactAttributes",
            json!({ "Attributes": { "a": "$.External.a" } }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UpdateFlowAttributes",
            json!({ "FlowAttributes": { "f": { "Value": "$.External.b" } } }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UpdateContactData",
            json!({ "LanguageCode": "ja-JP" }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "Compare",
            json!({ "ComparisonValue": "$.Attributes.a" }),
            &[("Equals", "1"), ("KeyExists", "b")],
            &["NoMatchingCondition"],
        ),
        (
            "Loop",
            json!({ "LoopCount": "2" }),
            &[("Equals", "ContinueLooping"), ("Equals", "DoneLooping")],
            &[],
        ),
        (
            "DistributeByPercentage",
            json!({}),
            &[("NumberLessThan", "51")],
            &["NoMatchingCondition"],
        ),
        (
            "CheckHoursOfOperation",
            json!({ "HoursOfOperationId": "h" }),
            &[("Equals", "True"), ("Equals", "False")],
            &["NoMatchingError"],
        ),
        (
            "Wait",
            json!({ "TimeLimitSeconds": "5", "MinimumWaitTimeSeconds": "1",
                    "ContinueExecution": "True" }),
            &[("Equals", "WaitCompleted"), ("Equals", "Continue")],
            &["NoMatchingError"],
        ),
        (
            "UpdateContactRecordingBehavior",
            json!({ "RecordingBehavior": { "RecordedParticipants": ["Agent"] } }),
            &[],
            &[],
        ),
        (
            "UpdateContactEventHooks",
            json!({ "EventHooks": { "CustomerRemaining": "f" } }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "TagContact",
            json!({ "Tags": { "a": "b" } }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UntagContact",
            json!({ "TagKeys": ["a"] }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UpdateContactTargetQueue",
            json!({ "QueueId": "q" }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UpdateContactTargetQueue",
            json!({ "AgentId": "a" }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UpdateContactCallbackNumber",
            json!({ "CallbackNumber": "$.StoredCustomerInput" }),
            &[],
            &["InvalidCallbackNumber", "CallbackNumberNotDialable"],
        ),
        (
            "CreateCallbackContact",
            json!({ "InitialCallDelaySeconds": "5", "RetryDelaySeconds": "600", "MaximumConnectionAttempts": "1" }),
            &[],
            &["NoMatchingError"],
        ),
        (
            "UpdateContactRoutingBehavior",
            json!({ "QueuePriority": "1" }),
            &[],
            &[],
        ),
        (
            "TransferParticipantToThirdParty",
            json!({ "ThirdPartyPhoneNumber": "+81", "ThirdPartyConnectionTimeLimitSeconds": "9", "ContinueFlowExecution": "True" }),
            &[],
            &[
                "NoMatchingError",
                "CallFailed",
                "ConnectionTimeLimitExceeded",
            ],
        ),
        (
            "InvokeFlowModule",
            json!({ "FlowModuleId": "m" }),
            &[("Equals", "good")],
            &["NoMatchingCondition", "NoMatchingError"],
        ),
        (
            "TransferContactToQueue",
            json!({}),
            &[],
            &["NoMatchingError", "QueueAtCapacity"],
        ),
        (
            "TransferToFlow",
            json!({ "ContactFlowId": "f" }),
            &[],
            &["NoMatchingError"],
        ),
    ];
    let mut actions = Vec::new();
    for (at, (kind, parameters, conditions, errors)) in steps.iter().enumerate() {
        let next = if at + 1 == steps.len() {
            "bye".to_owned()
        } else {
            format!("b{}", at + 1)
        };
        let conditions: Vec<_> = conditions
            .iter()
            .map(|(o, v)| (*o, *v, next.as_str()))
            .collect();
        let errors: Vec<_> = errors.iter().map(|e| (*e, next.as_str())).collect();
        actions.push(with_conditions(
            &format!("b{at}"),
            kind,
            parameters.clone(),
            &next,
            &conditions,
            &errors,
        ));
    }
    actions.push(bye());
    actions
}
