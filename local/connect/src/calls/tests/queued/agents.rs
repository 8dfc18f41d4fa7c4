//! Queues and agents.

use super::*;
use crate::Staffing;

/// Administrator guide, "Default flows" and "Sample flows". A published listing of an instance has these
/// 19 (Uplinx Report Tool for Amazon Connect, sample report).
#[test]
fn a_new_instance_has_the_default_and_sample_flows() {
    let line = Line::with_queues();
    let path = format!("/contact-flows-summary/{}", line.instance);
    let listed = line.send(Method::GET, &path, Value::Null);
    let flows = listed["ContactFlowSummaryList"].as_array().unwrap();
    let mut names: Vec<_> = flows.iter().map(|flow| text(&flow["Name"])).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Default agent hold",
            "Default agent transfer",
            "Default agent whisper",
            "Default customer hold",
            "Default customer queue",
            "Default customer whisper",
            "Default outbound",
            "Default queue transfer",
            "Sample AB test",
            "Sample Lambda integration",
            "Sample disconnect flow",
            "Sample inbound flow (first contact experience)",
            "Sample interruptible queue flow with callback",
            "Sample note for screenpop",
            "Sample queue configurations flow",
            "Sample queue customer",
            "Sample recording behavior",
            "Sample secure input with agent",
            "Sample secure input with no agent",
        ]
    );
}

/// Administrator guide, "Set customer queue flow". Without an agent, the caller waits for an hour.
#[tokio::test]
async fn a_caller_in_a_queue_hears_the_default_customer_queue_flow() {
    let line = Line::with_queues();
    line.answers_with_queue(&[]);
    let call = line.dial_scripted(json!({})).await;
    assert_eq!(
        told(&call),
        [format!("caller: {IN_QUEUE}"), "the caller hung up".into()]
    );
}

/// Administrator guide, "Loop prompts": ten seconds, not the 84 of the prompt.
#[tokio::test]
async fn the_interrupt_of_a_queue_flow_comes_on_time() {
    let line = Line::with_queues();
    let flow = line.publish_as(
        "own",
        "CUSTOMER_QUEUE",
        &[
            json!({ "Identifier": "music", "Type": "MessageParticipantIteratively",
                    "Parameters": { "Messages": [{ "Text": "A".repeat(600) }],
                                    "InterruptFrequencySeconds": "10" },
                    "Transitions": { "NextAction": "bye", "Errors": [], "Conditions": [
                        { "NextAction": "told", "Condition":
                            { "Operator": "Equals", "Operands": ["MessagesInterrupted"] } }] } }),
            say("told", "interrupted", "bye"),
            bye(),
        ],
    );
    line.answers_with_queue(&[("CustomerQueue", &flow)]);
    let call = line.dial_scripted(json!({})).await;
    assert_eq!(call.heard()[1], "interrupted");
    assert_eq!(line.gap("music", "told"), 10);
}

/// The order of the flows is that of the administrator guide, "Contact initiation methods".
#[tokio::test]
async fn an_agent_answers_a_queued_call() {
    let line = Line::with_queues();
    line.answers_with_queue(&[]);
    let call = line
        .dial_scripted(json!({ "agents": [{
            "name": "jane", "queue": "BasicQueue", "answersAfter": "20s",
            "does": [{ "wait": "10s" }, { "hold": "30s" }, { "agentHold": "5s" }, { "wait": "5s" }, "hangUp"],
        }] }))
        .await;
    assert_eq!(
        told(&call),
        [
            &format!("caller: {IN_QUEUE}"),
            "jane answers the call in the queue BasicQueue",
            "agent: BasicQueue",
            "caller: Beep.wav",
            "jane puts the caller on hold for 30 s",
            &format!("caller: {ON_HOLD}"),
            "jane is on hold for 5 s",
            "agent: <speak>You are on hold<break time=\"10s\"/></speak>",
            "jane hangs up",
            "the line hung up",
        ]
    );
    assert_eq!(call.ending(), Some(&Ending::Disconnected));
    assert_eq!(line.gap("enter", "queue"), 20);
}

/// An agent of another queue does not answer.
#[tokio::test]
async fn agents_answer_their_own_queues_only() {
    let line = Line::with_queues();
    line.answers_with_queue(&[]);
    let script = json!({ "agents": [{ "name": "joe", "queue": "Experts" }] });
    let call = line.dial_scripted(script).await;
    assert!(!told(&call).iter().any(|told| told.starts_with("joe")));
    let script = serde_json::from_value(json!({ "agents": [{ "name": "joe", "queue": "None" }] }));
    let from = CallerId::Withheld;
    let refused = line
        .service
        .dial_scripted(&line.number, from, script.unwrap())
        .await;
    assert_eq!(
        refused.err().unwrap().to_string(),
        "the script's agent joe must name a queue of the instance, but named None"
    );
}

/// Administrator guide, "Default queue transfer" and "Contact initiation methods": a new contact.
#[tokio::test]
async fn an_agent_transfers_a_call_to_a_queue_and_to_an_agent() {
    let line = Line::with_queues();
    line.answers_with_queue(&[]);
    let call = line
        .dial_scripted(json!({ "agents": [
            { "name": "jane", "queue": "BasicQueue",
              "does": [{ "transferToQueue": { "queue": "Experts" } }] },
            { "name": "joe", "queue": "Experts", "answersAfter": "1s",
              "does": [{ "transferToAgent": { "agent": "jo" } }] },
            { "name": "jo", "answersAfter": "3s", "does": [{ "transferToNumber": "+81312345678" }] },
        ] }))
        .await;
    let on_hold = format!("caller: {ON_HOLD}");
    assert_eq!(
        told(&call),
        [
            "jane answers the call in the queue BasicQueue",
            "agent: BasicQueue",
            "caller: Beep.wav",
            "jane transfers the call to the queue Experts",
            "new contact: TRANSFER",
            "agent: Now transferring.",
            &on_hold,
            &format!("caller: {IN_QUEUE}"),
            "joe answers the call in the queue Experts",
            "agent: Experts",
            "caller: Beep.wav",
            "joe transfers the call to the agent jo",
            "new contact: TRANSFER",
            "agent: Transferring now.",
            "jo answers the call in the queue jo",
            "agent: jo",
            "caller: Beep.wav",
            "jo transfers the call to +81312345678",
            "connected to +81312345678",
        ]
    );
}

/// Administrator guide, "Set disconnect flow": it runs when the agent hangs up, and when the caller
/// does. A caller who has hung up hears nothing, but the function is invoked.
#[tokio::test]
async fn the_disconnect_flow_runs_for_agent_and_caller() {
    let line = Line::with_queues();
    let survey = line.publish_as(
        "survey",
        "CONTACT_FLOW",
        &[
            say("thanks", "Thank you, $.Agent.ARN", "call"),
            step(
                "call",
                "InvokeLambdaFunction",
                json!({ "LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8" }),
                "bye",
                &[("NoMatchingError", "bye")],
            ),
            bye(),
        ],
    );
    line.answers_with_queue(&[("CustomerRemaining", &survey)]);
    let agents = json!({ "agents": [{ "name": "jane", "id": "j-1" }] });
    let call = line.dial_scripted(agents).await;
    let told_by_agent = told(&call);
    assert_eq!(told_by_agent[4], "new contact: DISCONNECT");
    assert!(
        told_by_agent[5].ends_with("/agent/j-1"),
        "{told_by_agent:?}"
    );
    assert_eq!(told_by_agent[6..], ["function", "the line hung up"]);

    let call = line.dial_scripted(json!({})).await;
    assert_eq!(
        told(&call)[1..],
        ["new contact: DISCONNECT", "function", "the caller hung up"]
    );
    let invoked = line.neighbours.invoked.lock().unwrap();
    let data = &invoked[1]["Details"]["ContactData"];
    assert_eq!(data["InitiationMethod"], "DISCONNECT");
    assert_ne!(data["ContactId"], data["InitialContactId"]);
}

/// CreateCallbackContact; the whispers are those of the administrator guide for CALLBACK.
#[tokio::test]
async fn an_agent_calls_back() {
    let line = Line::with_queues();
    let facts = line.service.instance(REGION, "calls").unwrap();
    let queue = line.service.queue_named(&facts, "BasicQueue").unwrap();
    line.answer_with(
        "main",
        &[
            step(
                "number",
                "UpdateContactCallbackNumber",
                json!({ "CallbackNumber": "$.CustomerEndpoint.Address" }),
                "create",
                &[
                    ("InvalidCallbackNumber", "bye"),
                    ("CallbackNumberNotDialable", "bye"),
                ],
            ),
            step(
                "create",
                "CreateCallbackContact",
                json!({ "QueueId": queue.queue.arn, "InitialCallDelaySeconds": "99",
                    "RetryDelaySeconds": "600", "MaximumConnectionAttempts": "1" }),
                "done",
                &[("NoMatchingError", "bye")],
            ),
            say("done", "We call you back.", "bye"),
            bye(),
        ],
    );
    let agents = json!({ "agents": [{ "name": "jane", "does": [{ "wait": "5s" }] }] });
    let call = line.dial_scripted(agents).await;
    assert_eq!(
        told(&call),
        [
            &format!("callback of {CALLER} in BasicQueue"),
            "caller: We call you back.",
            "the line hung up",
            "new contact: CALLBACK",
            "jane answers the call in the queue BasicQueue",
            "agent: BasicQueue",
            "caller: This call is not being recorded.",
            "jane hangs up",
            "the line hung up",
        ]
    );
    let waiting = told(&line.dial_scripted(json!({})).await);
    assert_eq!(waiting.last().unwrap(), "waiting in the queue BasicQueue");
}

/// Only agents who have not answered yet are available.
#[tokio::test]
async fn the_agents_of_a_script_are_counted() {
    let line = Line::with_queues();
    line.answers_with_queue(&[]);
    let agents = json!({ "agents": [
        { "name": "jane", "queue": "BasicQueue" }, { "name": "joe", "queue": "Experts" },
    ] });
    let call = line.dial_scripted(agents).await;
    let facts = line.service.instance(REGION, "calls").unwrap();
    let queue = line
        .service
        .queue_named(&facts, "BasicQueue")
        .unwrap()
        .queue;
    let staffing = Staffing {
        online: 1,
        staffed: 1,
        ..Staffing::default()
    };
    assert_eq!(call.staffing(Some(&queue)), staffing);
    let all = call.staffing(None);
    assert_eq!((all.online, all.available), (2, 1));
}
