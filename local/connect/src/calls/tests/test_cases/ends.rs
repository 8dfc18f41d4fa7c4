//! The ends of a test.

use super::*;

fn in_queue(line: &Line) -> Vec<Value> {
    let queue = line.queue("waiting");
    let flow = [terminal("end", "EndFlowExecution")];
    let hooked = line.publish_as("hooked", "CUSTOMER_QUEUE", &flow);
    let hook = action(
        "hook",
        "UpdateContactEventHooks",
        json!({ "EventHooks": { "CustomerQueue": hooked } }),
        "set",
        &[],
        &[("NoMatchingError", "bye")],
    );
    let [set, enter] = into_queue(&queue, "bye");
    vec![hook, set, enter, bye()]
}

/// Recorded: a contact in a queue ends at 300 seconds, and the test passes with the reason TIMEOUT.
#[tokio::test]
async fn a_contact_in_a_queue_ends_at_the_time_limit() {
    let line = Line::new();
    let outcome = line
        .tested(
            &in_queue(&line),
            &[
                observation("start", initiated(), json!([]), &["end"]),
                observation("end", completed(), json!([]), &[]),
            ],
        )
        .await;
    let report = &outcome.report;
    assert_eq!(report.completion, Completion::TimedOutWithoutWaiting);
    assert_eq!(
        (report.status, report.counts()),
        (ExecutionStatus::Passed, (2, 0))
    );
    assert_eq!(report.ended - report.started, time::Duration::seconds(300));
    let records: Vec<Value> = report
        .records
        .iter()
        .map(|record| serde_json::from_str(&record.record).unwrap())
        .collect();
    assert_eq!(
        records.last().unwrap()["CompletionReason"]["Type"],
        "TIMEOUT"
    );
    let at = report
        .records
        .iter()
        .find(|one| one.observation.as_deref() == Some("end"));
    assert_eq!(
        at.unwrap().at - report.started,
        time::Duration::seconds(300)
    );
    assert_eq!(line.contact_of(&outcome)["DisconnectReason"], "OTHER");
}

/// The administrator guide: an observation that waits at the limit fails the test.
#[tokio::test]
async fn an_observation_that_waits_at_the_time_limit_fails() {
    let line = Line::new();
    let outcome = line
        .tested(
            &in_queue(&line),
            &[
                observation("start", initiated(), json!([]), &["never"]),
                observation("never", hears("never"), json!([]), &[]),
            ],
        )
        .await;
    assert_eq!(outcome.report.completion, Completion::TimedOut);
    assert_eq!(outcome.report.status.name(), "FAILED");
    assert_eq!(outcome.report.counts(), (1, 1));
}

/// The customer of the test can leave during the flow of the queue.
#[tokio::test]
async fn a_customer_can_leave_a_queue() {
    let line = Line::new();
    let flow = [
        say("say", "Please wait.", "end"),
        terminal("end", "EndFlowExecution"),
    ];
    let hooked = line.publish_as("speaking", "CUSTOMER_QUEUE", &flow);
    let mut actions = in_queue(&line);
    actions[0]["Parameters"]["EventHooks"]["CustomerQueue"] = json!(hooked);
    let outcome = line
        .tested(
            &actions,
            &[
                observation("start", initiated(), json!([]), &["wait"]),
                observation("wait", hears("Please wait"), disconnect(), &[]),
            ],
        )
        .await;
    assert_eq!(outcome.report.completion, Completion::Success);
    assert_eq!(
        line.contact_of(&outcome)["DisconnectReason"],
        "CUSTOMER_DISCONNECT"
    );
}

/// The administrator guide: EndTest ends the test and the contact. That the observations which still wait are a
/// warning is our assumption.
#[tokio::test]
async fn the_end_of_the_test_ends_the_contact() {
    let line = Line::new();
    let outcome = line
        .tested(
            &[say("say", "hello", "bye"), bye()],
            &[
                observation("start", initiated(), json!([]), &["hello"]),
                observation("hello", hears("hello"), end(), &["later"]),
                observation("open", hears("never"), json!([]), &[]),
                observation("later", hears("never"), json!([]), &[]),
            ],
        )
        .await;
    let report = &outcome.report;
    assert_eq!(report.completion, Completion::Success);
    let left: Vec<_> = report
        .left_waiting()
        .map(|one| one.identifier.as_str())
        .collect();
    assert_eq!(left, ["open"]);
    assert_eq!(report.observations[3].status, ObservationStatus::NotReached);
    assert_eq!(line.contact_of(&outcome)["DisconnectReason"], "OTHER");
}

/// Recorded: EndTest on the transfer event ends the contact before it is in the queue.
#[tokio::test]
async fn the_end_of_the_test_prevents_a_transfer() {
    let line = Line::new();
    let actions = in_queue(&line);
    let queue = actions[1]["Parameters"]["QueueId"].clone();
    let transfer = block(
        "FlowActionStarted",
        "TransferContactToQueue",
        &json!({ "QueueId": queue }),
    );
    let observations = [
        observation("start", initiated(), json!([]), &["transfer"]),
        observation("transfer", transfer, end(), &[]),
    ];
    let outcome = line.tested(&actions, &observations).await;
    assert_eq!(outcome.report.completion, Completion::Success);
    let contact = line.contact_of(&outcome);
    assert_eq!(
        (&contact["DisconnectReason"], &contact["QueueInfo"]),
        (&json!("OTHER"), &Value::Null)
    );
}

#[tokio::test]
async fn a_customer_who_hangs_up_ends_the_contact() {
    let line = Line::new();
    let outcome = line
        .tested(
            &[
                say("one", "One.", "menu"),
                say("menu", "Two.", "bye"),
                bye(),
            ],
            &[
                observation("start", initiated(), disconnect(), &["end"]),
                observation("end", completed(), json!([]), &[]),
            ],
        )
        .await;
    assert_eq!(outcome.report.completion, Completion::Success);
    assert!(heard(&outcome).is_empty(), "{:?}", heard(&outcome));
    assert_eq!(
        line.contact_of(&outcome)["DisconnectReason"],
        "CUSTOMER_DISCONNECT"
    );
}

#[tokio::test]
async fn a_failed_check_ends_the_contact() {
    let line = Line::new();
    let outcome = line
        .tested(
            &[say("one", "One.", "bye"), bye()],
            &[observation(
                "start",
                initiated(),
                check("$.Attributes.tier", "gold"),
                &[],
            )],
        )
        .await;
    let observation = "start".to_owned();
    assert_eq!(
        outcome.report.completion,
        Completion::CheckFailed { observation }
    );
    assert_eq!(line.contact_of(&outcome)["DisconnectReason"], "OTHER");
}

#[tokio::test]
async fn a_test_that_is_stopped_before_its_start_does_nothing() {
    let line = Line::new();
    let start = line.entering(&pin_line());
    let stop = Stop::default();
    stop.request();
    let observations = [observation("start", initiated(), json!([]), &[])];
    let outcome = line.test(&start, &observations, stop).await.unwrap();
    let report = &outcome.report;
    assert_eq!((report.status.name(), report.counts()), ("STOPPED", (0, 0)));
    assert!(heard(&outcome).is_empty());
    assert_eq!(line.contact_of(&outcome)["DisconnectReason"], "OTHER");
}

/// A line whose function answers when the test says so.
fn held() -> (Line, Arc<Held>) {
    let held = Arc::new(Held::default());
    let neighbours = Neighbours {
        has_functions: true,
        held: Some(Arc::clone(&held)),
        ..Neighbours::default()
    };
    (Line::with(neighbours, false), held)
}

fn invoke(id: &str, next: &str) -> Value {
    let parameters = json!({ "LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8",
                             "ResponseValidation": { "ResponseType": "JSON" } });
    action(
        id,
        "InvokeLambdaFunction",
        parameters,
        next,
        &[],
        &[("NoMatchingError", next)],
    )
}

/// Runs a test, and stops it while a function runs.
async fn stopped(line: &Line, held: &Held, actions: &[Value]) -> TestOutcome {
    let start = line.entering(actions);
    let observations = [
        observation("start", initiated(), json!([]), &["never"]),
        observation("never", hears("never"), json!([]), &[]),
    ];
    let stop = Stop::default();
    let (outcome, ()) = tokio::join!(line.test(&start, &observations, stop.clone()), async {
        held.begun.notified().await;
        stop.request();
        held.answers.notify_one();
    });
    outcome.unwrap()
}

#[tokio::test]
async fn a_test_is_stopped_while_it_runs() {
    let (line, held) = held();
    let actions = [invoke("call", "say"), say("say", "hello", "bye"), bye()];
    let outcome = stopped(&line, &held, &actions).await;
    let report = &outcome.report;
    assert_eq!((report.status.name(), report.counts()), ("STOPPED", (1, 0)));
    assert!(heard(&outcome).is_empty());
    assert_eq!(line.contact_of(&outcome)["DisconnectReason"], "OTHER");
    let of_waiting = report
        .records
        .iter()
        .find(|one| one.observation.as_deref() == Some("never"));
    assert_eq!(of_waiting.unwrap().status.name(), "STOPPED");
}

/// Recorded: StopTestCaseExecution leaves the contact in its queue until StopContact.
#[tokio::test]
async fn a_stopped_test_leaves_its_contact_in_the_queue() {
    let (line, held) = held();
    let mut actions = in_queue(&line);
    let flow = [
        invoke("call", "say"),
        say("say", "wait", "end"),
        terminal("end", "EndFlowExecution"),
    ];
    let hooked = line.publish_as("invoking", "CUSTOMER_QUEUE", &flow);
    actions[0]["Parameters"]["EventHooks"]["CustomerQueue"] = json!(hooked);
    let outcome = stopped(&line, &held, &actions).await;
    assert_eq!(outcome.report.status, ExecutionStatus::Stopped);
    let contact = line.contact_of(&outcome);
    assert_eq!(contact["DisconnectTimestamp"], Value::Null, "{contact}");
    assert_eq!(
        contact["QueueInfo"]["Id"],
        actions[1]["Parameters"]["QueueId"]
    );
    let body = json!({ "InstanceId": line.instance, "ContactId": outcome.contact_id });
    line.send(Method::POST, "/contact/stop", body);
    assert_eq!(line.contact_of(&outcome)["DisconnectReason"], "OTHER");
}

/// The console writes the called number as the source; the caller is then anonymous.
#[tokio::test]
async fn a_source_that_is_a_number_of_the_instance_is_called() {
    let line = Line::new();
    let actions = [
        say(
            "say",
            "from $.CustomerEndpoint.Address to $.SystemEndpoint.Address",
            "bye",
        ),
        bye(),
    ];
    line.answer_with("answering", &actions);
    let flow_id = line.publish("flow", &actions);
    let observations = [observation("start", initiated(), json!([]), &[])];
    let from_to = |from: &str, to: &str| format!("from {from} to {to}");
    for (parameters, words) in [
        (
            json!({ "SourcePhoneNumber": line.number }),
            from_to("", &line.number),
        ),
        (
            json!({ "FlowId": flow_id, "SourcePhoneNumber": line.number }),
            from_to("", &line.number),
        ),
        (
            json!({ "FlowId": flow_id, "SourcePhoneNumber": CALLER }),
            from_to(CALLER, ""),
        ),
        (
            json!({ "SourcePhoneNumber": CALLER, "DestinationPhoneNumber": line.number }),
            from_to(CALLER, &line.number),
        ),
    ] {
        let entry = json!({ "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": parameters });
        let start = Start::read(&entry, None).unwrap();
        let outcome = line
            .test(&start, &observations, Stop::default())
            .await
            .unwrap();
        assert_eq!(heard(&outcome), [words], "{parameters}");
    }
}

#[tokio::test]
async fn a_contact_needs_a_number_or_an_inbound_flow() {
    let line = Line::new();
    let queue_flow = line.publish_as(
        "queue",
        "CUSTOMER_QUEUE",
        &[terminal("end", "EndFlowExecution")],
    );
    let observations = [observation("start", initiated(), json!([]), &[])];
    let other = "+819000000099";
    for (parameters, error) in [
        (
            json!({ "FlowId": "none" }),
            TestError::NoFlow("none".to_owned()),
        ),
        (
            json!({ "FlowId": queue_flow }),
            TestError::NoFlow(queue_flow.clone()),
        ),
        (
            json!({ "SourcePhoneNumber": other }),
            TestError::NoNumber(other.to_owned()),
        ),
        (
            json!({ "SourcePhoneNumber": line.number }),
            TestError::NoNumber(line.number.clone()),
        ),
    ] {
        let entry = json!({ "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": parameters });
        let start = Start::read(&entry, None).unwrap();
        let outcome = line.test(&start, &observations, Stop::default()).await;
        assert_eq!(outcome, Err(error), "{parameters}");
    }
}

/// Recorded: attributes below `Attributes` are read back through `$.Attributes`.
#[tokio::test]
async fn the_initial_attributes_are_the_contacts() {
    let line = Line::new();
    let flow_id = line.publish(
        "flow",
        &[say("say", "a $.Attributes.tier member", "bye"), bye()],
    );
    let entry =
        json!({ "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": { "FlowId": flow_id } });
    let data = json!({ "Attributes": { "tier": "gold" }, "SegmentAttributes": {} }).to_string();
    let start = Start::read(&entry, Some(&data)).unwrap();
    let observations = [
        observation(
            "start",
            initiated(),
            check("$.Attributes.tier", "gold"),
            &["said"],
        ),
        observation("said", hears("a gold member"), end(), &[]),
    ];
    let outcome = line
        .test(&start, &observations, Stop::default())
        .await
        .unwrap();
    assert_eq!(outcome.report.completion, Completion::Success);
}
