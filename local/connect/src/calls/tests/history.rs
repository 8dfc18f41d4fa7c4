//! The history of calls: visits of blocks with their values, masked input, limits.

use connect_flow::Key;
use serde_json::json;

use super::{CALLER, Line, Neighbours, action, bye, say, text};
use crate::calls::conversation::keys;
use crate::{BranchKind, CallEvent, CallScript, CallerId, TakenBranch};

/// A flow that asks for a PIN, and gives it to a function together with an attribute.
fn asking(function: &str) -> Vec<serde_json::Value> {
    let input = json!({
        "Text": "PIN, please", "StoreInput": "True", "InputTimeLimitSeconds": "5",
        "InputValidation": { "CustomValidation": { "MaximumLength": "8" } },
    });
    let invoke = json!({
        "LambdaFunctionARN": function, "InvocationTimeLimitSeconds": "8",
        "LambdaInvocationAttributes": { "pin": "$.StoredCustomerInput", "cmd": "sendSms" },
    });
    vec![
        action(
            "tongue",
            "UpdateContactAttributes",
            json!({ "Attributes": { "language": "en" }, "TargetContact": "Current" }),
            "log",
            &[],
            &[("NoMatchingError", "bye")],
        ),
        action(
            "log",
            "UpdateFlowLoggingBehavior",
            json!({ "FlowLoggingBehavior": "Enabled" }),
            "ask",
            &[],
            &[],
        ),
        action(
            "ask",
            "GetParticipantInput",
            input,
            "send",
            &[],
            &[("NoMatchingError", "bye")],
        ),
        action(
            "send",
            "InvokeLambdaFunction",
            invoke,
            "done",
            &[],
            &[("NoMatchingError", "bye")],
        ),
        say("done", "You pressed $.StoredCustomerInput", "bye"),
        bye(),
    ]
}

fn pressed(text: &str) -> Vec<Key> {
    keys(text).unwrap()
}

#[tokio::test]
async fn a_record_has_each_visited_block_with_its_values_and_the_branch_taken() {
    let neighbours = Neighbours {
        has_functions: true,
        ..Neighbours::default()
    };
    let line = Line::with(neighbours, false);
    let function = "arn:aws:lambda:ap-northeast-1:000000000000:function:line";
    let mut call = line.call(&asking(function), CallScript::default()).await;
    let id = call.contact().id.clone();

    let waiting = line.service.call_record(&id).unwrap();
    assert!(waiting.summary.waiting);
    assert_eq!(waiting.summary.from.as_deref(), Some(CALLER));
    assert_eq!(waiting.summary.to.as_deref(), Some(line.number.as_str()));
    assert_eq!(waiting.summary.ended, None);
    let last = waiting.blocks.last().unwrap();
    assert_eq!((last.block.as_str(), &last.left_by), ("ask", &None));
    assert!(matches!(&last.events[..], [CallEvent::Heard(spoken)] if spoken.text == "PIN, please"));

    call.press(&pressed("0042#")).await;
    let record = line.service.call_record(&id).unwrap();
    assert!(!record.summary.waiting);
    assert_eq!(record.summary.ended.as_deref(), Some("the line hung up"));
    let way: Vec<_> = record
        .blocks
        .iter()
        .map(|block| block.block.as_str())
        .collect();
    assert_eq!(way, ["tongue", "log", "ask", "send", "done", "bye"]);
    let next = |target: &str| TakenBranch {
        kind: BranchKind::Next,
        name: None,
        target: Some(target.to_owned()),
    };
    assert_eq!(record.blocks[2].left_by, Some(next("send")));
    assert_eq!(
        record.blocks[5].left_by.as_ref().unwrap().kind,
        BranchKind::End
    );
    // The attribute is there from the block after the one that set it.
    assert!(record.blocks[0].attributes.is_empty());
    assert_eq!(record.blocks[1].attributes["language"], "en");
    // Time is the call's: the prompt was spoken before the keys.
    assert!(record.blocks[3].at_ms > record.blocks[2].at_ms);

    let send = &record.blocks[3];
    assert_eq!(send.parameters["LambdaInvocationAttributes"]["pin"], "••••");
    let function_call = send.function.as_ref().unwrap();
    assert_eq!(function_call.arn, function);
    assert_eq!(
        function_call.request["Details"]["Parameters"]["pin"],
        "••••"
    );
    assert_eq!(
        function_call.request["Details"]["Parameters"]["cmd"],
        "sendSms"
    );
    assert_eq!(function_call.answer, Some(json!({})));
    assert!(function_call.started_at <= function_call.finished_at);
    assert_eq!(send.log.len(), 1, "{:?}", send.log);
    // The function itself received the PIN.
    let received = line.neighbours.invoked.lock().unwrap();
    assert_eq!(text(&received[0]["Details"]["Parameters"]["pin"]), "0042");

    let whole = serde_json::to_string(&record).unwrap();
    assert!(!whole.contains("0042"), "{whole}");
    assert!(whole.contains("You pressed ••••"), "{whole}");
}

#[tokio::test]
async fn an_error_branch_and_the_reason_for_it_are_recorded() {
    let line = Line::new();
    let function = "arn:aws:lambda:ap-northeast-1:000000000000:function:line";
    let mut call = line.call(&asking(function), CallScript::default()).await;
    call.press(&pressed("0042#")).await;
    let record = line.service.call_record(&call.contact().id).unwrap();
    let send = record
        .blocks
        .iter()
        .find(|block| block.block == "send")
        .unwrap();
    let expected = TakenBranch {
        kind: BranchKind::Error,
        name: Some("NoMatchingError".to_owned()),
        target: Some("bye".to_owned()),
    };
    assert_eq!(send.left_by, Some(expected));
    let failure = send.function.as_ref().unwrap().failure.as_deref().unwrap();
    assert!(failure.contains("ResourceNotFoundException"), "{failure}");
}

#[tokio::test]
async fn the_latest_calls_are_listed_and_a_telephone_that_is_gone_has_hung_up() {
    let line = Line::new();
    line.answer_with(
        "asks",
        &asking("arn:aws:lambda:ap-northeast-1:000000000000:function:f"),
    );
    let mut changes = line.service.watch_calls();
    changes.mark_unchanged();
    let call = line.dial(CallScript::default()).await;
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    drop(call);
    assert!(changes.has_changed().unwrap());
    let withheld = line
        .service
        .dial(&line.number, CallerId::Withheld)
        .await
        .unwrap();
    let calls = line.service.calls();
    let ends: Vec<_> = calls.iter().map(|call| call.ended.as_deref()).collect();
    assert_eq!(ends, [Some("the caller hung up"), None]);
    assert_eq!(calls[1].from, None);
    assert_eq!(calls[1].contact_id, withheld.contact().id);
}

#[tokio::test]
async fn only_the_latest_500_calls_are_kept() {
    let line = Line::new();
    line.answer_with("ends", &[bye()]);
    let first = line.dial(CallScript::default()).await.contact().id.clone();
    for _ in 0..500 {
        line.dial(CallScript::default()).await;
    }
    assert_eq!(line.service.calls().len(), 500);
    assert_eq!(line.service.call_record(&first), None);
}

/// The values of a call are bounded, since a flow may copy a large attribute from block to block.
#[tokio::test]
async fn visits_beyond_two_megabytes_are_only_counted() {
    let line = Line::new();
    let large = "x".repeat(16 * 1024);
    let mut actions = vec![action(
        "large",
        "UpdateContactAttributes",
        json!({ "Attributes": { "large": large }, "TargetContact": "Current" }),
        "say-0",
        &[],
        &[("NoMatchingError", "bye")],
    )];
    for n in 0..200 {
        let next = if n == 199 {
            "bye".to_owned()
        } else {
            format!("say-{}", n + 1)
        };
        actions.push(say(&format!("say-{n}"), "on", &next));
    }
    actions.push(bye());
    let call = line.call(&actions, CallScript::default()).await;
    let record = line.service.call_record(&call.contact().id).unwrap();
    assert_eq!(record.blocks.len() + record.left_out, 202);
    assert!(
        (100..150).contains(&record.blocks.len()),
        "{}",
        record.blocks.len()
    );
    assert_eq!(record.summary.ended.as_deref(), Some("the line hung up"));
}
