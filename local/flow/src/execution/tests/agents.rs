//! The flows that run when an agent answers, holds, transfers or leaves a contact. Unless a test
//! names another source, the expected values are those of the administrator guide, "Contact
//! initiation methods", "Set whisper flow", "Set hold flow" and "Set disconnect flow".

use super::queues::{music, queue, queued};
use super::*;
use Participant::{Agent as ToAgent, Customer as ToCustomer};

const HANG_UP: AgentAction = AgentAction::HangUp;

fn whisper(id: &str, kind: FlowKind, text: &str) -> LoadedFlow {
    let end = terminal("end", "EndFlowExecution", json!({}));
    load(id, kind, &[say("hi", text, "end"), end])
}

/// The flows of an instance.
fn defaults() -> Vec<LoadedFlow> {
    vec![
        music("default CustomerQueue", FlowKind::CustomerQueue, "in queue"),
        whisper(
            "default AgentWhisper",
            FlowKind::AgentWhisper,
            "$.Queue.Name for $.Agent.UserName",
        ),
        whisper("default CustomerWhisper", FlowKind::CustomerWhisper, "beep"),
        music("default CustomerHold", FlowKind::CustomerHold, "on hold"),
        music("default AgentHold", FlowKind::AgentHold, "You are on hold"),
    ]
}

fn connected(hooks: &[(&str, &str)], more: Vec<LoadedFlow>) -> Call {
    let mut flows = defaults();
    flows.extend(more);
    let mut call = queued(hooks, flows);
    call.agent_answers(0).hear("support for jane").hear("beep");
    call
}

#[test]
fn an_agent_interrupts_the_queue_flow_and_both_hear_their_whispers() {
    let mut call = queued(&[], defaults());
    call.hear_for(8, "in queue")
        .heard_by(ToCustomer, "in queue")
        .agent_answers(5);
    assert_eq!(call.seconds(), 13);
    call.heard_by(ToAgent, "support for jane")
        .hear("support for jane")
        .heard_by(ToCustomer, "beep")
        .hear("beep");
    assert_eq!(call.output, Output::Connected(agent()));
    assert_eq!(call.execution.queued(), None);
    call.agent_acts(HANG_UP).is_over();
    assert_eq!(call.seconds(), 25);
}

#[test]
fn whispers_that_are_set_replace_the_default_ones() {
    let own = vec![
        whisper("a", FlowKind::AgentWhisper, "own for agent"),
        whisper("c", FlowKind::CustomerWhisper, "own for customer"),
    ];
    let hooks = [("AgentWhisper", "a"), ("CustomerWhisper", "c")];
    let mut flows = defaults();
    flows.extend(own);
    queued(&hooks, flows)
        .agent_answers(1)
        .hear("own for agent")
        .hear("own for customer")
        .agent_acts(HANG_UP)
        .is_over();
}

/// Administrator guide, "Set whisper flow": a whisper can be disabled. Console exports have the
/// setting beside the hook (sophyphile/amazon-connect-terraform-flow-templater).
#[test]
fn a_whisper_that_is_disabled_does_not_run() {
    let disable = |hook: &str, next: &str| {
        let parameters = json!({ "EventHooks": { hook: "arn:w" },
            "EventHooksConfiguration": { hook: { "DisableExecution": "true" } } });
        action(
            hook,
            "UpdateContactEventHooks",
            parameters,
            next,
            &[("NoMatchingError", next)],
        )
    };
    let mut actions = vec![disable("AgentWhisper", "start")];
    actions.extend(super::queues::to_queue(&[]));
    let mut call = Call::start_with(contact(), &actions, defaults());
    call.input(Input::QueueFound(Some(queue())))
        .input(Input::QueueEntered(QueueEntry::Entered))
        .agent_answers(1)
        .heard_by(ToCustomer, "beep")
        .hear("beep")
        .agent_acts(HANG_UP)
        .is_over();
}

/// Without any flow there is silence, and the call goes on.
#[test]
fn an_instance_without_default_flows_connects_in_silence() {
    queued(&[], vec![])
        .agent_answers(1)
        .agent_acts(HANG_UP)
        .is_over();
}

#[test]
fn a_hook_must_name_a_flow_of_its_kind() {
    let wrong = music("a", FlowKind::CustomerHold, "no whisper");
    let mut flows = defaults();
    flows.push(wrong);
    queued(&[("AgentWhisper", "a")], flows)
        .agent_answers(1)
        .ends(Ending::Stopped(StopReason::NoHookFlow {
            hook: "AgentWhisper".into(),
            id: "a".into(),
        }));
}

#[test]
fn a_hold_flow_loops_for_the_time_of_the_hold() {
    for (who, text) in [(ToCustomer, "on hold"), (ToAgent, "You are on hold")] {
        let mut call = connected(&[], vec![]);
        let time = Duration::from_secs(20);
        call.agent_acts(AgentAction::Hold { who, time })
            .heard_by(who, text)
            .hear_for(8, text)
            .hear_for(8, text)
            .heard_by(who, text)
            .hear_for(8, text);
        assert_eq!(call.output, Output::Connected(agent()));
        assert_eq!(call.seconds(), 2 + 10 + 20);
    }
}

fn survey() -> LoadedFlow {
    load(
        "survey",
        FlowKind::ContactFlow,
        &[
            say(
                "ask",
                "$.InitiationMethod $.ContactId after $.PreviousContactId",
                "call",
            ),
            action(
                "call",
                "InvokeLambdaFunction",
                json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8" }),
                "bye",
                &[("NoMatchingError", "bye")],
            ),
            bye(),
        ],
    )
}

/// "The agent hangs up and a disconnect flow is run."
#[test]
fn the_disconnect_flow_runs_when_the_agent_hangs_up() {
    let mut call = connected(&[("CustomerRemaining", "survey")], vec![survey()]);
    call.agent_acts(HANG_UP)
        .new_contact("c-2")
        .heard_by(ToCustomer, "DISCONNECT c-2 after c-1")
        .hear("DISCONNECT c-2 after c-1");
    let data = &call.function().event["Details"]["ContactData"];
    assert_eq!(data["ContactId"], "c-2");
    assert_eq!(data["InitialContactId"], "c-1");
    call.answers(json!({})).is_over();
    let log = call.execution.take_log();
    assert_eq!(&*log.last().unwrap().contact_id, "c-2");
}

/// "A voice call ends when the customer hangs up": nothing is heard, but the function is invoked.
#[test]
fn the_disconnect_flow_runs_when_the_caller_hangs_up() {
    let hooks = [("CustomerRemaining", "survey")];
    let mut talking = connected(&hooks, vec![survey()]);
    let mut flows = defaults();
    flows.push(survey());
    let mut waiting = queued(&hooks, flows);
    let mut held = connected(&hooks, vec![survey()]);
    held.agent_acts(AgentAction::Hold {
        who: ToCustomer,
        time: Duration::from_secs(20),
    })
    .hear_for(8, "on hold");
    for call in [&mut talking, &mut waiting, &mut held] {
        call.input(Input::HungUp).new_contact("c-2");
        assert_eq!(
            call.function().event["Details"]["ContactData"]["InitiationMethod"],
            "DISCONNECT"
        );
        call.answers(json!({})).ends(Ending::CallerHungUp);
    }
}

#[test]
fn a_disconnect_flow_that_does_not_exist_does_not_change_the_ending() {
    let hooks = [("CustomerRemaining", "survey")];
    let wrong = music("survey", FlowKind::CustomerHold, "la");
    for flows in [vec![], vec![wrong]] {
        let mut call = connected(&hooks, flows);
        call.input(Input::HungUp)
            .new_contact("c-2")
            .ends(Ending::CallerHungUp);
        let warning = "the disconnect flow must be a published inbound flow, but was survey";
        assert_eq!(call.warnings(), [warning]);
    }
}

/// AWS's sample disconnect flow for chats puts the customer into a queue again.
#[test]
fn a_disconnect_flow_can_enter_a_queue_again() {
    let flow = load("survey", FlowKind::ContactFlow, &queues::to_queue(&[]));
    let mut call = connected(&[("CustomerRemaining", "survey")], vec![flow]);
    call.agent_acts(HANG_UP)
        .new_contact("c-2")
        .input(Input::QueueFound(Some(queue())))
        .input(Input::QueueEntered(QueueEntry::Entered))
        .hearing("in queue")
        .agent_answers(2)
        .hear("support for jane")
        .hear("beep");
    assert_eq!(call.output, Output::Connected(agent()));
}

/// An input block has no caller to answer it after the caller has hung up (inferred).
#[test]
fn an_input_block_fails_without_a_caller() {
    let ask = with_conditions(
        "ask",
        "GetParticipantInput",
        json!({ "Text": "1?", "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
        "bye",
        &[("Equals", "1", "bye")],
        &[
            ("InputTimeLimitExceeded", "bye"),
            ("NoMatchingCondition", "bye"),
            ("NoMatchingError", "bye"),
        ],
    );
    let flow = load("survey", FlowKind::ContactFlow, &[ask, bye()]);
    let mut call = connected(&[("CustomerRemaining", "survey")], vec![flow]);
    call.input(Input::HungUp)
        .new_contact("c-2")
        .ends(Ending::CallerHungUp);
    assert!(
        call.way()
            .contains(&"ask -NoMatchingError-> bye".to_owned()),
        "the caller has hung up"
    );
}

/// AWS's sample disconnect flow sets an attribute at its first run, and hangs up when it finds it:
/// the flow runs again when the caller hangs up after the agent.
#[test]
fn the_disconnect_flow_runs_again_when_the_caller_hangs_up_after_the_agent() {
    let mut call = connected(&[("CustomerRemaining", "survey")], vec![survey()]);
    call.agent_acts(HANG_UP)
        .new_contact("c-2")
        .hearing("DISCONNECT c-2 after c-1")
        .input(Input::HungUp)
        .new_contact("c-3")
        .answers(json!({}))
        .ends(Ending::CallerHungUp);
}

fn transfer(kind: FlowKind, flow: Option<&str>) -> AgentAction {
    AgentAction::Transfer {
        flow: flow.map(str::to_owned),
        kind,
        queue: Some(Queue {
            arn: "arn:q2".into(),
            name: "experts".into(),
            outbound_caller_id: None,
        }),
    }
}

/// "Default queue transfer": the flow "manages what the agent experiences when they transfer a
/// customer to another queue". The customer is on hold in the meantime. TRANSFER is a new contact.
#[test]
fn an_agent_transfers_the_contact_to_a_queue() {
    let flow = load(
        "default QueueTransfer",
        FlowKind::QueueTransfer,
        &[
            say("hi", "Now transferring to $.Queue.Name", "go"),
            action(
                "go",
                "TransferContactToQueue",
                json!({}),
                "bye",
                &[("QueueAtCapacity", "bye"), ("NoMatchingError", "bye")],
            ),
            bye(),
        ],
    );
    let mut call = connected(&[], vec![flow]);
    call.agent_acts(transfer(FlowKind::QueueTransfer, None))
        .new_contact("c-2")
        .heard_by(ToAgent, "Now transferring to experts")
        .hear_for(12, "Now transferring to experts")
        .input(Input::QueueEntered(QueueEntry::Entered))
        .heard_by(ToCustomer, "on hold");
    assert_eq!(call.seconds(), 12);
    call.hear_for(8, "on hold").hear_for(8, "on hold");
    assert_eq!(call.seconds(), 24);
    call.heard_by(ToCustomer, "in queue");
    let contact = call.execution.contact();
    assert_eq!(contact.initiation_method, "TRANSFER");
    assert_eq!(
        (contact.previous_id(), contact.initial_id()),
        ("c-1", "c-1")
    );
    assert_eq!(contact.agent, None);
    call.agent_answers(1)
        .hear("experts for jane")
        .hear("beep")
        .agent_acts(HANG_UP)
        .is_over();
}

/// "Transfer to agent (beta)": it "ends the current flow and transfers the customer to an agent".
#[test]
fn an_agent_transfers_the_contact_to_another_agent() {
    let flow = load(
        "to-agent",
        FlowKind::AgentTransfer,
        &[
            say("hi", "One moment", "go"),
            terminal("go", "TransferContactToAgent", json!({})),
        ],
    );
    let mut call = connected(&[], vec![flow]);
    call.agent_acts(transfer(FlowKind::AgentTransfer, Some("to-agent")))
        .new_contact("c-2")
        .hear("One moment");
    assert!(matches!(&call.output, Output::AwaitAgent(queue) if queue.name == "experts"));
    call.agent_answers(3)
        .hear("experts for jane")
        .hear("beep")
        .agent_acts(HANG_UP)
        .is_over();
}

/// "If it returns False (no agents are available), the flow plays a prompt and disconnects the
/// call": the agent's leg. The customer is still there.
#[test]
fn a_transfer_that_fails_gives_the_contact_back_to_the_agent() {
    let refuse = load(
        "refuse",
        FlowKind::QueueTransfer,
        &[say("no", "no agents", "bye"), bye()],
    );
    let wrong = music("wrong", FlowKind::CustomerHold, "la");
    for (id, heard) in [("refuse", true), ("wrong", false), ("nowhere", false)] {
        let mut call = connected(&[], vec![refuse.clone(), wrong.clone()]);
        call.agent_acts(transfer(FlowKind::QueueTransfer, Some(id)))
            .new_contact("c-2");
        if heard {
            call.hear_for(2, "no agents").hear_for(2, "on hold");
        }
        assert_eq!(call.output, Output::Connected(agent()), "{id}");
        assert_eq!(call.execution.contact().id, "c-1");
        assert_eq!(call.execution.contact().queue, Some(queue()));
    }
}

#[test]
fn the_disconnect_flow_runs_when_a_third_party_hangs_up() {
    let mut call = connected(&[("CustomerRemaining", "survey")], vec![survey()]);
    let number = "+81312345678".to_owned();
    call.agent_acts(AgentAction::TransferToNumber { number })
        .new_contact("c-2")
        .hearing("DISCONNECT c-2 after c-1");
    let number = "+81312345678".to_owned();
    connected(&[], vec![])
        .agent_acts(AgentAction::TransferToNumber {
            number: number.clone(),
        })
        .ends(Ending::ConnectedTo { number });
}

/// "Transfer to phone number" without a return: the caller remains when the third party hangs up.
#[test]
fn the_disconnect_flow_runs_after_a_transfer_to_a_number() {
    let dial = json!({ "ThirdPartyPhoneNumber": "+81312345678", "ContinueFlowExecution": "False",
                       "ThirdPartyConnectionTimeLimitSeconds": "30" });
    let failed = [("NoMatchingError", "bye")];
    let hook = json!({ "EventHooks": { "CustomerRemaining": "survey" } });
    let actions = [
        action("hook", "UpdateContactEventHooks", hook, "dial", &failed),
        action(
            "dial",
            "TransferParticipantToThirdParty",
            dial,
            "bye",
            &failed,
        ),
        bye(),
    ];
    let mut call = Call::start_with(contact(), &actions, vec![survey()]);
    call.input(Input::Dialled {
        outcome: DialOutcome::Connected,
        took: Duration::from_secs(60),
    })
    .new_contact("c-2")
    .heard_by(ToCustomer, "DISCONNECT c-2 after c-1")
    .hear("DISCONNECT c-2 after c-1")
    .answers(json!({}))
    .is_over();
}

/// AWS's sample disconnect flow compares `$.Agent.ARN` with `NULL` for a contact without an agent.
#[test]
fn the_agent_of_a_contact_without_one_compares_as_null() {
    let compare = with_conditions(
        "agent",
        "Compare",
        json!({ "ComparisonValue": "$.Agent.ARN" }),
        "other",
        &[("Equals", "NULL", "none"), ("Equals", "arn:jane", "jane")],
        &[("NoMatchingCondition", "other")],
    );
    let actions = [
        compare,
        say("none", "no agent yet", "bye"),
        say("jane", "it was Jane", "bye"),
        say("other", "no match", "bye"),
        bye(),
    ];
    Call::start(&actions).hear("no agent yet").is_over();
    let flow = load("survey", FlowKind::ContactFlow, &actions);
    connected(&[("CustomerRemaining", "survey")], vec![flow])
        .agent_acts(HANG_UP)
        .new_contact("c-2")
        .hear("it was Jane")
        .is_over();
}
