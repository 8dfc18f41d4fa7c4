//! Chats.

use super::*;

fn chat() -> Contact {
    Contact::chat(
        "c-1",
        "arn:aws:connect:ap-northeast-1:000000000000:instance/i-1",
        "ap-northeast-1",
    )
}

fn start(actions: &[Value]) -> Call {
    Call::start_with(chat(), actions, vec![])
}

/// Administrator guide, "Supported channels for flow blocks": these take the error branch in a chat.
/// "Play prompt": audio is not available for chats.
#[test]
fn blocks_for_calls_take_the_error_branch_in_a_chat() {
    let menu = json!({ "Text": "1?", "StoreInput": "False", "InputTimeLimitSeconds": "5" });
    let store = json!({ "Text": "PIN?", "StoreInput": "True", "InputTimeLimitSeconds": "5",
                        "InputValidation": { "CustomValidation": { "MaximumLength": "4" } } });
    let dial = json!({ "ThirdPartyPhoneNumber": "+81312345678", "ContinueFlowExecution": "False",
                       "ThirdPartyConnectionTimeLimitSeconds": "10" });
    let input = "GetParticipantInput";
    let call = "the contact must be a call";
    for (kind, parameters, errors, because) in [
        (
            input,
            menu,
            &["InputTimeLimitExceeded", "NoMatchingCondition"][..],
            call,
        ),
        (input, store, &[], call),
        (input, json!({ "EnableDTMFBuffer": "true" }), &[], call),
        ("TransferParticipantToThirdParty", dial, &[], call),
        (
            "MessageParticipant",
            json!({ "SSML": "<speak>Hi</speak>" }),
            &[],
            "a message of a chat must be a text",
        ),
    ] {
        let mut errors: Vec<_> = errors.iter().map(|error| (*error, "other")).collect();
        errors.push(("NoMatchingError", "failed"));
        let mut call = start(&[
            action("do", kind, parameters, "other", &errors),
            say("other", "other", "bye"),
            say("failed", "failed", "bye"),
            bye(),
        ]);
        assert_eq!(call.warnings(), [because], "{kind}");
        call.hear("failed").is_over();
    }
}

/// A chat that the API starts has no endpoints; recorded by mgaffigan/pulumi-amazon-connect,
/// test/lambdaEvent.test.ts. Its subtype is that of the administrator guide.
#[test]
fn a_chat_has_its_channel_and_no_endpoints() {
    let text = "$.Channel $.InitiationMethod $.SegmentAttributes['connect:Subtype'], \
                $.CustomerEndpoint.Address$.SystemEndpoint.Address.";
    start(&[say("say", text, "bye"), bye()])
        .hear("CHAT API connect:Chat, .")
        .is_over();
}

/// The same source: endpoints, the customer's id and the queue are null in the event of a function, and there is
/// one id, in `ContactData`.
#[test]
fn the_event_of_a_chat_has_no_endpoints_and_no_queue() {
    let parameters = json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "3" });
    let errors = [("NoMatchingError", "bye")];
    let call = start(&[
        action("fn", "InvokeLambdaFunction", parameters, "bye", &errors),
        bye(),
    ]);
    let details = &call.function().event["Details"];
    for absent in ["CustomerEndpoint", "SystemEndpoint", "CustomerId", "Queue"] {
        let found = details["ContactData"].get(absent);
        assert_eq!(found, Some(&Value::Null), "{absent}");
    }
    assert_eq!(details["ContactData"]["ContactId"], "c-1");
    assert_eq!(details.get("ContactId"), None);
}
