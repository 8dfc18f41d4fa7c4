//! The answers that a flow branches on.

use connect_pin_sms::answer::Answer;
use connect_pin_sms::event::Event;
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::outcome::{Lock, Outcome, Reason, UnknownCaller};
use connect_pin_sms::rules::ports::{Handover, LookupError};
use connect_pin_sms::rules::row_fault::RowFault;
use serde_json::json;

use crate::support::{
    CALLER, FakeTable, Members, PIN, ask, event, event_of, failed, fixture, fixture_value, keyed,
    line, success,
};

#[tokio::test]
async fn a_member_is_answered_with_the_id() {
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
async fn a_number_without_a_row_is_not_a_member() {
    let mut line = line();
    line.members = Members(FakeTable::empty());
    let (answer, logged) = ask(&line, fixture("get_member_id")).await;
    assert_eq!(answer.unwrap(), json!({ "memberId": "-1" }));
    assert_eq!(logged["outcome"], "NOT_A_MEMBER");
}

/// In each form of a missing number, and for both commands, no member is found, and nothing is sent or read.
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

        let (answer, logged) = ask(&line, get_member_id_without_number(name)).await;
        assert_eq!(answer.unwrap(), json!({ "memberId": "-1" }), "{name}");
        assert_eq!(logged["outcome"], "CALLER_UNKNOWN");
        assert_eq!(line.members.0.reads() + line.campaigns.rows.reads(), 0);
        assert!(line.sms.received().is_empty());
    }
}

fn get_member_id_without_number(name: &str) -> Event {
    let mut event = fixture_value(&format!("withheld_{name}"));
    event["Details"]["Parameters"] = json!({ "cmd": "getMemberId" });
    serde_json::from_value(event).unwrap()
}

#[tokio::test]
async fn sends_the_page_behind_a_pin() {
    let line = line();
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());
    let text = "キャンペーンページ https://example.com/c/1".to_owned();
    assert_eq!(line.sms.received(), [(CALLER.to_owned(), text)]);
    assert_eq!(logged["outcome"], "SENT");
    assert_eq!(logged["sms_message_id"], "message-1");
    assert_eq!(line.members.0.reads(), 1);
}

#[tokio::test]
async fn a_pin_without_a_row_is_not_found() {
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
async fn reads_no_table_for_input_that_is_not_a_pin() {
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
    assert_eq!(line.campaigns.rows.reads(), 0);
}

#[tokio::test]
async fn a_campaign_without_a_usable_page_is_answered_and_reported() {
    for fault in [
        RowFault::Missing,
        RowFault::WrongType("NULL"),
        RowFault::Empty,
        RowFault::NotWebAddress,
    ] {
        let mut line = line();
        line.campaigns
            .rows
            .put(PIN, Err(LookupError::Faulty(fault.clone())));
        let (answer, logged) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), failed("CAMPAIGN_INVALID"));
        assert_eq!(logged["level"], "ERROR");
        assert_eq!(logged["cause"], fault.to_string());
        assert!(line.sms.received().is_empty());
    }
}

#[tokio::test]
async fn a_refused_message_and_a_failed_one_have_different_reasons_and_are_not_retried() {
    let words = "Invalid parameter: PhoneNumber Reason: +819011112222 is not valid";
    for (result, reason) in [
        (Handover::Refused(Cause::scrubbed(words)), "SMS_REFUSED"),
        (Handover::Throttled(Cause::scrubbed(words)), "SMS_FAILED"),
        (Handover::NotReached(Cause::scrubbed(words)), "SMS_FAILED"),
        (Handover::Unclear(Cause::scrubbed(words)), "SMS_FAILED"),
    ] {
        let mut line = line();
        line.sms.result = result;
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

#[tokio::test]
async fn callers_who_are_not_members_get_no_message() {
    let mut line = line();
    line.members = Members(FakeTable::empty());
    for pin in [PIN, "9999"] {
        let (answer, logged) = ask(&line, keyed("c", pin)).await;
        assert_eq!(answer.unwrap(), failed("NOT_A_MEMBER"));
        assert_eq!(logged["outcome"], "NOT_A_MEMBER");
        assert_eq!(logged["level"], "INFO");
    }
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn with_uniform_a_caller_who_is_not_a_member_does_not_find_out() {
    let mut line = line();
    line.members = Members(FakeTable::empty());
    line.policy.unknown_caller = UnknownCaller::Uniform;
    let (answer, logged) = ask(&line, fixture("get_member_id")).await;
    assert_eq!(answer.unwrap(), json!({ "memberId": "0" }));
    assert_eq!(logged["outcome"], "NOT_A_MEMBER");
    assert_eq!(line.members.0.reads(), 1);
    for pin in [PIN, "9999"] {
        let (answer, logged) = ask(&line, keyed("c", pin)).await;
        assert_eq!(answer.unwrap(), failed("PIN_NOT_FOUND"));
        assert_eq!(logged["outcome"], "NOT_A_MEMBER");
    }
    assert!(line.sms.received().is_empty());
    // Without a number there is no membership to hide.
    let (answer, _) = ask(&line, get_member_id_without_number("anonymous")).await;
    assert_eq!(answer.unwrap(), json!({ "memberId": "-1" }));
}

#[tokio::test]
async fn a_pin_has_a_minimum_length() {
    let mut line = line();
    line.policy.pin_min_length = 4;
    for (pin, reason) in [
        ("004", "PIN_TOO_SHORT"),
        ("0", "PIN_TOO_SHORT"),
        ("", "PIN_INVALID"),
    ] {
        let (answer, logged) = ask(&line, keyed("c", pin)).await;
        assert_eq!(answer.unwrap(), failed(reason));
        assert_eq!(logged["outcome"], reason);
    }
    assert_eq!(line.campaigns.rows.reads() + line.members.0.reads(), 0);
    let (answer, _) = ask(&line, keyed("c", PIN)).await;
    assert_eq!(answer.unwrap(), success());
}

#[tokio::test]
async fn the_message_is_in_the_language_of_the_call() {
    let mut line = line();
    let template = |text| connect_pin_sms::rules::sms_template::SmsTemplate::parse(text).unwrap();
    line.policy
        .templates
        .by_language
        .insert("en".into(), template("Your page: {url}"));
    for (language, text) in [
        (json!("en-GB"), "Your page: https://example.com/c/1"),
        (json!("fr"), "キャンペーンページ https://example.com/c/1"),
        (json!(null), "キャンペーンページ https://example.com/c/1"),
        (json!(7), "キャンペーンページ https://example.com/c/1"),
    ] {
        let parameters = json!({ "cmd": "sendSms", "pinCode": PIN, "language": language });
        let (answer, _) = ask(&line, event_of(CALLER, "c", parameters)).await;
        assert_eq!(answer.unwrap(), success());
        assert_eq!(line.sms.received().last().unwrap().1, text);
    }
}

/// Every answer is a flat object of strings, the one shape that every response validation of a contact flow
/// accepts: Amazon Connect refuses anything else where `ResponseType` is `STRING_MAP`, which flows of other
/// teams may use.
#[test]
fn answers_are_flat_objects_of_strings() {
    let cause = || Cause::scrubbed("a cause");
    let fault = || RowFault::Missing;
    let reasons = [
        Reason::PinInvalid,
        Reason::PinTooShort,
        Reason::CallerUnknown,
        Reason::Locked(Lock::Caller),
        Reason::Locked(Lock::AllMembers),
        Reason::NotAMember { disguised: false },
        Reason::NotAMember { disguised: true },
        Reason::PinNotFound,
        Reason::CampaignDisabled,
        Reason::CampaignNotStarted,
        Reason::CampaignExpired,
        Reason::CampaignExhausted,
        Reason::AlreadyRedeemed,
        Reason::CampaignInvalid(fault()),
        Reason::NumberNotAllowed,
        Reason::OptedOut,
        Reason::SmsLimit,
        Reason::SmsTooLong,
        Reason::SmsRefused(cause()),
        Reason::SmsThrottled(cause()),
        Reason::SmsNotReached(cause()),
        Reason::SmsFailed(cause()),
        Reason::Busy,
    ];
    let outcomes = reasons.into_iter().map(Outcome::NotSent).chain([
        Outcome::Member("1234".into()),
        Outcome::NotAMember { disguised: false },
        Outcome::NotAMember { disguised: true },
        Outcome::CallerUnknown,
        Outcome::Sent {
            message_id: Some("message-1".into()),
        },
        Outcome::SentBefore,
    ]);
    for outcome in outcomes {
        let answer = serde_json::to_value(Answer::from(outcome.clone())).unwrap();
        let members = answer.as_object().unwrap();
        assert!(!members.is_empty(), "{outcome:?}");
        for (name, value) in members {
            assert!(value.is_string(), "{outcome:?}: {name} is {value}");
        }
    }
}
