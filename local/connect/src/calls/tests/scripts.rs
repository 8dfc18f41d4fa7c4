//! Effects outside of the account: metrics, tasks, and what a script provides.

use super::*;

const FAILED: (&str, &str) = ("NoMatchingError", "failed");

/// A flow that reads the metrics of a queue, and speaks them.
fn metrics(queue: &Value) -> Vec<Value> {
    vec![
        action(
            "get",
            "GetMetricData",
            json!({ "QueueId": queue }),
            "say",
            &[],
            &[FAILED],
        ),
        say(
            "say",
            "$.Metrics.Queue.Name: $.Metrics.Queue.Size, $.Metrics.Agents.Online.Count",
            "bye",
        ),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

/// A flow that asks whether agents are there, and whether contacts wait.
fn staffing(parameters: &[(&str, &str)], condition: (&str, &str)) -> Vec<Value> {
    let parameters: serde_json::Map<_, _> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let (operator, operand) = condition;
    vec![
        action(
            "check",
            "CheckMetricData",
            Value::Object(parameters),
            "no",
            &[(operator, operand, "yes")],
            &[("NoMatchingCondition", "no"), FAILED],
        ),
        say("yes", "yes", "bye"),
        say("no", "no", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

/// Administrator guide: Check staffing without a queue takes the error branch, and Get metrics
/// returns no metrics of agents when there are none. The error branch of GetMetricData when nothing
/// happens: flow-as-code/hollow-hour-example-typescript, VERIFY.md, row 16.6.
#[tokio::test]
async fn an_account_without_agents_and_contacts_has_metrics_of_zero() {
    let line = Line::new();
    let queue = line.queue("support");
    let online = ("MetricType", "NumberOfAgentsOnline");
    let waiting = ("MetricType", "NumberOfContactsInQueue");
    let of_queue = ("QueueId", queue.as_str());
    for (parameters, condition, heard) in [
        (&[online, of_queue][..], ("NumberGreaterThan", "0"), "no"),
        (&[waiting, of_queue], ("Equals", "0"), "yes"),
        (&[waiting], ("Equals", "0"), "failed"),
        (&[waiting, ("QueueId", "gone")], ("Equals", "0"), "failed"),
    ] {
        let call = line
            .call(&staffing(parameters, condition), CallScript::default())
            .await;
        assert_eq!(call.heard(), [heard], "{parameters:?}");
    }
    let call = line
        .call(&metrics(&json!(queue)), CallScript::default())
        .await;
    assert_eq!(call.heard(), ["failed"]);
    assert_eq!(
        warnings(&call),
        ["the queue must have a waiting contact or an agent"]
    );
}

/// The operand of the oldest contact's age is in milliseconds in a console export (300000 for five
/// minutes). Names of metrics: "List of available contact attributes".
#[tokio::test]
async fn a_script_gives_the_metrics_of_a_queue() {
    let line = Line::new();
    let queue = line.queue("support");
    let busy = script(json!({ "metrics": { "support": {
        "contactsInQueue": 3, "oldestContact": "5m", "agentsOnline": 2 } } }));
    let of_queue = ("QueueId", queue.as_str());
    for (metric, condition) in [
        ("NumberOfAgentsOnline", ("NumberGreaterThan", "0")),
        ("NumberOfContactsInQueue", ("NumberGreaterOrEqualTo", "3")),
        ("OldestContactInQueueAgeSeconds", ("Equals", "300000")),
    ] {
        let flow = staffing(&[("MetricType", metric), of_queue], condition);
        let call = line.call(&flow, busy.clone()).await;
        assert_eq!(call.heard(), ["yes"], "{metric}");
    }
    let call = line.call(&metrics(&json!(queue)), busy).await;
    assert_eq!(call.heard(), ["support: 3, 2"]);
}

/// AWS's page of CreateTask: the task is routed by a flow.
#[tokio::test]
async fn a_task_is_created_if_its_flow_is_published() {
    let line = Line::new();
    let flow = line.publish("tasks", &[bye()]);
    for (flow, heard, created) in [(flow.as_str(), "done", 1), ("gone", "failed", 0)] {
        let task = json!({ "Name": "Call $.CustomerEndpoint.Address", "ContactFlowId": flow });
        let actions = [
            action("task", "CreateTask", task, "done", &[], &[FAILED]),
            say("done", "done", "bye"),
            say("failed", "failed", "bye"),
            bye(),
        ];
        let call = line.call(&actions, CallScript::default()).await;
        assert_eq!(call.heard(), [heard]);
        let event = CallEvent::TaskCreated {
            name: format!("Call {CALLER}"),
            flow: "tasks".to_owned(),
        };
        let found = call.events().iter().filter(|one| **one == event).count();
        assert_eq!(found, created);
    }
}

/// A flow that looks for a customer's profile again and again.
fn three_profiles() -> Vec<Value> {
    let search = json!({ "ProfileRequestData": {
        "IdentifierName": "_phone", "IdentifierValue": "$.CustomerEndpoint.Address" } });
    let mut actions = vec![];
    for (id, said, next) in [("1", "s1", "2"), ("2", "s2", "3"), ("3", "s3", "bye")] {
        let none = format!("n{id}");
        actions.push(action(
            id,
            "GetCustomerProfile",
            search.clone(),
            said,
            &[],
            &[
                ("MultipleFoundError", "bye"),
                ("NoneFoundError", &none),
                ("NoMatchingError", "bye"),
            ],
        ));
        actions.push(say(said, "$.Customer.FirstName", next));
        actions.push(say(&none, "none", next));
    }
    actions.push(bye());
    actions
}

#[tokio::test]
async fn entries_of_a_list_are_used_in_turn_and_the_last_one_stays() {
    let line = Line::new();
    let hanako = json!({ "values": { "Customer": { "FirstName": "Hanako" } }, "takes": "2s" });
    let none = json!({ "branch": { "error": "NoneFoundError" } });
    for (blocks, heard) in [
        (
            json!({ "GetCustomerProfile": hanako }),
            ["Hanako", "Hanako", "Hanako"],
        ),
        (
            json!({ "GetCustomerProfile": [hanako, none] }),
            ["Hanako", "none", "none"],
        ),
        // The identifier has precedence over the type.
        (
            json!({ "GetCustomerProfile": hanako, "2": none }),
            ["Hanako", "none", "Hanako"],
        ),
    ] {
        let call = line
            .call(&three_profiles(), script(json!({ "blocks": blocks })))
            .await;
        assert_eq!(call.heard(), heard);
        assert_eq!(warnings(&call), Vec::<&str>::new());
    }
}

/// The error types are those of AWS's page of GetCustomerProfile.
#[tokio::test]
async fn a_branch_that_the_type_does_not_have_is_refused_when_its_type_is_known() {
    let known = "must take a branch of its type: the error of GetCustomerProfile must be one of \
                 MultipleFoundError, NoneFoundError, NoMatchingError, but was 'Gone'";
    let gone = json!({ "branch": { "error": "Gone" } });
    let of_type = json!({ "blocks": { "GetCustomerProfile": gone } });
    let refused = serde_json::from_value::<CallScript>(of_type)
        .unwrap_err()
        .to_string();
    assert!(refused.contains(known), "{refused}");

    let line = Line::new();
    let of_identifier = script(json!({ "blocks": { "1": gone } }));
    let call = line.call(&three_profiles(), of_identifier).await;
    let Some(Ending::Stopped(stopped)) = call.ending() else {
        panic!("{:?}", call.ending());
    };
    assert!(stopped.to_string().contains(known), "{stopped}");
}

#[test]
fn a_mistake_in_a_script_names_its_place_and_what_must_be() {
    for (text, expected) in [
        (
            "{\n \"block\": {} }",
            "unknown field `block`, expected one of `blocks`, `bots`",
        ),
        ("{\n \"block\": {} }", "line 2 column"),
        (
            r#"{"blocks":{"a":{"branch":"next"}}}"#,
            "unknown variant `next`, expected one of `done`, `result`, `error`",
        ),
        (
            r#"{"blocks":{"a":{"takes":"2"}}}"#,
            "a time must be a whole number with ms, s or m, such as 2s, but was '2'",
        ),
        (r#"{"blocks":{"a":[]}}"#, "at least one entry"),
        (r#"{"blocks":{"a":7}}"#, "an object, or a list of objects"),
        (
            r#"{"blocks":{"a":{"values":{"customer":{}}}}}"#,
            "the values of the block 'a' must be objects named AgenticCX, Case, Customer,",
        ),
        (
            r#"{"bots":{"b":{"slots":{}}}}"#,
            "a turn of a bot must have an intent, or `timeout` as true, or `error` as true",
        ),
    ] {
        let refused = serde_json::from_str::<CallScript>(text)
            .unwrap_err()
            .to_string();
        assert!(refused.contains(expected), "{text}: {refused}");
    }
}

/// A script crosses the account's own interface as JSON.
#[test]
fn a_script_is_the_same_after_it_was_written() {
    let script = script(json!({
        "blocks": { "a": [{ "branch": { "result": "x" }, "takes": "2s" }, {}] },
        "bots": { "b": [{ "intent": "I", "takes": "1m" }, { "timeout": true }, { "error": true }] },
        "metrics": { "q": { "oldestContact": "90s" } },
    }));
    let written = serde_json::to_string(&script).unwrap();
    assert_eq!(
        serde_json::from_str::<CallScript>(&written).unwrap(),
        script
    );
}

/// A flow that talks to a bot until it understands an order.
fn bot(alias: Value) -> Vec<Value> {
    let parameters = |text: &str| {
        let mut parameters =
            json!({ "Text": text, "LexSessionAttributes": { "channel": "phone" } });
        parameters
            .as_object_mut()
            .unwrap()
            .extend(alias.as_object().unwrap().clone());
        parameters
    };
    let kind = "ConnectParticipantWithLexBot";
    let conditions = [("Equals", "Order", "order"), ("Equals", "Help", "help")];
    let errors = [
        ("NoMatchingCondition", "again"),
        ("InputTimeLimitExceeded", "again"),
        FAILED,
    ];
    let order = "$.Lex.Slots.size, $.Lex.SessionAttributes.channel, \
                 $.Lex.SessionAttributes.cart, $.Lex.SentimentResponse.Label";
    vec![
        action(
            "first",
            kind,
            parameters("Yes?"),
            "again",
            &conditions,
            &errors,
        ),
        action(
            "again",
            kind,
            parameters("Again?"),
            "failed",
            &conditions,
            &errors,
        ),
        say("order", order, "bye"),
        say("help", "help", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

/// The branches are those of AWS's page of the action, and the attributes those of the
/// administrator guide: attributes that the block gives to the bot come back with the bot's own.
#[tokio::test]
async fn a_scripted_bot_answers_in_turns() {
    let line = Line::new();
    let arn = "arn:aws:lex:ap-northeast-1:123456789012:bot-alias/BOT/ALIAS";
    let v2 = json!({ "LexV2Bot": { "AliasArn": arn } });
    let v1 = json!({ "LexBot": { "Name": "orders", "Region": "us-east-1", "Alias": "live" } });
    let order = json!({ "intent": "Order", "slots": { "size": "large" },
                        "sessionAttributes": { "cart": "7" }, "sentiment": "POSITIVE",
                        "takes": "3s" });
    let ordered = ["Yes?", "Again?", "large, phone, 7, POSITIVE"];
    for (alias, name, turns, heard) in [
        (&v2, arn, json!([{ "timeout": true }, order]), &ordered[..]),
        (&v2, arn, json!([{ "intent": "Fallback" }, order]), &ordered),
        (
            &v1,
            "orders",
            json!({ "intent": "Help" }),
            &["Yes?", "help"],
        ),
        (&v1, "orders", json!({ "error": true }), &["Yes?", "failed"]),
        (
            &v1,
            "other",
            json!({ "intent": "Help" }),
            &["Yes?", "failed"],
        ),
    ] {
        let script = script(json!({ "bots": { name: turns } }));
        let call = line.call(&bot(alias.clone()), script).await;
        assert_eq!(call.heard(), heard, "{turns}");
    }
    let call = line.call(&bot(v2), CallScript::default()).await;
    assert_eq!(
        warnings(&call),
        ["the script of the call must have a turn of the bot"]
    );
}
