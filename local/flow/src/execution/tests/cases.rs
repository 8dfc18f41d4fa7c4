//! Small flows, each for one question, with their outcome on the service.

use super::*;

fn publish(content: &str) -> Result<LoadedFlow, Vec<Problem>> {
    let flow = Flow::publish(content, FlowKind::ContactFlow)?;
    Ok(LoadedFlow {
        id: "main".into(),
        arn: "arn:main".into(),
        name: "the main".into(),
        kind: FlowKind::ContactFlow,
        flow,
    })
}

#[track_caller]
fn call(content: &str) -> Call {
    Call::start_in(contact(), publish(content).unwrap(), vec![])
}

/// Action page of InvokeLambdaFunction: at most 8 seconds. Action pages of Compare and Wait: a reference has a
/// leaf, and every event that is waited for is a condition.
#[test]
fn publishing_refuses_what_the_action_pages_exclude() {
    for content in [
        include_str!("../../../cases/lambda-9-seconds.json"),
        include_str!("../../../cases/compare-bare-root.json"),
        include_str!("../../../cases/wait-event-without-condition.json"),
    ] {
        assert!(publish(content).is_err(), "{content}");
    }
}

/// A retry without bound; see `repeats`.
#[test]
fn a_retry_without_bound_is_stopped() {
    let mut call = call(include_str!("../../../cases/runaway-retry.json"));
    for _ in 0..=100 {
        call.answers(json!({})).hear("a");
    }
    call.ends(Ending::Stopped(StopReason::EndlessLoop {
        identifier: "look".into(),
        times: 100,
    }));
}

/// AWS's tutorial returns a number in the default response type and speaks it.
#[test]
fn a_number_of_a_function_is_spoken() {
    call(include_str!("../../../cases/number-answer-string-map.json"))
        .answers(json!({ "n": 5 }))
        .hear("number 5")
        .is_over();
}

/// Block page of Wait: voice is supported only with "keep running" or an event.
#[test]
fn a_call_does_not_wait_without_an_event() {
    call(include_str!("../../../cases/wait-on-voice.json"))
        .hear("wait failed")
        .is_over();
}

/// Action page of Wait: the time is static or one reference.
#[test]
fn the_time_of_a_wait_may_be_an_attribute() {
    let mut contact = contact();
    contact.attributes.insert("seconds".into(), "7".into());
    let flow = publish(include_str!("../../../cases/wait-dynamic.json")).unwrap();
    Call::start_in(contact, flow, vec![]).wait(7).is_over();
}

/// The service's behavior for a prompt that resolves to nothing and has no error branch is not documented. The
/// engine stops, so that a test of the flow fails.
#[test]
fn an_empty_prompt_without_a_branch_stops_the_call() {
    call(include_str!("../../../cases/empty-prompt-no-branch.json")).ends(Ending::Stopped(
        StopReason::NoBranch {
            identifier: "say".into(),
            error: "NoMatchingError".into(),
        },
    ));
}

/// The sample disconnect flow of every instance compares the agent's ARN with NULL for a call that no
/// agent answered.
#[test]
fn an_agent_that_is_not_there_is_null() {
    call(include_str!("../../../cases/agent-arn-null.json"))
        .hear("no agent yet")
        .is_over();
}
