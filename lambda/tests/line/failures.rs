//! The failures that an operator must see.

use connect_pin_sms::event::Event;
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::outcome::UnknownCaller;
use connect_pin_sms::rules::ports::LookupError;
use connect_pin_sms::rules::row_fault::RowFault;
use lambda_runtime::Diagnostic;
use serde_json::json;

use crate::support::{
    CALLER, FakeTable, Members, PIN, TestLine, ask, event, event_of, failed, fixture, keyed,
    ledger, line, protected,
};

/// Checks a failure: the error that Lambda reports, and its explanation in the log.
async fn fails(line: &TestLine, event: Event, error_type: &str, message: &str, cause: &str) {
    let (answer, logged) = ask(line, event).await;
    let diagnostic = Diagnostic::from(answer.unwrap_err());
    assert_eq!(diagnostic.error_type, error_type);
    assert_eq!(diagnostic.error_message, message);
    assert_eq!(logged["outcome"], error_type);
    assert_eq!(logged["cause"], cause);
    assert_eq!(logged["level"], "ERROR");
}

#[tokio::test]
async fn fails_on_any_other_command() {
    let others = ["other_command", "parameters_null", "no_parameters"].map(fixture);
    let odd = [
        json!({}),
        json!({ "cmd": null }),
        json!({ "cmd": "" }),
        json!({ "cmd": 42 }),
    ];
    for event in others.into_iter().chain(odd.map(event)) {
        let message = "command not found.";
        fails(&line(), event, "CommandNotFound", message, message).await;
    }
}

#[tokio::test]
async fn fails_on_events_that_no_flow_sends() {
    for (text, message) in [
        (
            "{}",
            "the event must be a contact flow's: `Details` must be an object.",
        ),
        (
            "[]",
            "the event must be a contact flow's: `Details` must be an object.",
        ),
        (
            "null",
            "the event must be a contact flow's: `Details` must be an object.",
        ),
        (
            r#"{"Details":null}"#,
            "the event must be a contact flow's: `Details` must be an object.",
        ),
        (
            r#"{"Details":{"Parameters":["0042"]}}"#,
            "the event must be a contact flow's: `Details.Parameters` must be an object.",
        ),
        (
            r#"{"Details":{"Parameters":{"cmd":"sendSms","pinCode":10042}}}"#,
            "the event must be a contact flow's: `Details.Parameters.pinCode` must be a text.",
        ),
    ] {
        let event = serde_json::from_str(text).unwrap();
        fails(&line(), event, "MalformedEvent", message, message).await;
    }
}

#[tokio::test]
async fn fails_when_a_table_cannot_be_read() {
    let denied = LookupError::Unreadable(Cause::scrubbed("AccessDenied: not for 819011112222"));
    let mut line = line();
    line.campaigns.rows.put(PIN, Err(denied.clone()));
    let message = "the benefits table could not be read.";
    let cause = "the benefits table could not be read. Cause: AccessDenied: not for [digits]";
    fails(
        &line,
        fixture("send_sms"),
        "BenefitsTableUnreadable",
        message,
        cause,
    )
    .await;
    line.members.0.put(CALLER, Err(denied));
    let message = "the member table could not be read.";
    let cause = "the member table could not be read. Cause: AccessDenied: not for [digits]";
    fails(
        &line,
        fixture("get_member_id"),
        "MemberTableUnreadable",
        message,
        cause,
    )
    .await;
    fails(
        &line,
        fixture("send_sms"),
        "MemberTableUnreadable",
        message,
        cause,
    )
    .await;
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn fails_on_a_member_without_a_usable_id() {
    let mut line = line();
    line.members.0.put(
        CALLER,
        Err(LookupError::Faulty(RowFault::WrongType("BOOL"))),
    );
    let message = "a row of the member table has no usable id.";
    let cause =
        "a row of the member table has no usable id. Cause: the attribute must not be of type BOOL";
    fails(
        &line,
        fixture("get_member_id"),
        "MemberRowInvalid",
        message,
        cause,
    )
    .await;
}

/// While a table or KMS fails, members hear `trouble`; a caller who did not hear it would find out that they
/// are not a member.
#[tokio::test]
async fn with_uniform_callers_who_are_not_members_hear_of_the_same_failures() {
    let cause = Cause::scrubbed("AccessDenied");
    for (pin_key, error_type) in [
        (None, "BenefitsTableUnreadable"),
        (Some(cause.clone()), "PinKeyUnavailable"),
    ] {
        for unknown_caller in [UnknownCaller::Announce, UnknownCaller::Uniform] {
            let mut line = protected();
            line.policy.unknown_caller = unknown_caller;
            line.pin_keys.trouble = pin_key.clone();
            let unreadable = LookupError::Unreadable(cause.clone());
            line.campaigns.rows.put(PIN, Err(unreadable));
            let (of_member, _) = ask(&line, keyed("c", PIN)).await;
            line.members = Members(FakeTable::empty());
            let (of_stranger, _) = ask(&line, keyed("d", PIN)).await;

            assert_eq!(of_member.unwrap_err().error_type(), error_type);
            match unknown_caller {
                UnknownCaller::Announce => assert_eq!(of_stranger.unwrap(), failed("NOT_A_MEMBER")),
                UnknownCaller::Uniform => {
                    assert_eq!(of_stranger.unwrap_err().error_type(), error_type);
                    assert_eq!(ledger(&line).sizes(), [0; 5], "no PIN was judged");
                }
            }
            assert!(line.sms.received().is_empty());
        }
    }
}

#[tokio::test]
async fn fails_when_no_key_can_be_computed() {
    let mut line = line();
    line.pin_keys.trouble = Some(Cause::scrubbed("KMSInternalException: for 0042"));
    let message = "the key of a PIN could not be computed.";
    let cause = format!("{message} Cause: KMSInternalException: for [digits]");
    fails(
        &line,
        fixture("send_sms"),
        "PinKeyUnavailable",
        message,
        &cause,
    )
    .await;
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn fails_without_the_id_of_the_contact() {
    let event = event_of(CALLER, "", json!({ "cmd": "sendSms", "pinCode": PIN }));
    let message = "the event must be a contact flow's: `Details.ContactData.ContactId` must be 1 to 256 \
        visible ASCII characters.";
    fails(&protected(), event, "MalformedEvent", message, message).await;
}
