//! What a flow can branch on.

use connect_pin_sms::campaign::CampaignUrl;
use connect_pin_sms::cause::Cause;
use connect_pin_sms::event::Event;
use connect_pin_sms::ports::{Handover, LookupError, RowFault};
use serde_json::{Value, json};

use crate::support::{CALLER, Members, PAGE, PIN, Shelf, ask, event, fixture, fixture_value, line};

fn failed(reason: &str) -> Value {
    json!({ "result": "Failed", "reason": reason })
}

#[tokio::test]
async fn tells_a_member_the_id() {
    for name in ["get_member_id", "in_queue", "unknown_fields"] {
        let (answer, logged) = ask(&line(), fixture(name)).await;
        assert_eq!(answer.unwrap(), json!({ "memberId": "1234" }), "{name}");
        assert_eq!(logged["contact_id"], "00000000-0000-4000-8000-000000000001");
        assert_eq!(logged["request_id"], "request-1");
        assert_eq!(logged["command"], "getMemberId");
        assert_eq!(logged["caller"], "+81*****2222");
        assert_eq!(logged["outcome"], "MEMBER");
        assert_eq!(logged["level"], "INFO");
    }
}

#[tokio::test]
async fn tells_an_unknown_number_that_it_is_nobody() {
    let mut line = line();
    line.members = Members(Shelf::empty());
    let (answer, logged) = ask(&line, fixture("get_member_id")).await;
    assert_eq!(answer.unwrap(), json!({ "memberId": "-1" }));
    assert_eq!(logged["outcome"], "NOT_A_MEMBER");
}

/// Every way in which a number is missing, for both commands: nobody is known, and nothing is sent
/// or read.
#[tokio::test]
async fn takes_a_withheld_number_for_none() {
    for name in [
        "null_endpoint",
        "no_endpoint",
        "no_address",
        "null_address",
        "anonymous",
        "anonymous_capital",
        "empty",
        "sip",
        "national_form",
    ] {
        let line = line();
        let event = fixture(&format!("withheld_{name}"));
        let (answer, logged) = ask(&line, event.clone()).await;
        assert_eq!(answer.unwrap(), failed("CALLER_UNKNOWN"), "{name}");
        assert_eq!(logged["caller"], "none");
        assert_eq!(logged["level"], "INFO");

        let (answer, logged) = ask(&line, asking_for_the_member(name)).await;
        assert_eq!(answer.unwrap(), json!({ "memberId": "-1" }), "{name}");
        assert_eq!(logged["outcome"], "CALLER_UNKNOWN");
        assert_eq!(line.members.0.reads() + line.campaigns.0.reads(), 0);
        assert!(line.sms.received().is_empty());
    }
}

fn asking_for_the_member(name: &str) -> Event {
    let mut event = fixture_value(&format!("withheld_{name}"));
    event["Details"]["Parameters"] = json!({ "cmd": "getMemberId" });
    serde_json::from_value(event).unwrap()
}

#[tokio::test]
async fn sends_the_page_behind_a_pin() {
    let line = line();
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), json!({ "result": "Success" }));
    let text = "キャンペーンページ https://example.com/c/1".to_owned();
    assert_eq!(line.sms.received(), [(CALLER.to_owned(), text)]);
    assert_eq!(logged["outcome"], "SENT");
    assert_eq!(logged["sms_message_id"], "message-1");
    // Whether the caller is a member is a question of its own.
    assert_eq!(line.members.0.reads(), 0);
}

#[tokio::test]
async fn knows_an_unknown_pin() {
    let line = line();
    let (answer, logged) = ask(&line, event(json!({ "cmd": "sendSms", "pinCode": "9999" }))).await;
    assert_eq!(answer.unwrap(), failed("PIN_NOT_FOUND"));
    assert_eq!(
        (logged["outcome"].as_str(), logged["level"].as_str()),
        (Some("PIN_NOT_FOUND"), Some("INFO"))
    );
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn reads_no_table_for_what_is_no_pin() {
    let line = line();
    for parameters in [
        json!({ "cmd": "sendSms" }),
        json!({ "cmd": "sendSms", "pinCode": null }),
        json!({ "cmd": "sendSms", "pinCode": "" }),
        json!({ "cmd": "sendSms", "pinCode": "Timeout" }),
        json!({ "cmd": "sendSms", "pinCode": "00420042004200420" }),
        json!({ "cmd": "sendSms", "pinCode": "00 42" }),
    ] {
        let (answer, _) = ask(&line, event(parameters.clone())).await;
        assert_eq!(answer.unwrap(), failed("PIN_INVALID"), "{parameters}");
    }
    assert_eq!(line.campaigns.0.reads(), 0);
}

#[tokio::test]
async fn answers_and_reports_a_campaign_without_a_usable_page() {
    for fault in [
        RowFault::Missing,
        RowFault::WrongType("NULL"),
        RowFault::Empty,
        RowFault::NotWebAddress,
    ] {
        let mut line = line();
        line.campaigns
            .0
            .put(PIN, Err(LookupError::Faulty(fault.clone())));
        let (answer, logged) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), failed("CAMPAIGN_INVALID"));
        assert_eq!(logged["level"], "ERROR");
        assert_eq!(logged["cause"], fault.to_string());
        assert!(line.sms.received().is_empty());
    }
    let mut line = line();
    let long = format!("{PAGE}/{}", "x".repeat(1600));
    line.campaigns
        .0
        .put(PIN, Ok(CampaignUrl::parse(&long).unwrap()));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("CAMPAIGN_INVALID"));
}

#[tokio::test]
async fn tells_a_refusal_from_an_unclear_end_and_tries_once() {
    let words = "Invalid parameter: PhoneNumber Reason: +819011112222 is not valid";
    for (says, reason) in [
        (Handover::Refused(Cause::scrubbed(words)), "SMS_REFUSED"),
        (Handover::Unclear(Cause::scrubbed(words)), "SMS_FAILED"),
    ] {
        let mut line = line();
        line.sms.says = says;
        let (answer, logged) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), failed(reason));
        assert_eq!(logged["level"], "ERROR");
        assert_eq!(
            logged["cause"],
            "Invalid parameter: PhoneNumber Reason: +[digits] is not valid"
        );
        assert_eq!(line.sms.received().len(), 1);
    }
}
