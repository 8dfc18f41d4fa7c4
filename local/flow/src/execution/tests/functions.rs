use super::*;

fn invoke(id: &str, extra: Value, next: &str) -> Value {
    let mut parameters = json!({ "LambdaFunctionARN": "arn:lambda", "InvocationTimeLimitSeconds": "8",
                                 "InvocationType": "SYNCHRONOUS" });
    for (key, value) in extra.as_object().unwrap() {
        parameters[key] = value.clone();
    }
    action(
        id,
        "InvokeLambdaFunction",
        parameters,
        next,
        &[("NoMatchingError", "failed")],
    )
}

fn flow(extra: Value) -> Vec<Value> {
    vec![
        invoke("call", extra, "say"),
        say(
            "say",
            "[$.External.a|$.LambdaInvocation.ResultData.b.c]",
            "call",
        ),
        say("failed", "failed [$.External.a]", "bye"),
        bye(),
    ]
}

/// The AWS documentation ("Lambda function input") and events that public projects recorded.
#[test]
fn a_function_receives_the_contacts_event() {
    let mut contact = contact();
    contact.attributes.insert("lang".into(), "ja".into());
    let parameters = json!({ "LambdaInvocationAttributes": {
        "step": "verify", "who": "$.CustomerEndpoint.Address", "none": "$.External.x",
        "mixed": "<$.External.x>", "$.Channel": "key", "nested": { "lang": ["$.Attributes.lang"], "n": 1 } } });
    let call = Call::start_with(contact, &flow(parameters), vec![]);
    let function = call.function();
    assert_eq!(function.function_arn, "arn:lambda");
    assert_eq!(function.time_limit, Duration::from_secs(8));
    assert_eq!(function.response_type, ResponseType::StringMap);
    assert!(!function.asynchronous);
    assert_eq!(
        function.event,
        json!({ "Name": "ContactFlowEvent", "Details": {
            "ContactData": {
                "Attributes": { "lang": "ja" }, "AwsRegion": "ap-northeast-1", "Channel": "VOICE",
                "ContactId": "c-1", "InitialContactId": "c-1", "PreviousContactId": "c-1",
                "CustomerEndpoint": { "Address": "+819000000001", "Type": "TELEPHONE_NUMBER" },
                "SystemEndpoint": { "Address": "+815000000002", "Type": "TELEPHONE_NUMBER" },
                "CustomerId": null, "Description": null, "Name": null, "LanguageCode": null,
                "InitiationMethod": "INBOUND",
                "InstanceARN": "arn:aws:connect:ap-northeast-1:000000000000:instance/i-1",
                "MediaStreams": { "Customer": { "Audio": {} } },
                "Queue": null, "References": {}, "RelatedContactId": null,
                "SegmentAttributes": { "connect:Subtype": {
                    "ValueString": "connect:Telephony", "ValueInteger": null, "ValueArn": null,
                    "ValueList": null, "ValueMap": null } },
                "Tags": { "aws:connect:instanceId": "i-1" } },
            "Parameters": { "step": "verify", "who": "+819000000001", "none": null, "mixed": "<>",
                            "VOICE": "key", "nested": { "lang": ["ja"], "n": 1 } } } })
    );
}

#[test]
fn the_event_contains_the_queue_and_no_withheld_number() {
    let mut contact = contact();
    contact.customer_endpoint = None;
    contact.queue = Some(Queue {
        arn: "arn:q".into(),
        name: "q".into(),
        outbound_caller_id: Some(Endpoint::telephone("+815000000009")),
    });
    let call = Call::start_with(contact, &flow(json!({})), vec![]);
    let data = &call.function().event["Details"]["ContactData"];
    assert_eq!(data["CustomerEndpoint"], Value::Null);
    assert_eq!(
        data["Queue"],
        json!({ "ARN": "arn:q", "Name": "q",
                "OutboundCallerId": { "Address": "+815000000009", "Type": "TELEPHONE_NUMBER" } })
    );
    assert_eq!(call.function().event["Details"]["Parameters"], json!({}));
}

#[test]
fn an_answer_replaces_the_whole_previous_one() {
    let mut call = Call::start(&flow(json!({})));
    call.answers(json!({ "a": "1", "x": "y" })).hear("[1|]");
    call.answers(json!({ "z": "2" })).hear("[|]");
    call.answers(json!({})).hear("[|]");
}

#[test]
fn a_failure_keeps_the_previous_answer() {
    for failure in [
        FunctionFailure::FunctionError,
        FunctionFailure::TimedOut,
        FunctionFailure::Refused {
            status: 403,
            code: "AccessDeniedException".into(),
            request_id: "r-1".into(),
        },
    ] {
        let mut call = Call::start(&flow(json!({})));
        call.answers(json!({ "a": "1" })).hear("[1|]");
        call.answers_after(1, Err(failure))
            .hear("failed [1]")
            .is_over();
    }
}

#[test]
fn an_unusable_answer_fails_the_block() {
    let big = json!({ "b": "x".repeat(64 * 1024 - 7) }).to_string();
    assert_eq!(big.len(), 65_537);
    for answer in [
        "",
        "null",
        "[]",
        "\"text\"",
        "{\"a\":",
        "{\"a\":null}",
        "{\"a\":{\"b\":\"c\"}}",
        "{\"a\":true}",
        "{\"a\":[\"b\"]}",
        big.as_str(),
    ] {
        let mut call = Call::start(&flow(json!({})));
        call.answers_after(0, Ok(answer.into()))
            .hear("failed []")
            .is_over();
    }
    let mut call = Call::start(&flow(json!({})));
    call.answers_after(0, Ok(vec![0xff, 0xfe]))
        .hear("failed []");
    // Exactly 64 KB is allowed (administrator guide, quoted by a public project that relies on it).
    let fits = json!({ "b": "x".repeat(64 * 1024 - 8) }).to_string();
    assert_eq!(fits.len(), 65_536);
    let mut call = Call::start(&flow(json!({})));
    call.answers_after(0, Ok(fits.into_bytes())).hear("[|]");
}

/// AWS's tutorial for functions in flows returns a number in the default response type, and its flow speaks
/// the number.
#[test]
fn a_number_in_a_map_of_strings_is_text() {
    let mut call = Call::start(&flow(json!({})));
    call.answers(json!({ "a": 5 })).hear("[5|]");
    call.answers(json!({ "a": -1.5, "b": "c" })).hear("[-1.5|]");
    // It stays text where its type would be visible.
    let pass = invoke(
        "pass",
        json!({ "LambdaInvocationAttributes": { "n": "$.External.a" } }),
        "bye",
    );
    let mut call = Call::start(&[
        invoke("call", json!({}), "pass"),
        pass,
        say("failed", "failed", "bye"),
        bye(),
    ]);
    call.answers(json!({ "a": 5 }));
    assert_eq!(
        call.function().event["Details"]["Parameters"],
        json!({ "n": "5" })
    );
}

#[test]
fn a_json_answer_may_be_any_object() {
    let extra = json!({ "ResponseValidation": { "ResponseType": "JSON" } });
    let mut call = Call::start(&flow(extra.clone()));
    assert_eq!(call.function().response_type, ResponseType::Json);
    call.answers(json!({ "a": 1.5, "b": { "c": true } }))
        .hear("[1.5|true]");
    call.answers(json!({ "a": {}, "b": { "c": [1] } }))
        .hear("[|]");
    call.answers(json!(["no object"])).hear("failed []");
    let actions = vec![
        invoke("call", extra, "check"),
        with_conditions(
            "check",
            "Compare",
            json!({ "ComparisonValue": "$.External.user" }),
            "bye",
            &[("KeyExists", "tier", "yes")],
            &[("NoMatchingCondition", "no")],
        ),
        say("yes", "yes", "bye"),
        say("no", "no", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ];
    Call::start(&actions)
        .answers(json!({ "user": { "tier": null } }))
        .hear("yes");
    Call::start(&actions)
        .answers(json!({ "user": {} }))
        .hear("no");
    Call::start(&actions).answers(json!({})).hear("no");
}

/// flow-as-code/hollow-hour-example-typescript, VERIFY.md, L1 and S2: JSON validation lets a name with a point
/// and whole sentences through.
#[test]
fn a_json_answer_may_contain_sentences() {
    let extra = json!({ "ResponseValidation": { "ResponseType": "JSON" } });
    Call::start(&flow(extra))
        .answers(json!({ "a": "Mrs. Alder", "b": { "c": "Did you hear it? Knocking." } }))
        .hear("[Mrs. Alder|Did you hear it? Knocking.]");
}

#[test]
fn asynchronous_calls_do_not_change_the_answer() {
    let mut actions = flow(json!({ "InvocationType": "ASYNCHRONOUS" }));
    actions.insert(0, invoke("first", json!({}), "call"));
    let answers: [Result<Vec<u8>, FunctionFailure>; 3] = [
        Ok(b"{\"a\":\"2\"}".to_vec()),
        Ok(b"".to_vec()),
        Err(FunctionFailure::FunctionError),
    ];
    for answer in answers {
        let mut call = Call::start(&actions);
        call.answers(json!({ "a": "1" }));
        assert!(call.function().asynchronous);
        call.answers_after(0, answer).hear("[1|]");
    }
    let mut call = Call::start(&actions);
    let refused = FunctionFailure::Refused {
        status: 404,
        code: "ResourceNotFoundException".into(),
        request_id: "r-1".into(),
    };
    call.answers(json!({}))
        .answers_after(0, Err(refused))
        .hear("failed []");
}

/// The administrator guide passes nested JSON from one function to the next: "JSON" as the response type
/// keeps objects, lists, numbers and booleans, and nested JSON is a valid input.
#[test]
fn json_keeps_its_type_from_one_function_to_the_next() {
    let answer =
        json!({ "n": 1.5, "yes": true, "who": { "tier": 3 }, "list": [1, "b"], "text": "5" });
    let json = json!({ "ResponseType": "JSON" });
    let next = json!({ "LambdaInvocationAttributes": {
        "n": "$.External.n", "yes": "$.External.yes", "who": "$.External.who", "list": "$.External.list",
        "tier": "$.LambdaInvocation.ResultData.who.tier", "text": "$.External.text",
        "in text": "<$.External.n $.External.yes>", "nested": { "who": ["$.External.who"] } } });
    let mut call = Call::start(&[
        invoke("call", json!({ "ResponseValidation": json }), "next"),
        invoke("next", next, "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]);
    call.answers(answer);
    assert_eq!(
        call.function().event["Details"]["Parameters"],
        json!({ "n": 1.5, "yes": true, "who": { "tier": 3 }, "list": [1, "b"], "tier": 3, "text": "5",
                "in text": "<1.5 true>", "nested": { "who": [{ "tier": 3 }] } })
    );
}

#[test]
fn consecutive_functions_are_limited_to_twenty_seconds() {
    let chain = |between: Option<Value>| {
        let mut actions = vec![
            invoke("one", json!({}), "two"),
            invoke(
                "two",
                json!({}),
                if between.is_some() {
                    "between"
                } else {
                    "three"
                },
            ),
            invoke("three", json!({}), "four"),
            invoke("four", json!({}), "say"),
            say("say", "done", "bye"),
            say("failed", "failed", "bye"),
            bye(),
        ];
        actions.extend(between);
        actions
    };
    let ok = || Ok(b"{}".to_vec());
    let mut call = Call::start(&chain(None));
    call.answers_after(8, ok()).answers_after(8, ok());
    assert_eq!(call.function().time_limit, Duration::from_secs(4));
    call.answers_after(4, ok()).hear("failed");
    let mut call = Call::start(&chain(None));
    call.answers_after(8, ok())
        .answers_after(8, ok())
        .answers_after(8, ok())
        .hear("failed");
    // A prompt in between starts a new chain, an attribute does not.
    let mut call = Call::start(&chain(Some(say("between", "hm", "three"))));
    call.answers_after(8, ok())
        .answers_after(8, ok())
        .hear("hm");
    call.answers_after(8, ok())
        .answers_after(8, ok())
        .hear("done");
    let set = action(
        "between",
        "UpdateContactAttributes",
        json!({ "Attributes": { "a": "b" } }),
        "three",
        &[("NoMatchingError", "bye")],
    );
    let mut call = Call::start(&chain(Some(set)));
    call.answers_after(8, ok()).answers_after(8, ok());
    assert_eq!(call.function().time_limit, Duration::from_secs(4));
}

#[test]
fn a_function_without_an_arn_fails() {
    let call = invoke(
        "call",
        json!({ "LambdaFunctionARN": "$.Attributes.gone" }),
        "bye",
    );
    Call::start(&[call, say("failed", "failed", "bye"), bye()]).hear("failed");
}
