//! The table of block types: each row can be read, and what it refuses and accepts.

use std::collections::BTreeSet;

use super::*;
use crate::ProvidedBranch;

/// The rows of the table as JSON.
pub(super) fn rows() -> serde_json::Map<String, Value> {
    serde_json::from_str(include_str!("../block_types.json")).unwrap()
}

fn problems_in(kind: FlowKind, action: Value) -> Vec<String> {
    problems_of(&flow(action), kind)
}

#[test]
fn every_row_can_be_read_and_names_its_evidence() {
    let of_a_row = BTreeSet::from([
        "evidence",
        "flows",
        "forms",
        "absent",
        "absent_when",
        "log_name",
        "differs",
        "sources",
    ]);
    let of_a_form = BTreeSet::from([
        "name",
        "when",
        "terminal",
        "next_optional",
        "open",
        "with",
        "parameters",
        "exactly_one",
        "at_most_one",
        "at_least_one",
        "shown",
        "together",
        "required_when",
        "refused_when",
        "errors",
        "errors_when",
        "conditions",
        "conditions_when",
        "min_conditions",
    ]);
    let rows = rows();
    assert!(rows.len() >= 70, "{}", rows.len());
    for (kind, row) in &rows {
        for member in row.as_object().unwrap().keys() {
            let known = of_a_row.contains(member.as_str()) || of_a_form.contains(member.as_str());
            assert!(known, "{kind}: {member}");
        }
        for form in row["forms"].as_array().into_iter().flatten() {
            for member in form.as_object().unwrap().keys() {
                assert!(of_a_form.contains(member.as_str()), "{kind}: {member}");
            }
        }
        let evidence = ["recorded", "documented", "reported", "inferred"];
        assert!(
            evidence.contains(&row["evidence"].as_str().unwrap()),
            "{kind}"
        );
        assert!(!row["sources"].as_array().unwrap().is_empty(), "{kind}");
        let found = crate::check::block_types::find(kind).unwrap();
        assert!(found.is_some(), "{kind}");
    }
}

/// The bounds of a static value are in the table, and those of a reference's value in the compiled
/// block.
#[test]
fn the_bounds_of_references_are_those_of_the_table() {
    use crate::compile::{input_length, interdigit_limit, loop_limit, ringing_limit, wait_limit};
    let shapes: Value = serde_json::from_str(include_str!("../shapes.json")).unwrap();
    let rows = rows();
    let input = &rows["GetParticipantInput"]["forms"];
    let form = |name: &str| {
        let forms = input.as_array().unwrap().iter();
        forms.clone().find(|form| form["name"] == name).unwrap()
    };
    let validation = &form("text")["parameters"]["InputValidation"]["members"]["CustomValidation"];
    let third_party = &rows["TransferParticipantToThirdParty"]["forms"][0]["parameters"];
    type Accepts = fn(&str) -> bool;
    let limits: [(&str, &Value, Accepts); 5] = [
        ("count", &rows["Loop"]["parameters"]["LoopCount"], |text| {
            loop_limit(text).is_some()
        }),
        (
            "wait",
            &rows["Wait"]["forms"][0]["parameters"]["TimeLimitSeconds"],
            |text| wait_limit(text).is_some(),
        ),
        ("length", &validation["members"]["MaximumLength"], |text| {
            input_length(text).is_some()
        }),
        (
            "between keys",
            &shapes["keys"]["members"]["InterdigitTimeLimitSeconds"],
            |text| interdigit_limit(text).is_some(),
        ),
        (
            "ringing",
            &third_party["ThirdPartyConnectionTimeLimitSeconds"],
            |text| ringing_limit(text).is_some(),
        ),
    ];
    for (name, parameter, accepts) in limits {
        assert_eq!(parameter["dynamic"], true, "{name}");
        let least = parameter["min"].as_i64().unwrap();
        let most = parameter["max"].as_i64().unwrap();
        for (number, accepted) in [
            (least - 1, false),
            (least, true),
            (most, true),
            (most + 1, false),
        ] {
            assert_eq!(accepts(&number.to_string()), accepted, "{name}: {number}");
        }
    }
}

/// The branch must be one that publishing accepts for the type, or no flow could have it.
#[test]
fn every_type_has_a_branch_for_an_instance_without_its_service() {
    let rows = rows();
    for (kind, row) in &rows {
        // The other types are executed.
        let Some(absent) = row.get("absent") else {
            continue;
        };
        let when = row.get("absent_when").and_then(Value::as_array);
        for absent in when.into_iter().flatten().chain([absent]) {
            if let Some(error) = absent["branch"].get("error") {
                let branch = ProvidedBranch::Failed(error.as_str().unwrap().to_owned());
                assert_eq!(branch.check(kind), Ok(()), "{kind}");
            } else {
                assert_eq!(absent["branch"], "done", "{kind}");
            }
            let because = absent["because"].as_str().unwrap();
            assert!(
                because.starts_with("the ") || because.starts_with("a "),
                "{kind}: {because}"
            );
            assert!(because.contains(" must "), "{kind}: {because}");
            assert!(!because.ends_with('.'), "{kind}: {because}");
            let evidence = ["recorded", "documented", "inferred"];
            assert!(
                evidence.contains(&absent["evidence"].as_str().unwrap()),
                "{kind}"
            );
            assert!(!absent["source"].as_str().unwrap().is_empty(), "{kind}");
        }
        assert_ne!(crate::check::block_types::log_name(kind), "", "{kind}");
    }
}

/// AWS's pages: a case needs a Cases domain, a recording succeeds on a voice call, and a task needs
/// only the instance.
#[test]
fn a_flow_lists_the_blocks_that_no_call_can_pass() {
    let task = json!({ "Name": "Call back", "ContactFlowId": "f-1" });
    let voice = json!({ "VoiceBehavior": { "VoiceRecordingBehavior": {
        "RecordedParticipants": ["Agent"] } } });
    let next = |id: &str, kind: &str, parameters: Value, next: &str, errors: &[&str]| {
        let errors: Vec<_> = errors
            .iter()
            .map(|error| json!({ "NextAction": next, "ErrorType": error }))
            .collect();
        json!({ "Identifier": id, "Type": kind, "Parameters": parameters,
                "Transitions": { "NextAction": next, "Errors": errors, "Conditions": [] } })
    };
    let case =
        json!({ "CaseId": "c", "LinkContactToCase": "true", "CaseRequestFields": { "a": "b" } });
    let content = json!({ "Version": "2019-10-30", "StartAction": "a", "Actions": [
        next("a", "CreateTask", task, "b", &[NME]),
        next("b", "UpdateContactRecordingAndAnalyticsBehavior", voice, "c", &[NME, "ChannelMismatch"]),
        next("c", "UpdateCase", case, "d", &[NME]),
        { "Identifier": "d", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
    ] });
    let flow = crate::Flow::publish(&content.to_string(), FlowKind::ContactFlow).unwrap();
    let listed: Vec<_> = flow.unserved().collect();
    assert_eq!(
        listed,
        [crate::UnservedBlock {
            identifier: "c",
            kind: "UpdateCase",
            error: Some(NME),
            because: "the instance must have a Cases domain",
        }]
    );
}

/// AWS's page of each action says so, or the service was seen to refuse it.
#[test]
fn types_that_are_not_executed_are_checked_like_the_others() {
    let value = |name: &str| format!("Invalid Action property value. Path: Actions[0].{name}");
    let missing = |name: &str| {
        format!("Action is missing required property. Path: Actions[0].Parameters.{name}")
    };
    let callback = ["InvalidCallbackNumber", "CallbackNumberNotDialable"];
    for (kind, parameters, errors, conditions, expected) in [
        // One JSONPath; it cannot be set statically.
        (
            "UpdateContactCallbackNumber",
            json!({ "CallbackNumber": "+819012345678" }),
            &callback[..],
            &[][..],
            vec![value("Parameters.CallbackNumber")],
        ),
        (
            "CreateCallbackContact",
            json!({}),
            &[NME],
            &[],
            vec![
                missing("InitialCallDelaySeconds"),
                missing("MaximumConnectionAttempts"),
                missing("RetryDelaySeconds"),
            ],
        ),
        // The priority is an integer above 0 and excludes the adjustment.
        (
            "UpdateContactRoutingBehavior",
            json!({ "QueuePriority": "0", "QueueTimeAdjustmentSeconds": "x" }),
            &[],
            &[],
            vec![
                "Only one of these properties may be defined. \
                 Properties: [QueuePriority, QueueTimeAdjustmentSeconds]"
                    .to_owned(),
                value("Parameters.QueuePriority"),
                value("Parameters.QueueTimeAdjustmentSeconds"),
            ],
        ),
        (
            "CheckMetricData",
            json!({ "MetricType": "NumberOfUnicorns" }),
            &[NME, NMC],
            &[("NumberGreaterThan", "0")],
            vec![value("Parameters.MetricType")],
        ),
        // Recorded: at least one condition.
        (
            "CheckMetricData",
            json!({ "MetricType": "NumberOfAgentsOnline" }),
            &[NME, NMC],
            &[],
            vec![
                "Action is missing required property. Path: Actions[0].Transitions.Conditions"
                    .to_owned(),
            ],
        ),
        // Recorded: unknown names come before missing ones.
        (
            "GetMetricData",
            json!({ "Nonsense": "x" }),
            &[NME],
            &[],
            vec!["Invalid Action property name. Path: Actions[0].Parameters.Nonsense".to_owned()],
        ),
        // Recorded.
        (
            "ConnectParticipantWithLexBot",
            json!({ "Text": "hello" }),
            &[NMC, NME],
            &[],
            vec![missing("LexBot")],
        ),
        (
            "ConnectParticipantWithLexBot",
            json!({ "Text": "hello", "BotAliasArn": "arn:x", "LexV2Bot": { "AliasArn": "arn:x" } }),
            &[NMC, NME],
            &[],
            vec![
                "Invalid Action property name. Path: Actions[0].Parameters.BotAliasArn".to_owned(),
            ],
        ),
        // An error type of another block.
        (
            "GetMetricData",
            json!({}),
            &[NME, "QueueAtCapacity"],
            &[],
            vec![
                "Invalid Action error. Error: QueueAtCapacity, \
                 Path: Actions[0].Transitions.Errors[1]"
                    .to_owned(),
            ],
        ),
    ] {
        let problems = problems_in(
            FlowKind::ContactFlow,
            action(kind, parameters, errors, conditions),
        );
        assert_eq!(problems, expected, "{kind}");
    }
}

#[test]
fn flows_take_only_the_types_that_belong_there() {
    let view = json!({ "ViewResource": { "Id": "arn:aws:connect:us-east-1:aws:view/form:1" },
                       "InvocationTimeLimitSeconds": "300" });
    let view = action("ShowView", view, &[NMC, NME, "TimeLimitExceeded"], &[]);
    let number = json!({ "CallbackNumber": "$.StoredCustomerInput" });
    let errors = ["InvalidCallbackNumber", "CallbackNumberNotDialable"];
    let number = action("UpdateContactCallbackNumber", number, &errors, &[]);
    let percent = action(
        "DistributeByPercentage",
        json!({}),
        &[NMC],
        &[("NumberLessThan", "51")],
    );
    for (content, kind) in [
        (&view, FlowKind::CustomerWhisper),
        (&number, FlowKind::CustomerHold),
        (&percent, FlowKind::CustomerHold),
    ] {
        assert_eq!(problems_in(FlowKind::ContactFlow, content.clone()), [""; 0]);
        // The flow's other block may not be there either.
        let type_of = content["Type"].as_str().unwrap();
        let problems = problems_in(kind, content.clone());
        assert_eq!(
            problems[0],
            format!(
                "Invalid Action type. Type: {type_of}, Path: Actions[0], \
                 not allowed in this type of flow"
            )
        );
    }
}

/// Console exports and flows that are deployed for real have these.
#[test]
fn what_exports_have_is_accepted() {
    let kind = FlowKind::CustomerQueue;
    let messages = json!({ "Messages": [{ "Text": "please wait" }],
        "InterruptFrequencySeconds": "30", "ContinueMessagingDuringInterrupt": "true" });
    let messages = action(
        "MessageParticipantIteratively",
        messages,
        &[NME],
        &[("Equals", "MessagesInterrupted")],
    );
    assert_eq!(problems_in(kind, messages), [""; 0]);
    accepted(
        "UpdateContactEventHooks",
        json!({ "EventHooks": { "AgentWhisper": "$.FlowAttributes.whisper" },
                "EventHooksConfiguration": { "AgentWhisper": { "DisableExecution": "false" } } }),
        &[NME],
        &[],
    );
    accepted(
        "UpdateContactData",
        json!({ "IsVoiceIdStreamingEnabled": "true", "IsFraudDetectionEnabled": "true",
                "IsVoiceAuthenticationEnabled": "true", "VoiceAuthenticationThreshold": "90",
                "VoiceAuthenticationResponseTime": "10", "FraudDetectionThreshold": "50" }),
        &[NME],
        &[],
    );
    accepted(
        "Wait",
        json!({ "TimeLimitSeconds": "$.Attributes.seconds", "Events": ["CustomerReturned"] }),
        &[NME],
        &[("Equals", "WaitCompleted"), ("Equals", "CustomerReturned")],
    );
    accepted(
        "ShowView",
        json!({ "ViewResource": { "Id": "arn:x" }, "InvocationTimeLimitSeconds": "300",
                "ViewData": { "Sections": [{ "DefaultValue": "" }] } }),
        &[NMC, NME, "TimeLimitExceeded"],
        &[],
    );
    let mut percent = action(
        "DistributeByPercentage",
        json!({}),
        &[NMC],
        &[("NumberLessThan", "51")],
    );
    percent["Transitions"]["Conditions"][0]["Condition"]["Operands"] = json!([51]);
    assert_eq!(problems_in(FlowKind::ContactFlow, percent), [""; 0]);
}

/// Published by the author of mgaffigan/pulumi-amazon-connect, docs/wire-format-checks.md.
#[test]
fn a_wait_that_keeps_running_has_a_minimum_and_two_branches() {
    let wait = |parameters: Value, operands: &[&str]| {
        let conditions: Vec<_> = operands
            .iter()
            .map(|operand| ("Equals", *operand))
            .collect();
        problems_in(
            FlowKind::ContactFlow,
            action("Wait", parameters, &[NME], &conditions),
        )
    };
    let both = ["Continue", "WaitCompleted"];
    let running = json!({ "TimeLimitSeconds": "60", "MinimumWaitTimeSeconds": "5",
                          "ContinueExecution": "True" });
    assert_eq!(wait(running.clone(), &both), [""; 0]);
    assert_eq!(
        wait(running, &["WaitCompleted"]),
        ["Invalid Action property value. Path: Actions[0].Transitions.Conditions"]
    );
    let without = json!({ "TimeLimitSeconds": "60", "ContinueExecution": "True" });
    assert_eq!(
        wait(without, &both),
        ["Action is missing required property. \
             Path: Actions[0].Parameters.MinimumWaitTimeSeconds"]
    );
    // Both names were refused.
    for event in ["LambdaReturned", "AsyncLambdaCompletion"] {
        let parameters = json!({ "TimeLimitSeconds": "60", "Events": [event] });
        assert_eq!(
            wait(parameters, &["WaitCompleted"]),
            ["Invalid Action property value. Path: Actions[0].Parameters.Events[0]"]
        );
    }
}

#[test]
fn what_was_recorded_as_refused_is_refused() {
    let path = "Actions[0].Parameters";
    refused(
        "TagContact",
        json!({ "Tags": { "aws:owner": "x" } }),
        &[NME],
        &[&format!(
            "Invalid Action property value. Path: {path}.Tags.aws:owner"
        )],
    );
    refused(
        "UpdateContactEventHooks",
        json!({ "EventHooks": { "CustomerQueue": "1f42ddb2-3f3d-49e9-a695-4fb521a03f07" } }),
        &[NME],
        &[&format!(
            "Invalid Action property value. Path: {path}.EventHooks.CustomerQueue"
        )],
    );
    refused(
        "UpdateContactEventHooks",
        json!({ "EventHooks": { "AgentWhisper": "" } }),
        &[NME],
        &[&format!(
            "Action is missing required property. Path: {path}.EventHooks.AgentWhisper"
        )],
    );
    let menu = ["InputTimeLimitExceeded", NMC, NME];
    refused(
        "GetParticipantInput",
        json!({ "Text": "x", "InputTimeLimitSeconds": "5" }),
        &menu,
        &[&format!(
            "Action is missing required property. Path: {path}.StoreInput"
        )],
    );
    refused(
        "GetParticipantInput",
        json!({ "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
        &menu,
        &["At least one of [Text, SSML, PromptId, Media] must be set"],
    );
    let conditions = [("Equals", "WaitCompleted")];
    let wait = json!({ "TimeLimitSeconds": "5", "Events": ["CustomerReturned"] });
    assert_eq!(
        problems_in(
            FlowKind::ContactFlow,
            action("Wait", wait, &[NME], &conditions)
        ),
        ["Invalid Action property value. Path: Actions[0].Transitions.Conditions"]
    );
    let agent = json!({ "ComparisonValue": "$.Agent.FirstName" });
    let compare = action("Compare", agent, &[NMC], &[("Equals", "x")]);
    assert_eq!(
        problems_in(FlowKind::ContactFlow, compare.clone()),
        [format!(
            "Invalid Action property value. Path: {path}.ComparisonValue"
        )]
    );
    assert_eq!(problems_in(FlowKind::AgentTransfer, compare), [""; 0]);
    // AWS's sample disconnect flow, which is an inbound one, tests whether there is an agent.
    accepted(
        "Compare",
        json!({ "ComparisonValue": "$.Agent.ARN" }),
        &[NMC],
        &[("Equals", "NULL")],
    );
    let often = json!({ "Messages": [{ "Text": "x" }], "InterruptFrequencySeconds": "0" });
    assert_eq!(
        problems_in(
            FlowKind::CustomerQueue,
            action("MessageParticipantIteratively", often, &[NME], &[])
        ),
        ["Invalid Action property value. Path: 0.InterruptSeconds"]
    );
    let percent = action(
        "DistributeByPercentage",
        json!({}),
        &[NMC],
        &[("NumberLessThan", "51"), ("NumberLessThan", "110")],
    );
    assert_eq!(
        problems_in(FlowKind::ContactFlow, percent),
        ["Invalid Action property value. \
             Path: Actions[0].Transitions.Conditions[1].Condition.Operands[0]"]
    );
    let mut nowhere = action("MessageParticipant", json!({ "Text": "x" }), &[], &[]);
    nowhere["Transitions"]["NextAction"] = json!("");
    assert_eq!(
        problems_in(FlowKind::ContactFlow, nowhere),
        ["Invalid Action property value. Path: Actions[0].Transitions.NextAction"]
    );
}
