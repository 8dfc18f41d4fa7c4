//! Callers who try PINs.

use connect_pin_sms::outcome::UnknownCaller;

use crate::ledger::Trouble;
use crate::support::{
    Members, PIN, Shelf, answer, ask, failed, fixture, join_all, keyed, ledger, protected, success,
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
    assert_eq!(ledger(&line).wrong(), 5);
    // Right and wrong make no difference now, nor does another call.
    for (contact, pin) in [("c", PIN), ("c", "9005"), ("d", PIN), ("d", "9000")] {
        let (answer, logged) = ask(&line, keyed(contact, pin)).await;
        assert_eq!(answer.unwrap(), failed("LOCKED"), "{contact} {pin}");
        assert_eq!(logged["outcome"], "LOCKED");
    }
    assert!(line.sms.received().is_empty());
    assert_eq!(ledger(&line).sizes(), [5, 5, 0, 0, 0]);
    assert_eq!(ledger(&line).wrong(), 5, "who is locked out counts no more");
}

#[tokio::test]
async fn the_same_wrong_pin_of_one_contact_counts_once() {
    let line = protected();
    for _ in 0..20 {
        let (answer, _) = ask(&line, keyed("c", "9999")).await;
        assert_eq!(answer.unwrap(), failed("PIN_NOT_FOUND"));
    }
    assert_eq!(ledger(&line).sizes(), [1, 1, 0, 0, 0]);
    assert_eq!(ledger(&line).wrong(), 1);
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
    assert!((1..=5).contains(&judged), "{judged}");
    assert!(ledger(&line).admitted() <= 5);
    for answer in answers {
        assert!(
            [
                failed("PIN_NOT_FOUND"),
                failed("LOCKED"),
                failed("SMS_LIMIT")
            ]
            .contains(&answer),
            "{answer}"
        );
    }
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn an_hour_has_so_many_wrong_pins_and_no_more() {
    let mut line = protected();
    line.protection.as_mut().unwrap().limits.everybody_per_hour = 2;
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
    assert_eq!(ledger(&line).wrong(), 2);
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn strangers_are_counted_whatever_they_key_in() {
    for unknown_caller in [UnknownCaller::Announce, UnknownCaller::Uniform] {
        let mut line = protected();
        line.members = Members(Shelf::empty());
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
        assert_eq!(ledger(&line).wrong(), 4);
        assert!(line.sms.received().is_empty());
    }
}

#[tokio::test]
async fn nobody_is_judged_without_the_ledger() {
    for trouble in [Trouble::Open, Trouble::OpenUnheard, Trouble::WrongPins] {
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
