use super::*;

#[test]
fn invalid_parameters_are_refused() {
    refused(
        "DisconnectParticipant",
        json!({ "X": "1" }),
        &[],
        &[
            "Invalid Action property name. Path: Actions[0].Parameters.X",
            "Action does not support transitions. Path: Actions[0].Transitions",
        ],
    );
    refused(
        "MessageParticipant",
        json!({ "Text": "x", "Voice": "Kazuha" }),
        &[],
        &["Invalid Action property name. Path: Actions[0].Parameters.Voice"],
    );
    refused(
        "MessageParticipant",
        json!({ "Text": "" }),
        &[],
        &["Invalid Action property value. Path: Actions[0].Parameters.Text"],
    );
    refused(
        "MessageParticipant",
        json!({ "Text": 5 }),
        &[],
        &["Invalid Action property value. Path: Actions[0].Parameters.Text"],
    );
    accepted("MessageParticipant", json!({ "Text": " " }), &[], &[]);
    refused(
        "MessageParticipant",
        json!({}),
        &[],
        &["At least one of [Text, SSML, PromptId, Media] must be set"],
    );
    refused(
        "MessageParticipant",
        json!({ "Text": "x", "SSML": "<speak/>" }),
        &[],
        &["Only one of these properties may be defined. Properties: [Text, SSML]"],
    );
    refused(
        "MessageParticipant",
        json!({ "PromptId": "p $.Attributes.x" }),
        &[],
        &["Invalid Action property value. Path: Actions[0].Parameters.PromptId"],
    );
    refused(
        "MessageParticipant",
        json!({ "Media": { "Uri": "s3://x", "SourceType": "HTTP" } }),
        &[],
        &[
            "Action is missing required property. Path: Actions[0].Parameters.Media.MediaType",
            "Invalid Action property value. Path: Actions[0].Parameters.Media.SourceType",
        ],
    );
}

#[test]
fn input_blocks_are_checked() {
    let menu = ["InputTimeLimitExceeded", NMC, NME];
    let kind = "GetParticipantInput";
    let limit = json!({ "Text": "x", "StoreInput": "False", "InputTimeLimitSeconds": "5" });
    accepted(
        kind,
        limit.clone(),
        &menu,
        &[("Equals", "1"), ("Equals", "#")],
    );
    refused(
        kind,
        limit.clone(),
        &[],
        &[
            "Action is missing required error. Error: InputTimeLimitExceeded, Path: Actions[0]",
            "Action is missing required error. Error: NoMatchingCondition, Path: Actions[0]",
            "Action is missing required error. Error: NoMatchingError, Path: Actions[0]",
        ],
    );
    refused(
        kind,
        json!({ "Text": "x", "StoreInput": "False", "InputTimeLimitSeconds": "0" }),
        &menu,
        &["Invalid Action property value. Path: Actions[0].Parameters.InputTimeLimitSeconds"],
    );
    refused(
        kind,
        json!({ "Text": "x", "StoreInput": "False" }),
        &menu,
        &["Action is missing required property. Path: Actions[0].Parameters.InputTimeLimitSeconds"],
    );
    refused(
        kind,
        json!({ "Text": "x", "StoreInput": "False", "InputTimeLimitSeconds": "5", "DTMFConfiguration": {} }),
        &menu,
        &["Invalid Action property name. Path: Actions[0].Parameters.DTMFConfiguration"],
    );
    for operand in ["12", "a", "１"] {
        assert_eq!(
            problems_of(
                &flow(action(kind, limit.clone(), &menu, &[("Equals", operand)])),
                FlowKind::ContactFlow
            ),
            [
                "Invalid Action property value. Path: Actions[0].Transitions.Conditions[0].Condition.Operands[0]"
            ]
        );
    }
    assert_eq!(
        problems_of(
            &flow(action(kind, limit, &menu, &[("TextContains", "1")])),
            FlowKind::ContactFlow
        ),
        [
            "Invalid Action property value. Path: Actions[0].Transitions.Conditions[0].Condition.Operator"
        ]
    );
}

#[test]
fn store_blocks_are_checked() {
    let kind = "GetParticipantInput";
    let store = |extra: Value| {
        let mut parameters = json!({ "Text": "x", "StoreInput": "True", "InputTimeLimitSeconds": "5",
            "InputValidation": { "CustomValidation": { "MaximumLength": "4" } } });
        for (name, value) in extra.as_object().unwrap() {
            parameters[name] = value.clone();
        }
        parameters
    };
    let dtmf = |dtmf: Value| store(json!({ "DTMFConfiguration": dtmf }));
    let validation = |validation: Value| store(json!({ "InputValidation": validation }));
    accepted(kind, store(json!({})), &[NME], &[]);
    accepted(
        kind,
        dtmf(
            json!({ "InputTerminationSequence": "#", "DisableCancelKey": "False", "InterdigitTimeLimitSeconds": "20" }),
        ),
        &[NME],
        &[],
    );
    accepted(
        kind,
        dtmf(json!({ "InputTerminationSequence": "*", "DisableCancelKey": "True" })),
        &[NME],
        &[],
    );
    accepted(
        kind,
        validation(json!({ "PhoneNumberValidation": { "NumberFormat": "E164" } })),
        &[NME, "InvalidPhoneNumber"],
        &[],
    );
    for error in ["InputTimeLimitExceeded", NMC, "InvalidPhoneNumber"] {
        refused(
            kind,
            store(json!({})),
            &[NME, error],
            &[&format!(
                "Invalid Action error. Error: {error}, Path: Actions[0].Transitions.Errors[1]"
            )],
        );
    }
    let path = "Invalid Action property value. Path: Actions[0].Parameters.DTMFConfiguration";
    for (parameters, name) in [
        (
            json!({ "InputTerminationSequence": "*" }),
            "InputTerminationSequence",
        ),
        (
            json!({ "InputTerminationSequence": "123456" }),
            "InputTerminationSequence",
        ),
        (
            json!({ "InputTerminationSequence": "x" }),
            "InputTerminationSequence",
        ),
        (
            json!({ "InterdigitTimeLimitSeconds": "21" }),
            "InterdigitTimeLimitSeconds",
        ),
        (json!({ "DisableCancelKey": "yes" }), "DisableCancelKey"),
    ] {
        refused(kind, dtmf(parameters), &[NME], &[&format!("{path}.{name}")]);
    }
    let path = "Action is missing required property. Path: Actions[0].Parameters.InputValidation";
    refused(
        kind,
        json!({ "Text": "x", "StoreInput": "True", "InputTimeLimitSeconds": "5" }),
        &[NME],
        &[path],
    );
    refused(
        kind,
        validation(json!({ "PhoneNumberValidation": { "NumberFormat": "Local" } })),
        &[NME, "InvalidPhoneNumber"],
        &[&format!("{path}.PhoneNumberValidation.CountryCode")],
    );
    refused(
        kind,
        validation(json!({ "PhoneNumberValidation": { "NumberFormat": "E164" } })),
        &[NME],
        &["Action is missing required error. Error: InvalidPhoneNumber, Path: Actions[0]"],
    );
    refused(
        kind,
        validation(json!({})),
        &[NME],
        &["At least one of [CustomValidation, PhoneNumberValidation] must be set"],
    );
    refused(
        kind,
        store(json!({ "InputEncryption": { "EncryptionKeyId": "k" } })),
        &[NME],
        &["Action is missing required property. Path: Actions[0].Parameters.InputEncryption.Key"],
    );
}

#[test]
fn comparisons_are_checked() {
    let value = |value: &str| json!({ "ComparisonValue": value });
    for operator in [
        "Equals",
        "TextStartsWith",
        "TextEndsWith",
        "TextContains",
        "NumberGreaterThan",
        "NumberGreaterOrEqualTo",
        "NumberLessThan",
        "NumberLessOrEqualTo",
        "KeyExists",
    ] {
        accepted("Compare", value("$.External.x"), &[NMC], &[(operator, "1")]);
    }
    accepted(
        "Compare",
        value("$.StoredCustomerInput"),
        &[NMC],
        &[("Equals", "$.Attributes.x")],
    );
    let problems = |value: Value, errors: &[&str], conditions: &[(&str, &str)]| {
        problems_of(
            &flow(action("Compare", value, errors, conditions)),
            FlowKind::ContactFlow,
        )
    };
    for bad in [
        "literal",
        "$.External",
        "$.Nothing.x",
        "$.External.x and",
        "$.external.x",
    ] {
        assert_eq!(
            problems(value(bad), &[NMC], &[("Equals", "1")]),
            ["Invalid Action property value. Path: Actions[0].Parameters.ComparisonValue"]
        );
    }
    assert_eq!(
        problems(value("$.Channel"), &[NMC], &[("Equals", "")]),
        ["Invalid branch. Path: 0.Evaluate"]
    );
    assert_eq!(
        problems(value("$.Channel"), &[NMC, NME], &[("Equals", "x")]),
        ["Invalid Action error. Error: NoMatchingError, Path: Actions[0].Transitions.Errors[1]"]
    );
    assert_eq!(
        problems(value("$.Channel"), &[], &[("Equals", "x")]),
        ["Action is missing required error. Error: NoMatchingCondition, Path: Actions[0]"]
    );
    assert_eq!(
        problems(value("$.Channel"), &[NMC], &[]),
        ["Action is missing required property. Path: Actions[0].Transitions.Conditions"]
    );
    for operator in [
        "And",
        "Or",
        "Not",
        "All",
        "Any",
        "Contains",
        "StartsWith",
        "Exists",
    ] {
        assert_eq!(
            problems(value("$.Channel"), &[NMC], &[(operator, "x")]),
            [
                "Invalid Action property value. Path: Actions[0].Transitions.Conditions[0].Condition.Operator"
            ]
        );
    }
    let mut two = action("Compare", value("$.Channel"), &[NMC], &[("Equals", "x")]);
    two["Transitions"]["Conditions"][0]["Condition"]["Operands"] = json!(["x", "y"]);
    assert!(problems_of(&flow(two), FlowKind::ContactFlow).contains(
        &"Invalid Action property value. Path: Actions[0].Transitions.Conditions[0].Condition.Operands".to_owned()
    ));
}

#[test]
fn loops_percentages_hours_and_waits_are_checked() {
    let both = [("Equals", "ContinueLooping"), ("Equals", "DoneLooping")];
    accepted("Loop", json!({ "LoopCount": "3" }), &[], &both);
    accepted("Loop", json!({ "LoopCount": 3 }), &[NME], &both);
    accepted("Loop", json!({ "LoopCount": "$.Attributes.n" }), &[], &both);
    for bad in [json!("101"), json!(-1), json!("x"), json!(1.5), json!(true)] {
        let content = flow(action("Loop", json!({ "LoopCount": bad }), &[], &both));
        assert_eq!(
            problems_of(&content, FlowKind::ContactFlow),
            ["Invalid Action property value. Path: Actions[0].Parameters.LoopCount"]
        );
    }
    refused(
        "Loop",
        json!({ "LoopCount": "3" }),
        &[],
        &["Invalid Action property value. Path: Actions[0].Transitions.Conditions"],
    );
    accepted(
        "DistributeByPercentage",
        json!({}),
        &[NMC],
        &[("NumberLessThan", "4"), ("NumberLessThan", "10")],
    );
    let falling = action(
        "DistributeByPercentage",
        json!({}),
        &[NMC],
        &[("NumberLessThan", "10"), ("NumberLessThan", "4")],
    );
    assert_eq!(
        problems_of(&flow(falling), FlowKind::ContactFlow),
        [
            "Invalid Action property value. Path: Actions[0].Transitions.Conditions[1].Condition.Operands[0]"
        ]
    );
    let open = [("Equals", "True"), ("Equals", "False")];
    accepted(
        "CheckHoursOfOperation",
        json!({ "HoursOfOperationId": "h" }),
        &[NME],
        &open,
    );
    accepted("CheckHoursOfOperation", json!({}), &[NME], &open);
    accepted(
        "Wait",
        json!({ "TimeLimitSeconds": "604800" }),
        &[NME],
        &[("Equals", "WaitCompleted")],
    );
    refused(
        "Wait",
        json!({ "TimeoutSeconds": "5" }),
        &[NME],
        // The service was seen to report unknown names before missing ones.
        &[
            "Invalid Action property name. Path: Actions[0].Parameters.TimeoutSeconds",
            "Action is missing required property. Path: Actions[0].Parameters.TimeLimitSeconds",
            "Invalid Action property value. Path: Actions[0].Transitions.Conditions",
        ],
    );
}
