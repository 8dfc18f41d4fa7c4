//! Flows that repeat without end. The limit of 100 is this engine's own: on AWS such a call lasts until the
//! caller hangs up, and every run of a function is paid.

use super::*;

fn set(id: &str, next: &str) -> Value {
    let attributes = json!({ "Attributes": { "a": "b" } });
    let errors = [("NoMatchingError", id)];
    action(id, "UpdateContactAttributes", attributes, next, &errors)
}

fn endless(identifier: &str, times: u32) -> Ending {
    Ending::Stopped(StopReason::EndlessLoop {
        identifier: identifier.into(),
        times,
    })
}

fn lookup(next: &str) -> Value {
    action(
        "look",
        "InvokeLambdaFunction",
        json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8" }),
        next,
        &[("NoMatchingError", next)],
    )
}

#[test]
fn blocks_that_repeat_at_once_are_stopped() {
    Call::start(&[set("a", "b"), set("b", "a")]).ends(endless("a", 100));
}

#[test]
fn a_prompt_and_a_function_are_no_wait() {
    let mut call = Call::start(&[lookup("sorry"), say("sorry", "sorry", "look")]);
    for _ in 0..100 {
        call.answers_after(8, Err(FunctionFailure::TimedOut))
            .hear("sorry");
    }
    call.answers_after(8, Err(FunctionFailure::TimedOut))
        .hear("sorry");
    call.ends(endless("look", 100));
}

#[test]
fn the_limit_can_be_set() {
    let main = load(
        "main",
        FlowKind::ContactFlow,
        &[lookup("sorry"), say("sorry", "sorry", "look")],
    );
    let mut execution = Execution::new(contact(), main, datetime!(2026-11-23 01:00 UTC));
    execution.limit_repeats(1);
    let output = execution.resume(Input::Start);
    let flows = HashMap::new();
    let mut call = Call {
        execution,
        output,
        flows,
    };
    call.answers(json!({})).hear("sorry");
    call.answers(json!({})).hear("sorry");
    call.ends(endless("look", 1));
    let reason = StopReason::EndlessLoop {
        identifier: "look".into(),
        times: 1,
    };
    assert!(reason.to_string().contains("\"look\""), "{reason}");
}

/// A Loop block counts to 100 at most (action page of Loop), so it never reaches the limit.
#[test]
fn the_longest_loop_block_is_allowed() {
    let mut call = Call::start(&[
        with_conditions(
            "loop",
            "Loop",
            json!({ "LoopCount": "100" }),
            "bye",
            &[
                ("Equals", "ContinueLooping", "body"),
                ("Equals", "DoneLooping", "bye"),
            ],
            &[],
        ),
        set("body", "loop"),
        bye(),
    ]);
    call.is_over();
}

#[test]
fn input_and_silence_start_over() {
    let menu = with_conditions(
        "menu",
        "GetParticipantInput",
        json!({ "Text": "Press", "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
        "bye",
        &[("Equals", "1", "menu")],
        &[
            ("InputTimeLimitExceeded", "menu"),
            ("NoMatchingCondition", "bye"),
            ("NoMatchingError", "bye"),
        ],
    );
    let mut call = Call::start(&[menu, bye()]);
    for _ in 0..150 {
        call.hear("Press").press("1");
    }
    for _ in 0..150 {
        call.hear("Press").wait(5);
    }
    call.hear("Press").press("2").is_over();
}

#[test]
fn transfers_between_flows_repeat_as_well() {
    let go = |to: &str| {
        action(
            "go",
            "TransferToFlow",
            json!({ "ContactFlowId": to }),
            "bye",
            &[("NoMatchingError", "bye")],
        )
    };
    let flows = ["one", "two"].map(|id| {
        let other = if id == "one" { "two" } else { "one" };
        load(id, FlowKind::ContactFlow, &[go(other), bye()])
    });
    Call::start_with(contact(), &[go("one"), bye()], flows.into()).ends(endless("go", 100));
}
