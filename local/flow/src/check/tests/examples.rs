//! The least action of each type that the service publishes, and copies of it with one damage each.
//!
//! The parameters and errors are those that AWS's page of the action calls required, or without which a
//! create was refused; the sources are in the table of block types.

use std::collections::BTreeSet;

use super::block_types::rows;
use super::*;

/// A valid action.
#[derive(Clone)]
struct Example {
    kind: &'static str,
    /// A type of flow that may contain it.
    flow: FlowKind,
    parameters: Value,
    /// Operator and operand of each condition, all of which are required.
    conditions: &'static [(&'static str, &'static str)],
    /// The errors, all of which are required.
    errors: &'static [&'static str],
    /// The parameters without which a create is refused.
    required: &'static [&'static str],
}

fn example(
    kind: &'static str,
    parameters: Value,
    required: &'static [&'static str],
    errors: &'static [&'static str],
) -> Example {
    Example {
        kind,
        flow: FlowKind::ContactFlow,
        parameters,
        conditions: &[],
        errors,
        required,
    }
}

impl Example {
    fn in_a(self, flow: FlowKind) -> Self {
        Self { flow, ..self }
    }

    fn with(self, conditions: &'static [(&'static str, &'static str)]) -> Self {
        Self { conditions, ..self }
    }

    fn action(&self) -> Value {
        match self.is_terminal() {
            true => json!({ "Identifier": "a", "Type": self.kind, "Parameters": self.parameters,
                            "Transitions": {} }),
            false => action(
                self.kind,
                self.parameters.clone(),
                self.errors,
                self.conditions,
            ),
        }
    }

    fn is_terminal(&self) -> bool {
        matches!(
            self.kind,
            "DisconnectParticipant"
                | "EndFlowExecution"
                | "EndFlowModuleExecution"
                | "TransferContactToAgent"
        )
    }

    fn problems(&self, action: Value) -> Vec<String> {
        let end = match self.flow {
            FlowKind::Module => json!({ "Identifier": "bye", "Type": "EndFlowModuleExecution",
                                        "Parameters": {}, "Transitions": {} }),
            FlowKind::CustomerQueue | FlowKind::OutboundWhisper => {
                json!({ "Identifier": "bye", "Type": "EndFlowExecution", "Parameters": {},
                        "Transitions": {} })
            }
            _ => bye(),
        };
        let mut content = json!({ "Version": "2019-10-30", "StartAction": "a",
                                  "Actions": [action, end] });
        if self.flow == FlowKind::Module {
            content["Settings"] =
                json!({ "InputParameters": [], "OutputParameters": [], "Transitions": [] });
        }
        problems_of(&content, self.flow)
    }
}

fn examples() -> Vec<Example> {
    const QUEUE: FlowKind = FlowKind::CustomerQueue;
    let menu = &["InputTimeLimitExceeded", NMC, NME];
    let profile = json!({ "ProfileRequestData": { "ProfileId": "p" } });
    vec![
        example("MessageParticipant", json!({ "Text": "x" }), &["Text"], &[]),
        example(
            "MessageParticipantIteratively",
            json!({ "Messages": [{ "Text": "x" }] }),
            &["Messages"],
            &[],
        )
        .in_a(QUEUE),
        example(
            "GetParticipantInput",
            json!({ "Text": "x", "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
            &["Text", "StoreInput", "InputTimeLimitSeconds"],
            menu,
        ),
        example(
            "GetParticipantInput",
            json!({ "Text": "x", "StoreInput": "True", "InputTimeLimitSeconds": "5",
                    "InputValidation": { "CustomValidation": { "MaximumLength": "4" } } }),
            &["Text", "InputTimeLimitSeconds", "InputValidation"],
            &[NME],
        ),
        example(
            "GetParticipantInput",
            json!({ "EnableDTMFBuffer": "true" }),
            &["EnableDTMFBuffer"],
            &[NME],
        ),
        example("DisconnectParticipant", json!({}), &[], &[]),
        example("EndFlowExecution", json!({}), &[], &[]).in_a(QUEUE),
        example(
            "Compare",
            json!({ "ComparisonValue": "$.Channel" }),
            &["ComparisonValue"],
            &[NMC],
        )
        .with(&[("Equals", "VOICE")]),
        example("Loop", json!({ "LoopCount": "3" }), &["LoopCount"], &[])
            .with(&[("Equals", "ContinueLooping"), ("Equals", "DoneLooping")]),
        example("DistributeByPercentage", json!({}), &[], &[NMC]),
        example("CheckHoursOfOperation", json!({}), &[], &[NME])
            .with(&[("Equals", "True"), ("Equals", "False")]),
        example(
            "Wait",
            json!({ "TimeLimitSeconds": "5" }),
            &["TimeLimitSeconds"],
            &[NME],
        )
        .with(&[("Equals", "WaitCompleted")]),
        example(
            "UpdateContactAttributes",
            json!({ "Attributes": { "a": "b" } }),
            &["Attributes"],
            &[NME],
        ),
        example(
            "UpdateFlowAttributes",
            json!({ "FlowAttributes": { "a": { "Value": "b" } } }),
            &["FlowAttributes"],
            &[NME],
        ),
        example(
            "UpdateContactData",
            json!({ "Name": "x" }),
            &["Name"],
            &[NME],
        ),
        example(
            "UpdateContactTextToSpeechVoice",
            json!({ "TextToSpeechVoice": "Kazuha" }),
            &["TextToSpeechVoice"],
            &[],
        ),
        example(
            "UpdateFlowLoggingBehavior",
            json!({ "FlowLoggingBehavior": "Enabled" }),
            &["FlowLoggingBehavior"],
            &[],
        ),
        example(
            "UpdateContactRecordingBehavior",
            json!({ "RecordingBehavior": { "RecordedParticipants": ["Agent"] } }),
            &["RecordingBehavior"],
            &[],
        ),
        example(
            "UpdateContactEventHooks",
            json!({ "EventHooks": { "CustomerQueue": "arn:x" } }),
            &["EventHooks"],
            &[NME],
        ),
        example(
            "TagContact",
            json!({ "Tags": { "a": "b" } }),
            &["Tags"],
            &[NME],
        ),
        example(
            "UntagContact",
            json!({ "TagKeys": ["a"] }),
            &["TagKeys"],
            &[NME],
        ),
        example(
            "UpdateContactTargetQueue",
            json!({ "QueueId": "q" }),
            &["QueueId"],
            &[NME],
        ),
        example(
            "TransferContactToQueue",
            json!({}),
            &[],
            &["QueueAtCapacity", NME],
        ),
        example(
            "TransferToFlow",
            json!({ "ContactFlowId": "f" }),
            &["ContactFlowId"],
            &[NME],
        ),
        example(
            "TransferParticipantToThirdParty",
            json!({ "ThirdPartyPhoneNumber": "+819000000001",
                    "ThirdPartyConnectionTimeLimitSeconds": "30",
                    "ContinueFlowExecution": "True" }),
            &[
                "ThirdPartyPhoneNumber",
                "ThirdPartyConnectionTimeLimitSeconds",
                "ContinueFlowExecution",
            ],
            &["CallFailed", "ConnectionTimeLimitExceeded", NME],
        ),
        example(
            "InvokeLambdaFunction",
            json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8" }),
            &["LambdaFunctionARN", "InvocationTimeLimitSeconds"],
            &[NME],
        ),
        example(
            "InvokeFlowModule",
            json!({ "FlowModuleId": "m" }),
            &["FlowModuleId"],
            &[],
        ),
        example("EndFlowModuleExecution", json!({}), &[], &[]).in_a(FlowKind::Module),
        example(
            "AssociateContactToCustomerProfile",
            json!({ "ProfileRequestData": { "ProfileId": "p", "ContactId": "c" } }),
            &["ProfileRequestData"],
            &[NME],
        ),
        example(
            "AuthenticateParticipant",
            json!({}),
            &[],
            &["TimeLimitExceeded", NME],
        ),
        example(
            "CheckMetricData",
            json!({ "MetricType": "NumberOfAgentsAvailable" }),
            &["MetricType"],
            &[NME, NMC],
        )
        .with(&[("NumberGreaterThan", "0")]),
        example("CheckOutboundCallStatus", json!({}), &[], &[NME]),
        example("CheckSegmentMembership", json!({}), &[], &[]),
        example(
            "CheckSegmentMembershipForCustomerProfile",
            json!({ "ProfileRequestData": { "ProfileId": "p", "SegmentName": "s" } }),
            &["ProfileRequestData"],
            &[NME],
        ),
        example(
            "CheckVoiceId",
            json!({ "CheckVoiceIdOption": "enrollmentStatus" }),
            &["CheckVoiceIdOption"],
            &[NME],
        ),
        example("CompleteOutboundCall", json!({}), &[], &[]).in_a(FlowKind::OutboundWhisper),
        example(
            "ConnectParticipantWithAgenticCX",
            json!({ "AgentConfiguration": { "WorkspaceId": "w", "ApplicationId": "a", "Alias": "l" } }),
            &["AgentConfiguration"],
            menu,
        ),
        example(
            "ConnectParticipantWithLexBot",
            json!({ "Text": "x", "LexV2Bot": { "AliasArn": "arn:b" } }),
            &["Text", "LexV2Bot"],
            &[NMC, NME],
        ),
        example(
            "CreateCallbackContact",
            json!({ "InitialCallDelaySeconds": "5", "RetryDelaySeconds": "600",
                    "MaximumConnectionAttempts": "1" }),
            &[
                "InitialCallDelaySeconds",
                "RetryDelaySeconds",
                "MaximumConnectionAttempts",
            ],
            &[NME],
        ),
        example(
            "CreateCase",
            json!({ "LinkContactToCase": "True", "CaseTemplateId": "t" }),
            &["LinkContactToCase", "CaseTemplateId"],
            &[NME],
        ),
        example(
            "CreateContact",
            json!({ "Channel": "TASK" }),
            &["Channel"],
            &[NME],
        ),
        example("CreateCustomerProfile", json!({}), &[], &[NME]),
        example(
            "CreatePersistentContactAssociation",
            json!({ "SourceContactId": "$.ContactId", "RehydrationType": "FROM_SEGMENT" }),
            &["SourceContactId", "RehydrationType"],
            &[NME],
        ),
        example(
            "CreateTask",
            json!({ "Name": "x", "ContactFlowId": "f" }),
            &["Name", "ContactFlowId"],
            &[NME],
        ),
        example(
            "CreateWisdomSession",
            json!({ "WisdomAssistantArn": "arn:w" }),
            &["WisdomAssistantArn"],
            &[NME],
        ),
        example(
            "DequeueContactAndTransferToQueue",
            json!({ "QueueId": "q" }),
            &[],
            &["QueueAtCapacity", NME],
        )
        .in_a(QUEUE),
        example(
            "EvaluateDataTableValues",
            json!({ "DataTableId": "d", "Queries": [{ "QueryName": "q" }] }),
            &["DataTableId", "Queries"],
            &[NME],
        ),
        example(
            "GetCalculatedAttributesForCustomerProfile",
            profile,
            &["ProfileRequestData"],
            &[NME],
        ),
        example(
            "GetCase",
            json!({ "LinkContactToCase": "False", "GetLastUpdatedCase": "True" }),
            &["LinkContactToCase", "GetLastUpdatedCase"],
            &[NME],
        ),
        example(
            "GetCustomerProfile",
            json!({ "ProfileRequestData": { "IdentifierName": "_phone", "IdentifierValue": "$.CustomerEndpoint.Address" } }),
            &["ProfileRequestData"],
            &["MultipleFoundError", "NoneFoundError", NME],
        ),
        example(
            "GetCustomerProfileObject",
            json!({ "ProfileRequestData": { "ProfileId": "p", "ObjectType": "o",
                                            "UseLatest": "True" } }),
            &["ProfileRequestData"],
            &[NME],
        ),
        example("GetMetricData", json!({}), &[], &[NME]),
        example(
            "ListDataTableValues",
            json!({ "DataTableId": "d" }),
            &["DataTableId"],
            &[NME],
        ),
        example(
            "LoadContactContent",
            json!({ "ContentType": "EmailMessage" }),
            &["ContentType"],
            &[NME],
        ),
        example(
            "RenderMessageTemplate",
            json!({ "WisdomKnowledgeBaseArn": "arn:k", "WisdomMessageTemplateArn": "arn:t" }),
            &["WisdomKnowledgeBaseArn", "WisdomMessageTemplateArn"],
            &[NME, "TemplateRenderingError"],
        ),
        example("ResumeContact", json!({}), &[], &[NME]),
        example("RouteContactToAgent", json!({}), &[], &[]).in_a(QUEUE),
        example(
            "ShowView",
            json!({ "ViewResource": { "Id": "arn:v" }, "InvocationTimeLimitSeconds": "300" }),
            &["ViewResource", "InvocationTimeLimitSeconds"],
            &[NMC, NME, "TimeLimitExceeded"],
        ),
        example(
            "StartOutboundChatContact",
            json!({ "SourceEndpoint": { "Address": "arn:n", "Type": "CONNECT_PHONENUMBER_ARN" },
                    "DestinationEndpoint": { "Address": "$.CustomerEndpoint.Address",
                                             "Type": "TELEPHONE_NUMBER" },
                    "ContactFlowArn": "arn:f", "ContactSubtype": "connect:SMS" }),
            &["SourceEndpoint", "DestinationEndpoint", "ContactFlowArn"],
            &[NME],
        ),
        example(
            "StartOutboundEmailContact",
            json!({ "FromEmailAddress": { "EmailAddress": "a@example.com" }, "DestinationEmailAddress": { "EmailAddress": "b@example.com" }, "EmailMessage": { "MessageSourceType": "RAW" } }),
            &[
                "FromEmailAddress",
                "DestinationEmailAddress",
                "EmailMessage",
            ],
            &[NME],
        ),
        example("StartVoiceIdStream", json!({}), &[], &[NME]),
        example("TransferContactToAgent", json!({}), &[], &[]).in_a(FlowKind::AgentTransfer),
        example(
            "UpdateCase",
            json!({ "LinkContactToCase": "True", "CaseId": "c" }),
            &["LinkContactToCase", "CaseId"],
            &[NME],
        ),
        example(
            "UpdateContactCallbackNumber",
            json!({ "CallbackNumber": "$.StoredCustomerInput" }),
            &["CallbackNumber"],
            &["InvalidCallbackNumber", "CallbackNumberNotDialable"],
        ),
        example(
            "UpdateContactMediaProcessing",
            json!({ "ChatProcessor": { "ChatProcessorSettings": {} } }),
            &["ChatProcessor"],
            &[NME, "ChannelMismatch"],
        ),
        example(
            "UpdateContactMediaStreamingBehavior",
            json!({ "MediaStreamingState": "Enabled", "MediaStreamType": "Audio",
                    "Participants": [{ "ParticipantType": "Customer",
                                       "MediaDirections": ["From"] }] }),
            &["MediaStreamingState", "Participants", "MediaStreamType"],
            &[NME],
        ),
        example(
            "UpdateContactRecordingAndAnalyticsBehavior",
            json!({ "VoiceBehavior": { "VoiceRecordingBehavior": {
                "RecordedParticipants": ["Agent"] } } }),
            &["VoiceBehavior"],
            &[NME, "ChannelMismatch"],
        ),
        example(
            "UpdateContactRoutingBehavior",
            json!({ "QueuePriority": "1" }),
            &[],
            &[],
        ),
        example(
            "UpdateContactRoutingCriteria",
            json!({ "RoutingCriteria": "$.External.criteria" }),
            &["RoutingCriteria"],
            &[NME],
        ),
        example("UpdateCustomerProfile", json!({}), &[], &[NME]),
        example(
            "UpdatePreviousContactParticipantState",
            json!({ "PreviousContactParticipantState": "OffHold" }),
            &["PreviousContactParticipantState"],
            &[NME],
        ),
        example(
            "UpsertDataTableValues",
            json!({ "DataTableId": "d" }),
            &["DataTableId"],
            &[NME],
        ),
        example(
            "SendSMS",
            json!({ "Message": { "MessageSourceType": "TEMPLATE" },
                    "SourceEndpoint": { "Address": "arn:n", "Type": "CONNECT_PHONENUMBER_ARN" } }),
            &["Message", "SourceEndpoint"],
            &[NME],
        )
        .in_a(FlowKind::Campaign),
        example(
            "SendOutboundEmail",
            json!({ "EmailMessage": { "MessageSourceType": "TEMPLATE" },
                    "FromEmailAddress": { "EmailAddress": "a@example.com" } }),
            &["EmailMessage", "FromEmailAddress"],
            &[NME],
        )
        .in_a(FlowKind::Campaign),
        example("PutDialRequest", json!({}), &[], &[]).in_a(FlowKind::Campaign),
        example("PutLambdaInvokeRequest", json!({}), &[], &[]).in_a(FlowKind::Campaign),
        example(
            "GetOutboundCommunicationStatus",
            json!({ "OutboundCommunicationIds": ["$.OutboundCommunication.Latest.Id"] }),
            &["OutboundCommunicationIds"],
            &[NME],
        )
        .in_a(FlowKind::Campaign),
    ]
}

#[test]
fn each_type_has_an_example_that_is_accepted() {
    let examples = examples();
    let named: BTreeSet<&str> = examples.iter().map(|example| example.kind).collect();
    let rows = rows();
    let types: BTreeSet<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(named, types);
    for example in &examples {
        assert_eq!(
            example.problems(example.action()),
            [""; 0],
            "{}",
            example.kind
        );
    }
}

/// Each copy of an example has one damage. The service refuses each of them: the sentences are
/// recorded (unknown and missing parameters, empty texts, unknown and missing errors, unknown
/// references, transitions of a terminal action).
#[test]
fn a_damaged_copy_of_any_type_is_refused() {
    let rows = rows();
    let mut copies = 0;
    for example in examples() {
        let action = example.action();
        let mut refused = |damage: &str, copy: Value| {
            copies += 1;
            let problems = example.problems(copy.clone());
            assert!(
                !problems.is_empty(),
                "{} with {damage} was accepted: {copy}",
                example.kind
            );
        };

        let mut copy = action.clone();
        copy["Type"] = json!(format!("{}s", example.kind));
        refused("another type", copy);

        if rows[example.kind]["open"] != true {
            let mut copy = action.clone();
            copy["Parameters"]["Unknown"] = json!("x");
            refused("an unknown parameter", copy);
        }
        for name in example.required {
            let mut copy = action.clone();
            copy["Parameters"].as_object_mut().unwrap().remove(*name);
            refused(&format!("no {name}"), copy);
        }
        for name in action["Parameters"].as_object().unwrap().keys() {
            let mut copy = action.clone();
            copy["Parameters"][name] = json!("");
            refused(&format!("an empty {name}"), copy);
            let mut copy = action.clone();
            copy["Parameters"][name] = json!(true);
            let boolean = ["EnableDTMFBuffer", "StoreInput"].contains(&name.as_str());
            if !boolean && !accepts_booleans(&rows[example.kind]["parameters"][name]) {
                refused(&format!("a boolean {name}"), copy);
            }
        }

        let mut copy = action.clone();
        copy["Transitions"]["Errors"] = match &copy["Transitions"]["Errors"] {
            Value::Array(errors) => {
                let mut errors = errors.clone();
                errors.push(json!({ "NextAction": "bye", "ErrorType": "Invented" }));
                Value::Array(errors)
            }
            _ => json!([{ "NextAction": "bye", "ErrorType": "Invented" }]),
        };
        refused("an unknown error", copy);
        for at in 0..example.errors.len() {
            let mut copy = action.clone();
            copy["Transitions"]["Errors"]
                .as_array_mut()
                .unwrap()
                .remove(at);
            refused(&format!("no {}", example.errors[at]), copy);
        }
        for at in 0..example.conditions.len() {
            let mut copy = action.clone();
            copy["Transitions"]["Conditions"]
                .as_array_mut()
                .unwrap()
                .remove(at);
            refused(&format!("no {}", example.conditions[at].1), copy);
        }
        let mut copy = action.clone();
        copy["Transitions"]["Conditions"] = json!([{ "NextAction": "bye",
            "Condition": { "Operator": "Invented", "Operands": ["x"] } }]);
        refused("an unknown operator", copy);
        let mut copy = action.clone();
        copy["Transitions"]["NextAction"] = json!("nowhere");
        refused("an unknown next action", copy);
        if !example.is_terminal() && example.kind != "MessageParticipantIteratively" {
            let mut copy = action.clone();
            let transitions = copy["Transitions"].as_object_mut().unwrap();
            transitions.remove("NextAction");
            refused("no next action", copy);
        }
    }
    assert!(copies > 700, "{copies} copies");
}

/// Reports whether a parameter's row accepts a JSON boolean, as exports of newer blocks have.
fn accepts_booleans(parameter: &Value) -> bool {
    parameter["kind"] == "json" || parameter["kind"] == "boolean" && parameter["json"] != false
}
