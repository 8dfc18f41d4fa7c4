//! Requests that are accepted, and those that are refused with their reasons.

use serde_json::Value;

use super::*;
use crate::test_requests::ask;

const REGION: &str = "ap-northeast-1";
const PHONE: &str = "+819012345678";

struct MessagingWorld {
    service: EndUserMessaging,
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
}

fn world() -> MessagingWorld {
    let outbox = Arc::new(Outbox::default());
    let recipients = Arc::new(Recipients::default());
    MessagingWorld {
        service: EndUserMessaging::new(Arc::clone(&outbox), Arc::clone(&recipients)),
        outbox,
        recipients,
    }
}

impl MessagingWorld {
    async fn ask(&self, operation: &str, body: Value) -> (u16, Value) {
        let target = format!("PinpointSMSVoiceV2.{operation}");
        ask(&self.service, REGION, "sms-voice", &target, body).await
    }

    async fn refused(&self, body: Value) -> (String, String) {
        let (status, answer) = self.ask("SendTextMessage", body).await;
        assert_eq!(status, 400, "{answer}");
        let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
        (text("__type"), text("Reason"))
    }
}

fn conflict(reason: &str) -> (String, String) {
    ("ConflictException".into(), reason.into())
}

#[tokio::test]
async fn a_message_goes_to_the_outbox_with_all_its_options() {
    let world = world();
    let (status, answer) = world
        .ask(
            "SendTextMessage",
            json!({
                "DestinationPhoneNumber": "819012345678",
                "MessageBody": "キャンペーン",
                "MessageType": "TRANSACTIONAL",
                "OriginationIdentity": "CAMPAIGN",
                "MaxPrice": ".20",
                "TimeToLive": 300,
                "Context": { "contact": "c-1" },
            }),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    let sent = world.outbox.messages().remove(0);
    assert_eq!(answer["MessageId"], sent.message_id);
    assert_eq!(sent.channel, Channel::EndUserMessaging);
    assert_eq!(
        (sent.phone_number.as_str(), sent.message.as_str()),
        (PHONE, "キャンペーン")
    );
    assert_eq!(sent.attributes["MessageType"], "TRANSACTIONAL");
    assert_eq!(sent.attributes["TimeToLive"], "300");
    assert_eq!(sent.attributes["Context.contact"], "c-1");

    let (status, _) = world
        .ask(
            "SendTextMessage",
            json!({ "DestinationPhoneNumber": PHONE, "MessageBody": "x", "DryRun": true }),
        )
        .await;
    assert_eq!((status, world.outbox.messages().len()), (200, 1));
}

#[tokio::test]
async fn a_request_that_violates_the_model_is_refused_with_its_fields() {
    let world = world();
    for (member, value) in [
        ("DestinationPhoneNumber", json!("09012345678")),
        ("DestinationPhoneNumber", json!("")),
        ("MessageBody", json!(" \n")),
        ("MessageBody", json!("あ".repeat(1601))),
        ("MessageType", json!("Transactional")),
        ("OriginationIdentity", json!("no spaces")),
        ("MaxPrice", json!("1")),
        ("MaxPrice", json!("123.4")),
        ("TimeToLive", json!(4)),
        ("Keyword", json!("")),
        ("Context", json!({ "a b": "c" })),
        ("DestinationCountryParameters", json!({ "JP": "c" })),
    ] {
        let mut body = json!({ "DestinationPhoneNumber": PHONE, "MessageBody": "x" });
        body[member] = value.clone();
        let (status, answer) = world.ask("SendTextMessage", body).await;
        assert_eq!(status, 400, "{member} {value}");
        assert_eq!(answer["Reason"], "FIELD_VALIDATION_FAILED");
        assert_eq!(answer["Fields"][0]["Name"], member, "{answer}");
    }
    let missing = world.refused(json!({ "MessageBody": "x" })).await;
    assert_eq!(
        missing,
        ("ValidationException".into(), "MISSING_PARAMETER".into())
    );
    let long = json!({ "DestinationPhoneNumber": "+1234567890123456", "MessageBody": "x" });
    assert_eq!(world.refused(long).await.1, "CANNOT_PARSE");
    let typed = world.refused(json!({ "MessageBody": 1 })).await;
    assert_eq!(typed.0, "SerializationException");
    assert!(world.outbox.messages().is_empty());
}

#[tokio::test]
async fn numbers_that_cannot_be_reached_are_refused() {
    let world = world();
    let body = json!({ "DestinationPhoneNumber": PHONE, "MessageBody": "x" });
    world.recipients.opt_out(REGION, PHONE, true).unwrap();
    assert_eq!(
        world.refused(body.clone()).await,
        conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT")
    );
    world
        .recipients
        .with(REGION, |lists| lists.opted_out.clear());
    world.recipients.set_sandbox(REGION, true);
    assert_eq!(
        world.refused(body).await,
        conflict("DESTINATION_PHONE_NUMBER_NOT_VERIFIED")
    );
    assert!(world.outbox.messages().is_empty());
    let (_, answer) = world.ask("DescribeAccountAttributes", json!({})).await;
    assert_eq!(answer["AccountAttributes"][0]["Value"], "SANDBOX");
}

#[tokio::test]
async fn an_unknown_operation_is_named_in_the_error() {
    let (status, answer) = world().ask("CreatePool", json!({})).await;
    assert_eq!(status, 501);
    assert!(
        answer["Message"]
            .as_str()
            .unwrap()
            .contains("sms-voice:CreatePool")
    );
}
