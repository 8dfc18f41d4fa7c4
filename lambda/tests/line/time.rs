//! Invocations with little time.

use std::time::Duration;

use connect_pin_sms::rules::campaign::{Campaign, Rules};

use crate::support::{
    PIN, ask_within, campaign, failed, fixture, ledger, line, protected, success,
};

const TOO_LITTLE: Duration = Duration::from_millis(1400);

#[tokio::test]
async fn begins_nothing_with_too_little_time() {
    for line in [line(), protected()] {
        let (answer, logged) = ask_within(&line, fixture("send_sms"), TOO_LITTLE).await;
        assert_eq!(answer.unwrap(), failed("BUSY"));
        assert_eq!(logged["outcome"], "BUSY");
        assert_eq!(logged["level"], "WARN");
        let (answer, _) = ask_within(&line, fixture("get_member_id"), TOO_LITTLE).await;
        assert_eq!(answer.unwrap_err().error_type(), "OutOfTime");
        assert_eq!(line.members.0.reads() + line.campaigns.rows.reads(), 0);
        assert!(line.sms.received().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn sends_nothing_when_the_tables_took_too_long() {
    for rules in [
        Rules::default(),
        Rules {
            max_redemptions: Some(5),
            ..Rules::default()
        },
    ] {
        let mut line = protected();
        line.campaigns.rows.put(
            PIN,
            Ok(Campaign {
                rules,
                ..campaign()
            }),
        );
        line.members.0.latency = Duration::from_secs(2);
        let event = fixture("send_sms");
        let (answer, _) = ask_within(&line, event, Duration::from_secs(3)).await;
        assert_eq!(answer.unwrap(), failed("BUSY"));
        assert!(line.sms.received().is_empty());
        assert_eq!(ledger(&line).sizes(), [0; 5]);
        assert_eq!(ledger(&line).redeemed(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn answers_before_the_deadline_whatever_hangs() {
    let mut line = protected();
    line.sms.latency = Duration::from_secs(60);
    let start = tokio::time::Instant::now();
    let left = Duration::from_secs(3);
    let (answer, logged) = ask_within(&line, fixture("send_sms"), left).await;
    assert_eq!(answer.unwrap(), failed("SMS_FAILED"));
    assert_eq!(logged["cause"], "there was no answer in time");
    assert!(start.elapsed() < left);
    // A retry finds the claim, and the outcome is still unknown.
    line.sms.latency = Duration::ZERO;
    let (answer, _) = ask_within(&line, fixture("send_sms"), left).await;
    assert_eq!(answer.unwrap(), failed("SMS_FAILED"));
    assert_eq!(line.sms.received().len(), 1);
    assert_eq!(
        ledger(&line).sizes(),
        [0, 0, 1, 0, 0],
        "there was time to close the attempt"
    );

    // A slow service may use all the time but the half second that is reserved for recording the result.
    for (milliseconds, expected) in [(6_300, success()), (6_500, failed("SMS_FAILED"))] {
        let mut line = protected();
        line.sms.latency = Duration::from_millis(milliseconds);
        let (answer, _) = ask_within(&line, fixture("send_sms"), Duration::from_secs(7)).await;
        assert_eq!(answer.unwrap(), expected, "{milliseconds} ms");
        assert_eq!(ledger(&line).sizes()[4], 0, "the attempt is closed");
    }

    let mut line = protected();
    line.members.0.latency = Duration::from_secs(60);
    let (answer, _) = ask_within(&line, fixture("get_member_id"), left).await;
    assert_eq!(answer.unwrap_err().error_type(), "MemberTableUnreadable");
}
