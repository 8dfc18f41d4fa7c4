//! Callers who guess PINs.

use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::outcome::UnknownCaller;
use connect_pin_sms::rules::ports::LookupError;
use futures_util::future::join_all;
use serde_json::json;

use crate::ledger::Trouble;
use crate::support::{
    CALLER, FakeTable, Members, PIN, answer, ask, campaign, event_of, failed, fixture, keyed,
    ledger, member, protected, success,
};

#[tokio::test]
async fn the_sixth_wrong_pin_of_an_hour_is_not_judged() {
    let line = protected();
    for wrong in 0..5 {
        let (answer, logged) = ask(&line, keyed("c", &format!("900{wrong}"))).await;
        assert_eq!(answer.unwrap(), failed("PIN_NOT_FOUND"));
        assert_eq!(logged["level"], "INFO");
    }
    assert_eq!(ledger(&line).sizes(), [5, 5, 0, 0, 0]);
    assert_eq!(ledger(&line).hours(), [4 * (300 - 5)]);
    // Now neither a right PIN nor another call makes a difference.
    for (contact, pin) in [("c", PIN), ("c", "9005"), ("d", PIN), ("d", "9000")] {
        let (answer, logged) = ask(&line, keyed(contact, pin)).await;
        assert_eq!(answer.unwrap(), failed("LOCKED"), "{contact} {pin}");
        assert_eq!(logged["outcome"], "LOCKED");
    }
    assert!(line.sms.received().is_empty());
    assert_eq!(ledger(&line).sizes(), [5, 5, 0, 0, 0]);
    let left = [4 * (300 - 5)];
    assert_eq!(
        ledger(&line).hours(),
        left,
        "a locked-out caller takes nothing of the budget"
    );
}

#[tokio::test]
async fn the_same_wrong_pin_of_one_contact_counts_once() {
    let line = protected();
    for _ in 0..20 {
        let (answer, _) = ask(&line, keyed("c", "9999")).await;
        assert_eq!(answer.unwrap(), failed("PIN_NOT_FOUND"));
    }
    assert_eq!(ledger(&line).sizes(), [1, 1, 0, 0, 0]);
    assert_eq!(ledger(&line).hours(), [4 * (300 - 1)]);
    let (_, logged) = ask(&line, keyed("c", "9999")).await;
    assert_eq!(logged["repeated"], true);
}

#[tokio::test]
async fn a_right_pin_does_not_reset_the_wrong_ones() {
    let line = protected();
    for wrong in ["9001", "9002", "9003", "9004"] {
        answer(&line, keyed("c", wrong)).await;
    }
    assert_eq!(answer(&line, keyed("c", PIN)).await, success());
    assert_eq!(ledger(&line).sizes(), [4, 4, 1, 1, 0]);
    assert_eq!(
        answer(&line, keyed("c", "9005")).await,
        failed("PIN_NOT_FOUND")
    );
    assert_eq!(answer(&line, keyed("d", "9006")).await, failed("LOCKED"));
    // A contact gets its earlier answer even while the caller is locked out.
    assert_eq!(answer(&line, keyed("c", PIN)).await, success());
    assert_eq!(line.sms.received().len(), 1);
}

#[tokio::test]
async fn parallel_calls_get_no_more_attempts() {
    let line = protected();
    let calls = (0..200).map(|call| {
        let event = keyed(&format!("c-{call}"), &format!("9{call:03}"));
        answer(&line, event)
    });
    let answers = join_all(calls).await;
    let judged = answers
        .iter()
        .filter(|answer| **answer == failed("PIN_NOT_FOUND"))
        .count();
    assert_eq!(judged, 5);
    assert_eq!(ledger(&line).admitted(), 5);
    for answer in answers {
        assert!(
            [failed("PIN_NOT_FOUND"), failed("LOCKED")].contains(&answer),
            "{answer}"
        );
    }
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn wrong_pins_of_all_members_are_limited_per_hour() {
    let mut line = protected();
    line.protection
        .as_mut()
        .unwrap()
        .limits
        .all_members_per_hour = 2;
    for wrong in ["9001", "9002"] {
        assert_eq!(
            answer(&line, keyed("c", wrong)).await,
            failed("PIN_NOT_FOUND")
        );
    }
    let (answer, logged) = ask(&line, keyed("c", PIN)).await;
    assert_eq!(answer.unwrap(), failed("LOCKED"));
    assert_eq!(logged["level"], "WARN");
    // The attempt was not judged, so it does not count.
    assert_eq!(ledger(&line).sizes(), [2, 2, 0, 0, 0]);
    assert_eq!(ledger(&line).hours(), [0]);
    assert!(line.sms.received().is_empty());
}

/// 200 members enter a wrong PIN at the same instant where the hour's limit is 2: 2 attempts are judged.
#[tokio::test]
async fn parallel_callers_get_no_more_wrong_pins_than_the_hour_has() {
    let mut line = protected();
    line.protection
        .as_mut()
        .unwrap()
        .limits
        .all_members_per_hour = 2;
    let caller = |call| format!("+8190{call:08}");
    for call in 0..200 {
        line.members
            .0
            .put(&caller(call), Ok(member(&call.to_string())));
    }
    let calls = (0..200).map(|call| {
        let parameters = json!({ "cmd": "sendSms", "pinCode": "9999" });
        answer(&line, event_of(&caller(call), "c", parameters))
    });
    let answers = join_all(calls).await;
    let judged = answers
        .iter()
        .filter(|answer| **answer == failed("PIN_NOT_FOUND"));
    assert_eq!(judged.count(), 2);
    let locked = answers.iter().filter(|answer| **answer == failed("LOCKED"));
    assert_eq!(locked.count(), 198);
    assert_eq!(ledger(&line).hours(), [0]);
}

#[tokio::test]
async fn right_pins_make_up_for_typing_errors() {
    let mut line = protected();
    line.protection
        .as_mut()
        .unwrap()
        .limits
        .all_members_per_hour = 2;
    line.protection.as_mut().unwrap().limits.sms_per_day = 100;
    assert_eq!(
        answer(&line, keyed("c", "9001")).await,
        failed("PIN_NOT_FOUND")
    );
    assert_eq!(ledger(&line).hours(), [4]);
    // Each right PIN gives back its own 1 and a quarter more.
    for call in 0..4 {
        assert_eq!(
            answer(&line, keyed(&format!("r-{call}"), PIN)).await,
            success()
        );
    }
    assert_eq!(ledger(&line).hours(), [8]);
    // An attempt that was not judged costs nothing.
    line.campaigns
        .rows
        .put(PIN, Err(LookupError::Unreadable(Cause::scrubbed("down"))));
    ask(&line, keyed("f", PIN)).await.0.unwrap_err();
    assert_eq!(ledger(&line).hours(), [8]);
    // The budget never rises above four times its initial value.
    line.campaigns.rows.put(PIN, Ok(campaign()));
    for call in 0..40 {
        answer(&line, keyed(&format!("s-{call}"), PIN)).await;
    }
    assert_eq!(ledger(&line).hours(), [4 * 2 * 4]);
}

/// The caller's own limits still hold, the call goes on, and a metric reports it.
#[tokio::test]
async fn a_call_goes_on_when_the_hours_count_is_throttled() {
    let line = protected();
    ledger(&line).inject(Trouble::HourThrottled);
    let (result, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(result.unwrap(), success());
    assert_eq!(logged["level"], "WARN");
    assert_eq!(
        logged["notes"],
        "the hour's wrong PINs of all members do not count this attempt: attempts: \
         InternalServerError: for +[digits]"
    );
    assert!(ledger(&line).hours().is_empty());
    for wrong in 0..6 {
        ledger(&line).inject(Trouble::HourThrottled);
        let answer = answer(&line, keyed("c", &format!("900{wrong}"))).await;
        let expected = if wrong < 5 { "PIN_NOT_FOUND" } else { "LOCKED" };
        assert_eq!(answer, failed(expected));
    }
}

/// Callers who are not members cannot lock members out, and with `uniform` hear the same as members.
#[tokio::test]
async fn callers_who_are_not_members_take_nothing_of_the_budget_and_find_out_nothing() {
    for (left, reason) in [(2, "PIN_NOT_FOUND"), (0, "LOCKED")] {
        let mut line = protected();
        line.protection
            .as_mut()
            .unwrap()
            .limits
            .all_members_per_hour = 2;
        line.policy.unknown_caller = UnknownCaller::Uniform;
        for spent in left..2 {
            answer(&line, keyed("m", &format!("900{spent}"))).await;
        }
        let hours = ledger(&line).hours();
        let parameters = json!({ "cmd": "sendSms", "pinCode": PIN });
        let stranger = event_of("+819099999999", "s", parameters.clone());
        assert_eq!(answer(&line, stranger).await, failed(reason));
        let mut wrong = parameters;
        wrong["pinCode"] = json!("9009");
        assert_eq!(
            answer(&line, event_of(CALLER, "n", wrong)).await,
            failed(reason)
        );
        assert_eq!(ledger(&line).hours().len(), 1);
        if left == 0 {
            assert_eq!(ledger(&line).hours(), hours);
        }
    }
}

#[tokio::test]
async fn every_pin_of_a_caller_who_is_not_a_member_counts() {
    for unknown_caller in [UnknownCaller::Announce, UnknownCaller::Uniform] {
        let mut line = protected();
        line.members = Members(FakeTable::empty());
        line.policy.unknown_caller = unknown_caller;
        let expected = match unknown_caller {
            UnknownCaller::Announce => failed("NOT_A_MEMBER"),
            UnknownCaller::Uniform => failed("PIN_NOT_FOUND"),
        };
        for contact in ["a", "b"] {
            assert_eq!(answer(&line, keyed(contact, PIN)).await, expected);
            assert_eq!(answer(&line, keyed(contact, "9999")).await, expected);
            // A repetition gets the same answer.
            assert_eq!(answer(&line, keyed(contact, PIN)).await, expected);
        }
        assert_eq!(ledger(&line).sizes(), [4, 4, 0, 0, 0]);
        assert!(ledger(&line).hours().is_empty());
        assert!(line.sms.received().is_empty());
    }
}

#[tokio::test]
async fn no_attempt_is_judged_without_the_ledger() {
    for trouble in [Trouble::Open, Trouble::OpenUnheard, Trouble::Hour] {
        let line = protected();
        ledger(&line).inject(trouble);
        let (answer, logged) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap_err().error_type(), "AttemptsTableUnusable");
        assert_eq!(
            logged["cause"],
            "the attempts table could not be used. Cause: attempts: InternalServerError: for \
             +[digits]"
        );
        assert!(line.sms.received().is_empty());
        // Nothing of the attempt is left, so a retry of Amazon Connect is a new attempt.
        assert_eq!(ledger(&line).sizes(), [0; 5], "{trouble:?}");
        let (answer, _) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), success());
        assert_eq!(line.sms.received().len(), 1);
    }
}
