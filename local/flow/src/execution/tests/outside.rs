//! Blocks whose effect lies outside of the flow.

use serde_json::Map;

use super::*;

/// A flow that looks for a customer profile, and greets the customer by name.
fn greeting() -> Vec<Value> {
    let search = json!({
        "ProfileRequestData": {
            "IdentifierName": "_phone",
            "IdentifierValue": "$.CustomerEndpoint.Address",
        },
        "ProfileResponseData": ["FirstName"],
    });
    let errors = [
        ("MultipleFoundError", "many"),
        ("NoneFoundError", "none"),
        ("NoMatchingError", "failed"),
    ];
    vec![
        action("find", "GetCustomerProfile", search, "greet", &errors),
        say("greet", "Hello $.Customer.FirstName", "bye"),
        say("many", "many", "bye"),
        say("none", "none", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

fn provided(branch: ProvidedBranch, values: Value) -> Input {
    let Value::Object(values) = values else {
        panic!("the values must be an object");
    };
    Input::OutsideAnswered(OutsideAnswer::Provided(Provided {
        branch,
        values,
        took: Duration::ZERO,
    }))
}

/// AWS's page of GetCustomerProfile: the profile is found in `$.Customer`, and each failure has an
/// error type.
#[test]
fn a_block_outside_of_the_flow_takes_the_branch_that_the_driver_provides() {
    let mut call = Call::start(&greeting());
    let Output::Outside(block) = &call.output else {
        panic!("{:?}", call.output);
    };
    assert_eq!(&*block.kind, "GetCustomerProfile");
    assert_eq!(
        block.parameters["ProfileRequestData"]["IdentifierValue"],
        "+819000000001"
    );
    let profile = json!({ "Customer": { "FirstName": "Hanako" } });
    call.input(provided(ProvidedBranch::Done, profile))
        .hear("Hello Hanako")
        .is_over();

    for (error, text) in [
        ("MultipleFoundError", "many"),
        ("NoneFoundError", "none"),
        ("NoMatchingError", "failed"),
    ] {
        let mut call = Call::start(&greeting());
        call.input(provided(
            ProvidedBranch::Failed(error.to_owned()),
            Value::Object(Map::new()),
        ))
        .hear(text)
        .is_over();
    }
}

/// An instance without a Customer Profiles domain has no profile to find.
#[test]
fn a_block_that_the_driver_does_not_provide_says_why_in_the_trace() {
    let mut call = Call::start(&greeting());
    call.input(Input::OutsideAnswered(OutsideAnswer::Absent));
    assert_eq!(
        call.warnings(),
        ["the instance must have a Customer Profiles domain"]
    );
    call.hear("failed").is_over();
}

/// The error types are those of AWS's page of the action; it has no results.
#[test]
fn a_branch_that_the_type_does_not_have_stops_the_call() {
    for (branch, reason) in [
        (
            ProvidedBranch::Failed("NoneFound".to_owned()),
            "the error of GetCustomerProfile must be one of MultipleFoundError, NoneFoundError, \
             NoMatchingError, but was 'NoneFound'",
        ),
        (
            ProvidedBranch::Result("1".to_owned()),
            "the branch of GetCustomerProfile must be done or an error, but was the result '1'",
        ),
    ] {
        let mut call = Call::start(&greeting());
        call.input(provided(branch, json!({})));
        let Output::Ended(Ending::Stopped(stopped)) = &call.output else {
            panic!("{:?}", call.output);
        };
        assert_eq!(
            stopped.to_string(),
            format!("the block \"find\" must take a branch of its type: {reason}")
        );
    }
    let action = ProvidedBranch::Result("CallPicked".to_owned());
    assert_eq!(
        action
            .check("CheckOutboundCallStatus")
            .unwrap_err()
            .to_string(),
        "the result of CheckOutboundCallStatus must be one of CallAnswered, VoicemailBeep, \
         VoicemailNoBeep, NotDetected, but was 'CallPicked'"
    );
    for kind in ["MessageParticipant", "GetCustomerProfiles"] {
        assert_eq!(
            ProvidedBranch::Done.check(kind).unwrap_err().to_string(),
            format!("the type must be one with an effect outside of the flow, but was {kind}")
        );
    }
}

/// AWS's page of each action: which settings need another channel, and which succeed.
#[test]
fn settings_without_their_service_succeed_or_say_what_must_be() {
    let errors = [
        ("NoMatchingError", "failed"),
        ("ChannelMismatch", "channel"),
    ];
    let chat = [
        &errors[..],
        &[("InFlightRedactionConfigurationFailed", "failed")],
    ]
    .concat();
    let streaming = json!({
        "MediaStreamingState": "Enabled",
        "MediaStreamType": "Audio",
        "Participants": [
            { "ParticipantType": "Customer", "MediaDirections": ["From", "To"] }
        ],
    });
    for (kind, parameters, errors, heard, warnings) in [
        (
            "UpdateContactRecordingAndAnalyticsBehavior",
            json!({ "VoiceBehavior": { "VoiceRecordingBehavior": {
                "RecordedParticipants": ["Agent", "Customer"] } } }),
            &errors[..],
            "done",
            vec![],
        ),
        (
            "UpdateContactRecordingAndAnalyticsBehavior",
            json!({ "ChatBehavior": { "ChatAnalyticsBehavior": { "Enabled": "False" } } }),
            &chat[..],
            "channel",
            vec!["the contact must be a chat"],
        ),
        (
            "UpdateContactRoutingCriteria",
            json!({ "RoutingCriteria": "$.External.RoutingCriteria" }),
            &errors[..1],
            "done",
            vec!["$.External.RoutingCriteria is undefined"],
        ),
        (
            "UpdateContactMediaStreamingBehavior",
            streaming,
            &errors[..1],
            "failed",
            vec!["the instance must have live media streaming to Kinesis Video Streams"],
        ),
    ] {
        let mut call = Call::start(&[
            action("set", kind, parameters, "done", errors),
            say("done", "done", "bye"),
            say("channel", "channel", "bye"),
            say("failed", "failed", "bye"),
            bye(),
        ]);
        call.input(Input::OutsideAnswered(OutsideAnswer::Absent));
        assert_eq!(call.warnings(), warnings, "{kind}");
        call.hear(heard).is_over();
    }
}

/// A flow that lets the caller talk to a bot, and repeats what it understood.
fn talking(extra: Value) -> Vec<Value> {
    let mut parameters = json!({
        "Text": "How can I help?",
        "LexV2Bot": { "AliasArn": "arn:aws:lex:r:1:bot-alias/B/A" },
        "LexSessionAttributes": { "from": "$.CustomerEndpoint.Address" },
    });
    let Value::Object(extra) = extra else {
        panic!("the parameters must be an object");
    };
    parameters.as_object_mut().unwrap().extend(extra);
    let logging = json!({ "FlowLoggingBehavior": "Enabled" });
    let understood = "You want $.Lex.IntentName of $.Lex.Slots.Policy, $.Lex.SessionAttributes.tier, \
                      $.Lex.SentimentResponse.Label";
    vec![
        action("log", "UpdateFlowLoggingBehavior", logging, "ask", &[]),
        with_conditions(
            "ask",
            "ConnectParticipantWithLexBot",
            parameters,
            "other",
            &[("Equals", "ClaimsIntent", "claims")],
            &[
                ("NoMatchingCondition", "other"),
                ("NoMatchingError", "failed"),
                ("InputTimeLimitExceeded", "slow"),
            ],
        ),
        say("claims", understood, "bye"),
        say("other", "other", "bye"),
        say("failed", "failed", "bye"),
        say("slow", "slow", "bye"),
        bye(),
    ]
}

fn lex() -> Value {
    json!({ "Lex": {
        "IntentName": "ClaimsIntent",
        "Slots": { "Policy": "P-7" },
        "SessionAttributes": { "tier": "gold" },
        "SentimentResponse": { "Label": "NEUTRAL" },
    } })
}

fn bot_results(call: &mut Call) -> Vec<Option<String>> {
    call.execution
        .take_log()
        .into_iter()
        .filter(|record| record.contact_flow_module_type == "GetUserInput")
        .map(|record| record.results)
        .collect()
}

/// Names of the values: "List of available contact attributes" of the administrator guide. The log
/// has a line at the start and one with the intent, of which only the first letter is a capital
/// (fitthejob/connect-terraform, lines captured on 2026-08-14).
#[test]
fn a_bot_of_lex_fills_its_values_and_selects_the_branch_of_its_intent() {
    let mut call = Call::start(&talking(json!({})));
    call.hear("How can I help?");
    let Output::Outside(block) = &call.output else {
        panic!("{:?}", call.output);
    };
    assert_eq!(
        block.parameters["LexSessionAttributes"]["from"],
        "+819000000001"
    );
    assert_eq!(block.key, None);
    let intent = |name: &str| ProvidedBranch::Result(name.to_owned());
    call.input(provided(intent("ClaimsIntent"), lex()));
    let results = bot_results(&mut call);
    assert_eq!(results, [None, Some("Claimsintent".to_owned())]);
    call.hear("You want ClaimsIntent of P-7, gold, NEUTRAL")
        .is_over();

    for (branch, heard, result) in [
        (intent("FallbackIntent"), "other", "NoMatchingCondition"),
        (
            ProvidedBranch::Failed("InputTimeLimitExceeded".to_owned()),
            "slow",
            "InputTimeLimitExceeded",
        ),
    ] {
        let mut call = Call::start(&talking(json!({})));
        call.hear("How can I help?")
            .input(provided(branch, json!({})));
        assert_eq!(bot_results(&mut call), [None, Some(result.to_owned())]);
        call.hear(heard).is_over();
    }
}

/// Administrator guide of Get customer input: the prompt can be interrupted, and keys are the bot's
/// input. LexInitializationData stands in place of a prompt.
#[test]
fn the_prompt_of_a_bot_is_interrupted_by_a_key_and_may_be_absent() {
    let mut call = Call::start(&talking(json!({})));
    let interruptible = matches!(&call.output, Output::Play(prompt) if prompt.interruptible);
    assert!(interruptible, "{:?}", call.output);
    call.press("4");
    let Output::Outside(block) = &call.output else {
        panic!("{:?}", call.output);
    };
    assert_eq!(block.key, Key::new('4'));

    let mut actions = talking(json!({ "LexInitializationData": { "InitialMessage": "Hello" } }));
    actions[1]["Parameters"]
        .as_object_mut()
        .unwrap()
        .remove("Text");
    let call = Call::start(&actions);
    assert!(
        matches!(call.output, Output::Outside(_)),
        "{:?}",
        call.output
    );
}

/// `Couldn't start a conversation with bot alias` is the recorded result of a bot that Connect
/// cannot reach.
#[test]
fn a_bot_without_a_script_takes_the_error_branch_and_the_trace_gives_the_reason() {
    let mut call = Call::start(&talking(json!({})));
    call.hear("How can I help?")
        .input(Input::OutsideAnswered(OutsideAnswer::Absent));
    assert_eq!(
        call.warnings(),
        ["the script of the call must have a turn of the bot"]
    );
    assert_eq!(
        bot_results(&mut call),
        [
            None,
            Some(
                "Couldn't start a conversation with bot alias arn:aws:lex:r:1:bot-alias/B/A"
                    .to_owned()
            )
        ]
    );
    call.hear("failed").is_over();
}

/// Administrator guide of modules: values of Lex do not pass from a flow into its module.
#[test]
fn a_module_does_not_see_the_values_of_its_callers_bot() {
    let mut actions = talking(json!({}));
    let module = json!({ "FlowModuleId": "m-1" });
    let errors = [("NoMatchingCondition", "bye"), ("NoMatchingError", "bye")];
    actions[2] = action("claims", "InvokeFlowModule", module, "after", &errors);
    actions.push(say("after", "after: $.Lex.IntentName", "bye"));
    let module = load(
        "m-1",
        FlowKind::Module,
        &[
            say("in", "in: $.Lex.IntentName", "end"),
            terminal("end", "EndFlowModuleExecution", json!({})),
        ],
    );
    let mut call = Call::start_with(contact(), &actions, vec![module]);
    call.hear("How can I help?")
        .input(provided(
            ProvidedBranch::Result("ClaimsIntent".to_owned()),
            lex(),
        ))
        .hear("in: ")
        .hear("after: ClaimsIntent")
        .is_over();
}

/// One block of each family: AWS's list of contact attributes names the values (`$.Case`,
/// `$.Customer`, `$.Views`, `$.Wisdom.SessionArn` as the console writes it, `$.DataTables`).
#[test]
fn values_of_each_family_can_be_read_after_its_block() {
    let failed = ("NoMatchingError", "bye");
    let view = json!({ "ViewResource": { "Id": "form", "Version": "1" },
                       "InvocationTimeLimitSeconds": "60" });
    let profile = json!({ "ProfileRequestData": { "ProfileId": "p", "ContactId": "c" } });
    let wisdom = json!({ "WisdomAssistantArn": "arn:aws:wisdom:r:1:assistant/a" });
    let case = json!({ "LinkContactToCase": "true", "CaseTemplateId": "t",
                       "CaseRequestFields": { "title": "Lost card" } });
    let table = json!({ "DataTableId": "t", "Queries": [{ "QueryName": "Hours",
                       "Attributes": ["open"] }] });
    for (block, values, text, expected) in [
        (
            with_conditions(
                "do",
                "ShowView",
                view,
                "said",
                &[("Equals", "Next", "said")],
                &[
                    ("NoMatchingCondition", "bye"),
                    failed,
                    ("TimeLimitExceeded", "bye"),
                ],
            ),
            json!({ "Views": { "Action": "Next", "ViewResultData": { "Color": "red" } } }),
            "$.Views.Action $.Views.ViewResultData.Color",
            "Next red",
        ),
        (
            action(
                "do",
                "AssociateContactToCustomerProfile",
                profile,
                "said",
                &[failed],
            ),
            json!({ "Customer": { "LastName": "Sato" } }),
            "$.Customer.LastName",
            "Sato",
        ),
        (
            action("do", "CreateWisdomSession", wisdom, "said", &[failed]),
            json!({ "Wisdom": { "SessionArn": "arn:session" } }),
            "$.Wisdom.SessionArn",
            "arn:session",
        ),
        (
            action("do", "CreateCase", case, "said", &[failed]),
            json!({ "Case": { "case_id": "c-9" } }),
            "$.Case.case_id",
            "c-9",
        ),
        (
            action("do", "EvaluateDataTableValues", table, "said", &[failed]),
            json!({ "DataTables": { "Hours": { "open": "9" } } }),
            "$.DataTables.Hours.open",
            "9",
        ),
    ] {
        let branch = match block["Type"].as_str() {
            Some("ShowView") => ProvidedBranch::Result("Next".to_owned()),
            _ => ProvidedBranch::Done,
        };
        let mut call = Call::start(&[block, say("said", text, "bye"), bye()]);
        call.input(provided(branch, values))
            .hear(expected)
            .is_over();
    }
}

/// The line of a failed StartMediaStreaming was published in
/// aws-samples/amazon-connect-live-agent-translation#5; the line of SetWisdomAssistant has the ARN of the
/// assistant in public guides.
#[test]
fn a_block_that_fails_outside_of_the_flow_logs_an_error() {
    let logging = json!({ "FlowLoggingBehavior": "Enabled" });
    let streaming = json!({
        "MediaStreamingState": "Enabled",
        "MediaStreamType": "Audio",
        "Participants": [{ "ParticipantType": "Customer", "MediaDirections": ["To", "From"] }],
    });
    let session = json!({ "WisdomAssistantArn": "arn:w" });
    for (kind, parameters, name, logged) in [
        (
            "UpdateContactMediaStreamingBehavior",
            streaming,
            "StartMediaStreaming",
            json!({ "MediaStreamTypes": "Audio", "Track": ["ToCustomer", "FromCustomer"] }),
        ),
        (
            "CreateWisdomSession",
            session.clone(),
            "SetWisdomAssistant",
            session,
        ),
    ] {
        let mut call = Call::start(&[
            action(
                "log",
                "UpdateFlowLoggingBehavior",
                logging.clone(),
                "block",
                &[],
            ),
            action(
                "block",
                kind,
                parameters,
                "bye",
                &[("NoMatchingError", "bye")],
            ),
            bye(),
        ]);
        call.input(Input::OutsideAnswered(OutsideAnswer::Absent));
        let lines: Vec<_> = call
            .execution
            .take_log()
            .into_iter()
            .filter(|record| record.contact_flow_module_type == name)
            .map(|record| serde_json::to_value(record).unwrap())
            .collect();
        assert_eq!(lines.len(), 1, "{kind}");
        assert_eq!(lines[0]["Results"], "Error", "{kind}");
        assert_eq!(lines[0]["Parameters"], logged, "{kind}");
    }
}
