//! Any content is read or refused without a panic.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::Strategy;

use super::*;
use crate::similarity;

/// A test case with every part of the language.
fn whole() -> Value {
    let mut case = overrides(
        "InvokeLambdaFunction",
        json!({ "LambdaFunctionARN": FUNCTION }),
        json!({ "Type": "MockResponse", "Response": { "Type": "ExecutionResult",
            "ExecutionResult": { "DelaySeconds": 1, "LoadedData": "{\"result\":\"ok\"}" } } }),
    );
    case["Observations"][0]["Transitions"]["NextObservations"] = json!(["ask"]);
    let ask = json!({
        "Identifier": "ask",
        "Event": { "Identifier": "e2", "Type": "MessageReceived", "Actor": "System", "Properties": {
            "Text": "暗証番号", "MatchingCriteria": { "Type": "Inclusion" } } },
        "Actions": [{ "Identifier": "a2", "Type": "SendInstruction", "Transitions": {}, "Parameters": {
            "ActionType": "SendInstruction", "Actor": "Customer",
            "Instruction": { "Type": "DtmfInput", "Properties": { "Value": "0123" } } } }],
        "Transitions": { "NextObservations": ["done"] },
    });
    let mut last = end("a4");
    last["Transitions"] = json!({});
    let done = json!({
        "Identifier": "done",
        "Event": { "Identifier": "e3", "Type": "FlowActionCompleted", "Actor": "System", "Properties": {
            "ActionType": "InvokeLambdaFunction",
            "ActionParameters": { "LambdaFunctionARN": FUNCTION } } },
        "Actions": [
            { "Identifier": "a3", "Type": "Assert", "Transitions": { "NextAction": "a4" }, "Parameters": {
                "Namespace": "$.External.result", "Operator": "Equals", "Operand": "ok" } },
            last,
        ],
        "Transitions": { "NextObservations": [] },
    });
    let observations = case["Observations"].as_array_mut().unwrap();
    observations.extend([ask, done]);
    case
}

#[test]
fn the_whole_case_is_published() {
    assert_eq!(publish(&whole()).unwrap().observations.len(), 3);
}

fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, &format!("{at}/{name}"), all);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = select(vec![
        "Version",
        "Observations",
        "Identifier",
        "Event",
        "Type",
        "Properties",
        "Actions",
        "Parameters",
        "Transitions",
        "NextAction",
        "",
        "a",
        "start",
        "TestInitiated",
        "2019-10-30",
        "\u{1b}[0m",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        names.clone().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("x".repeat(300))),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        let name = prop_oneof![names.clone().prop_map(str::to_owned), any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(name, inner, 0..6).prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

fn check_problems(content: &str) {
    for channel in [Channel::Voice, Channel::Chat] {
        match TestCase::publish(content, channel) {
            Ok(case) => assert!(case.observations.iter().any(|one| one.is_first)),
            Err(problems) => {
                assert!((1..=50).contains(&problems.len()));
                for problem in problems {
                    assert!((1..=256).contains(&problem.message.chars().count()));
                    assert!(!problem.to_string().contains(char::is_control));
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in any_json()) {
        check_problems(&value.to_string());
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check_problems(&text);
    }

    #[test]
    fn a_damaged_case_is_read_or_refused(
        damages in vec((any::<Index>(), proptest::option::of(any_json())), 1..4),
    ) {
        let mut case = whole();
        for (place, value) in damages {
            let mut all = Vec::new();
            pointers(&case, "", &mut all);
            let at = place.get(&all);
            match value {
                Some(value) => *case.pointer_mut(at).unwrap() = value,
                // The member is missing.
                None => if let Some((parent, name)) = at.rsplit_once('/')
                    && let Some(Value::Object(members)) = case.pointer_mut(parent)
                {
                    members.remove(name);
                },
            }
        }
        check_problems(&case.to_string());
    }

    #[test]
    fn similarity_is_symmetric_and_bounded(one in any::<String>(), other in any::<String>()) {
        let score = similarity(&one, &other);
        prop_assert!((0.0..=1.0).contains(&score));
        prop_assert!((score - similarity(&other, &one)).abs() < 1e-12);
        prop_assert!((similarity(&one, &one) - 1.0).abs() < 1e-12);
    }
}
