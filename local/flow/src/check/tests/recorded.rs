//! Creates that public projects recorded on the service, a row per fact. Facts that are the subject of
//! another test of this directory are not repeated.
//!
//! The sources are abbreviated: `HH` is flow-as-code/hollow-hour-example-typescript, VERIFY.md; `FC` is
//! flow-as-code/flow-as-code, packages/core/src/actions.ts and its changes; `PU` is
//! mgaffigan/pulumi-amazon-connect, docs/wire-format-checks.md; `AI` is
//! aws-samples/sample-aicc-builder-for-amazon-connect-ai-agent, knowledge-base-docs/contact-flow; `SX` is
//! fitthejob/smartcx-demo, docs/connect-flow-json-reference.md.

use super::*;

const INBOUND: FlowKind = FlowKind::ContactFlow;
const QUEUE: FlowKind = FlowKind::CustomerQueue;
const WHISPER: FlowKind = FlowKind::CustomerWhisper;

/// Publishes an action "a" at the start of a flow, and returns the problems.
fn create(kind: FlowKind, action: Value) -> Vec<String> {
    let end = match kind {
        QUEUE | WHISPER => "EndFlowExecution",
        _ => "DisconnectParticipant",
    };
    let end = json!({ "Identifier": "bye", "Type": end, "Parameters": {}, "Transitions": {} });
    let content = json!({ "Version": "2019-10-30", "StartAction": "a", "Actions": [action, end] });
    problems_of(&content, kind)
}

/// A create that was recorded as accepted.
struct Accepted {
    source: &'static str,
    flow: FlowKind,
    kind: &'static str,
    parameters: Value,
    errors: &'static [&'static str],
    conditions: &'static [(&'static str, &'static str)],
}

fn taken(
    source: &'static str,
    kind: &'static str,
    parameters: Value,
    errors: &'static [&'static str],
) -> Accepted {
    Accepted {
        source,
        flow: INBOUND,
        kind,
        parameters,
        errors,
        conditions: &[],
    }
}

/// A create that was recorded as refused.
struct Refused {
    source: &'static str,
    kind: &'static str,
    parameters: Value,
    errors: &'static [&'static str],
    conditions: &'static [(&'static str, &'static str)],
    /// A part of each problem: the recorded words, or the name that is refused where the words were not
    /// recorded.
    words: &'static [&'static str],
}

fn refusal(
    source: &'static str,
    kind: &'static str,
    parameters: Value,
    errors: &'static [&'static str],
    words: &'static [&'static str],
) -> Refused {
    Refused {
        source,
        kind,
        parameters,
        errors,
        conditions: &[],
        words,
    }
}

fn recorded_as_accepted() -> Vec<Accepted> {
    const HOOK: &str = "arn:aws:connect:us-east-1:000000000000:instance/i/contact-flow/f";
    const BARE_ID: &str = "1f42ddb2-3f3d-49e9-a695-4fb521a03f07";
    let recorded = |participants: Value| {
        taken(
            "HH 16.4",
            "UpdateContactRecordingBehavior",
            json!({ "RecordingBehavior": { "RecordedParticipants": participants } }),
            &[],
        )
    };
    let wait = |flow: FlowKind| Accepted {
        flow,
        conditions: &[("Equals", "WaitCompleted")],
        ..taken(
            "HH 16.1: the rule of chats only is not checked",
            "Wait",
            json!({ "TimeLimitSeconds": "5" }),
            &[NME],
        )
    };
    let iteratively = |seconds: &str| Accepted {
        flow: QUEUE,
        conditions: &[("Equals", "MessagesInterrupted")],
        ..taken(
            "HH I5",
            "MessageParticipantIteratively",
            json!({ "Messages": [{ "Text": "x" }], "InterruptFrequencySeconds": seconds }),
            &[NME],
        )
    };
    let hook = |flow: &str| {
        taken(
            "fitthejob/connect-terraform, main-inbound-flow.ts, and 50 public flows",
            "UpdateContactEventHooks",
            json!({ "EventHooks": { "CustomerQueue": flow } }),
            &[NME],
        )
    };
    let repeated = |errors| Accepted {
        conditions: &[("Equals", "ContinueLooping"), ("Equals", "DoneLooping")],
        ..taken(
            "AI, the console's export; FC",
            "Loop",
            json!({ "LoopCount": "2" }),
            errors,
        )
    };
    vec![
        recorded(json!([])),
        recorded(json!(["Agent"])),
        taken(
            "HH 16.5",
            "UpdateContactRoutingBehavior",
            json!({ "QueueTimeAdjustmentSeconds": "-300" }),
            &[],
        ),
        wait(INBOUND),
        wait(QUEUE),
        iteratively("1"),
        iteratively("5"),
        iteratively("30"),
        taken(
            "Richard1007/claude-connect-skills, rule 15",
            "UpdateContactTextToSpeechVoice",
            json!({ "TextToSpeechVoice": "Matthew", "TextToSpeechEngine": "Generative" }),
            &[NME],
        ),
        taken(
            "AI, the console's export",
            "GetParticipantInput",
            json!({ "Text": "x", "StoreInput": "True", "InputTimeLimitSeconds": "5",
                    "InputValidation": { "CustomValidation": { "MaximumLength": "4" } },
                    "DTMFConfiguration": { "DisableCancelKey": "False",
                                           "InterdigitTimeLimitSeconds": "5" } }),
            &[NME],
        ),
        taken(
            "AI, the console's export: a capital letter and no prompt",
            "GetParticipantInput",
            json!({ "EnableDTMFBuffer": "True" }),
            &[NME],
        ),
        repeated(&[]),
        repeated(&[NME]),
        hook(HOOK),
        hook("$.Attributes.flow"),
        taken(
            "fitthejob/connect-terraform: a bare id is good here",
            "InvokeFlowModule",
            json!({ "FlowModuleId": BARE_ID }),
            &[NME],
        ),
        taken(
            "fitthejob/connect-terraform: a bare id is good here",
            "UpdateContactTargetQueue",
            json!({ "QueueId": BARE_ID }),
            &[NME],
        ),
        Accepted {
            conditions: &[("Equals", "Order")],
            ..taken(
                "AI, common-import-errors.md",
                "ConnectParticipantWithLexBot",
                json!({ "Text": "x", "LexV2Bot": { "AliasArn": "arn:l" } }),
                &[NMC, NME],
            )
        },
        taken(
            "AI, the console's export",
            "CreateCase",
            json!({ "LinkContactToCase": "True", "CaseTemplateId": "c" }),
            &["ContactNotLinked", NME],
        ),
        taken(
            "AI, the console's export",
            "UpdateContactRecordingAndAnalyticsBehavior",
            json!({ "ChatBehavior": { "ChatAnalyticsBehavior": { "Enabled": "False" } } }),
            &[
                NME,
                "ChannelMismatch",
                "InFlightRedactionConfigurationFailed",
            ],
        ),
        taken(
            "AI, the console's export of the block after CreateWisdomSession",
            "UpdateContactData",
            json!({ "WisdomSessionArn": "$.Wisdom.SessionArn" }),
            &[NME],
        ),
    ]
}

fn recorded_as_refused() -> Vec<Refused> {
    let lambda = || json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8" });
    let bot = || json!({ "Text": "x", "LexV2Bot": { "AliasArn": "arn:l" } });
    let unknown = |kind| {
        refusal(
            "AI, _VERIFIED-block-type-reference.md",
            kind,
            json!({}),
            &[],
            &["Invalid Action type. Type: "],
        )
    };
    let hours = |conditions| Refused {
        conditions,
        ..refusal(
            "AI, common-import-errors.md",
            "CheckHoursOfOperation",
            json!({}),
            &[NME],
            &["Invalid Action property value. Path: Actions[0].Transitions.Conditions"],
        )
    };
    let stored = json!({ "StoreInput": "True", "InputTimeLimitSeconds": "5",
                         "InputValidation": { "CustomValidation": { "MaximumLength": "4" } } });
    let mail = |from: Value, to: Value, words| {
        refusal(
            "AI, the console's export with notes of creates",
            "StartOutboundEmailContact",
            json!({ "FromEmailAddress": from, "DestinationEmailAddress": to,
                    "EmailMessage": { "MessageSourceType": "RAW" } }),
            &[NME],
            words,
        )
    };
    let address = || json!({ "EmailAddress": "a@example.com" });
    vec![
        refusal(
            "HH 16.8: several missing errors, in this order",
            "TransferParticipantToThirdParty",
            json!({ "ThirdPartyPhoneNumber": "$.Attributes.number",
                    "ThirdPartyConnectionTimeLimitSeconds": "30",
                    "ContinueFlowExecution": "True" }),
            &[],
            &[
                "Action is missing required error. Error: CallFailed, Path: Actions[0]",
                "Action is missing required error. Error: ConnectionTimeLimitExceeded, Path: Actions[0]",
                "Action is missing required error. Error: NoMatchingError, Path: Actions[0]",
            ],
        ),
        refusal(
            "HH 16.4",
            "UpdateContactRecordingBehavior",
            json!({ "RecordingBehavior": { "RecordedParticipants": [] } }),
            &[NME],
            &["Invalid Action error. Error: NoMatchingError"],
        ),
        refusal(
            "HH 16.5",
            "UpdateContactRoutingBehavior",
            json!({ "QueueTimeAdjustmentSeconds": "-300" }),
            &[NME],
            &["NoMatchingError"],
        ),
        refusal(
            "SX",
            "InvokeLambdaFunction",
            lambda(),
            &["TimeLimitExceeded", NME],
            &["TimeLimitExceeded"],
        ),
        Refused {
            conditions: &[("Equals", "x")],
            ..refusal(
                "SX",
                "InvokeLambdaFunction",
                lambda(),
                &[NME],
                &["conditions"],
            )
        },
        Refused {
            conditions: &[("NumberGreaterThan", "0")],
            ..refusal(
                "AI, the console's export with notes of creates",
                "CheckMetricData",
                json!({ "MetricType": "NumberOfAgentsOnline", "Queue": "q" }),
                &[NME, NMC],
                &["Parameters.Queue"],
            )
        },
        refusal(
            "AI, the console's export with notes of creates: a store block needs a prompt too",
            "GetParticipantInput",
            stored,
            &[NME],
            &["[Text, SSML, PromptId, Media]"],
        ),
        unknown("TransferToAgent"),
        unknown("CheckStaffing"),
        unknown("Trigger"),
        unknown("InvokeAPI"),
        unknown("CheckCondition"),
        unknown("UpdateContactRoutingData"),
        unknown("StartMediaStreaming"),
        refusal(
            "AI, common-import-errors.md",
            "UpdateContactTargetQueue",
            json!({ "QueueId": { "Text": "q" } }),
            &[NME],
            &["Invalid Action property value. Path: Actions[0].Parameters.QueueId"],
        ),
        refusal(
            "AI, common-import-errors.md",
            "ConnectParticipantWithLexBot",
            bot(),
            &[NMC, NME, "AgentError"],
            &["AgentError"],
        ),
        hours(&[("Equals", "True")]),
        hours(&[("Equals", "False")]),
        Refused {
            conditions: &[("Equals", "True"), ("Equals", "False")],
            ..refusal(
                "AI, common-import-errors.md",
                "CheckHoursOfOperation",
                json!({}),
                &[NME, NMC],
                &["NoMatchingCondition"],
            )
        },
        refusal(
            "AI, get-customer-profile.md",
            "GetCustomerProfile",
            json!({ "ProfileRequestData": { "PhoneNumber": "$.CustomerEndpoint.Address" } }),
            &[],
            &[
                "Action is missing required error. Error: MultipleFoundError, Path: Actions[0]",
                "Action is missing required error. Error: NoneFoundError, Path: Actions[0]",
                "Action is missing required error. Error: NoMatchingError, Path: Actions[0]",
            ],
        ),
        refusal(
            "AI, get-customer-profile.md: parameters that are not in ProfileRequestData",
            "GetCustomerProfile",
            json!({ "PhoneNumber": "$.CustomerEndpoint.Address" }),
            &["MultipleFoundError", "NoneFoundError", NME],
            &["Parameters.PhoneNumber", "Parameters.ProfileRequestData"],
        ),
        refusal(
            "AI, _VERIFIED-block-type-reference.md",
            "RenderMessageTemplate",
            json!({ "KnowledgeBaseArn": "arn:k", "MessageTemplateArn": "arn:t" }),
            &["TemplateRenderingError", NME],
            &[
                "Parameters.KnowledgeBaseArn",
                "Parameters.MessageTemplateArn",
                "Parameters.WisdomKnowledgeBaseArn",
                "Parameters.WisdomMessageTemplateArn",
            ],
        ),
        mail(
            json!({ "DisplayName": "x" }),
            address(),
            &["Action is missing required property. \
                 Path: Actions[0].Parameters.FromEmailAddress.EmailAddress"],
        ),
        mail(
            address(),
            json!({ "DisplayName": "x" }),
            &["Action is missing required property. \
                 Path: Actions[0].Parameters.DestinationEmailAddress.EmailAddress"],
        ),
        refusal(
            "AI, _VERIFIED-block-type-reference.md",
            "CreateCase",
            json!({ "LinkContactToCase": "True", "CaseTemplateId": "c", "Fields": { "a": "b" } }),
            &[NME],
            &["Parameters.Fields"],
        ),
        refusal(
            "PU",
            "UpdateContactMediaProcessing",
            json!({ "ChatProcessor": { "ProcessingEnabled": "True",
                                       "LambdaProcessorARN": "arn:l" } }),
            &[NME, "ChannelMismatch"],
            &["Action is missing required property. \
                 Path: Actions[0].Parameters.ChatProcessor.ChatProcessorSettings"],
        ),
        refusal(
            "AI, the console's export with notes of creates",
            "ShowView",
            json!({ "ViewResource": { "Id": "arn:v" }, "InvocationTimeLimitSeconds": "undefined" }),
            &[NMC, NME, "TimeLimitExceeded"],
            &["Parameters.InvocationTimeLimitSeconds"],
        ),
        refusal(
            "AI, common-import-errors.md: an unknown name comes before a missing one",
            "UpdateContactTextToSpeechVoice",
            json!({ "VoiceId": "Joanna" }),
            &[],
            &[
                "Invalid Action property name. Path: Actions[0].Parameters.VoiceId",
                "Action is missing required property. Path: Actions[0].Parameters.TextToSpeechVoice",
            ],
        ),
    ]
}

#[test]
fn what_was_accepted_is_accepted() {
    for row in recorded_as_accepted() {
        let action = action(row.kind, row.parameters.clone(), row.errors, row.conditions);
        let problems = create(row.flow, action);
        let name = format!("{}, {}: {}", row.source, row.kind, row.parameters);
        assert_eq!(problems, [""; 0], "{name}");
    }
}

#[test]
fn what_was_refused_is_refused_for_the_same_reason() {
    for row in recorded_as_refused() {
        let action = action(row.kind, row.parameters.clone(), row.errors, row.conditions);
        let problems = create(INBOUND, action);
        let name = format!("{}, {}: {problems:?}", row.source, row.kind);
        assert_eq!(problems.len(), row.words.len(), "{name}");
        for (problem, words) in problems.iter().zip(row.words) {
            assert!(problem.contains(words), "{words}: {name}");
        }
    }
}

/// `HH` C1: in three types of flow, at the start and later; and the order of two problems.
#[test]
fn a_comparison_needs_a_next_action_wherever_it_stands() {
    let compare = |errors: &[&str], next: Option<&str>| {
        let value = json!({ "ComparisonValue": "$.Channel" });
        let mut compare = action("Compare", value, errors, &[("Equals", "VOICE")]);
        match next {
            Some(next) => compare["Transitions"]["NextAction"] = next.into(),
            None => {
                let transitions = compare["Transitions"].as_object_mut().unwrap();
                transitions.remove("NextAction");
            }
        }
        compare
    };
    let missing = |at: usize| {
        format!("Action is missing required property. Path: Actions[{at}].Transitions.NextAction")
    };
    for kind in [INBOUND, QUEUE, WHISPER] {
        assert_eq!(
            create(kind, compare(&[NMC], None)),
            [missing(0)],
            "{kind:?}"
        );
        assert_eq!(
            create(kind, compare(&[], None)),
            [
                missing(0),
                "Action is missing required error. Error: NoMatchingCondition, Path: Actions[0]"
                    .to_owned()
            ],
            "{kind:?}"
        );
        // Any target is good, the action itself included.
        for next in ["bye", "a"] {
            let problems = create(kind, compare(&[NMC], Some(next)));
            assert_eq!(problems, [""; 0], "{kind:?} {next}");
        }
    }
    let mut second = compare(&[NMC], None);
    second["Identifier"] = "b".into();
    let mut first = action("MessageParticipant", json!({ "Text": "x" }), &[], &[]);
    first["Transitions"]["NextAction"] = "b".into();
    let content = json!({ "Version": "2019-10-30", "StartAction": "a",
                          "Actions": [first, second, bye()] });
    assert_eq!(problems_of(&content, INBOUND), [missing(1)]);
}

/// `FC` 0.2.1: of 31 types that are not terminal, this is the only one that needs no next action.
#[test]
fn prompts_in_a_loop_need_no_next_action() {
    let messages = json!({ "Messages": [{ "Text": "x" }] });
    let mut messages = action("MessageParticipantIteratively", messages, &[], &[]);
    assert_eq!(create(QUEUE, messages.clone()), [""; 0]);
    let transitions = messages["Transitions"].as_object_mut().unwrap();
    transitions.remove("NextAction");
    assert_eq!(create(QUEUE, messages), [""; 0]);
}

/// The deployed main flow of fitthejob/connect-terraform has a terminal action without `Transitions`.
#[test]
fn a_terminal_action_needs_no_transitions() {
    let end = json!({ "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {} });
    let content = json!({ "Version": "2019-10-30", "StartAction": "bye", "Actions": [end] });
    assert_eq!(problems_of(&content, INBOUND), [""; 0]);
}

/// One project saw such flows refused (`SX`); `HH`, `PU` and `AI` published all of them.
#[test]
fn identifiers_are_free_and_actions_may_be_unreachable() {
    let alone = json!({ "Identifier": "alone", "Type": "DisconnectParticipant", "Parameters": {},
                        "Transitions": {} });
    let content = json!({ "Version": "2019-10-30", "StartAction": "bye",
                          "Metadata": { "entryPointPosition": { "x": 0, "y": 0 } },
                          "Actions": [bye(), alone] });
    assert_eq!(problems_of(&content, INBOUND), [""; 0]);
}

/// 28 public exports have a store block with an empty list of conditions.
#[test]
fn a_store_block_may_have_an_empty_list_of_conditions() {
    let parameters = json!({ "Text": "x", "StoreInput": "True", "InputTimeLimitSeconds": "5",
        "InputValidation": { "CustomValidation": { "MaximumLength": "4" } } });
    let store = action("GetParticipantInput", parameters, &[NME], &[]);
    assert_eq!(store["Transitions"]["Conditions"], json!([]));
    assert_eq!(create(INBOUND, store), [""; 0]);
}
