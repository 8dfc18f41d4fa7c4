//! Each event, with each action.

use super::*;

const HOURS_NAMED: &str = "open";
const AGENT: &str = "agent-1";

/// A line that has each event, and the events.
struct Everything {
    line: Line,
    start: Start,
    events: Vec<Value>,
}

pub(super) fn step(id: &str, kind: &str, parameters: Value, next: &str, errors: &[&str]) -> Value {
    let errors: Vec<_> = errors.iter().map(|error| (*error, next)).collect();
    action(id, kind, parameters, next, &[], &errors)
}

impl Everything {
    fn new() -> Self {
        let line = Line::with(
            Neighbours {
                has_functions: true,
                ..Neighbours::default()
            },
            false,
        );
        let (first, second) = (line.queue("first"), line.queue("second"));
        let hours = line.hours(HOURS_NAMED);
        let in_queue = line.publish_as(
            "in-queue",
            "CUSTOMER_QUEUE",
            &[
                action(
                    "which",
                    "Compare",
                    json!({ "ComparisonValue": "$.Queue.Name" }),
                    "change",
                    &[("Equals", "second", "end")],
                    &[("NoMatchingCondition", "change")],
                ),
                step(
                    "change",
                    "DequeueContactAndTransferToQueue",
                    json!({ "QueueId": second }),
                    "end",
                    &["QueueAtCapacity", "NoMatchingError"],
                ),
                terminal("end", "EndFlowExecution"),
            ],
        );
        let agent = json!({ "WorkspaceId": "w", "ApplicationId": AGENT, "Alias": "a" });
        let media =
            json!({ "Uri": "s3://bucket/hello.wav", "SourceType": "S3", "MediaType": "Audio" });
        let bot = json!({ "Text": "How can I help?", "LexV2Bot": { "AliasArn": BOT } });
        let mut actions = vec![
            say("text", "Hello.", "hours"),
            action(
                "hours",
                "CheckHoursOfOperation",
                json!({ "HoursOfOperationId": hours }),
                "ssml",
                &[("Equals", "True", "ssml"), ("Equals", "False", "ssml")],
                &[("NoMatchingError", "ssml")],
            ),
            step(
                "ssml",
                "MessageParticipant",
                json!({ "SSML": "<speak>Good <break time=\"1s\"/>day.</speak>" }),
                "call",
                &["NoMatchingError"],
            ),
            step(
                "call",
                "InvokeLambdaFunction",
                json!({ "LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8",
                        "ResponseValidation": { "ResponseType": "JSON" } }),
                "prompt",
                &["NoMatchingError"],
            ),
            step(
                "prompt",
                "MessageParticipant",
                json!({ "PromptId": "prompt-1" }),
                "bot",
                &["NoMatchingError"],
            ),
            action(
                "bot",
                "ConnectParticipantWithLexBot",
                bot,
                "media",
                &[("Equals", "Order", "media")],
                &[
                    ("NoMatchingCondition", "media"),
                    ("NoMatchingError", "media"),
                ],
            ),
            step(
                "media",
                "MessageParticipant",
                json!({ "Media": media }),
                "agent",
                &["NoMatchingError"],
            ),
            step(
                "agent",
                "ConnectParticipantWithAgenticCX",
                json!({ "AgentConfiguration": agent }),
                "hook",
                &[
                    "NoMatchingError",
                    "NoMatchingCondition",
                    "InputTimeLimitExceeded",
                ],
            ),
            step(
                "hook",
                "UpdateContactEventHooks",
                json!({ "EventHooks": { "CustomerQueue": in_queue } }),
                "set",
                &["NoMatchingError"],
            ),
        ];
        actions.extend(into_queue(&first, "bye"));
        actions.push(bye());
        let start = line.entering(&actions);
        let hears = |properties: Value| json!({ "Type": "MessageReceived", "Actor": "System", "Properties": properties });
        let lex = json!({ "LexV2Bot": { "AliasArn": BOT } });
        let begins = |kind: &str, parameters: Value| block("FlowActionStarted", kind, &parameters);
        let events = vec![
            initiated(),
            completed(),
            hears(json!({ "Text": "Hello." })),
            hears(json!({ "SSML": "<speak>Good day.</speak>" })),
            hears(json!({ "PromptId": "prompt-1" })),
            hears(json!({ "Media": media })),
            begins("InvokeLambdaFunction", function()),
            begins(
                "CheckHoursOfOperation",
                json!({ "HoursOfOperationId": hours }),
            ),
            begins("TransferContactToQueue", json!({ "QueueId": first })),
            begins(
                "DequeueContactAndTransferToQueue",
                json!({ "QueueId": second }),
            ),
            begins("ConnectParticipantWithLexBot", lex.clone()),
            begins(
                "ConnectParticipantWithAgenticCX",
                json!({ "AgentConfiguration": agent }),
            ),
            block("FlowActionCompleted", "InvokeLambdaFunction", &function()),
            block("FlowActionCompleted", "ConnectParticipantWithLexBot", &lex),
        ];
        Self {
            line,
            start,
            events,
        }
    }

    /// Runs a test whose observation `it` waits for an event, with a bot that answers.
    async fn run(&self, event: &Value, action: Value) -> TestOutcome {
        let lex = json!({ "LexV2Bot": { "AliasArn": BOT } });
        let strategy = result("{\"IntentName\":\"Order\"}", 0);
        let bot = override_of("bot", "ConnectParticipantWithLexBot", &lex, &strategy);
        let observations = [
            observation("start", initiated(), json!([bot]), &[]),
            observation("it", event.clone(), json!([action]), &[]),
        ];
        // An event that comes once is taken by the first observation.
        let observations = match event["Type"] == "TestInitiated" {
            true => &observations[1..],
            false => &observations[..],
        };
        let run = self.line.test(&self.start, observations, Stop::default());
        run.await.unwrap()
    }
}

impl Line {
    /// Creates hours of operation that are open at all times, and returns their id.
    pub(super) fn hours(&self, name: &str) -> String {
        let midnight = json!({ "Hours": 0, "Minutes": 0 });
        let days = [
            "MONDAY",
            "TUESDAY",
            "WEDNESDAY",
            "THURSDAY",
            "FRIDAY",
            "SATURDAY",
            "SUNDAY",
        ];
        let config: Vec<_> = days
            .iter()
            .map(|day| json!({ "Day": day, "StartTime": midnight, "EndTime": midnight }))
            .collect();
        let created = self.send(
            Method::PUT,
            &format!("/hours-of-operations/{}", self.instance),
            json!({ "Name": name, "TimeZone": "Asia/Tokyo", "Config": config }),
        );
        text(&created["HoursOfOperationId"])
    }
}

fn single(actions: Value) -> Value {
    actions[0].clone()
}

fn log() -> Value {
    json!({ "Identifier": "log", "Type": "TestControl", "Parameters": {
        "ActionType": "TestControl", "Command": { "Type": "LogData", "Properties": {
            "Expressions": { "channel": "by $.Channel" } } } } })
}

fn utterance() -> Value {
    json!({ "Identifier": "say", "Type": "SendInstruction", "Parameters": {
        "ActionType": "SendInstruction", "Actor": "Customer",
        "Instruction": { "Type": "Utterance", "Properties": { "Value": "hello" } } } })
}

/// The events of the developer guide; each is matched, and each action of the language runs at it.
#[tokio::test]
async fn each_action_runs_at_each_event() {
    let everything = Everything::new();
    let unused = json!({ "QueueId": "unused" });
    let capacity = error("QueueAtCapacity");
    let actions = [
        single(press("1")),
        utterance(),
        single(disconnect()),
        single(check("$.Channel", "VOICE")),
        single(check("$.Channel", "CHAT")),
        single(end()),
        log(),
        override_of("override", "TransferContactToQueue", &unused, &capacity),
    ];
    for event in &everything.events {
        for (index, action) in actions.iter().enumerate() {
            let outcome = everything.run(event, action.clone()).await;
            let report = &outcome.report;
            let it = report.observations.last().unwrap();
            let what = format!("{event} {action}: {report:#?}");
            assert_eq!(it.actions.len(), 1, "{what}");
            let matched = it.matched.as_ref().map(|(matched, _)| matched.name());
            assert_eq!(matched, event["Type"].as_str(), "{what}");
            let ran = &it.actions[0];
            assert_eq!(Some(ran.kind), action["Type"].as_str(), "{what}");
            let failing = index == 4;
            assert_eq!(it.status == ObservationStatus::Failed, failing, "{what}");
            assert_eq!(report.status == ExecutionStatus::Failed, failing, "{what}");
            assert_eq!(ran.failed.is_some(), failing, "{what}");
            let logged: &[_] = match index {
                6 => &[("channel".to_owned(), "by VOICE".to_owned())],
                _ => &[],
            };
            assert_eq!(ran.logged, logged, "{what}");
            let unused = report
                .unused_overrides
                .iter()
                .map(|one| one.resource.as_str());
            assert_eq!(
                unused.filter(|name| *name == "unused").count(),
                usize::from(index == 7),
                "{what}"
            );
            // The rest of the flow runs to the queue, unless the action ends the contact.
            let reason = everything.line.contact_of(&outcome)["DisconnectReason"].clone();
            let leaves = index == 2 && event["Type"] != "TestCompleted";
            let expected = if leaves {
                "CUSTOMER_DISCONNECT"
            } else {
                "OTHER"
            };
            assert_eq!(reason, expected, "{what}");
        }
    }
}

/// The developer guide: FlowActionCompleted is about success; a block that left by an error never completes.
#[tokio::test]
async fn a_failed_block_does_not_complete() {
    let observations = |response: &Value| {
        [
            observation(
                "start",
                initiated(),
                json!([override_of(
                    "mock",
                    "InvokeLambdaFunction",
                    &function(),
                    response
                )]),
                &["ask"],
            ),
            observation("ask", hears("暗証番号"), press("1#"), &["done"]),
            observation(
                "done",
                block("FlowActionCompleted", "InvokeLambdaFunction", &function()),
                end(),
                &[],
            ),
        ]
    };
    let failed = run(&pin_line(), &observations(&error("NoMatchingError"))).await;
    assert_eq!(failed.report.completion, Completion::ContactEnded);
    let answered = run(&pin_line(), &observations(&result("{\"words\":\"ok\"}", 0))).await;
    assert_eq!(answered.report.completion, Completion::Success);
}

/// The developer guide: results are readable after a matched FlowActionCompleted, and empty before; the latest
/// one counts. `$.LambdaInvocation.ResultData` is another name of `$.External`.
#[tokio::test]
async fn results_are_readable_after_their_event() {
    let everything = Everything::new();
    let lex = json!({ "LexV2Bot": { "AliasArn": BOT } });
    let answer = result("{\"k\":\"v\",\"deep\":{\"n\":7}}", 0);
    let order = result(
        "{\"IntentName\":\"Order\",\"Slots\":{\"size\":\"large\"}}",
        0,
    );
    let mocks = json!([
        { "Identifier": "first", "Type": "TestControl", "Parameters": { "ActionType": "TestControl",
            "Command": { "Type": "LogData", "Properties": { "Expressions": { "k": "[$.External.k]" } } } },
          "Transitions": { "NextAction": "f" } },
        override_of("f", "InvokeLambdaFunction", &function(), &answer),
        override_of("b", "ConnectParticipantWithLexBot", &lex, &order),
    ]);
    let mut mocks = mocks;
    mocks[1]["Transitions"] = json!({ "NextAction": "b" });
    let after_function = block("FlowActionCompleted", "InvokeLambdaFunction", &function());
    let after_bot = block("FlowActionCompleted", "ConnectParticipantWithLexBot", &lex);
    for (event, path, value) in [
        (&after_function, "$.External.k", "v"),
        (&after_function, "$.LambdaInvocation.ResultData.k", "v"),
        (&after_function, "$.External.deep.n", "7"),
        (&after_bot, "$.Lex.IntentName", "Order"),
        (&after_bot, "$.Lex.Slots.size", "large"),
    ] {
        let observations = [
            observation("start", initiated(), mocks.clone(), &[]),
            observation("it", event.clone(), check(path, value), &[]),
        ];
        let run = everything
            .line
            .test(&everything.start, &observations, Stop::default());
        let report = run.await.unwrap().report;
        assert_eq!(
            report.status,
            ExecutionStatus::Passed,
            "{path}: {report:#?}"
        );
        assert_eq!(
            report.observations[0].actions[0].logged,
            [("k".to_owned(), "[]".to_owned())]
        );
    }
    // The function has answered when the prompt plays, but nothing has matched its event.
    let prompt = everything.events[4].clone();
    for path in ["$.External.k", "$.LambdaInvocation.ResultData.k"] {
        let observations = [
            observation("start", initiated(), mocks.clone(), &[]),
            observation("it", prompt.clone(), check(path, "v"), &[]),
        ];
        let run = everything
            .line
            .test(&everything.start, &observations, Stop::default());
        let report = run.await.unwrap().report;
        let failed = report.observations[1].actions[0].failed.as_ref();
        assert_eq!(failed.map(|(_, found)| found.clone()), Some(None), "{path}");
    }
}

/// The administrator guide: several observations can be open at once. That the first one of the content takes an
/// event which fits both is our assumption.
#[tokio::test]
async fn the_first_of_two_open_observations_takes_the_event() {
    let observations = [
        observation("start", initiated(), json!([]), &["later", "sooner"]),
        observation("sooner", hears("hello"), json!([]), &[]),
        observation("later", hears("hello"), end(), &[]),
    ];
    let actions = [say("say", "hello", "bye"), bye()];
    let report = run(&actions, &observations).await.report;
    let statuses: Vec<_> = report.observations.iter().map(|one| one.status).collect();
    let (passed, failed) = (ObservationStatus::Passed, ObservationStatus::Failed);
    assert_eq!(statuses, [passed, passed, failed]);
    // Different events are taken by both, in any order.
    let observations = [
        observation("start", initiated(), json!([]), &["two", "one"]),
        observation("two", hears("two"), json!([]), &[]),
        observation("one", hears("one"), json!([]), &[]),
    ];
    let set = json!({ "Attributes": { "k": "v" }, "TargetContact": "Current" });
    let actions = [
        say("one", "one", "set"),
        step(
            "set",
            "UpdateContactAttributes",
            set,
            "two",
            &["NoMatchingError"],
        ),
        say("two", "two", "bye"),
        bye(),
    ];
    let report = run(&actions, &observations).await.report;
    assert_eq!(report.counts(), (3, 0));
}
