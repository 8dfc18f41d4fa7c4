//! Callers who try PINs.

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
    // Right and wrong make no difference now, nor does another call.
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
        "who is locked out counts no more"
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
async fn success_takes_back_nothing_but_itself() {
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
    // What the contact was told once, it may be told again.
    assert_eq!(answer(&line, keyed("c", PIN)).await, success());
    assert_eq!(line.sms.received().len(), 1);
}

#[tokio::test]
async fn parallel_calls_get_no_more_tries() {
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
async fn an_hour_has_so_many_wrong_pins_and_no_more() {
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
    // It was not judged, so it does not count.
    assert_eq!(ledger(&line).sizes(), [2, 2, 0, 0, 0]);
    assert_eq!(ledger(&line).hours(), [0]);
    assert!(line.sms.received().is_empty());
}

/// 200 members try at the same instant where the hour has 2 wrong PINs: 2 are judged (issue 14).
#[tokio::test]
async fn callers_side_by_side_get_no_more_wrong_pins_than_the_hour_has() {
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
async fn right_pins_pay_for_typing_errors() {
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
    // Each gives back its own 1 and a quarter of another's.
    for call in 0..4 {
        assert_eq!(
            answer(&line, keyed(&format!("r-{call}"), PIN)).await,
            success()
        );
    }
    assert_eq!(ledger(&line).hours(), [8]);
    // What was not judged costs nothing.
    line.campaigns
        .rows
        .put(PIN, Err(LookupError::Unreadable(Cause::scrubbed("down"))));
    ask(&line, keyed("f", PIN)).await.0.unwrap_err();
    assert_eq!(ledger(&line).hours(), [8]);
    // It never rises above four times its beginning.
    line.campaigns.rows.put(PIN, Ok(campaign()));
    for call in 0..40 {
        answer(&line, keyed(&format!("s-{call}"), PIN)).await;
    }
    assert_eq!(ledger(&line).hours(), [4 * 2 * 4]);
}

/// The caller's own limits still hold, the call goes on, and the metric tells an operator.
#[tokio::test]
async fn a_throttled_hour_lets_the_call_go_on() {
    let line = protected();
    ledger(&line).will(Trouble::HourThrottled);
    let (said, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(said.unwrap(), success());
    assert_eq!(logged["level"], "WARN");
    assert_eq!(
        logged["notes"],
        "the hour's wrong PINs of all members went without this try: attempts: InternalServerError: \
         for +[digits]"
    );
    assert!(ledger(&line).hours().is_empty());
    for wrong in 0..6 {
        ledger(&line).will(Trouble::HourThrottled);
        let said = answer(&line, keyed("c", &format!("900{wrong}"))).await;
        let expected = if wrong < 5 { "PIN_NOT_FOUND" } else { "LOCKED" };
        assert_eq!(said, failed(expected));
    }
}

/// Strangers cannot close the line for members, and hear the same as they do where they must not learn
/// that they are strangers.
#[tokio::test]
async fn strangers_spend_nothing_and_learn_nothing() {
    for (left, said) in [(2, "PIN_NOT_FOUND"), (0, "LOCKED")] {
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
        assert_eq!(answer(&line, stranger).await, failed(said));
        let mut wrong = parameters;
        wrong["pinCode"] = json!("9009");
        assert_eq!(
            answer(&line, event_of(CALLER, "n", wrong)).await,
            failed(said)
        );
        assert_eq!(ledger(&line).hours().len(), 1);
        if left == 0 {
            assert_eq!(ledger(&line).hours(), hours);
        }
    }
}

#[tokio::test]
async fn strangers_are_counted_whatever_they_key_in() {
    for unknown_caller in [UnknownCaller::Announce, UnknownCaller::Uniform] {
        let mut line = protected();
        line.members = Members(FakeTable::empty());
        line.policy.unknown_caller = unknown_caller;
        let said = match unknown_caller {
            UnknownCaller::Announce => failed("NOT_A_MEMBER"),
            UnknownCaller::Uniform => failed("PIN_NOT_FOUND"),
        };
        for contact in ["a", "b"] {
            assert_eq!(answer(&line, keyed(contact, PIN)).await, said);
            assert_eq!(answer(&line, keyed(contact, "9999")).await, said);
            // And the same again when asked again.
            assert_eq!(answer(&line, keyed(contact, PIN)).await, said);
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
        ledger(&line).will(trouble);
        let (answer, logged) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap_err().error_type(), "AttemptsTableUnusable");
        assert_eq!(
            logged["cause"],
            "the attempts table could not be used. Cause: attempts: InternalServerError: for \
             +[digits]"
        );
        assert!(line.sms.received().is_empty());
        // Nothing is left of it, so Amazon Connect's next try is a first one.
        assert_eq!(ledger(&line).sizes(), [0; 5], "{trouble:?}");
        let (answer, _) = ask(&line, fixture("send_sms")).await;
        assert_eq!(answer.unwrap(), success());
        assert_eq!(line.sms.received().len(), 1);
    }
}
