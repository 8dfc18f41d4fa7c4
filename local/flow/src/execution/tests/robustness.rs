use super::*;

/// Answers every output with something that fits, from a small sequence of its own.
fn drive(flow: LoadedFlow, seed: u32) -> usize {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut random = move |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    };
    let module = flow.clone();
    let listed = flow.flow.transitions();
    let mut execution = Execution::new(contact(), flow, datetime!(2026-11-23 01:00 UTC));
    let mut output = execution.resume(Input::Start);
    for step in 0..2_000 {
        for event in execution.take_trace() {
            if let TraceEvent::Taken { transition, .. } = event {
                assert!(listed.contains(&transition), "{}", show(&transition));
            }
        }
        let took = Duration::from_millis(random(9_000).into());
        let key = Key::new(char::from(b"0123456789*#"[random(12) as usize])).unwrap();
        let pressed = Input::KeyPressed { key, after: took };
        let input = match &output {
            Output::Play(prompt) if !prompt.interruptible && random(4) == 0 => Input::PlayedOver {
                keys: vec![key; 3],
                took,
            },
            Output::Play(_) if random(3) == 0 => pressed,
            Output::Play(_) => Input::Played { took },
            Output::AwaitKey { .. } if random(3) > 0 => pressed,
            Output::AwaitKey { .. } | Output::Sleep { .. } => Input::TimeReached,
            Output::InvokeFunction(_) => Input::FunctionAnswered {
                answer: match random(4) {
                    0 => Err(FunctionFailure::FunctionError),
                    1 => Ok(b"[1]".to_vec()),
                    _ => Ok(br#"{"a":"1","b":"$.External.a"}"#.to_vec()),
                },
                took,
            },
            Output::LoadFlow { .. } if random(2) == 0 => Input::FlowLoaded(None),
            Output::LoadFlow { .. } => Input::FlowLoaded(Some(Box::new(module.clone()))),
            Output::FindQueue { .. } => Input::QueueFound((random(2) == 0).then(|| Queue {
                arn: "a".into(),
                name: "n".into(),
            })),
            Output::CheckHours { .. } => {
                Input::Hours([None, Some(true), Some(false)][random(3) as usize])
            }
            Output::DrawPercent => Input::Drawn(1 + random(100) as u8),
            Output::EnterQueue(_) => Input::QueueEntered(
                [
                    QueueEntry::Failed,
                    QueueEntry::AtCapacity,
                    QueueEntry::Entered,
                ][random(3) as usize],
            ),
            Output::Dial { returns, .. } => Input::Dialled {
                outcome: [
                    DialOutcome::Failed,
                    DialOutcome::TimedOut,
                    DialOutcome::ReturnedAfterCall,
                    if *returns {
                        DialOutcome::Failed
                    } else {
                        DialOutcome::Connected
                    },
                ][random(4) as usize],
                took,
            },
            Output::Ended(ending) => {
                assert!(
                    !matches!(
                        ending,
                        Ending::Stopped(StopReason::Broken { .. } | StopReason::WrongInput { .. })
                    ),
                    "{ending:?}"
                );
                return step;
            }
        };
        output = execution.resume(input);
    }
    2_000
}

/// Type, parameters, conditions and errors.
type Step = (
    &'static str,
    Value,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

/// One flow with nearly every block in it, each leading to the next whatever happens.
fn everything() -> Vec<Value> {
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
            json!({ "Text": "Menu", "InputTimeLimitSeconds": "5" }),
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
            json!({ "TimeLimitSeconds": "5" }),
            &[("Equals", "WaitCompleted")],
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

#[test]
fn any_conversation_comes_to_a_proper_end_or_goes_on() {
    let flow = load("main", FlowKind::ContactFlow, &everything());
    let longest = (0..300).map(|seed| drive(flow.clone(), seed)).max();
    assert!(longest > Some(20));
    // As a module the same blocks run on a stack of callers.
    let module = load("main", FlowKind::Module, &everything());
    for seed in 0..300 {
        drive(module.clone(), seed);
    }
}

#[test]
fn transitions_listed_are_those_that_can_be_taken() {
    let flow = load("main", FlowKind::ContactFlow, &everything());
    let listed: Vec<_> = flow.flow.transitions().iter().map(show).collect();
    for (transition, there) in [
        ("b3 -next-> b4", true),
        ("b4 -0=1-> b5", true),
        ("b4 -next-> b5", false),
        ("b11 -NoMatchingCondition-> b12", true),
        ("b11 -next-> b12", false),
        ("b22 -next-> b23", true),
        ("b24 -terminal-> end", true),
        ("b24 -next-> bye", false),
        ("bye -terminal-> end", true),
    ] {
        assert_eq!(
            listed.contains(&transition.to_owned()),
            there,
            "{transition}"
        );
    }
}

#[test]
fn mutilated_content_never_panics() {
    let text = content(&everything()).to_string();
    for kind in [
        FlowKind::ContactFlow,
        FlowKind::Module,
        FlowKind::CustomerHold,
    ] {
        let stride = 37;
        for end in (0..text.len())
            .step_by(stride)
            .filter(|end| text.is_char_boundary(*end))
        {
            assert!(Flow::publish(&text[..end], kind).is_err());
        }
    }
    for (from, to) in [
        ("\"", ""),
        ("{", "["),
        ("}", ""),
        (":", ","),
        ("\"5\"", "5"),
        ("\"5\"", "null"),
        ("{}", "null"),
        ("[]", "{}"),
        ("b1", "b2"),
        ("Equals", "Not"),
        ("True", ""),
        ("$.", "$['"),
        ("NextAction", "Next"),
        ("Parameters", "P"),
        ("Transitions", "T"),
        ("Identifier", "I"),
        ("Text", "SSML"),
        ("1", "１"),
        ("2019-10-30", "2020-01-01"),
        ("Errors", "Conditions"),
        ("bye", "constructor"),
        ("\"b0\"", "17"),
    ] {
        if let Err(problems) = Flow::publish(&text.replace(from, to), FlowKind::ContactFlow) {
            assert!((1..=50).contains(&problems.len()), "{from} {to}");
            for problem in problems {
                assert!(
                    (1..=256).contains(&problem.message.chars().count()),
                    "{}",
                    problem.message
                );
            }
        }
        for (at, _) in text.match_indices(from).step_by(7) {
            let mut one = text.clone();
            one.replace_range(at..at + from.len(), to);
            if let Ok(flow) = Flow::publish(&one, FlowKind::ContactFlow) {
                flow.transitions();
            }
        }
    }
}
