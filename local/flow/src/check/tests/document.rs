use super::*;

#[test]
fn json_errors_contain_the_position() {
    for (content, message) in [
        (
            "{\n  \"Version\": }",
            "Invalid JSON. expected value at line 2 column 14",
        ),
        (
            "{",
            "Invalid JSON. EOF while parsing an object at line 1 column 1",
        ),
        (
            "",
            "Invalid content. The content must have 1 to 256000 characters",
        ),
        ("[]", "Invalid content. The flow must be a JSON object"),
    ] {
        let problems = Flow::publish(content, FlowKind::ContactFlow).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].message, message);
    }
    // Editors on Windows write a byte order mark, which no JSON parser of the service accepts.
    let marked = format!("\u{feff}{}", flow(bye()));
    let problems = Flow::publish(&marked, FlowKind::ContactFlow).unwrap_err();
    assert!(
        problems[0].message.contains("byte order mark"),
        "{problems:?}"
    );
    // The format of the older console's export.
    let old = json!({ "modules": [], "version": "1", "type": "contactFlow", "start": "a",
                      "metadata": {} });
    let problems = problems_of(&old, FlowKind::ContactFlow);
    assert!(
        problems[0].contains("export of the older console"),
        "{problems:?}"
    );
    assert_eq!(problems.len(), 1);
    let long = format!("{{\"Metadata\": \"{}\"}}", "x".repeat(256_000));
    let problems = Flow::publish(&long, FlowKind::ContactFlow).unwrap_err();
    assert_eq!(
        problems[0].message,
        "Invalid content. The content must have 1 to 256000 characters"
    );
}

#[test]
fn the_top_level_of_the_document_is_checked() {
    for (content, messages) in [
        (
            json!({}),
            vec![
                "JSON field is missing or null for field name: version",
                "JSON field is missing or null for field name: startAction",
                "JSON field is missing or null for field name: actions",
            ],
        ),
        (
            json!({ "Version": "2020-01-01", "StartAction": "Bye", "Actions": [bye()] }),
            vec![
                "Invalid Version. Version: 2020-01-01",
                "Invalid StartAction. Identifier: Bye",
            ],
        ),
        (
            json!({ "Version": "2019-10-30", "StartAction": "bye", "Actions": [bye(), bye()] }),
            vec!["Duplicate Action identifier. Identifier: bye"],
        ),
        (
            json!({ "Version": "2019-10-30", "StartAction": "bye", "Actions": [bye()], "Settings": {} }),
            vec!["Invalid property name. Path: Settings"],
        ),
        (
            json!({ "Version": "2019-10-30", "StartAction": "bye", "Actions": [bye()],
                    "Metadata": [1, { "anything": null }] }),
            vec![],
        ),
        (
            json!({ "Version": "2019-10-30", "StartAction": "bye", "Actions": [bye(), { "Identifier": "x", "Typo": 1 }] }),
            vec![
                "Invalid Action property name. Path: Actions[1].Typo",
                "Action is missing required property. Path: Actions[1].Type",
            ],
        ),
    ] {
        assert_eq!(problems_of(&content, FlowKind::ContactFlow), messages);
    }
}

#[test]
fn a_problem_names_the_action() {
    let content = flow(action(
        "MessageParticipant",
        json!({ "Voice": "x" }),
        &[],
        &[],
    ));
    let problems = Flow::publish(&content.to_string(), FlowKind::ContactFlow).unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.message.as_str(), problem.action.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "Invalid Action property name. Path: Actions[0].Parameters.Voice",
                Some("a")
            ),
            (
                "At least one of [Text, SSML, PromptId, Media] must be set",
                Some("a")
            ),
        ]
    );
    let content = json!({ "Version": "2019-10-30", "StartAction": "x", "Actions": [bye()] });
    let problems = Flow::publish(&content.to_string(), FlowKind::ContactFlow).unwrap_err();
    assert_eq!(problems[0].action, None);
}

#[test]
fn modules_need_settings() {
    let mut content = json!({ "Version": "2019-10-30", "StartAction": "end", "Actions": [
        { "Identifier": "end", "Type": "EndFlowModuleExecution", "Parameters": { "Result": "good" }, "Transitions": {} } ] });
    let missing = ["JSON field is missing or null for field name: settings"];
    assert_eq!(problems_of(&content, FlowKind::Module), missing);
    content["Settings"] = Value::Null;
    assert_eq!(problems_of(&content, FlowKind::Module), missing);
    content["Settings"] =
        json!({ "InputParameters": [], "OutputParameters": [], "Transitions": [] });
    assert_eq!(problems_of(&content, FlowKind::Module), [""; 0]);
}

#[test]
fn identifiers_must_be_unique_and_valid() {
    let named = |identifier: &str| {
        let mut action = bye();
        action["Identifier"] = identifier.into();
        json!({ "Version": "2019-10-30", "StartAction": identifier, "Actions": [action] })
    };
    for good in ["x", "挨拶 する", "a-b_c.d", &"あ".repeat(50)] {
        assert_eq!(
            problems_of(&named(good), FlowKind::ContactFlow),
            [""; 0],
            "{good}"
        );
    }
    let long = "x".repeat(51);
    for bad in [
        "a%",
        "a:b",
        "(a",
        "a\\b",
        "a/b",
        "a)",
        "a=b",
        "$a",
        "a,b",
        "a;b",
        "[a",
        "a]",
        "{a",
        "a}",
        "__proto__",
        "constructor",
        "toString",
        "valueOf",
        "hasOwnProperty",
        &long,
    ] {
        assert_eq!(
            problems_of(&named(bad), FlowKind::ContactFlow),
            ["Invalid Action property value. Path: Actions[0].Identifier"],
            "{bad}"
        );
    }
}

#[test]
fn at_most_250_actions_and_every_problem() {
    let many = |count: usize, kind: &str| {
        let actions: Vec<_> = (0..count)
            .map(|at| json!({ "Identifier": format!("a{at}"), "Type": kind, "Transitions": {} }))
            .collect();
        json!({ "Version": "2019-10-30", "StartAction": "a0", "Actions": actions })
    };
    let kind = FlowKind::ContactFlow;
    assert_eq!(
        problems_of(&many(250, "DisconnectParticipant"), kind),
        [""; 0]
    );
    assert_eq!(
        problems_of(&many(251, "DisconnectParticipant"), kind),
        ["Too many Actions. A flow can have at most 250"]
    );
    // More than the 50 problems of botocore's model were recorded in one refusal.
    assert_eq!(problems_of(&many(100, "Nonsense"), kind).len(), 100);
    let long = problems_of(&many(1, &"x".repeat(1_000)), kind);
    assert_eq!(long[0].chars().count(), 256);
}

#[test]
fn unknown_types_are_refused() {
    for kind in [
        "PlayPrompt",
        "StoreUserInput",
        "GetUserInput",
        "SetLoggingBehavior",
        "SetAttributes",
        "CheckAttribute",
        "InvokeExternalResource",
        "TransferToQueue",
        "TransferToPhoneNumber",
        "ReturnFromFlowModule",
        "EntryPoint",
        "UpdateRoutingCriteria",
        "UnTagContact",
        "compare",
    ] {
        refused(
            kind,
            json!({}),
            &[],
            &[&format!(
                "Invalid Action type. Type: {kind}, Path: Actions[0].Type"
            )],
        );
    }
}

#[test]
fn types_that_are_not_executed_are_checked_as_far_as_known() {
    accepted(
        "GetMetricData",
        json!({ "QueueChannel": "Voice" }),
        &[NME],
        &[],
    );
    accepted(
        "CreateCase",
        json!({ "LinkContactToCase": "True", "CaseTemplateId": "c" }),
        &["ContactNotLinked", NME],
        &[],
    );
    refused(
        "GetMetricData",
        json!({}),
        &[],
        &["Action is missing required error. Error: NoMatchingError, Path: Actions[0]"],
    );
    refused(
        "CheckMetricData",
        json!({}),
        &[NME, NMC],
        &[
            "Action is missing required property. Path: Actions[0].Parameters.MetricType",
            "Action is missing required property. Path: Actions[0].Transitions.Conditions",
        ],
    );
    refused(
        "ConnectParticipantWithLexBot",
        json!({ "LexV2Bot": { "AliasArn": "arn:l" } }),
        &[NME, NMC],
        &["At least one of [Text, SSML, PromptId, Media, LexInitializationData] must be set"],
    );
    accepted(
        "ConnectParticipantWithLexBot",
        json!({ "Text": "Hi", "LexV2Bot": { "AliasArn": "arn:l" } }),
        &[NME, NMC, "InputTimeLimitExceeded"],
        &[("Equals", "Order")],
    );
}

#[test]
fn transitions_must_follow_the_rules_of_their_action() {
    let problems = |transitions: Value| {
        let mut action = action("MessageParticipant", json!({ "Text": "x" }), &[], &[]);
        action["Transitions"] = transitions;
        problems_of(&flow(action), FlowKind::ContactFlow)
    };
    for (transitions, message) in [
        (
            json!({}),
            "Action is missing required property. Path: Actions[0].Transitions.NextAction",
        ),
        (
            json!({ "NextAction": "" }),
            "Invalid Action property value. Path: Actions[0].Transitions.NextAction",
        ),
        (
            json!({ "NextAction": "Bye" }),
            "Invalid Action reference. Identifier: Bye, Path: Actions[0].Transitions.NextAction",
        ),
        (
            json!({ "NextAction": "bye", "Errors": [{ "NextAction": "x", "ErrorType": NME }] }),
            "Invalid Action reference. Identifier: x, Path: Actions[0].Transitions.Errors[0].NextAction",
        ),
        (
            json!({ "NextAction": "bye", "Errors": [{ "NextAction": "bye", "ErrorType": "E" }] }),
            "Invalid Action error. Error: E, Path: Actions[0].Transitions.Errors[0]",
        ),
        (
            json!({ "NextAction": "bye", "Errors": [{ "NextAction": "bye", "ErrorType": NME }, { "NextAction": "bye", "ErrorType": NME }] }),
            "Invalid Action error. Error: NoMatchingError, Path: Actions[0].Transitions.Errors[1]",
        ),
        (
            json!({ "NextAction": "bye", "Conditions": [{ "NextAction": "bye", "Condition": { "Operator": "Equals", "Operands": ["1"] } }] }),
            "Action does not support conditions",
        ),
        (
            json!({ "NextAction": "bye", "X": 1 }),
            "Invalid Action property name. Path: Actions[0].Transitions.X",
        ),
        (
            json!({ "NextAction": "bye", "Errors": {} }),
            "Invalid Action property value. Path: Actions[0].Transitions.Errors",
        ),
    ] {
        let found = problems(transitions);
        assert!(found.contains(&message.to_owned()), "{message}: {found:?}");
    }
    let mut end = bye();
    end["Transitions"] = json!({ "NextAction": "bye" });
    assert_eq!(
        problems_of(
            &json!({ "Version": "2019-10-30", "StartAction": "bye", "Actions": [end] }),
            FlowKind::ContactFlow
        ),
        ["Action does not support transitions. Path: Actions[0].Transitions"]
    );
}

#[test]
fn types_are_allowed_only_in_their_kinds_of_flow() {
    let refusal = |kind: &str| {
        format!(
            "Invalid Action type. Type: {kind}, Path: Actions[0], not allowed in this type of flow"
        )
    };
    for kind in [FlowKind::CustomerWhisper, FlowKind::AgentHold] {
        let content = json!({ "Version": "2019-10-30", "StartAction": "bye", "Actions": [bye()] });
        assert_eq!(
            problems_of(&content, kind),
            [refusal("DisconnectParticipant")]
        );
    }
    let end = json!({ "Version": "2019-10-30", "StartAction": "e", "Actions": [
        { "Identifier": "e", "Type": "EndFlowExecution", "Parameters": {}, "Transitions": {} } ] });
    assert_eq!(
        problems_of(&end, FlowKind::ContactFlow),
        [refusal("EndFlowExecution")]
    );
    for kind in [FlowKind::CustomerQueue, FlowKind::OutboundWhisper] {
        assert_eq!(problems_of(&end, kind), [""; 0]);
    }
    let module = json!({ "Version": "2019-10-30", "StartAction": "e", "Actions": [
        { "Identifier": "e", "Type": "EndFlowModuleExecution", "Parameters": {}, "Transitions": {} } ] });
    assert_eq!(
        problems_of(&module, FlowKind::ContactFlow),
        [refusal("EndFlowModuleExecution")]
    );
    let music = json!({ "Version": "2019-10-30", "StartAction": "m", "Actions": [
        { "Identifier": "m", "Type": "MessageParticipantIteratively", "Parameters": { "Messages": [{ "Text": "la" }] }, "Transitions": {} } ] });
    assert_eq!(problems_of(&music, FlowKind::CustomerHold), [""; 0]);
    assert_eq!(
        problems_of(&music, FlowKind::ContactFlow),
        [refusal("MessageParticipantIteratively")]
    );
}
