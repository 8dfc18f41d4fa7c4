//! Campaigns with rules, and messages that must not go.

use connect_pin_sms::campaign::{Campaign, Rules};
use connect_pin_sms::cause::Cause;
use connect_pin_sms::destination::Destinations;
use connect_pin_sms::message::SmsTemplate;
use connect_pin_sms::ports::Handover;
use connect_pin_sms::url::{CampaignUrl, Hosts};
use serde_json::json;

use crate::ledger::Trouble;
use crate::support::{
    CALLER, PAGE, PIN, TestLine, answer, ask, campaign, event_of, failed, fixture, join_all, keyed,
    ledger, line, now, protected, success,
};

fn with_rules(mut line: TestLine, rules: Rules) -> TestLine {
    let campaign = Campaign {
        rules,
        ..campaign()
    };
    line.campaigns.rows.put(PIN, Ok(campaign));
    line
}

fn redeemed(line: &TestLine) -> u64 {
    *line.campaigns.redeemed.lock().unwrap()
}

#[tokio::test]
async fn each_rule_has_its_reason_and_releases_the_attempt() {
    let none = Rules::default();
    for (rules, reason) in [
        (
            Rules {
                disabled: true,
                ..none.clone()
            },
            "CAMPAIGN_DISABLED",
        ),
        (
            Rules {
                starts_at: Some(now() + 100),
                ..none.clone()
            },
            "CAMPAIGN_NOT_STARTED",
        ),
        (
            Rules {
                expires_at: Some(now() - 1),
                ..none.clone()
            },
            "CAMPAIGN_EXPIRED",
        ),
        (
            Rules {
                max_redemptions: Some(3),
                redeemed: 3,
                ..none.clone()
            },
            "CAMPAIGN_EXHAUSTED",
        ),
        (
            // The row did not say so yet when it was read.
            Rules {
                max_redemptions: Some(0),
                redeemed: 0,
                ..none.clone()
            },
            "CAMPAIGN_EXHAUSTED",
        ),
    ] {
        for line in [line(), protected()] {
            let line = with_rules(line, rules.clone());
            let (answer, logged) = ask(&line, fixture("send_sms")).await;
            assert_eq!(answer.unwrap(), failed(reason));
            assert_eq!(logged["level"], "INFO");
            assert!(line.sms.received().is_empty());
            if line.protection.is_some() {
                assert_eq!(ledger(&line).sizes(), [0; 5], "{reason}");
                assert_eq!(ledger(&line).wrong(), 0);
            }
        }
    }
    let open = Rules {
        starts_at: Some(now() - 100),
        expires_at: Some(now() + 100),
        ..none
    };
    assert_eq!(
        answer(&with_rules(line(), open), keyed("c", PIN)).await,
        success()
    );
}

#[tokio::test]
async fn fifty_redemptions_are_fifty_messages() {
    let limited = Rules {
        max_redemptions: Some(50),
        ..Rules::default()
    };
    let mut line = with_rules(protected(), limited);
    let caller = |call| format!("+8190{call:08}");
    for call in 0..200 {
        line.members.0.put(&caller(call), Ok(call.to_string()));
    }
    let parameters = json!({ "cmd": "sendSms", "pinCode": PIN });
    let calls = (0..200).map(|call| {
        let event = event_of(&caller(call), &format!("c-{call}"), parameters.clone());
        answer(&line, event)
    });
    let answers = join_all(calls).await;
    let sent = answers.iter().filter(|answer| **answer == success());
    assert_eq!(sent.count(), 50);
    let rest = failed("CAMPAIGN_EXHAUSTED");
    assert_eq!(
        answers.iter().filter(|answer| **answer == rest).count(),
        150
    );
    assert_eq!((line.sms.received().len(), redeemed(&line)), (50, 50));
}

#[tokio::test]
async fn a_redemption_without_a_message_is_given_back() {
    let cause = || Cause::scrubbed("no");
    let rules = Rules {
        max_redemptions: Some(1),
        single_use_per_member: true,
        ..Rules::default()
    };
    for (says, kept) in [
        (Handover::Refused(cause()), 0),
        (Handover::Throttled(cause()), 0),
        (Handover::Unclear(cause()), 1),
        (Handover::Accepted { message_id: None }, 1),
    ] {
        let mut line = with_rules(protected(), rules.clone());
        line.sms.says = says;
        ask(&line, fixture("send_sms")).await.0.unwrap();
        assert_eq!(
            (redeemed(&line), ledger(&line).used()),
            (kept, kept as usize)
        );
    }
}

#[tokio::test]
async fn a_member_redeems_once_where_once_is_the_rule() {
    let once = Rules {
        single_use_per_member: true,
        max_redemptions: Some(10),
        ..Rules::default()
    };
    let line = with_rules(protected(), once.clone());
    assert_eq!(answer(&line, keyed("a", PIN)).await, success());
    assert_eq!(
        answer(&line, keyed("b", PIN)).await,
        failed("ALREADY_REDEEMED")
    );
    assert_eq!(answer(&line, keyed("a", PIN)).await, success(), "the retry");
    assert_eq!((line.sms.received().len(), redeemed(&line)), (1, 1));
    assert_eq!(ledger(&line).sizes(), [0, 0, 1, 1, 0]);

    let line = with_rules(line_without_ledger(), once);
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("CAMPAIGN_INVALID"));
    assert_eq!(
        logged["cause"],
        "the attribute singleUsePerMember needs an attempts table"
    );
}

fn line_without_ledger() -> TestLine {
    line()
}

#[tokio::test]
async fn an_outage_of_a_redemption_leaves_nothing_half_written() {
    let rules = Rules {
        single_use_per_member: true,
        max_redemptions: Some(10),
        ..Rules::default()
    };
    let line = with_rules(protected(), rules.clone());
    ledger(&line).will(Trouble::UseUnheard);
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap_err().error_type(), "AttemptsTableUnusable");
    assert_eq!((redeemed(&line), ledger(&line).used()), (0, 0));
    assert_eq!(ledger(&line).sizes(), [0; 5]);

    let mut line = with_rules(protected(), rules);
    line.campaigns.trouble = Some(Cause::scrubbed("down"));
    let (answer, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap_err().error_type(), "BenefitsTableUnwritable");
    assert_eq!(ledger(&line).used(), 0);
    assert_eq!(ledger(&line).sizes(), [0; 5]);
    assert!(line.sms.received().is_empty());
}

#[tokio::test]
async fn a_campaign_may_have_its_own_text() {
    let mut line = line();
    let own = Campaign {
        message: Some(SmsTemplate::parse("夏祭り {url}").unwrap()),
        ..campaign()
    };
    line.campaigns.rows.put(PIN, Ok(own));
    assert_eq!(answer(&line, keyed("c", PIN)).await, success());
    assert_eq!(line.sms.received()[0].1, format!("夏祭り {PAGE}"));
}

#[tokio::test]
async fn a_text_of_four_parts_is_not_sent() {
    let mut line = protected();
    let long = CampaignUrl::parse(&format!("{PAGE}/{}", "x".repeat(201))).unwrap();
    line.campaigns.rows.put(PIN, Ok(Campaign::new(long)));
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("SMS_TOO_LONG"));
    assert_eq!(logged["level"], "ERROR");
    assert!(line.sms.received().is_empty());
    assert_eq!(ledger(&line).sizes(), [0; 5]);
}

#[tokio::test]
async fn messages_go_where_they_are_allowed_to() {
    let mut line = protected();
    line.policy.destinations = Destinations::parse("+81", Some(r"\+81[678]0\d{8}")).unwrap();
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("NUMBER_NOT_ALLOWED"));
    assert_eq!(logged["level"], "INFO");
    assert_eq!(ledger(&line).sizes(), [0; 5]);

    let mut line = protected();
    let abroad = "+12025550100";
    line.members.0.put(abroad, Ok("5".into()));
    let parameters = json!({ "cmd": "sendSms", "pinCode": PIN });
    let (answer, _) = ask(&line, event_of(abroad, "c", parameters)).await;
    assert_eq!(answer.unwrap(), failed("NUMBER_NOT_ALLOWED"));

    line.policy.hosts = Hosts::parse("pages.example").unwrap();
    let event = event_of(CALLER, "c", json!({ "cmd": "sendSms", "pinCode": PIN }));
    let (answer, logged) = ask(&line, event).await;
    assert_eq!(answer.unwrap(), failed("CAMPAIGN_INVALID"));
    assert_eq!(
        logged["cause"],
        "the URL's host is not one of the allowed ones"
    );
    assert!(line.sms.received().is_empty());
}
