//! Overrides: both kinds, with each target.

use super::events::step;
use super::*;

fn substitute(arn: &str) -> Value {
    json!({ "Type": "SubstituteResource", "SubstituteArn": arn })
}

/// Runs a test that sets these overrides, in this order, and waits for nothing.
async fn overridden(line: &Line, actions: &[Value], overrides: &[Value]) -> TestOutcome {
    let mut overrides = overrides.to_vec();
    for index in 1..overrides.len() {
        let next = overrides[index]["Identifier"].clone();
        overrides[index - 1]["Transitions"] = json!({ "NextAction": next });
    }
    line.tested(
        actions,
        &[observation("start", initiated(), json!(overrides), &[])],
    )
    .await
}

fn with_functions() -> Line {
    let neighbours = Neighbours {
        has_functions: true,
        ..Neighbours::default()
    };
    Line::with(neighbours, false)
}

/// A line that invokes the function so many times, and says after each whether it answered.
fn invocations(times: usize) -> Vec<Value> {
    let mut actions = Vec::new();
    for at in 1..=times {
        let next = if at == times {
            "bye".to_owned()
        } else {
            format!("call{}", at + 1)
        };
        let (call, ok, sorry) = (format!("call{at}"), format!("ok{at}"), format!("sorry{at}"));
        actions.extend([
            action(
                &call,
                "InvokeLambdaFunction",
                json!({ "LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8",
                        "ResponseValidation": { "ResponseType": "JSON" } }),
                &ok,
                &[],
                &[("NoMatchingError", &sorry)],
            ),
            say(&ok, "answer $.External.words.", &next),
            say(&sorry, "sorry", &next),
        ]);
    }
    actions.push(bye());
    actions
}

#[tokio::test]
async fn a_function_is_replaced_by_another() {
    let line = with_functions();
    let other = "arn:aws:lambda:ap-northeast-1:000000000000:function:other";
    let set = override_of("s", "InvokeLambdaFunction", &function(), &substitute(other));
    let outcome = overridden(&line, &invocations(2), &[set]).await;
    assert_eq!(*line.neighbours.called.lock().unwrap(), [other, FUNCTION]);
    assert!(outcome.report.unused_overrides.is_empty());
}

/// The developer guide: an override is for one use; several for one resource are used in order.
#[tokio::test]
async fn two_overrides_of_a_function_are_used_in_order() {
    let line = with_functions();
    let one = result("{\"words\":\"one\"}", 0);
    let two = result("{\"words\":\"two\"}", 0);
    let overrides = [
        override_of("a", "InvokeLambdaFunction", &function(), &one),
        override_of("b", "InvokeLambdaFunction", &function(), &two),
    ];
    let outcome = overridden(&line, &invocations(3), &overrides).await;
    assert_eq!(heard(&outcome), ["answer one.", "answer two.", "answer ."]);
    // The third one is the function itself.
    assert_eq!(line.neighbours.called.lock().unwrap().len(), 1);

    let outcome = overridden(&line, &invocations(1), &overrides).await;
    let unused = &outcome.report.unused_overrides;
    assert_eq!(unused.len(), 1);
    assert_eq!(unused[0].resource, FUNCTION);
}

/// The block's limit is 8 seconds. A delay beyond it is a time-out, however long; the clock passes the limit.
#[tokio::test]
async fn a_delay_beyond_the_limit_of_the_block_is_a_time_out() {
    let line = with_functions();
    for (delay, words, seconds) in [
        (8, "answer late.", 8),
        (9, "sorry", 8),
        (u64::MAX, "sorry", 8),
    ] {
        let late = result("{\"words\":\"late\"}", delay);
        let set = override_of("a", "InvokeLambdaFunction", &function(), &late);
        let outcome = overridden(&line, &invocations(1), &[set]).await;
        assert_eq!(heard(&outcome), [words], "{delay}");
        let began = outcome.report.messages[0].prompts[0].at;
        let took = began - outcome.report.started;
        assert_eq!(took, time::Duration::seconds(seconds), "{delay}");
    }
    assert!(line.neighbours.called.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_function_fails_with_each_error() {
    let line = with_functions();
    for (value, seconds) in [("TimeLimitExceeded", 8), ("NoMatchingError", 0)] {
        let set = override_of("a", "InvokeLambdaFunction", &function(), &error(value));
        let outcome = overridden(&line, &invocations(1), &[set]).await;
        assert_eq!(heard(&outcome), ["sorry"], "{value}");
        let took = outcome.report.messages[0].prompts[0].at - outcome.report.started;
        assert_eq!(took, time::Duration::seconds(seconds), "{value}");
    }
}

fn hours_check(parameters: Value) -> Vec<Value> {
    vec![
        action(
            "hours",
            "CheckHoursOfOperation",
            parameters,
            "failed",
            &[("Equals", "True", "open"), ("Equals", "False", "closed")],
            &[("NoMatchingError", "failed")],
        ),
        say("open", "open", "bye"),
        say("closed", "closed", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

#[tokio::test]
async fn hours_are_replaced_mocked_and_made_to_fail() {
    let line = Line::new();
    let (open, closed) = (line.hours("open"), line.hours_without_days("closed"));
    let value = |value: &str| {
        mocked(&json!({ "Type": "ExecutionResult", "ExecutionResult": { "Value": value } }))
    };
    let target = json!({ "HoursOfOperationId": open });
    let actions = hours_check(target.clone());
    for (strategy, words) in [
        (substitute(&closed), "closed"),
        (substitute("none"), "failed"),
        (value("OutOfHours"), "closed"),
        (value("InHours"), "open"),
        (error("NoMatchingError"), "failed"),
    ] {
        let set = override_of("a", "CheckHoursOfOperation", &target, &strategy);
        let outcome = overridden(&line, &actions, &[set]).await;
        assert_eq!(heard(&outcome), [words], "{strategy}");
        assert!(outcome.report.unused_overrides.is_empty(), "{strategy}");
    }
    // Hours that the flow does not name are those of its queue.
    let queue = line.queue("waiting");
    let facts = line.service.instance(REGION, &line.instance).unwrap();
    let of_queue = line
        .service
        .find_queue(&facts, &queue)
        .unwrap()
        .hours_of_operation_id;
    let mut actions = hours_check(json!({}));
    let failed = ["NoMatchingError"];
    let set = step(
        "set",
        "UpdateContactTargetQueue",
        json!({ "QueueId": queue }),
        "hours",
        &failed,
    );
    actions.insert(0, set);
    let target = json!({ "HoursOfOperationId": of_queue });
    let set = override_of("a", "CheckHoursOfOperation", &target, &substitute(&open));
    assert_eq!(heard(&overridden(&line, &actions, &[set]).await), ["open"]);
}

/// `DelaySeconds` is a member of both kinds of response, whatever the target (developer guide).
#[tokio::test]
async fn hours_and_queues_take_the_delay_of_their_override() {
    let delayed = |kind: &str, value: &str, delay: u64| {
        mocked(&json!({ "Type": kind, kind: { "Value": value, "DelaySeconds": delay } }))
    };
    let line = Line::new();
    let (hours, queue) = (line.hours("open"), line.queue("waiting"));
    let (of_hours, of_queue) = (
        json!({ "HoursOfOperationId": hours }),
        json!({ "QueueId": queue }),
    );
    for (kind, target, actions, strategy, words, seconds) in [
        (
            "CheckHoursOfOperation",
            &of_hours,
            hours_check(of_hours.clone()),
            delayed("ExecutionResult", "OutOfHours", 7),
            "closed",
            7,
        ),
        (
            "CheckHoursOfOperation",
            &of_hours,
            hours_check(of_hours.clone()),
            delayed("Error", "NoMatchingError", 9),
            "failed",
            9,
        ),
        (
            "TransferContactToQueue",
            &of_queue,
            transfer(&line, &queue),
            delayed("Error", "QueueAtCapacity", 11),
            "full",
            11,
        ),
    ] {
        let set = override_of("a", kind, target, &strategy);
        let outcome = overridden(&line, &actions, &[set]).await;
        assert_eq!(heard(&outcome), [words], "{strategy}");
        let began = outcome.report.messages[0].prompts[0].at;
        let took = began - outcome.report.started;
        assert_eq!(took, time::Duration::seconds(seconds), "{strategy}");
    }
}

/// The whole test has five minutes (administrator guide), and a longer delay is none of AWS's errors.
#[tokio::test]
async fn a_delay_beyond_the_time_limit_ends_the_test() {
    let line = Line::new();
    let target = json!({ "HoursOfOperationId": line.hours("open") });
    let error = json!({ "Value": "NoMatchingError", "DelaySeconds": u64::MAX });
    let strategy = mocked(&json!({ "Type": "Error", "Error": error }));
    let set = override_of("a", "CheckHoursOfOperation", &target, &strategy);
    let outcome = line
        .tested(
            &hours_check(target),
            &[
                observation("start", initiated(), json!([set]), &["failed"]),
                observation("failed", hears("failed"), json!([]), &[]),
            ],
        )
        .await;
    assert_eq!(outcome.report.completion, Completion::TimedOut);
    let took = outcome.report.ended - outcome.report.started;
    assert_eq!(took, time::Duration::minutes(5));
}

impl Line {
    fn hours_without_days(&self, name: &str) -> String {
        let created = self.send(
            Method::PUT,
            &format!("/hours-of-operations/{}", self.instance),
            json!({ "Name": name, "TimeZone": "Asia/Tokyo", "Config": [] }),
        );
        text(&created["HoursOfOperationId"])
    }

    /// Publishes a flow for customers in a queue, and returns the block that sets it.
    fn hooked(&self, next: &str, actions: &[Value]) -> Value {
        let name = uuid::Uuid::new_v4().to_string();
        let flow = self.publish_as(&name, "CUSTOMER_QUEUE", actions);
        let hooks = json!({ "EventHooks": { "CustomerQueue": flow } });
        step(
            "hook",
            "UpdateContactEventHooks",
            hooks,
            next,
            &["NoMatchingError"],
        )
    }
}

/// A line that enters a queue and says its name there, or says which error it met.
fn transfer(line: &Line, queue: &str) -> Vec<Value> {
    let in_queue = [
        say("name", "in $.Queue.Name", "end"),
        terminal("end", "EndFlowExecution"),
    ];
    let [set, mut enter] = into_queue(queue, "bye");
    enter["Transitions"]["Errors"] = json!([
        { "ErrorType": "QueueAtCapacity", "NextAction": "full" },
        { "ErrorType": "NoMatchingError", "NextAction": "failed" },
    ]);
    vec![
        line.hooked("set", &in_queue),
        set,
        enter,
        say("full", "full", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

/// Recorded: the substitute moves the contact, while the execution's records name the written queue.
#[tokio::test]
async fn a_queue_is_replaced_and_made_to_fail() {
    let line = Line::new();
    let (written, other) = (line.queue("written"), line.queue("other"));
    let actions = transfer(&line, &written);
    let target = json!({ "QueueId": written });
    for (strategy, words) in [
        (substitute(&other), "in other"),
        (substitute("none"), "failed"),
        (error("QueueAtCapacity"), "full"),
        (error("NoMatchingError"), "failed"),
    ] {
        let set = override_of("a", "TransferContactToQueue", &target, &strategy);
        let started = block("FlowActionStarted", "TransferContactToQueue", &target);
        let observations = [
            observation("start", initiated(), json!([set]), &["transfer"]),
            observation("transfer", started, json!([]), &[]),
        ];
        let outcome = line.tested(&actions, &observations).await;
        assert_eq!(heard(&outcome), [words], "{strategy}");
        let transfer = &outcome.report.observations[1];
        assert_eq!(transfer.status, ObservationStatus::Passed);
        let Some((Event::FlowActionStarted(action), _)) = &transfer.matched else {
            panic!("{transfer:?}");
        };
        assert!(action.names.contains(&written) && !action.names.contains(&other));
        if words == "in other" {
            let contact = line.contact_of(&outcome);
            assert_eq!(contact["QueueInfo"]["Id"], other.as_str());
        }
    }
}

#[tokio::test]
async fn a_change_of_the_queue_is_replaced_and_made_to_fail() {
    let line = Line::new();
    let (first, written, other) = (
        line.queue("first"),
        line.queue("written"),
        line.queue("other"),
    );
    let change = action(
        "change",
        "DequeueContactAndTransferToQueue",
        json!({ "QueueId": written }),
        "end",
        &[],
        &[("QueueAtCapacity", "full"), ("NoMatchingError", "failed")],
    );
    let in_queue = [
        action(
            "which",
            "Compare",
            json!({ "ComparisonValue": "$.Queue.Name" }),
            "name",
            &[("Equals", "first", "change")],
            &[("NoMatchingCondition", "name")],
        ),
        change,
        say("name", "in $.Queue.Name", "end"),
        say("full", "full", "end"),
        say("failed", "failed", "end"),
        terminal("end", "EndFlowExecution"),
    ];
    let [set, enter] = into_queue(&first, "bye");
    let actions = [line.hooked("set", &in_queue), set, enter, bye()];
    let target = json!({ "QueueId": written });
    // The developer guide writes both names of the block.
    let both = [
        "DequeueContactAndTransferToQueue",
        "DequeueAndTransferToQueue",
    ];
    for (kind, strategy, words) in [
        (both[0], substitute(&other), "in other"),
        (both[1], substitute(&other), "in other"),
        (both[0], error("QueueAtCapacity"), "full"),
        (both[0], error("NoMatchingError"), "failed"),
    ] {
        let set = override_of("a", kind, &target, &strategy);
        let outcome = overridden(&line, &actions, &[set]).await;
        assert_eq!(heard(&outcome), [words], "{kind} {strategy}");
        assert!(outcome.report.unused_overrides.is_empty());
    }
    assert_eq!(
        heard(&overridden(&line, &actions, &[]).await),
        ["in written"]
    );
}

/// The local account has no bot for a substitute either, so the block then fails as it does without one.
#[tokio::test]
async fn a_bot_is_mocked_and_made_to_fail() {
    let line = Line::new();
    let target = json!({ "LexV2Bot": { "AliasArn": BOT } });
    let mut parameters = target.clone();
    parameters["Text"] = json!("How can I help?");
    let actions = [
        action(
            "bot",
            "ConnectParticipantWithLexBot",
            parameters,
            "other",
            &[("Equals", "Order", "order")],
            &[
                ("NoMatchingCondition", "other"),
                ("NoMatchingError", "failed"),
            ],
        ),
        say("order", "order of $.Lex.Slots.size", "bye"),
        say("other", "other", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ];
    for (strategy, words, seconds) in [
        (
            result("{\"IntentName\":\"Order\",\"Slots\":{\"size\":\"M\"}}", 3),
            "order of M",
            3,
        ),
        (result("{\"IntentName\":\"Complain\"}", 0), "other", 0),
        (result("{}", 0), "other", 0),
        (error("TimeLimitExceeded"), "failed", 0),
        (error("NoMatchingError"), "failed", 0),
        (
            substitute("arn:aws:lex:ap-northeast-1:123456789012:bot-alias/BOT/OTHER"),
            "failed",
            0,
        ),
    ] {
        let set = override_of("a", "ConnectParticipantWithLexBot", &target, &strategy);
        let outcome = overridden(&line, &actions, &[set]).await;
        assert_eq!(heard(&outcome), [words], "{strategy}");
        assert!(outcome.report.unused_overrides.is_empty(), "{strategy}");
        let took = outcome.report.messages[0].prompts[0].at - outcome.report.started;
        assert!(
            took >= time::Duration::seconds(seconds),
            "{strategy}: {took}"
        );
    }
    // A delay of any length ends at the test's own limit.
    let forever = result("{\"IntentName\":\"Order\"}", u64::MAX);
    let set = override_of("a", "ConnectParticipantWithLexBot", &target, &forever);
    let outcome = overridden(&line, &actions, &[set]).await;
    assert_eq!(
        outcome.report.completion,
        Completion::TimedOutWithoutWaiting
    );
    assert_eq!(
        outcome.report.ended - outcome.report.started,
        time::Duration::minutes(5)
    );
}

/// Overrides that no block used are in the report.
#[tokio::test]
async fn overrides_that_are_left_over_are_reported() {
    let line = Line::new();
    let hours = json!({ "HoursOfOperationId": "h-1" });
    let queue = json!({ "QueueId": "q-1" });
    let overrides = [
        override_of("a", "CheckHoursOfOperation", &hours, &substitute("h-2")),
        override_of(
            "b",
            "TransferContactToQueue",
            &queue,
            &error("QueueAtCapacity"),
        ),
    ];
    let outcome = overridden(&line, &[say("say", "hello", "bye"), bye()], &overrides).await;
    let unused = outcome.report.unused_overrides.iter();
    let unused: Vec<_> = unused.map(|one| one.resource.as_str()).collect();
    assert_eq!(unused, ["h-1", "q-1"]);
    assert_eq!(outcome.report.status, ExecutionStatus::Passed);
}
