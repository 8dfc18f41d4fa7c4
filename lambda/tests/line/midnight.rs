//! Attempts that are repeated when the day has changed.

use std::time::Duration;

use connect_pin_sms::event::Event;
use connect_pin_sms::rules::failure::Failure;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::outcome::{Outcome, Reason};

use crate::ledger::{Ledger, Trouble};
use crate::support::{PIN, TestLine, keyed, ledger, protected};

/// 2026-11-24T00:00:00Z.
const MIDNIGHT: u64 = 1_795_478_400;

fn line_with_days() -> TestLine {
    let mut line = protected();
    line.protection.as_mut().unwrap().ledger = Ledger::with_days();
    line
}

async fn ask_at(line: &TestLine, at: u64, event: Event) -> Result<Outcome, Failure> {
    let invocation = Invocation::starting("r", Duration::from_secs(at), Duration::from_secs(7));
    line.answer(&event.request().unwrap(), &invocation).await
}

fn is_sent(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Sent { .. })
}

#[tokio::test]
async fn a_message_of_yesterday_is_not_sent_again() {
    for later in [0, 1, 599] {
        let line = line_with_days();
        let ask = |at| ask_at(&line, at, keyed("c", PIN));
        assert!(is_sent(&ask(MIDNIGHT - 1).await.unwrap()));
        for _ in 0..2 {
            let again = ask(MIDNIGHT + later).await;
            assert_eq!(again.unwrap(), Outcome::SentBefore, "{later} s later");
        }
        assert_eq!(line.sms.received().len(), 1);
        // The new day has no entry.
        assert_eq!(
            ledger(&line).sizes_by_day(),
            [[0, 0, 1, 1, 0], [0; 5]],
            "{later} s later"
        );
        // Another contact is another attempt.
        let other = ask_at(&line, MIDNIGHT + later, keyed("d", PIN)).await;
        assert!(is_sent(&other.unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_may_have_been_sent_yesterday_is_not_sent_again() {
    let line = line_with_days();
    let ask = |at| ask_at(&line, at, keyed("c", PIN));
    ledger(&line).inject(Trouble::Close);
    assert!(is_sent(&ask(MIDNIGHT - 1).await.unwrap()));
    let again = ask(MIDNIGHT + 1).await.unwrap();
    assert!(
        matches!(again, Outcome::NotSent(Reason::SmsFailed(_))),
        "{again:?}"
    );
    assert_eq!(line.sms.received().len(), 1);
    assert_eq!(ledger(&line).sizes_by_day(), [[1, 1, 1, 0, 1], [0; 5]]);
}

#[tokio::test]
async fn a_wrong_pin_of_yesterday_counts_once() {
    let line = line_with_days();
    for at in [MIDNIGHT - 1, MIDNIGHT + 1, MIDNIGHT + 2] {
        let answer = ask_at(&line, at, keyed("c", "9999")).await;
        assert_eq!(
            answer.unwrap(),
            Outcome::NotSent(Reason::PinNotFound),
            "{at}"
        );
    }
    assert_eq!(ledger(&line).sizes_by_day(), [[1, 1, 0, 0, 0], [0; 5]]);
    assert_eq!(ledger(&line).hours(), [4 * (300 - 1)]);
}

#[tokio::test]
async fn no_attempt_is_judged_without_yesterdays_record() {
    let line = line_with_days();
    let ask = |at| ask_at(&line, at, keyed("c", PIN));
    ledger(&line).inject(Trouble::Recorded);
    let failure = ask(MIDNIGHT + 1).await.unwrap_err();
    assert_eq!(failure.error_type(), "AttemptsTableUnusable");
    assert!(line.sms.received().is_empty());
    assert_eq!(ledger(&line).sizes_by_day(), [[0; 5]]);
    assert!(is_sent(&ask(MIDNIGHT + 1).await.unwrap()));

    // After ten minutes no attempt reads yesterday's record.
    ledger(&line).inject(Trouble::Recorded);
    let later = ask_at(&line, MIDNIGHT + 600, keyed("d", PIN)).await;
    assert!(is_sent(&later.unwrap()));
}
