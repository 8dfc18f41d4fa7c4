//! Chats.

use super::*;
use crate::ChatError;

/// Administrator guide, "Supported channels for flow blocks": a chat talks to bots and shows views,
/// but has no touch-tone input. ChannelMismatch is the error of the other channel's settings.
#[tokio::test]
async fn a_chat_runs_an_inbound_flow_with_bots_and_views() {
    let line = Line::new();
    let failed = ("NoMatchingError", "failed");
    let voice = json!({ "VoiceBehavior": { "VoiceRecordingBehavior": { "RecordedParticipants": ["Agent"] } } });
    let chat = json!({ "ChatBehavior": { "ChatAnalyticsBehavior": { "Enabled": "False" } } });
    let bot = json!({ "Text": "How can I help?",
                      "LexV2Bot": { "AliasArn": "arn:aws:lex:ap-northeast-1:1:bot-alias/B/A" } });
    let view = json!({ "ViewResource": { "Id": "form", "Version": "1" },
                       "InvocationTimeLimitSeconds": "60" });
    let menu = json!({ "Text": "1?", "StoreInput": "False", "InputTimeLimitSeconds": "5" });
    let recording = "UpdateContactRecordingAndAnalyticsBehavior";
    let mismatch = [failed, ("ChannelMismatch", "chat")];
    let in_flight = [
        failed,
        ("ChannelMismatch", "failed"),
        ("InFlightRedactionConfigurationFailed", "failed"),
    ];
    let choice = [
        failed,
        ("NoMatchingCondition", "failed"),
        ("InputTimeLimitExceeded", "failed"),
    ];
    let shown = [
        failed,
        ("NoMatchingCondition", "failed"),
        ("TimeLimitExceeded", "failed"),
    ];
    let pressed = [
        ("NoMatchingError", "bye"),
        ("NoMatchingCondition", "failed"),
        ("InputTimeLimitExceeded", "failed"),
    ];
    let actions = [
        say("hello", "Hello on $.Channel", "voice"),
        action("voice", recording, voice, "failed", &[], &mismatch),
        action("chat", recording, chat, "bot", &[], &in_flight),
        action(
            "bot",
            "ConnectParticipantWithLexBot",
            bot,
            "failed",
            &[("Equals", "Order", "view")],
            &choice,
        ),
        action(
            "view",
            "ShowView",
            view,
            "failed",
            &[("Equals", "Send", "said")],
            &shown,
        ),
        say(
            "said",
            "$.Lex.Slots.size $.Views.ViewResultData.color",
            "menu",
        ),
        action(
            "menu",
            "GetParticipantInput",
            menu,
            "failed",
            &[("Equals", "1", "failed")],
            &pressed,
        ),
        say("failed", "failed", "bye"),
        bye(),
    ];
    let flow = line.publish("talk", &actions);
    let script = script(json!({
        "bots": { "arn:aws:lex:ap-northeast-1:1:bot-alias/B/A":
            { "intent": "Order", "slots": { "size": "large" } } },
        "blocks": { "ShowView": { "branch": { "result": "Send" },
            "values": { "Views": { "Action": "Send", "ViewResultData": { "color": "red" } } } } },
    }));
    for name in ["talk", &flow] {
        let chat = line.service.chat(name, script.clone()).await.unwrap();
        assert_eq!(
            chat.heard(),
            ["Hello on CHAT", "How can I help?", "large red"]
        );
        assert_eq!(warnings(&chat), ["the contact must be a call"]);
        assert_eq!(chat.ending(), Some(&Ending::Disconnected));
        assert_eq!(chat.contact().customer_endpoint, None);
    }
    let refused = line.service.chat("other", script).await.err();
    assert_eq!(refused, Some(ChatError::NoFlow("other".to_owned())));
}
