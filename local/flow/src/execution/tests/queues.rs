//! Queues, the default customer queue flow, and callbacks.

use super::*;

pub(super) const FAILED: (&str, &str) = ("NoMatchingError", "failed");

pub(super) fn queue() -> Queue {
    Queue {
        arn: "arn:q".into(),
        name: "support".into(),
        outbound_caller_id: None,
    }
}

fn second_queue() -> Queue {
    Queue {
        arn: "arn:q2".into(),
        name: "experts".into(),
        outbound_caller_id: None,
    }
}

/// An inbound flow that sets these hooks and enters a queue.
pub(super) fn to_queue(hooks: &[(&str, &str)]) -> Vec<Value> {
    let mut actions = vec![action(
        "start",
        "UpdateFlowLoggingBehavior",
        json!({ "FlowLoggingBehavior": "Enabled" }),
        "hook0",
        &[],
    )];
    for (at, (hook, flow)) in hooks.iter().enumerate() {
        let hooks = json!({ "EventHooks": { *hook: flow } });
        let (id, next) = (format!("hook{at}"), format!("hook{}", at + 1));
        actions.push(action(
            &id,
            "UpdateContactEventHooks",
            hooks,
            &next,
            &[FAILED],
        ));
    }
    actions.extend([
        action(
            &format!("hook{}", hooks.len()),
            "UpdateContactTargetQueue",
            json!({ "QueueId": "q-1" }),
            "go",
            &[FAILED],
        ),
        action(
            "go",
            "TransferContactToQueue",
            json!({}),
            "failed",
            &[("QueueAtCapacity", "full"), FAILED],
        ),
        say("full", "full", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]);
    actions
}

/// A flow that loops one prompt.
pub(super) fn music(id: &str, kind: FlowKind, text: &str) -> LoadedFlow {
    let parameters = json!({ "Messages": [{ "Text": text }] });
    let mut actions = vec![json!({
        "Identifier": "music", "Type": "MessageParticipantIteratively", "Parameters": parameters,
        "Transitions": { "Conditions": [], "Errors": [] },
    })];
    if kind == FlowKind::CustomerQueue {
        actions.push(terminal("end", "EndFlowExecution", json!({})));
    }
    load(id, kind, &actions)
}

/// A call that waits in the queue.
pub(super) fn queued(hooks: &[(&str, &str)], flows: Vec<LoadedFlow>) -> Call {
    let mut call = Call::start_with(contact(), &to_queue(hooks), flows);
    call.input(Input::QueueFound(Some(queue())))
        .input(Input::QueueEntered(QueueEntry::Entered));
    call
}

/// Administrator guide, "Set customer queue flow" and "Default customer queue": the default flow
/// plays if no other one is set.
#[test]
fn without_a_customer_queue_flow_the_default_one_runs() {
    let default = || music("default CustomerQueue", FlowKind::CustomerQueue, "default");
    let own = music("own", FlowKind::CustomerQueue, "own");
    queued(&[], vec![default()])
        .heard_by(Participant::Customer, "default")
        .hear("default")
        .hearing("default");
    queued(&[("CustomerQueue", "own")], vec![default(), own]).hearing("own");
    queued(&[], vec![])
        .no_agent()
        .ends(Ending::Queued { queue: queue() });
}

/// DequeueContactAndTransferToQueue, and administrator guide, "Contact initiation methods":
/// QUEUE_TRANSFER is a new contact for which the customer queue flow runs.
#[test]
fn a_contact_moves_from_one_queue_to_another() {
    let change = action(
        "change",
        "DequeueContactAndTransferToQueue",
        json!({ "QueueId": "q-2" }),
        "failed",
        &[("QueueAtCapacity", "full"), FAILED],
    );
    let flow = load(
        "own",
        FlowKind::CustomerQueue,
        &[
            say(
                "hi",
                "$.Queue.Name $.ContactId $.InitialContactId $.InitiationMethod",
                "change",
            ),
            change,
            say("full", "full", "end"),
            say("failed", "failed", "end"),
            terminal("end", "EndFlowExecution", json!({})),
        ],
    );
    let waiting = || {
        let mut call = queued(&[("CustomerQueue", "own")], vec![flow.clone()]);
        call.hear("support c-1 c-1 INBOUND");
        assert_eq!(call.output, Output::FindQueue { id: "q-2".into() });
        call
    };
    waiting().input(Input::QueueFound(None)).hear("failed");
    let mut call = waiting();
    call.input(Input::QueueFound(Some(second_queue())));
    assert_eq!(call.output, Output::EnterQueue(second_queue()));
    call.input(Input::QueueEntered(QueueEntry::Entered))
        .new_contact("c-2")
        .hearing("experts c-2 c-1 QUEUE_TRANSFER");
    assert_eq!(call.execution.queued(), Some(&second_queue()));
    waiting()
        .input(Input::QueueFound(Some(second_queue())))
        .input(Input::QueueEntered(QueueEntry::AtCapacity))
        .hear("full");
}

/// A public project saw the contact of a test case wait in the substituted queue.
#[test]
fn a_substituted_queue_is_the_contacts_queue() {
    let flow = load(
        "own",
        FlowKind::CustomerQueue,
        &[
            say("hi", "$.Queue.Name", "end"),
            terminal("end", "EndFlowExecution", json!({})),
        ],
    );
    let mut call = Call::start_with(
        contact(),
        &to_queue(&[("CustomerQueue", "own")]),
        vec![flow],
    );
    call.input(Input::QueueFound(Some(queue())))
        .input(Input::QueueEntered(QueueEntry::Substituted(second_queue())))
        .hear("experts");
    assert_eq!(call.execution.queued(), Some(&second_queue()));
}

/// UpdateContactTargetQueue: "AgentId: an agent ID or agent ARN, representing an agent queue".
#[test]
fn the_working_queue_can_be_an_agents_own() {
    let set = action(
        "set",
        "UpdateContactTargetQueue",
        json!({ "AgentId": "jane" }),
        "say",
        &[FAILED],
    );
    let actions = [
        set,
        say("say", "$.Queue.Name", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ];
    let mut call = Call::start(&actions);
    let agent = "jane".to_owned();
    assert_eq!(call.output, Output::FindAgentQueue { agent });
    call.input(Input::QueueFound(Some(second_queue())))
        .hearing("experts");
    Call::start(&actions)
        .input(Input::QueueFound(None))
        .hearing("failed");
}

fn callback(number: &str) -> Vec<Value> {
    let delays = json!({ "InitialCallDelaySeconds": "99", "RetryDelaySeconds": "600",
                         "MaximumConnectionAttempts": "1" });
    vec![
        action(
            "keep",
            "UpdateContactAttributes",
            json!({ "Attributes": { "number": number } }),
            "number",
            &[FAILED],
        ),
        action(
            "number",
            "UpdateContactCallbackNumber",
            json!({ "CallbackNumber": "$.Attributes.number" }),
            "queue",
            &[
                ("InvalidCallbackNumber", "invalid"),
                ("CallbackNumberNotDialable", "not dialable"),
            ],
        ),
        action(
            "queue",
            "UpdateContactTargetQueue",
            json!({ "QueueId": "q-1" }),
            "create",
            &[FAILED],
        ),
        action("create", "CreateCallbackContact", delays, "done", &[FAILED]),
        say("invalid", "invalid", "bye"),
        say("not dialable", "not dialable", "bye"),
        say("failed", "failed", "bye"),
        say("done", "we call you back", "bye"),
        bye(),
    ]
}

/// The errors of UpdateContactCallbackNumber.
#[test]
fn a_callback_number_must_be_a_number_that_can_be_dialled() {
    for number in ["value", "12", "+81 3 1234"] {
        Call::start(&callback(number)).hear("invalid").is_over();
    }
    let mut call = Call::start(&callback("+819000000009"));
    let number = "+819000000009".to_owned();
    assert_eq!(call.output, Output::CheckDialable { number });
    call.input(Input::Dialable(false))
        .hear("not dialable")
        .is_over();
}

/// CreateCallbackContact, and administrator guide, "Contact initiation methods": for a CALLBACK the
/// agent whisper runs, then the outbound whisper.
#[test]
fn a_callback_is_offered_to_an_agent_and_then_to_the_customer() {
    let end = || terminal("end", "EndFlowExecution", json!({}));
    let flows = vec![
        load(
            "default AgentWhisper",
            FlowKind::AgentWhisper,
            &[say("hi", "to $.CustomerEndpoint.Address", "end"), end()],
        ),
        load(
            "default OutboundWhisper",
            FlowKind::OutboundWhisper,
            &[
                say("hi", "$.InitiationMethod $.PreviousContactId", "end"),
                end(),
            ],
        ),
    ];
    let mut call = Call::start(&callback("+819000000009"));
    call.input(Input::Dialable(true))
        .input(Input::QueueFound(Some(queue())));
    let Output::CreateCallback(requested) = call.output.clone() else {
        panic!("{:?}", call.output);
    };
    assert_eq!(requested.number, "+819000000009");
    assert_eq!(requested.delay, Duration::from_secs(99));
    call.input(Input::CallbackCreated(true))
        .hear("we call you back")
        .is_over();

    let mut contact = requested.contact;
    contact.id = "c-2".into();
    let mut execution = call
        .execution
        .call_back(contact, requested.queue, call.execution.now());
    let output = execution.resume(Input::Start);
    assert_eq!(output, Output::AwaitAgent(queue()));
    let flows = flows.into_iter().map(|f| (f.id.clone(), f)).collect();
    let mut back = Call {
        execution,
        output,
        flows,
    };
    back.agent_answers(3)
        .heard_by(Participant::Agent, "to +819000000009")
        .hear("to +819000000009")
        .heard_by(Participant::Customer, "CALLBACK c-1")
        .hear("CALLBACK c-1")
        .agent_acts(AgentAction::HangUp)
        .is_over();
}

/// A withheld number cannot be called back unless the flow sets another one.
#[test]
fn a_callback_needs_a_number() {
    let mut withheld = contact();
    withheld.customer_endpoint = None;
    let actions = callback("+81");
    let mut call = Call::start_with(withheld, &actions[2..], vec![]);
    call.input(Input::QueueFound(Some(queue())))
        .hear("failed")
        .is_over();
}

#[test]
fn the_position_in_the_queue_is_kept() {
    for (parameters, routing) in [
        (json!({ "QueuePriority": "1" }), Routing::Priority(1)),
        (
            json!({ "QueueTimeAdjustmentSeconds": "-300" }),
            Routing::Age(-300),
        ),
    ] {
        let set = action(
            "set",
            "UpdateContactRoutingBehavior",
            parameters,
            "bye",
            &[],
        );
        let mut call = Call::start(&[set, bye()]);
        call.is_over();
        assert_eq!(call.execution.contact().routing, Some(routing));
    }
}
