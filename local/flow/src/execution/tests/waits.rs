//! Administrator guide, "Flow block: Wait": "Voice: Yes - but only in Inbound flow when the Keep running while
//! waiting option, or the Set event-based wait option is selected".

use super::*;

fn wait(parameters: Value, conditions: &[(&str, &str, &str)]) -> Value {
    with_conditions(
        "wait",
        "Wait",
        parameters,
        "bye",
        conditions,
        &[("NoMatchingError", "failed")],
    )
}

fn pause(seconds: &str) -> Value {
    wait(
        json!({ "TimeLimitSeconds": seconds, "Events": ["CustomerReturned"] }),
        &[
            ("Equals", "WaitCompleted", "on"),
            ("Equals", "CustomerReturned", "bye"),
        ],
    )
}

fn rest() -> Vec<Value> {
    vec![
        say("on", "on", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

#[test]
fn a_plain_wait_fails_in_a_call() {
    let plain = || {
        wait(
            json!({ "TimeLimitSeconds": "5" }),
            &[("Equals", "WaitCompleted", "on")],
        )
    };
    let mut actions = vec![plain()];
    actions.extend(rest());
    Call::start(&actions).hear("failed").is_over();
    let mut chat = contact();
    chat.channel = "CHAT".into();
    Call::start_with(chat, &actions, vec![])
        .wait(5)
        .hear("on")
        .is_over();
}

/// No event that the block knows occurs in a call, so the wait lasts its time.
#[test]
fn a_wait_for_an_event_lasts_its_time_in_a_call() {
    let mut actions = vec![pause("90")];
    actions.extend(rest());
    let mut call = Call::start(&actions);
    call.wait(90).hear("on").is_over();
    assert_eq!(call.execution.now(), datetime!(2026-11-23 01:01:31 UTC));
    let mut actions = vec![pause("$.Attributes.none")];
    actions.extend(rest());
    Call::start(&actions).hear("failed").is_over();
}

#[test]
fn a_call_in_a_customer_queue_flow_cannot_wait() {
    let mut actions = vec![pause("90")];
    actions.extend([say("on", "on", "end"), say("failed", "failed", "end")]);
    actions.extend([bye(), terminal("end", "EndFlowExecution", json!({}))]);
    let flow = load("queue", FlowKind::CustomerQueue, &actions);
    Call::start_in(contact(), flow, vec![]).hear("failed");
}

fn keeps_running() -> Value {
    wait(
        json!({ "TimeLimitSeconds": "10", "MinimumWaitTimeSeconds": "1",
                    "ContinueExecution": "True" }),
        &[
            ("Equals", "WaitCompleted", "on"),
            ("Equals", "Continue", "meanwhile"),
        ],
    )
}

/// "Keep running while waiting: Temporarily moves the contact down the Continue branch while waiting". Inferred:
/// the contact returns when the time is over, at the end of the block that runs then.
#[test]
fn a_wait_that_keeps_running_returns_when_its_time_is_over() {
    let mut actions = vec![keeps_running(), say("meanwhile", "music", "meanwhile")];
    actions.extend(rest());
    let mut call = Call::start(&actions);
    for _ in 0..10 {
        call.hear("music");
    }
    call.hear("on").is_over();
    assert_eq!(
        call.way()[..2],
        [
            "wait -1=Continue-> meanwhile",
            "meanwhile -next-> meanwhile"
        ]
    );
    assert_eq!(call.execution.now(), datetime!(2026-11-23 01:00:11 UTC));
}

/// Inferred: what is left of the time is a pause, when the branch leads back to the block.
#[test]
fn a_branch_that_comes_back_early_waits_for_the_rest() {
    let mut actions = vec![keeps_running(), say("meanwhile", "music", "wait")];
    actions.extend(rest());
    Call::start(&actions)
        .hear("music")
        .wait(9)
        .hear("on")
        .is_over();
}

/// The branch is not left for a caller who waits in it: the time counts, not the number of blocks.
#[test]
fn a_long_wait_is_no_endless_loop() {
    let mut actions = vec![
        wait(
            json!({ "TimeLimitSeconds": "300", "MinimumWaitTimeSeconds": "1",
                    "ContinueExecution": "True" }),
            &[
                ("Equals", "WaitCompleted", "on"),
                ("Equals", "Continue", "meanwhile"),
            ],
        ),
        say("meanwhile", "music", "meanwhile"),
    ];
    actions.extend(rest());
    let mut call = Call::start(&actions);
    for _ in 0..300 {
        call.hear("music");
    }
    call.hear("on").is_over();
}
