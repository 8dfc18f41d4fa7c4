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

/// A menu whose branches all end the call.
fn menu() -> Value {
    with_conditions(
        "menu",
        "GetParticipantInput",
        json!({ "Text": "Hi", "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
        "bye",
        &[("Equals", "1", "bye")],
        &[
            ("InputTimeLimitExceeded", "bye"),
            ("NoMatchingCondition", "bye"),
            ("NoMatchingError", "bye"),
        ],
    )
}

/// Returns the lines, each with the keys that a test names only.
fn of(lines: &[Value], kind: &str) -> Vec<Value> {
    let kind = Value::from(kind);
    let lines = lines.iter().filter(|l| l["ContactFlowModuleType"] == kind);
    lines.map(short).collect()
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
    // A prompt has a line at its start and one at its end.
    assert_eq!(lines, ["on", "b", "b", "off"]);
}

/// Lines that public projects recorded: prompts and input blocks have one at their start and one, with
/// `Results`, at their end; what a flow passes to a function stands in `Parameters.Parameters`.
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
            json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "3",
                    "LambdaInvocationAttributes": { "pin": "$.StoredCustomerInput" } }),
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
        request_id: "r-1".into(),
    };
    call.answers_after(0, Err(refused)).is_over();
    let lines = lines(&mut call);
    assert_eq!(lines[0]["ContactId"], "c-1");
    assert_eq!(lines[0]["ContactFlowId"], "arn:main");
    assert_eq!(lines[0]["ContactFlowName"], "the main");
    assert_eq!(lines[0]["Timestamp"], "2026-11-23T01:00:00.000Z");
    assert_eq!(lines[1]["Timestamp"], "2026-11-23T01:00:00.000Z");
    assert_eq!(lines[2]["Timestamp"], "2026-11-23T01:00:02.000Z");
    let call_parameters = json!({ "FunctionArn": "arn:l", "TimeLimit": "3000",
                                  "ResponseValidation": "ResponseType=STRING_MAP" });
    let mut passed = call_parameters.clone();
    passed["Parameters"] = json!({ "pin": "12" });
    let menu = json!({ "Text": "Hi VOICE", "TextToSpeechType": "text", "Voice": "Joanna", "MaxDigits": "1",
                       "Timeout": "5" });
    let pin = json!({ "Text": "<speak>x</speak>", "TextToSpeechType": "ssml", "Voice": "Joanna",
                      "Timeout": "6" });
    let expected = [
        json!({ "ContactFlowModuleType": "SetLoggingBehavior", "Identifier": "on",
                "Parameters": { "LoggingBehavior": "Enable" } }),
        json!({ "ContactFlowModuleType": "GetUserInput", "Identifier": "menu", "Parameters": menu }),
        json!({ "Results": "1", "ContactFlowModuleType": "GetUserInput", "Identifier": "menu",
                "Parameters": menu }),
        json!({ "ContactFlowModuleType": "StoreUserInput", "Identifier": "pin", "Parameters": pin }),
        json!({ "Results": "12", "ContactFlowModuleType": "StoreUserInput", "Identifier": "pin",
                "Parameters": pin }),
        json!({ "ContactFlowModuleType": "SetAttributes", "Identifier": "save",
                "Parameters": { "Key": "lang", "Value": "ja", "AddAttributeToRelatedContact": "false" } }),
        json!({ "ContactFlowModuleType": "SetAttributes", "Identifier": "save",
                "Parameters": { "Key": "pin", "Value": "12", "AddAttributeToRelatedContact": "false" } }),
        json!({ "Results": "true", "ContactFlowModuleType": "CheckAttribute", "Identifier": "check",
                "Parameters": { "ComparisonMethod": "GreaterThan", "Value": "12", "SecondValue": "10" } }),
        json!({ "ContactFlowModuleType": "SetVoice", "Identifier": "voice",
                "Parameters": { "GlobalVoice": "Kazuha", "TextToSpeechEngine": "Neural" } }),
        json!({ "ContactFlowModuleType": "InvokeExternalResource", "Identifier": "lookup",
                "ExternalResults": { "found": "true" }, "Parameters": passed }),
        json!({ "Results": "Status Code: 403; Error Code: AccessDeniedException; RequestId: r-1",
                "ContactFlowModuleType": "InvokeExternalResource", "Identifier": "again",
                "Parameters": call_parameters }),
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
            Value::Null,
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
            "\"arn:other\" \"PlayPrompt\"",
            "\"arn:other\" \"Disconnect\""
        ]
    );
}

/// A prompt that ends has `Results` "Success"; a caller who hangs up leaves the first line alone (captured lines
/// of August 2026).
#[test]
fn a_prompt_has_a_line_at_its_start_and_one_at_its_end() {
    let actions = [
        logging("on", "Enabled", "hi"),
        say("hi", "Hello", "bye"),
        bye(),
    ];
    let parameters = json!({ "Text": "Hello", "TextToSpeechType": "text", "Voice": "Joanna" });
    let start = json!({ "ContactFlowModuleType": "PlayPrompt", "Identifier": "hi",
                        "Parameters": parameters });
    let mut end = start.clone();
    end["Results"] = "Success".into();
    let mut call = Call::start(&actions);
    call.hear("Hello").is_over();
    let whole = lines(&mut call);
    assert_eq!(of(&whole, "PlayPrompt"), [start.clone(), end]);
    assert_eq!(whole[1]["Timestamp"], "2026-11-23T01:00:00.000Z");
    assert_eq!(whole[2]["Timestamp"], "2026-11-23T01:00:01.000Z");
    let mut call = Call::start(&actions);
    call.hearing("Hello").input(Input::HungUp);
    assert_eq!(of(&lines(&mut call), "PlayPrompt"), [start]);
}

/// A caller who hangs up during the prompt or the wait leaves the first line alone: captured lines in
/// fitthejob/connect-terraform, of August 2026.
#[test]
fn an_input_block_that_the_caller_leaves_has_its_first_line_only() {
    let menu = menu();
    for during_the_prompt in [true, false] {
        let mut call = Call::start(&[logging("on", "Enabled", "menu"), menu.clone(), bye()]);
        if !during_the_prompt {
            call.hear("Hi");
        }
        call.input(Input::HungUp);
        let logged = of(&lines(&mut call), "GetUserInput");
        assert_eq!(logged.len(), 1, "{logged:?}");
        assert_eq!(logged[0].get("Results"), None);
    }
}

/// The code of a viewer of such logs reads the last two parts of `PromptLocation`: the id and the file.
#[test]
fn a_recording_is_logged_with_its_location() {
    for (parameters, location) in [
        (json!({ "PromptId": "p-1" }), "i-1/p-1/prompt.wav"),
        (
            json!({ "PromptId": "arn:aws:connect:ap-northeast-1:000000000000:instance/i-1/prompt/p-2" }),
            "i-1/p-2/prompt.wav",
        ),
        (
            json!({ "Media": { "Uri": "s3://b/p-3/a.wav", "SourceType": "S3", "MediaType": "Audio" } }),
            "s3://b/p-3/a.wav",
        ),
    ] {
        let hi = action("hi", "MessageParticipant", parameters, "bye", &[]);
        let mut call = Call::start(&[logging("on", "Enabled", "hi"), hi, bye()]);
        let logged = lines(&mut call);
        assert_eq!(
            logged[1]["Parameters"],
            json!({ "PromptSource": "S3", "PromptLocation": location })
        );
    }
}

/// The same viewer has these names of comparisons and the results `true` and `false`.
#[test]
fn comparisons_are_logged_in_old_words() {
    for (operator, operand, method, results) in [
        ("Equals", "15", "Equals", "true"),
        ("TextContains", "9", "Contains", "false"),
        ("TextStartsWith", "1", "StartsWith", "true"),
        ("NumberGreaterThan", "20", "GreaterThan", "false"),
        (
            "NumberGreaterOrEqualTo",
            "15",
            "GreaterThanOrEqualTo",
            "true",
        ),
        ("NumberLessThan", "15", "LessThan", "false"),
        ("NumberLessOrEqualTo", "15", "LessThanOrEqualTo", "true"),
    ] {
        let check = with_conditions(
            "check",
            "Compare",
            json!({ "ComparisonValue": "$.Attributes.n" }),
            "bye",
            &[(operator, operand, "bye")],
            &[("NoMatchingCondition", "bye")],
        );
        let mut contact = contact();
        contact.attributes.insert("n".into(), "15".into());
        let actions = [logging("on", "Enabled", "check"), check, bye()];
        let mut call = Call::start_with(contact, &actions, vec![]);
        assert_eq!(
            of(&lines(&mut call), "CheckAttribute"),
            [
                json!({ "Results": results, "ContactFlowModuleType": "CheckAttribute",
                     "Identifier": "check",
                     "Parameters": { "ComparisonMethod": method, "Value": "15", "SecondValue": operand } })
            ]
        );
    }
}

/// A line that Classmethod published in 2024.
#[test]
fn a_slow_function_is_logged_like_a_failed_one() {
    let lambda = json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "3" });
    let errors = [("NoMatchingError", "bye")];
    let call = action("fn", "InvokeLambdaFunction", lambda, "bye", &errors);
    let mut call = Call::start(&[logging("on", "Enabled", "fn"), call, bye()]);
    call.answers_after(3, Err(FunctionFailure::TimedOut));
    let logged = of(&lines(&mut call), "InvokeExternalResource");
    assert_eq!(
        logged[0]["Results"],
        "The Lambda Function Returned An Error."
    );
    assert_eq!(logged[0].get("ExternalResults"), None);
}

/// A key that no condition lists: recorded results are a key or `NoMatchingCondition`.
#[test]
fn a_key_without_a_condition_is_logged_as_such() {
    let menu = menu();
    for (key, results) in [("1", "1"), ("2", "NoMatchingCondition")] {
        let mut call = Call::start(&[logging("on", "Enabled", "menu"), menu.clone(), bye()]);
        call.hear("Hi").press(key).is_over();
        let logged = of(&lines(&mut call), "GetUserInput");
        assert_eq!(logged.len(), 2);
        assert_eq!(logged[0].get("Results"), None);
        assert_eq!(logged[1]["Results"], results);
    }
}

/// Every event hook is logged as SetContactFlow with its `Type`, and tags are an object (recorded lines and the
/// code of a viewer).
#[test]
fn hooks_and_tags_are_logged_with_their_values() {
    let errors = [("NoMatchingError", "bye")];
    let hook = |id: &str, hook: &str, next: &str| {
        let arn = "arn:aws:connect:ap-northeast-1:000000000000:instance/i-1/contact-flow/f";
        let hooks = json!({ "EventHooks": { hook: arn } });
        action(id, "UpdateContactEventHooks", hooks, next, &errors)
    };
    let tags = json!({ "Tags": { "team": "$.Channel", "b": "c" } });
    let mut call = Call::start(&[
        logging("on", "Enabled", "one"),
        hook("one", "CustomerQueue", "two"),
        hook("two", "CustomerRemaining", "three"),
        hook("three", "DefaultAgentUI", "tag"),
        action("tag", "TagContact", tags, "untag", &errors),
        action(
            "untag",
            "UntagContact",
            json!({ "TagKeys": ["b"] }),
            "bye",
            &errors,
        ),
        bye(),
    ]);
    let logged = lines(&mut call);
    let types: Vec<_> = of(&logged, "SetContactFlow")
        .iter()
        .map(|line| line["Parameters"]["Type"].clone())
        .collect();
    assert_eq!(
        types,
        ["CustomerQueue", "CustomerRemaining", "DefaultAgentUI"]
    );
    assert_eq!(
        of(&logged, "TagContact")[0]["Parameters"],
        json!({ "Tags": { "team": "VOICE", "b": "c" } })
    );
    assert_eq!(
        of(&logged, "UntagContact")[0]["Parameters"],
        json!({ "TagKeys": ["b"] })
    );
}

/// The second entry of the stack is the flow that called the module (the code of a viewer reads its ARN there).
#[test]
fn lines_of_a_module_have_the_stack_of_their_callers() {
    let end = || terminal("end", "EndFlowModuleExecution", json!({}));
    let invoke = |module: &str, next: &str| {
        with_conditions(
            "invoke",
            "InvokeFlowModule",
            json!({ "FlowModuleId": module }),
            next,
            &[],
            &[("NoMatchingCondition", next), ("NoMatchingError", next)],
        )
    };
    let inner = load("inner", FlowKind::Module, &[say("in", "in", "end"), end()]);
    let outer = load("outer", FlowKind::Module, &[invoke("inner", "end"), end()]);
    let actions = [
        logging("on", "Enabled", "invoke"),
        invoke("outer", "bye"),
        bye(),
    ];
    let mut call = Call::start_with(contact(), &actions, vec![inner, outer]);
    call.hear("in").is_over();
    let stacks: Vec<_> = lines(&mut call)
        .iter()
        .map(|line| {
            (
                line["Identifier"].clone(),
                line.get("ModuleExecutionStack").cloned(),
            )
        })
        .collect();
    let one = Some(json!(["arn:outer", "arn:main"]));
    let two = Some(json!(["arn:inner", "arn:outer", "arn:main"]));
    assert_eq!(
        stacks,
        [
            ("on".into(), None),
            ("invoke".into(), None),
            ("invoke".into(), one.clone()),
            ("in".into(), two.clone()),
            ("in".into(), two.clone()),
            ("end".into(), two),
            ("end".into(), one),
            ("bye".into(), None),
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
