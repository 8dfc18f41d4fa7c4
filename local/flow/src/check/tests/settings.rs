use super::*;

#[test]
fn attributes_and_settings_are_checked() {
    refused(
        "UpdateContactAttributes",
        json!({ "Attributes": { "a": "", "b": "" } }),
        &[NME],
        &["Empty value in Parameters.Attributes"],
    );
    accepted(
        "UpdateContactAttributes",
        json!({ "Attributes": { "a": " " }, "TargetContact": "Related" }),
        &[NME],
        &[],
    );
    let tags: serde_json::Map<_, _> = (0..7).map(|at| (at.to_string(), json!("x"))).collect();
    refused(
        "TagContact",
        json!({ "Tags": tags }),
        &[NME],
        &["More than 6 tags in Parameters.Tags"],
    );
    refused(
        "UpdateFlowLoggingBehavior",
        json!({ "FlowLoggingBehavior": "On" }),
        &[],
        &["Invalid Action property value. Path: Actions[0].Parameters.FlowLoggingBehavior"],
    );
    refused(
        "UpdateFlowLoggingBehavior",
        json!({ "FlowLoggingBehavior": "Enabled" }),
        &[NME],
        &["Invalid Action error. Error: NoMatchingError, Path: Actions[0].Transitions.Errors[0]"],
    );
    refused(
        "UpdateContactEventHooks",
        json!({ "EventHooks": { "Whatever": "f" } }),
        &[NME],
        &["Invalid Action property name. Path: Actions[0].Parameters.EventHooks.Whatever"],
    );
    refused(
        "UpdateContactEventHooks",
        json!({ "EventHooks": {} }),
        &[NME],
        &["Invalid Action property value. Path: Actions[0].Parameters.EventHooks"],
    );
    refused(
        "UpdateContactEventHooks",
        json!({ "EventHooks": { "CustomerQueue": "f", "CustomerHold": "g" } }),
        &[NME],
        &["Invalid Action property value. Path: Actions[0].Parameters.EventHooks"],
    );
    refused(
        "UpdateContactData",
        json!({ "TargetContact": "Current" }),
        &[NME],
        &[
            "At least one of [Name, Description, LanguageCode, CustomerId, WisdomSessionArn] must be set",
        ],
    );
    refused(
        "UpdateContactData",
        json!({ "Name": "x", "References": {} }),
        &[NME],
        &["Invalid Action property name. Path: Actions[0].Parameters.References"],
    );
    // The three switches of Voice ID go together (mgaffigan/pulumi-amazon-connect,
    // docs/wire-format-checks.md).
    refused(
        "UpdateContactData",
        json!({ "IsVoiceIdStreamingEnabled": "true", "IsFraudDetectionEnabled": "false" }),
        &[NME],
        &["Action is missing required property. \
             Path: Actions[0].Parameters.IsVoiceAuthenticationEnabled"],
    );
    refused(
        "UpdateContactData",
        json!({ "IsVoiceIdStreamingEnabled": "true", "IsFraudDetectionEnabled": "true",
                "IsVoiceAuthenticationEnabled": "false", "VoiceAuthenticationThreshold": "90" }),
        &[NME],
        &[
            "Invalid Action property name. \
             Path: Actions[0].Parameters.VoiceAuthenticationThreshold",
            "Action is missing required property. \
             Path: Actions[0].Parameters.FraudDetectionThreshold",
        ],
    );
    accepted(
        "UpdateContactTextToSpeechVoice",
        json!({ "TextToSpeechVoice": "Kazuha", "TextToSpeechEngine": "Invented" }),
        &[],
        &[],
    );
    refused(
        "UpdateContactTextToSpeechVoice",
        json!({ "TextToSpeechVoice": "Kazuha", "TextToSpeechStyle": "Sad" }),
        &[],
        &["Invalid Action property value. Path: Actions[0].Parameters.TextToSpeechStyle"],
    );
    refused(
        "UpdateContactRecordingBehavior",
        json!({ "RecordingBehavior": { "RecordedParticipants": ["Bot"] } }),
        &[],
        &[
            "Invalid Action property value. Path: Actions[0].Parameters.RecordingBehavior.RecordedParticipants[0]",
        ],
    );
    refused(
        "UpdateFlowAttributes",
        json!({ "FlowAttributes": { "f": "v" } }),
        &[NME],
        &["Invalid Action property value. Path: Actions[0].Parameters.FlowAttributes.f"],
    );
}

#[test]
fn transfers_functions_and_modules_are_checked() {
    refused(
        "TransferToFlow",
        json!({}),
        &[],
        &[
            "Action is missing required property. Path: Actions[0].Parameters.ContactFlowId",
            "Action is missing required error. Error: NoMatchingError, Path: Actions[0]",
        ],
    );
    refused(
        "TransferContactToQueue",
        json!({ "QueueId": "q" }),
        &[NME, "QueueAtCapacity"],
        &["Invalid Action property name. Path: Actions[0].Parameters.QueueId"],
    );
    refused(
        "UpdateContactTargetQueue",
        json!({ "QueueId": "q", "AgentId": "a" }),
        &[NME],
        &["Only one of these properties may be defined. Properties: [QueueId, AgentId]"],
    );
    let dial = |returns: &str| json!({ "ThirdPartyPhoneNumber": "+81", "ThirdPartyConnectionTimeLimitSeconds": "600", "ContinueFlowExecution": returns });
    accepted(
        "TransferParticipantToThirdParty",
        dial("False"),
        &[NME],
        &[],
    );
    accepted(
        "TransferParticipantToThirdParty",
        dial("True"),
        &[NME, "CallFailed", "ConnectionTimeLimitExceeded"],
        &[],
    );
    refused(
        "TransferParticipantToThirdParty",
        dial("False"),
        &[NME, "CallFailed"],
        &["Invalid Action error. Error: CallFailed, Path: Actions[0].Transitions.Errors[1]"],
    );
    refused(
        "TransferParticipantToThirdParty",
        dial("True"),
        &[NME],
        &[
            "Action is missing required error. Error: CallFailed, Path: Actions[0]",
            "Action is missing required error. Error: ConnectionTimeLimitExceeded, Path: Actions[0]",
        ],
    );
    // In an agent transfer flow a create with these two errors was refused
    // (mgaffigan/pulumi-amazon-connect, docs/wire-format-checks.md).
    let continues = action(
        "TransferParticipantToThirdParty",
        dial("True"),
        &[NME, "CallFailed"],
        &[],
    );
    assert_eq!(
        problems_of(&flow(continues), FlowKind::AgentTransfer),
        ["Invalid Action error. Error: CallFailed, Path: Actions[0].Transitions.Errors[1]"]
    );
    let invoke = |limit: &str| json!({ "LambdaFunctionARN": "arn:$.Attributes.f", "InvocationTimeLimitSeconds": limit });
    for limit in ["1", "8"] {
        accepted("InvokeLambdaFunction", invoke(limit), &[NME], &[]);
    }
    for limit in ["0", "9", "$.Attributes.x", "3.5", "+3"] {
        refused(
            "InvokeLambdaFunction",
            invoke(limit),
            &[NME],
            &[
                "Invalid Action property value. Path: Actions[0].Parameters.InvocationTimeLimitSeconds",
            ],
        );
    }
    let mut parameters = invoke("3");
    parameters["RequestAttributes"] = json!({});
    parameters["ResponseValidation"] = json!({ "ResponseType": "XML" });
    parameters["InvocationType"] = json!("LATER");
    refused(
        "InvokeLambdaFunction",
        parameters,
        &[NME],
        &[
            "Invalid Action property name. Path: Actions[0].Parameters.RequestAttributes",
            "Invalid Action property value. Path: Actions[0].Parameters.ResponseValidation.ResponseType",
            "Invalid Action property value. Path: Actions[0].Parameters.InvocationType",
        ],
    );
    accepted(
        "InvokeFlowModule",
        json!({ "FlowModuleId": "m:$LATEST", "Input": { "n": 5 } }),
        &[],
        &[("Equals", "good")],
    );
}
