use super::*;

fn lines(call: &mut Call) -> Vec<Value> {
    let log = call.execution.take_log();
    log.iter()
        .map(|record| serde_json::to_value(record).unwrap())
        .collect()
}

/// Returns a line without the members that are the same in every line.
fn short(line: &Value) -> Value {
    let mut line = line.clone();
    let members = line.as_object_mut().unwrap();
    for name in ["ContactId", "ContactFlowId", "ContactFlowName", "Timestamp"] {
        assert!(members.shift_remove(name).is_some(), "{name}");
    }
    line
}

fn logging(id: &str, behavior: &str, next: &str) -> Value {
    let parameters = json!({ "FlowLoggingBehavior": behavior });
    action(id, "UpdateFlowLoggingBehavior", parameters, next, &[])
}

#[test]
fn nothing_is_logged_before_it_is_enabled_or_while_disabled() {
    let mut call = Call::start(&[
        say("a", "a", "on"),
        logging("on", "Enabled", "b"),
        say("b", "b", "off"),
        logging("off", "Disabled", "c"),
        say("c", "c", "bye"),
        bye(),
    ]);
    call.hear("a").hear("b").hear("c").is_over();
    let lines: Vec<_> = lines(&mut call)
        .iter()
        .map(|l| l["Identifier"].clone())
        .collect();
    assert_eq!(lines, ["on", "b", "off"]);
}

#[test]
fn a_call_line_by_line() {
    let failed = ("NoMatchingError", "bye");
    let mut call = Call::start(&[
        logging("on", "Enabled", "menu"),
        with_conditions(
            "menu",
            "GetParticipantInput",
            json!({ "Text": "Hi $.Channel", "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
            "bye",
            &[("Equals", "1", "pin")],
            &[
                ("InputTimeLimitExceeded", "bye"),
                ("NoMatchingCondition", "bye"),
                failed,
            ],
        ),
        action(
            "pin",
            "GetParticipantInput",
            json!({ "SSML": "<speak>x</speak>", "StoreInput": "True", "InputTimeLimitSeconds": "6",
                    "InputValidation": { "CustomValidation": { "MaximumLength": "2" } } }),
            "save",
            &[failed],
        ),
        action(
            "save",
            "UpdateContactAttributes",
            json!({ "Attributes": { "lang": "ja", "pin": "$.StoredCustomerInput" } }),
            "check",
            &[failed],
        ),
        with_conditions(
            "check",
            "Compare",
            json!({ "ComparisonValue": "$.Attributes.pin" }),
            "bye",
            &[
                ("Equals", "99", "bye"),
                ("NumberGreaterThan", "10", "voice"),
            ],
            &[("NoMatchingCondition", "bye")],
        ),
        action(
            "voice",
            "UpdateContactTextToSpeechVoice",
            json!({ "TextToSpeechVoice": "Kazuha", "TextToSpeechEngine": "Neural" }),
            "lookup",
            &[failed],
        ),
        action(
            "lookup",
            "InvokeLambdaFunction",
            json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "3" }),
            "again",
            &[failed],
        ),
        action(
            "again",
            "InvokeLambdaFunction",
            json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "3" }),
            "bye",
            &[failed],
        ),
        bye(),
    ]);
    call.hear("Hi VOICE")
        .press("1")
        .hear("<speak>x</speak>")
        .press("12");
    call.answers(json!({ "found": "true" }));
    let refused = FunctionFailure::Refused {
        status: 403,
        code: "AccessDeniedException".into(),
    };
    call.answers_after(0, Err(refused)).is_over();
    let lines = lines(&mut call);
    assert_eq!(lines[0]["ContactId"], "c-1");
    assert_eq!(lines[0]["ContactFlowId"], "arn:main");
    assert_eq!(lines[0]["ContactFlowName"], "the main");
    assert_eq!(lines[0]["Timestamp"], "2026-11-23T01:00:00.000Z");
    assert_eq!(lines[1]["Timestamp"], "2026-11-23T01:00:02.000Z");
    let call_parameters = json!({ "FunctionArn": "arn:l", "TimeLimit": "3000",
                                  "ResponseValidation": "ResponseType=STRING_MAP" });
    let expected = [
        json!({ "ContactFlowModuleType": "SetLoggingBehavior", "Identifier": "on",
                "Parameters": { "LoggingBehavior": "Enable" } }),
        json!({ "ContactFlowModuleType": "GetUserInput", "Identifier": "menu", "Results": "1",
                "Parameters": { "Text": "Hi VOICE", "TextToSpeechType": "text", "MaxDigits": "1", "Timeout": "5" } }),
        json!({ "ContactFlowModuleType": "StoreUserInput", "Identifier": "pin", "Results": "12",
                "Parameters": { "Text": "<speak>x</speak>", "TextToSpeechType": "ssml", "Timeout": "6" } }),
        json!({ "ContactFlowModuleType": "SetAttributes", "Identifier": "save",
                "Parameters": { "Key": "lang", "Value": "ja", "AddAttributeToRelatedContact": "false" } }),
        json!({ "ContactFlowModuleType": "SetAttributes", "Identifier": "save",
                "Parameters": { "Key": "pin", "Value": "12", "AddAttributeToRelatedContact": "false" } }),
        json!({ "ContactFlowModuleType": "CheckAttribute", "Identifier": "check",
                "Parameters": { "ComparisonMethod": "NumberGreaterThan", "Value": "12", "SecondValue": "10" } }),
        json!({ "ContactFlowModuleType": "SetVoice", "Identifier": "voice",
                "Parameters": { "GlobalVoice": "Kazuha", "TextToSpeechEngine": "Neural" } }),
        json!({ "ContactFlowModuleType": "InvokeExternalResource", "Identifier": "lookup",
                "Parameters": call_parameters, "ExternalResults": { "found": "true" } }),
        json!({ "ContactFlowModuleType": "InvokeExternalResource", "Identifier": "again",
                "Results": "Status Code: 403; Error Code: AccessDeniedException", "Parameters": call_parameters }),
        json!({ "ContactFlowModuleType": "Disconnect", "Identifier": "bye", "Parameters": {} }),
    ];
    let lines: Vec<_> = lines.iter().map(short).collect();
    assert_eq!(lines, expected);
}

#[test]
fn failures_are_logged_with_their_reason() {
    let failed = ("NoMatchingError", "bye");
    let lambda = json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "3" });
    let mut call = Call::start(&[
        logging("on", "Enabled", "empty"),
        action(
            "empty",
            "MessageParticipant",
            json!({ "Text": "$.External.x" }),
            "bye",
            &[("NoMatchingError", "fn")],
        ),
        action(
            "fn",
            "InvokeLambdaFunction",
            lambda,
            "bye",
            &[("NoMatchingError", "menu")],
        ),
        with_conditions(
            "menu",
            "GetParticipantInput",
            json!({ "Text": "Hi", "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
            "bye",
            &[],
            &[
                ("InputTimeLimitExceeded", "bye"),
                ("NoMatchingCondition", "bye"),
                failed,
            ],
        ),
        bye(),
    ]);
    call.answers_after(0, Err(FunctionFailure::FunctionError))
        .hear("Hi")
        .wait(5)
        .is_over();
    let results: Vec<_> = lines(&mut call)
        .iter()
        .map(|l| l["Results"].clone())
        .collect();
    assert_eq!(
        results,
        [
            Value::Null,
            "No prompt provided".into(),
            "The Lambda Function Returned An Error.".into(),
            "Timeout".into(),
            Value::Null
        ]
    );
}

#[test]
fn logging_stays_on_in_the_next_flow() {
    let other = load(
        "other",
        FlowKind::ContactFlow,
        &[say("there", "there", "bye"), bye()],
    );
    let go = action(
        "go",
        "TransferToFlow",
        json!({ "ContactFlowId": "other" }),
        "bye",
        &[("NoMatchingError", "bye")],
    );
    let actions = [logging("on", "Enabled", "go"), go, bye()];
    let mut call = Call::start_with(contact(), &actions, vec![other]);
    call.hear("there").is_over();
    let lines: Vec<_> = lines(&mut call)
        .iter()
        .map(|l| format!("{} {}", l["ContactFlowId"], l["ContactFlowModuleType"]))
        .collect();
    assert_eq!(
        lines,
        [
            "\"arn:main\" \"SetLoggingBehavior\"",
            "\"arn:main\" \"Transfer\"",
            "\"arn:other\" \"PlayPrompt\"",
            "\"arn:other\" \"Disconnect\""
        ]
    );
}

#[test]
fn debug_output_contains_no_prompts_or_input() {
    let main = load("main", FlowKind::ContactFlow, &[bye()]);
    let execution = Execution::new(contact(), main, datetime!(2026-11-23 01:00 UTC));
    let shown = format!("{execution:?}");
    assert!(shown.contains("c-1") && !shown.contains("+81"), "{shown}");
}
