//! The sender for End User Messaging, through the real SDK client.

use connect_pin_sms::aws::end_user_messaging::{EndUserMessagingSender, client};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::ports::{Handover, SmsSender};
use connect_pin_sms::rules::sms_options::{
    MaxPrice, OriginationNumber, SenderId, SmsOptions, SmsType,
};
use serde_json::{Value, json};

use crate::canned::{answers, config, requested_json};

const ACCEPTED: &str = r#"{"MessageId":"message-1"}"#;

/// Sends a message and returns the only request and the result.
async fn send(options: SmsOptions, status: u16, body: &str) -> (Value, Handover) {
    let http = answers(&[(status, body), (200, ACCEPTED)]);
    let sender = EndUserMessagingSender::new(client(&config(http.clone())), options);
    let to = PhoneNumber::parse("+819011112222").unwrap();
    let handover = sender.send(&to, "ページ https://example.com/c").await;
    let mut requested = requested_json(&http);
    assert_eq!(requested.len(), 1, "a message is not retried");
    (requested.remove(0), handover)
}

#[tokio::test]
async fn sends_to_the_caller() {
    let options = SmsOptions {
        sms_type: SmsType::Transactional,
        sender_id: SenderId::parse("Campaign"),
        origination: OriginationNumber::parse("+815012345678"),
        max_price: MaxPrice::parse("1"),
    };
    let (requested, handover) = send(options, 200, ACCEPTED).await;
    let message_id = Some("message-1".into());
    assert_eq!(handover, Handover::Accepted { message_id });
    assert_eq!(
        requested,
        json!({
            "DestinationPhoneNumber": "+819011112222",
            "OriginationIdentity": "+815012345678",
            "MessageBody": "ページ https://example.com/c",
            "MessageType": "TRANSACTIONAL",
            "MaxPrice": "1.0",
        })
    );
    let named = SmsOptions {
        sender_id: SenderId::parse("Campaign"),
        ..SmsOptions::of_type(SmsType::Promotional)
    };
    let (requested, _) = send(named, 200, ACCEPTED).await;
    assert_eq!(requested["OriginationIdentity"], "Campaign");
    assert_eq!(requested["MessageType"], "PROMOTIONAL");
    let (requested, _) = send(SmsOptions::of_type(SmsType::Promotional), 200, ACCEPTED).await;
    assert!(requested.get("OriginationIdentity").is_none() && requested.get("MaxPrice").is_none());
}

#[tokio::test]
async fn distinguishes_refusals_throttling_and_unclear_results() {
    for (status, code, expected) in [
        (400, "ValidationException", "refused"),
        (400, "ConflictException", "refused"),
        (403, "AccessDeniedException", "refused"),
        (402, "ServiceQuotaExceededException", "refused"),
        (404, "ResourceNotFoundException", "refused"),
        (400, "ThrottlingException", "throttled"),
        (429, "ThrottlingException", "throttled"),
        (500, "InternalServerException", "unclear"),
        (408, "RequestTimeout", "unclear"),
        (302, "Elsewhere", "unclear"),
    ] {
        let body = format!(r#"{{"__type":"{code}","Message":"not to +819011112222"}}"#);
        let options = SmsOptions::of_type(SmsType::Promotional);
        let (_, handover) = send(options, status, &body).await;
        let (cause, result) = match handover {
            Handover::Refused(cause) => (cause, "refused"),
            Handover::Throttled(cause) => (cause, "throttled"),
            Handover::Unclear(cause) => (cause, "unclear"),
            Handover::NotReached(cause) => panic!("the service was reached: {cause}"),
            Handover::Accepted { .. } => panic!("{status} {code}"),
        };
        assert_eq!(result, expected, "{status} {code}");
        assert!(!cause.to_string().contains("8190"), "{cause}");
    }
}
