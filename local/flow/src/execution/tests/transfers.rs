use super::queues::{FAILED, queue, to_queue};
use super::*;

const QUEUE_FLOW: (&str, &str) = ("CustomerQueue", "queue-flow");

#[test]
fn a_transfer_to_a_queue_ends_the_flow() {
    let mut call = Call::start(&to_queue(&[]));
    assert_eq!(call.output, Output::FindQueue { id: "q-1".into() });
    call.input(Input::QueueFound(Some(queue())));
    assert_eq!(call.output, Output::EnterQueue(queue()));
    call.input(Input::QueueEntered(QueueEntry::Entered))
        .no_agent()
        .ends(Ending::Queued { queue: queue() });
    assert_eq!(call.way().last().unwrap(), "go -terminal-> end");
}

#[test]
fn a_queue_that_cannot_be_entered_fails_the_block() {
    Call::start(&to_queue(&[]))
        .input(Input::QueueFound(None))
        .hear("failed");
    for (entry, heard) in [
        (QueueEntry::AtCapacity, "full"),
        (QueueEntry::Failed, "failed"),
    ] {
        let mut call = Call::start(&to_queue(&[]));
        call.input(Input::QueueFound(Some(queue())))
            .input(Input::QueueEntered(entry))
            .hear(heard);
    }
    let go = action(
        "go",
        "TransferContactToQueue",
        json!({}),
        "bye",
        &[("QueueAtCapacity", "bye"), FAILED],
    );
    Call::start(&[go, say("failed", "failed", "bye"), bye()]).hear("failed");
}

#[test]
fn the_customer_queue_flow_follows() {
    let flow = load(
        "queue-flow",
        FlowKind::CustomerQueue,
        &[
            say("wait", "In $.Queue.Name", "end"),
            terminal("end", "EndFlowExecution", json!({})),
        ],
    );
    let mut call = Call::start_with(contact(), &to_queue(&[QUEUE_FLOW]), vec![flow]);
    call.input(Input::QueueFound(Some(queue())));
    call.input(Input::QueueEntered(QueueEntry::Entered));
    call.hear("In support")
        .no_agent()
        .ends(Ending::Queued { queue: queue() });
    // The flow log stays on in the queue flow.
    assert_eq!(
        &*call.execution.take_log().last().unwrap().contact_flow_name,
        "the queue-flow"
    );
}

#[test]
fn a_queue_hook_needs_its_flow() {
    let reason = StopReason::NoHookFlow {
        hook: "CustomerQueue".into(),
        id: "queue-flow".into(),
    };
    let wrong = load("queue-flow", FlowKind::ContactFlow, &[bye()]);
    for flows in [vec![], vec![wrong]] {
        let mut call = Call::start_with(contact(), &to_queue(&[QUEUE_FLOW]), flows);
        call.input(Input::QueueFound(Some(queue())));
        call.input(Input::QueueEntered(QueueEntry::Entered));
        call.ends(Ending::Stopped(reason.clone()));
    }
}

fn transfer(id: &str) -> Value {
    action(
        "go",
        "TransferToFlow",
        json!({ "ContactFlowId": id }),
        "failed",
        &[FAILED],
    )
}

#[test]
fn a_transfer_continues_in_another_flow() {
    let other = load(
        "other",
        FlowKind::ContactFlow,
        &[
            say("there", "[$.Attributes.a|$.FlowAttributes.f]", "bye"),
            bye(),
        ],
    );
    let flow = json!({ "FlowAttributes": { "f": { "Value": "v" } } });
    let contact_attributes = json!({ "Attributes": { "a": "kept" } });
    let mut call = Call::start_with(
        contact(),
        &[
            action("flow", "UpdateFlowAttributes", flow, "contact", &[FAILED]),
            action(
                "contact",
                "UpdateContactAttributes",
                contact_attributes,
                "go",
                &[FAILED],
            ),
            transfer("other"),
            say("failed", "failed", "bye"),
            bye(),
        ],
        vec![other],
    );
    call.hear("[kept|]").is_over();
    assert_eq!(call.execution.position(), ("other", "bye"));
    assert_eq!(
        call.way()[2..],
        [
            "go -terminal-> end",
            "there -next-> bye",
            "bye -terminal-> end"
        ]
    );
}

#[test]
fn a_transfer_to_a_missing_flow_fails() {
    for id in ["nowhere", "$.Attributes.gone"] {
        Call::start(&[transfer(id), say("failed", "failed", "bye"), bye()]).hear("failed");
    }
}

#[test]
fn only_some_types_of_flows_accept_transfers() {
    let end = || terminal("bye", "EndFlowExecution", json!({}));
    for (kind, last, heard) in [
        (FlowKind::AgentTransfer, bye(), "there"),
        (FlowKind::QueueTransfer, bye(), "there"),
        (FlowKind::CustomerQueue, end(), "failed"),
        (FlowKind::CustomerWhisper, end(), "failed"),
    ] {
        let other = load("other", kind, &[say("there", "there", "bye"), last]);
        let here = [transfer("other"), say("failed", "failed", "bye"), bye()];
        Call::start_with(contact(), &here, vec![other]).hear(heard);
    }
}

fn dial(returns: &str, number: &str) -> Vec<Value> {
    let mut errors = vec![FAILED];
    if returns == "True" {
        errors.extend([
            ("CallFailed", "not"),
            ("ConnectionTimeLimitExceeded", "late"),
        ]);
    }
    let parameters = json!({ "ThirdPartyPhoneNumber": number, "ThirdPartyConnectionTimeLimitSeconds": "30",
                             "ContinueFlowExecution": returns });
    vec![
        action(
            "dial",
            "TransferParticipantToThirdParty",
            parameters,
            "back",
            &errors,
        ),
        say("back", "back", "bye"),
        say("not", "not", "bye"),
        say("late", "late", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

#[test]
fn a_transfer_dials_an_outside_number() {
    use DialOutcome::*;
    let dialled = |returns: &str, outcome| {
        let mut call = Call::start(&dial(returns, "+8131234$.Attributes.x"));
        assert_eq!(
            call.output,
            Output::Dial {
                number: "+8131234".into(),
                time_limit: Duration::from_secs(30),
                returns: returns == "True"
            }
        );
        let took = Duration::from_secs(60);
        call.input(Input::Dialled { outcome, took });
        call
    };
    dialled("True", ReturnedAfterCall).hear("back");
    dialled("True", Failed).hear("not");
    dialled("True", TimedOut).hear("late");
    dialled("False", Failed).hear("failed");
    dialled("False", TimedOut).hear("failed");
    let connected = Ending::ConnectedTo {
        number: "+8131234".into(),
    };
    dialled("True", Connected).ends(connected.clone());
    dialled("False", Connected).ends(connected.clone());
    dialled("False", ReturnedAfterCall).ends(connected);
    Call::start(&dial("False", "$.Attributes.gone")).hear("failed");
}

/// The number is dialed in E.164 format (administrator guide, "Transfer to phone number"; `PhoneNumber` in
/// the API model). A call that cannot be placed takes the branch of a failed call, where there is one.
#[test]
fn a_transfer_to_a_text_that_is_not_a_number_fails() {
    for number in [
        "value",
        "09012345678",
        "+0901234567",
        "+",
        "+1234567890123456",
        "+81 90 1234 5678",
        "+8190x",
        "tel:+819012345678",
    ] {
        Call::start(&dial("True", number)).hear("not").is_over();
        let mut call = Call::start(&dial("False", number));
        call.hear("failed").is_over();
        // The number may be the caller's input.
        let warnings = call.warnings().join(" ");
        assert!(!warnings.contains(number) || number == "+", "{warnings}");
    }
    for number in ["+819012345678", "+14255550100", "+123456789012345"] {
        let call = Call::start(&dial("False", number));
        assert!(matches!(call.output, Output::Dial { .. }), "{number}");
    }
}

#[test]
fn a_wrong_input_stops_the_call() {
    for input in [
        Input::Start,
        Input::TimeReached,
        Input::Drawn(5),
        Input::QueueFound(None),
        Input::FlowLoaded(None),
        Input::Hours(None),
        Input::QueueEntered(QueueEntry::Entered),
        Input::FunctionAnswered {
            answer: Ok(vec![]),
            took: Duration::ZERO,
        },
        Input::Dialled {
            outcome: DialOutcome::Failed,
            took: Duration::ZERO,
        },
    ] {
        let mut call = Call::start(&[say("hi", "hi", "bye"), bye()]);
        call.input(input);
        assert!(
            matches!(&call.output, Output::Ended(Ending::Stopped(StopReason::WrongInput { output, .. })) if output == "Play"),
            "{:?}",
            call.output
        );
    }
    let main = load("main", FlowKind::ContactFlow, &[bye()]);
    let mut execution = Execution::new(contact(), main, datetime!(2026-11-23 01:00 UTC));
    assert!(matches!(
        execution.resume(Input::HungUp),
        Output::Ended(Ending::Stopped(StopReason::WrongInput { .. }))
    ));
}

#[test]
fn a_block_can_be_made_to_fail() {
    let actions = [
        action(
            "hi",
            "MessageParticipant",
            json!({ "Text": "Hi" }),
            "bye",
            &[FAILED],
        ),
        say("failed", "failed", "hi"),
        bye(),
    ];
    let main = load("main", FlowKind::ContactFlow, &actions);
    let mut execution = Execution::new(contact(), main, datetime!(2026-11-23 01:00 UTC));
    execution.fail_at("hi", "NoMatchingError");
    execution.fail_at("bye", "NoMatchingError");
    let output = execution.resume(Input::Start);
    let mut call = Call {
        execution,
        output,
        flows: HashMap::new(),
    };
    call.hear("failed").hear("failed");
    call.execution.fail_at("hi", "CallFailed");
    call.hear("failed");
    assert!(
        call.way()
            .contains(&"hi -NoMatchingError-> failed".to_owned())
    );
    call.execution.fail_at("failed", "CallFailed");
    call.hear("failed")
        .ends(Ending::Stopped(StopReason::NoBranch {
            identifier: "failed".into(),
            error: "CallFailed".into(),
        }));
}
