//! Loop prompts and its interrupt. Unless a test names another source, the expected values are
//! those of the administrator guide, "Loop prompts" and "End flow / Resume".

use super::*;

/// A customer queue flow that begins with Loop prompts; `branch` is its interrupt's branch.
fn queue_flow(parameters: Value, branch: &[Value]) -> Call {
    let music = with_conditions(
        "music",
        "MessageParticipantIteratively",
        parameters,
        "bye",
        &[("Equals", "MessagesInterrupted", "branch")],
        &[("NoMatchingError", "bye")],
    );
    let mut actions = vec![music];
    actions.extend_from_slice(branch);
    actions.extend([terminal("resume", "EndFlowExecution", json!({})), bye()]);
    let queue = load("queue-flow", FlowKind::CustomerQueue, &actions);
    let mut call = Call::start_with(
        contact(),
        &queues::to_queue(&[("CustomerQueue", "queue-flow")]),
        vec![queue],
    );
    call.input(Input::QueueFound(Some(queues::queue())))
        .input(Input::QueueEntered(QueueEntry::Entered));
    call
}

/// The example of the guide: three prompts of 40 seconds, an interrupt after 60 seconds.
fn three_prompts(continues: &str) -> Value {
    json!({ "Messages": [{ "Text": "one" }, { "Text": "two" }, { "Text": "three" }],
            "InterruptFrequencySeconds": "60", "ContinueMessagingDuringInterrupt": continues })
}

#[test]
fn the_interrupt_cuts_a_prompt_in_its_middle() {
    let parameters =
        json!({ "Messages": [{ "Text": "a long one" }], "InterruptFrequencySeconds": "10" });
    let mut call = queue_flow(parameters, &[say("branch", "interrupted", "resume")]);
    assert!(matches!(
        call.output,
        Output::Play(Prompt { cut_at: Some(at), .. }) if at == datetime!(2026-11-23 01:00:10 UTC)
    ));
    call.hear_for(84, "a long one").hearing("interrupted");
    assert_eq!(call.seconds(), 10);
}

#[test]
fn resume_returns_to_the_first_prompt() {
    let mut call = queue_flow(three_prompts("false"), &[say("branch", "busy", "resume")]);
    call.hear_for(40, "one").hear_for(40, "two");
    assert_eq!(call.seconds(), 60);
    call.hear("busy").hear_for(40, "one").hear_for(40, "two");
    assert_eq!(call.seconds(), 121);
    call.hear("busy").hearing("one");
}

/// Counters are those of the call, so a Loop in the branch ends the wait after two interrupts.
#[test]
fn a_loop_in_the_interrupts_branch_counts_on() {
    let counter = with_conditions(
        "branch",
        "Loop",
        json!({ "LoopCount": "2" }),
        "enough",
        &[
            ("Equals", "ContinueLooping", "still"),
            ("Equals", "DoneLooping", "enough"),
        ],
        &[],
    );
    let branch = [
        counter,
        say("still", "still waiting", "resume"),
        say("enough", "that was twice", "bye"),
    ];
    let parameters = json!({ "Messages": [{ "Text": "wait" }], "InterruptFrequencySeconds": "5" });
    queue_flow(parameters, &branch)
        .hear_for(9, "wait")
        .hear("still waiting")
        .hear_for(9, "wait")
        .hear("still waiting")
        .hear_for(9, "wait")
        .hear("that was twice")
        .is_over();
}

/// The prompts go on while the branch runs, here for five of the 20 seconds that are left of the
/// second one. The next interrupt comes 60 seconds after the return (inferred).
#[test]
fn prompts_can_continue_during_the_interrupt() {
    let function = json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8" });
    let slow = action(
        "branch",
        "InvokeLambdaFunction",
        function,
        "resume",
        &[("NoMatchingError", "bye")],
    );
    let mut call = queue_flow(three_prompts("true"), &[slow]);
    call.hear_for(40, "one").hear_for(40, "two");
    assert_eq!(call.seconds(), 60);
    call.answers_after(5, Ok(b"{}".to_vec()));
    assert_eq!(call.seconds(), 65);
    call.wait(15).hear_for(40, "three");
    assert_eq!(call.seconds(), 120);
    call.hearing("one").hear_for(40, "one");
    assert_eq!(call.seconds(), 125);
    call.function();
}

#[test]
fn resume_without_an_interrupt_leaves_the_contact_waiting() {
    let parameters = json!({ "Messages": [{ "Text": "$.Attributes.nothing" }] });
    let flow = load(
        "queue-flow",
        FlowKind::CustomerQueue,
        &[
            action(
                "music",
                "MessageParticipantIteratively",
                parameters,
                "resume",
                &[("NoMatchingError", "resume")],
            ),
            terminal("resume", "EndFlowExecution", json!({})),
        ],
    );
    let mut call = Call::start_with(
        contact(),
        &queues::to_queue(&[("CustomerQueue", "queue-flow")]),
        vec![flow],
    );
    call.input(Input::QueueFound(Some(queues::queue())))
        .input(Input::QueueEntered(QueueEntry::Entered));
    assert_eq!(call.output, Output::AwaitAgent(queues::queue()));
}
