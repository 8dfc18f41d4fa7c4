//! The limits on messages: one per contact and campaign, and a few per day.

use std::time::Duration;

use connect_pin_sms::rules::attempts::Verdict;
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::Pin;
use connect_pin_sms::rules::ports::{Handover, LookupError};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::ledger::Trouble;
use crate::support::{
    CALLER, PIN, answer, ask, campaign, failed, fixture, keyed, ledger, now, protected, success,
};

fn cause() -> Cause {
    Cause::scrubbed("down")
}

#[tokio::test]
async fn a_retry_is_answered_and_sends_nothing() {
    let line = protected();
    for call in 0..3 {
        let (answer, logged) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), success());
        let outcome = if call == 0 { "SENT" } else { "SENT_BEFORE" };
        assert_eq!(logged["outcome"], outcome);
    }
    assert_eq!(line.sms.received().len(), 1);
    assert_eq!(ledger(&line).sizes(), [0, 0, 1, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn retries_at_the_same_time_send_one_message() {
    let line = protected();
    let answers = join_all((0..50).map(|_| answer(&line, fixture("send_sms")))).await;
    assert!(answers.iter().all(|answer| *answer == success()));
    assert_eq!(line.sms.received().len(), 1);
}

#[tokio::test]
async fn a_day_has_two_messages() {
    let line = protected();
    for contact in ["a", "b"] {
        assert_eq!(answer(&line, keyed(contact, PIN)).await, success());
    }
    let (third, logged) = ask(&line, keyed("c", PIN)).await;
    assert_eq!(third.unwrap(), failed("SMS_LIMIT"));
    assert_eq!(logged["level"], "INFO");
    // With a wrong PIN a caller who has had them hears the same as any other caller; otherwise the limit
    // would reveal who is a member.
    assert_eq!(
        answer(&line, keyed("c", "9999")).await,
        failed("PIN_NOT_FOUND")
    );
    assert_eq!(ledger(&line).sizes(), [1, 1, 2, 2, 0]);
    assert_eq!(answer(&line, keyed("a", PIN)).await, success());
    assert_eq!(line.sms.received().len(), 2);
}

#[tokio::test]
async fn a_message_that_was_not_accepted_may_be_requested_again() {
    for result in [
        Handover::Refused(cause()),
        Handover::Throttled(cause()),
        Handover::NotReached(cause()),
    ] {
        let mut line = protected();
        let accepted = std::mem::replace(&mut line.sms.result, result);
        let (answer, _) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap()["result"], "Failed");
        assert_eq!(ledger(&line).sizes(), [0; 5]);
        line.sms.result = accepted;
        let (answer, _) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), success());
        assert_eq!(line.sms.received().len(), 2);
    }
}

#[tokio::test]
async fn a_message_that_may_have_been_sent_is_not_sent_again() {
    let mut line = protected();
    let accepted = std::mem::replace(&mut line.sms.result, Handover::Unclear(cause()));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("SMS_FAILED"));
    assert_eq!(ledger(&line).sizes(), [0, 0, 1, 0, 0]);
    line.sms.result = accepted;
    // The repetition gets the first request's answer, that the message failed: there may be none.
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("SMS_FAILED"));
    assert_eq!(logged["outcome"], "SMS_FAILED");
    assert_eq!(logged["level"], "ERROR");
    assert_eq!(logged["repeated"], true);
    assert_eq!(
        logged["cause"],
        "an earlier request of this attempt may have sent the message"
    );
    assert_eq!(line.sms.received().len(), 1);
}

/// A repetition waits for the end of the request that holds the attempt, until 1.5 seconds before its own
/// deadline.
#[tokio::test(start_paused = true)]
async fn a_repetition_waits_for_the_request_that_is_under_way() {
    let ends = [
        (Some(Verdict::Sent), success(), 0),
        (Some(Verdict::Unclear), failed("SMS_FAILED"), 0),
        (Some(Verdict::Wrong), failed("PIN_NOT_FOUND"), 0),
        // The attempt counts as not made, so the repetition sends.
        (Some(Verdict::Released), success(), 1),
        (None, failed("SMS_FAILED"), 0),
    ];
    for (verdict, expected, messages) in ends {
        let line = protected();
        let protection = line.protection.as_ref().unwrap();
        let caller = PhoneNumber::parse(CALLER).unwrap();
        let other = protection.tags.attempt(
            &caller,
            "c",
            &Pin::parse(PIN).unwrap(),
            &Invocation::starting("other", Duration::from_secs(now()), Duration::from_secs(7)),
        );
        ledger(&line).enter(&other, &protection.limits);
        let start = Instant::now();
        let ending = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            if let Some(verdict) = verdict {
                ledger(&line).end(&other, verdict);
            }
        };
        let (answer, ()) = tokio::join!(answer(&line, keyed("c", PIN)), ending);
        assert_eq!(answer, expected, "{verdict:?}");
        assert_eq!(line.sms.received().len(), messages, "{verdict:?}");
        let waited = start.elapsed().as_millis();
        let within = match verdict {
            Some(_) => 2_000..=2_500,
            None => 5_400..=6_000,
        };
        assert!(within.contains(&waited), "{verdict:?}: {waited} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_closing_write_changes_no_answer_and_sends_nothing_twice() {
    let line = protected();
    ledger(&line).inject(Trouble::Close);
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());
    assert_eq!(logged["outcome"], "SENT");
    assert_eq!(logged["level"], "WARN");
    assert_eq!(
        logged["notes"],
        "the attempt stays open: attempts: InternalServerError: for +[digits]"
    );
    // The record does not show that the message was sent, so the repetition does not report it.
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("SMS_FAILED"));
    assert_eq!(
        logged["cause"],
        "an earlier request of this attempt has not ended, and may send the message"
    );
    assert_eq!(line.sms.received().len(), 1);
}

/// The claim of a wrong PIN that was never closed does not count as a message.
#[tokio::test(start_paused = true)]
async fn a_wrong_pin_stays_wrong_when_its_attempt_was_not_closed() {
    let line = protected();
    ledger(&line).inject(Trouble::Close);
    for _ in 0..2 {
        let (answer, _) = ask(&line, keyed("c", "9999")).await;
        assert_eq!(answer.unwrap(), failed("PIN_NOT_FOUND"));
    }
    assert_eq!(ledger(&line).sizes(), [1, 1, 1, 0, 1]);
}

#[tokio::test]
async fn the_sdk_may_write_the_entry_twice() {
    let line = protected();
    ledger(&line).inject(Trouble::OpenTwice);
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(
        (answer.unwrap(), &logged["outcome"]),
        (success(), &"SENT".into())
    );
    assert_eq!(line.sms.received().len(), 1);
}

/// An outage before the message leaves nothing behind, so a retry is a new attempt.
#[tokio::test]
async fn an_outage_before_the_message_releases_the_attempt() {
    let mut line = protected();
    let down = || LookupError::Unreadable(cause());
    line.campaigns.rows.put(PIN, Err(down()));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap_err().error_type(), "BenefitsTableUnreadable");
    assert_eq!(ledger(&line).sizes(), [0; 5]);
    line.campaigns.rows.put(PIN, Ok(campaign()));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());

    // After the message, an outage is not a failure: a repetition is answered.
    line.campaigns.rows.put(PIN, Err(down()));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());
    assert_eq!(line.sms.received().len(), 1);
}
