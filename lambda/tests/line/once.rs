//! One message per contact and campaign, and a few per day.

use connect_pin_sms::cause::Cause;
use connect_pin_sms::ports::{Handover, LookupError};

use crate::ledger::Trouble;
use crate::support::{
    PIN, answer, ask, campaign, failed, fixture, join_all, keyed, ledger, protected, success,
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

#[tokio::test]
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
    assert_eq!(answer(&line, keyed("c", "9999")).await, failed("SMS_LIMIT"));
    assert_eq!(answer(&line, keyed("a", PIN)).await, success());
    assert_eq!(line.sms.received().len(), 2);
}

#[tokio::test]
async fn a_message_that_was_not_taken_may_be_asked_for_again() {
    for says in [Handover::Refused(cause()), Handover::Throttled(cause())] {
        let mut line = protected();
        let accepted = std::mem::replace(&mut line.sms.says, says);
        let (answer, _) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap()["result"], "Failed");
        assert_eq!(ledger(&line).sizes(), [0; 5]);
        line.sms.says = accepted;
        let (answer, _) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), success());
        assert_eq!(line.sms.received().len(), 2);
    }
}

#[tokio::test]
async fn a_message_that_may_have_gone_is_not_sent_again() {
    let mut line = protected();
    let accepted = std::mem::replace(&mut line.sms.says, Handover::Unclear(cause()));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("SMS_FAILED"));
    assert_eq!(ledger(&line).sizes(), [0, 0, 1, 0, 0]);
    line.sms.says = accepted;
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());
    assert_eq!(logged["outcome"], "SENT_BEFORE");
    assert_eq!(line.sms.received().len(), 1);
}

#[tokio::test]
async fn a_closing_write_that_fails_changes_no_answer_and_sends_nothing_twice() {
    let line = protected();
    ledger(&line).will(Trouble::Close);
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());
    assert_eq!(logged["outcome"], "SENT");
    assert_eq!(logged["level"], "WARN");
    assert_eq!(
        logged["notes"],
        "the attempt stays open: attempts: InternalServerError: for +[digits]"
    );
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());
    assert_eq!(line.sms.received().len(), 1);
}

/// The claim of a wrong PIN that was never closed is no message.
#[tokio::test]
async fn a_wrong_pin_stays_wrong_when_its_end_was_not_written() {
    let line = protected();
    ledger(&line).will(Trouble::Close);
    for _ in 0..2 {
        let (answer, _) = ask(&line, keyed("c", "9999")).await;
        assert_eq!(answer.unwrap(), failed("PIN_NOT_FOUND"));
    }
    assert_eq!(ledger(&line).sizes(), [1, 1, 1, 0, 1]);
}

#[tokio::test]
async fn the_sdk_may_write_the_entry_twice() {
    let line = protected();
    ledger(&line).will(Trouble::OpenTwice);
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(
        (answer.unwrap(), &logged["outcome"]),
        (success(), &"SENT".into())
    );
    assert_eq!(line.sms.received().len(), 1);
}

/// An outage before the message leaves nothing behind, so the next try is a first one.
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

    // After it, an outage is no failure: whoever asks once more is answered.
    line.campaigns.rows.put(PIN, Err(down()));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), success());
    assert_eq!(line.sms.received().len(), 1);
}
