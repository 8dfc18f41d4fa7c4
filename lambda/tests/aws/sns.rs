//! The sender for SNS through the real SDK client: the exact requests, and the meaning of each response.

use std::collections::BTreeMap;

use aws_smithy_http_client::test_util::NeverClient;
use connect_pin_sms::aws::sns::{SnsSender, client};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::ports::{Handover, SmsSender};
use connect_pin_sms::rules::sms_options::{
    MaxPrice, OriginationNumber, SenderId, SmsOptions, SmsType,
};

use crate::canned::{answers, config, requested};

fn promotional() -> SmsOptions {
    SmsOptions::of_type(SmsType::Promotional)
}

const ACCEPTED: &str = "<PublishResponse><PublishResult><MessageId>message-1</MessageId>\
    </PublishResult></PublishResponse>";

async fn send(sender: &SnsSender) -> Handover {
    sender
        .send(
            &PhoneNumber::parse("+819011112222").unwrap(),
            "ページ https://example.com/c",
        )
        .await
}

/// Returns the fields of a form, so that the order of attributes does not matter.
fn fields(form: &str) -> BTreeMap<&str, &str> {
    form.split('&')
        .map(|field| field.split_once('=').unwrap())
        .collect()
}

fn error(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>r</RequestId></ErrorResponse>"
    );
    (status, body)
}

/// Sends a message, checks that there was one request, and returns the result.
async fn handover(status: u16, body: &str) -> Handover {
    let http = answers(&[(status, body), (200, ACCEPTED)]);
    let client = client(&config(http.clone()));
    let sender = SnsSender::new(client, &promotional()).unwrap();
    let handover = send(&sender).await;
    assert_eq!(requested(&http).len(), 1, "a message is not retried");
    handover
}

#[tokio::test]
async fn publishes_to_the_caller() {
    let http = answers(&[(200, ACCEPTED)]);
    let options = SmsOptions {
        sms_type: SmsType::Transactional,
        sender_id: SenderId::parse("Campaign"),
        origination: OriginationNumber::parse("+815012345678"),
        max_price: MaxPrice::parse("0.25"),
    };
    let client = client(&config(http.clone()));
    let sender = SnsSender::new(client, &options).unwrap();
    let accepted = Handover::Accepted {
        message_id: Some("message-1".into()),
    };
    assert_eq!(send(&sender).await, accepted);

    let bodies = requested(&http);
    let fields = fields(&bodies[0]);
    assert_eq!(fields["Action"], "Publish");
    assert_eq!(fields["PhoneNumber"], "%2B819011112222");
    assert_eq!(
        fields["Message"],
        "%E3%83%9A%E3%83%BC%E3%82%B8%20https%3A%2F%2Fexample.com%2Fc"
    );
    let mut attributes = BTreeMap::new();
    for entry in 1..=4 {
        let field = |name: &str| fields[format!("MessageAttributes.entry.{entry}.{name}").as_str()];
        let value = (field("Value.DataType"), field("Value.StringValue"));
        attributes.insert(field("Name"), value);
    }
    assert_eq!(
        attributes,
        BTreeMap::from([
            ("AWS.SNS.SMS.SMSType", ("String", "Transactional")),
            ("AWS.SNS.SMS.SenderID", ("String", "Campaign")),
            (
                "AWS.MM.SMS.OriginationNumber",
                ("String", "%2B815012345678")
            ),
            ("AWS.SNS.SMS.MaxPrice", ("Number", "0.25")),
        ])
    );
    assert!(!fields.contains_key("TopicArn") && !fields.contains_key("TargetArn"));
}

#[tokio::test]
async fn sends_no_attributes_for_options_that_are_not_set() {
    let http = answers(&[(200, ACCEPTED)]);
    let client = client(&config(http.clone()));
    send(&SnsSender::new(client, &promotional()).unwrap()).await;
    let bodies = requested(&http);
    assert!(bodies[0].contains("AWS.SNS.SMS.SMSType"));
    for other in ["SenderID", "OriginationNumber", "MaxPrice"] {
        assert!(!bodies[0].contains(other), "{}", bodies[0]);
    }
}

#[tokio::test]
async fn recognizes_refusals() {
    for (status, code) in [
        (400, "InvalidParameter"),
        (400, "InvalidParameterValue"),
        (400, "ValidationException"),
        (400, "OptedOut"),
        (403, "AuthorizationError"),
        (403, "InvalidClientTokenId"),
        (404, "NotFound"),
    ] {
        let (status, body) = error(status, code, "Reason: +819011112222 is not valid");
        let Handover::Refused(cause) = handover(status, &body).await else {
            panic!("{code} is a refusal");
        };
        assert_eq!(
            cause.to_string(),
            format!("{code}: Reason: +[digits] is not valid")
        );
    }
}

#[tokio::test]
async fn recognizes_throttling() {
    for (status, code) in [
        (400, "Throttling"),
        (400, "ThrottlingException"),
        (429, "Throttled"),
        (429, "TooManyRequests"),
        (400, "RequestLimitExceeded"),
    ] {
        let (status, body) = error(status, code, "for +819011112222");
        let Handover::Throttled(cause) = handover(status, &body).await else {
            panic!("{status} {code} is throttling");
        };
        assert_eq!(cause.to_string(), format!("{code}: for +[digits]"));
    }
}

#[tokio::test]
async fn after_a_server_error_or_time_out_the_result_is_unclear() {
    for (status, code) in [
        (408, "RequestTimeout"),
        (400, "RequestTimeout"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (503, "Throttling"),
    ] {
        let (status, body) = error(status, code, "for +819011112222");
        let Handover::Unclear(cause) = handover(status, &body).await else {
            panic!("{status} {code} is unclear");
        };
        assert_eq!(cause.to_string(), format!("{code}: for +[digits]"));
    }
}

#[tokio::test]
async fn after_an_invalid_response_the_result_is_unclear() {
    for (status, body) in [
        (502, "<html>Bad Gateway</html>"),
        (200, "<html>819011112222"),
        (302, ""),
    ] {
        let handover = handover(status, body).await;
        let Handover::Unclear(cause) = handover else {
            panic!("{status} {body}: {handover:?}")
        };
        assert!(!cause.to_string().contains("8190"), "{cause}");
    }
}

/// After a time-out it would be unknown whether the message was sent, so only the invocation's deadline ends
/// the request.
#[tokio::test(start_paused = true)]
async fn has_no_time_out_of_its_own() {
    let http = NeverClient::new();
    let client = client(&config(http.clone()));
    let sender = SnsSender::new(client, &promotional()).unwrap();
    let limit = std::time::Duration::from_secs(60);
    let handover = tokio::time::timeout(limit, send(&sender)).await;
    assert!(handover.is_err(), "{handover:?}");
    assert_eq!(http.num_calls(), 1);
}
