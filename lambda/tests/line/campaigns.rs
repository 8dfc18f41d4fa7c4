//! Campaigns with rules, and messages that must not be sent.

use connect_pin_sms::rules::campaign::{Campaign, CampaignId, Rules};
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::destinations::Destinations;
use connect_pin_sms::rules::ports::{Handover, LookupError, Member};
use connect_pin_sms::rules::row_fault::RowFault;
use connect_pin_sms::rules::sms_template::SmsTemplate;
use connect_pin_sms::rules::url::{CampaignUrl, Hosts};
use futures_util::future::join_all;
use serde_json::json;

use crate::ledger::Trouble;
use crate::support::{
    CALLER, PAGE, PIN, TestLine, answer, ask, campaign, event_of, failed, fixture, keyed, ledger,
    line, member, now, protected, success,
};

fn with_rules(mut line: TestLine, rules: Rules) -> TestLine {
    let campaign = Campaign {
        rules,
        ..campaign()
    };
    line.campaigns.rows.put(PIN, Ok(campaign));
    line
}

/// Returns the campaign's redemptions by the counter of the attempts table.
fn redeemed(line: &TestLine) -> i64 {
    ledger(line).redeemed().unwrap_or_default()
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
            // An earlier release counted redemptions in the row.
            Rules {
                max_redemptions: Some(3),
                redeemed: 3,
                ..none.clone()
            },
            "CAMPAIGN_EXHAUSTED",
        ),
        (
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
            *line.campaigns.redeemed.lock().unwrap() = rules.redeemed;
            let (answer, logged) = ask(&line, fixture("send_sms")).await;
            assert_eq!(answer.unwrap(), failed(reason));
            assert_eq!(logged["level"], "INFO");
            assert!(line.sms.received().is_empty());
            if line.protection.is_some() {
                assert_eq!(ledger(&line).sizes(), [0; 5], "{reason}");
                assert!(ledger(&line).hours().iter().all(|left| *left >= 4 * 300));
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
async fn a_limit_of_fifty_redemptions_gives_fifty_messages() {
    let limited = Rules {
        max_redemptions: Some(50),
        ..Rules::default()
    };
    let mut line = with_rules(protected(), limited);
    let caller = |call| format!("+8190{call:08}");
    for call in 0..200 {
        line.members
            .0
            .put(&caller(call), Ok(member(&call.to_string())));
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
    for (result, kept) in [
        (Handover::Refused(cause()), 0),
        (Handover::Throttled(cause()), 0),
        (Handover::NotReached(cause()), 0),
        (Handover::Unclear(cause()), 1),
        (Handover::Accepted { message_id: None }, 1),
    ] {
        let mut line = with_rules(protected(), rules.clone());
        line.sms.result = result;
        ask(&line, fixture("send_sms")).await.0.unwrap();
        assert_eq!((redeemed(&line), ledger(&line).used()), (kept, kept));
    }
}

/// DynamoDB does not answer when a redemption is taken back. The redemption is not lost: the process's next
/// attempt of any caller takes it back, and the member may redeem.
#[tokio::test]
async fn a_redemption_that_could_not_be_taken_back_is_taken_back_by_the_next_attempt() {
    let rules = Rules {
        max_redemptions: Some(1),
        single_use_per_member: true,
        ..Rules::default()
    };
    for outages in 1..=4 {
        let mut line = with_rules(protected(), rules.clone());
        line.sms.result = Handover::NotReached(Cause::scrubbed("no route"));
        for _ in 0..outages {
            ledger(&line).inject(Trouble::Undo);
        }
        let (_, logged) = ask(&line, keyed("a", PIN)).await;
        let note = logged.to_string();
        let stays = "a redemption stays counted until this process answers its next attempt";
        assert!(note.contains(stays), "{note}");
        let left = redeemed(&line) + ledger(&line).used();
        assert_eq!(left, outages.min(2), "{outages} outages");

        // A wrong PIN is an attempt as well. With more than two outages a second attempt is needed.
        for contact in ["b", "c"] {
            ask(&line, keyed(contact, "777777")).await.0.unwrap();
        }
        assert_eq!((redeemed(&line), ledger(&line).used()), (0, 0));
        line.sms.result = Handover::Accepted { message_id: None };
        assert_eq!(answer(&line, keyed("d", PIN)).await, success());
        assert_eq!((redeemed(&line), ledger(&line).used()), (1, 1));
    }
}

#[tokio::test]
async fn a_member_redeems_a_single_use_campaign_once() {
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
    assert_eq!(answer(&line, keyed("a", PIN)).await, success(), "a retry");
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
async fn an_outage_during_a_redemption_leaves_nothing_half_written() {
    let rules = Rules {
        single_use_per_member: true,
        max_redemptions: Some(10),
        ..Rules::default()
    };
    for trouble in [Trouble::UseUnheard, Trouble::Redeem, Trouble::RedeemUnheard] {
        let line = with_rules(protected(), rules.clone());
        ledger(&line).inject(trouble);
        let (result, _) = ask(&line, fixture("send_sms")).await;
        assert_eq!(result.unwrap_err().error_type(), "AttemptsTableUnusable");
        assert_eq!((redeemed(&line), ledger(&line).used()), (0, 0));
        assert_eq!(ledger(&line).sizes(), [0; 5]);
        assert!(line.sms.received().is_empty());
        assert_eq!(answer(&line, keyed("c", PIN)).await, success());
        assert_eq!((redeemed(&line), ledger(&line).used()), (1, 1));
    }

    // On a line without an attempts table the row counts.
    let rules = Rules {
        single_use_per_member: false,
        ..rules
    };
    let mut line = with_rules(line_without_ledger(), rules);
    line.campaigns.trouble = Some(Cause::scrubbed("down"));
    let (result, _) = ask(&line, fixture("send_sms")).await;
    assert_eq!(result.unwrap_err().error_type(), "BenefitsTableUnwritable");
    assert!(line.sms.received().is_empty());
    line.campaigns.trouble = None;
    assert_eq!(answer(&line, keyed("c", PIN)).await, success());
    assert_eq!(*line.campaigns.redeemed.lock().unwrap(), 1);
}

/// A counter begins with the number in the row, and a row that is rewritten does not reset it.
#[tokio::test]
async fn a_counter_begins_with_the_row_and_is_not_reset_by_it() {
    let rules = |redeemed| Rules {
        max_redemptions: Some(10),
        redeemed,
        ..Rules::default()
    };
    let line = with_rules(protected(), rules(7));
    assert_eq!(answer(&line, keyed("a", PIN)).await, success());
    assert_eq!(redeemed(&line), 8);
    let line = with_rules(line, rules(0));
    assert_eq!(answer(&line, keyed("b", PIN)).await, success());
    assert_eq!(redeemed(&line), 9);
}

/// The next campaign on the same PIN can be redeemed again if it has an id of its own; an extended campaign
/// cannot.
#[tokio::test]
async fn a_campaign_is_redeemed_under_its_id() {
    let with_id = |line: TestLine, id, end| {
        let mut line = with_rules(
            line,
            Rules {
                single_use_per_member: true,
                expires_at: Some(now() + end),
                ..Rules::default()
            },
        );
        line.protection.as_mut().unwrap().limits.sms_per_day = 100;
        let Some(Ok(mut campaign)) = line.campaigns.rows.get(PIN) else {
            panic!("the PIN must have a campaign");
        };
        campaign.id = CampaignId::parse(id);
        line.campaigns.rows.put(PIN, Ok(campaign));
        line
    };
    let line = with_id(protected(), "spring", 100);
    assert_eq!(answer(&line, keyed("a", PIN)).await, success());
    assert_eq!(
        answer(&line, keyed("b", PIN)).await,
        failed("ALREADY_REDEEMED")
    );
    let line = with_id(line, "spring", 40 * 86_400);
    assert_eq!(
        answer(&line, keyed("c", PIN)).await,
        failed("ALREADY_REDEEMED")
    );
    let line = with_id(line, "summer", 100);
    assert_eq!(answer(&line, keyed("d", PIN)).await, success());
    assert_eq!(
        answer(&line, keyed("e", PIN)).await,
        failed("ALREADY_REDEEMED")
    );
    assert_eq!(line.sms.received().len(), 2);
}

#[tokio::test]
async fn a_member_who_opted_out_gets_no_message() {
    let mut line = protected();
    let opted_out = Member {
        opted_out: true,
        ..member("1234")
    };
    line.members.0.put(CALLER, Ok(opted_out));
    let (result, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(result.unwrap(), failed("NUMBER_NOT_ALLOWED"));
    assert_eq!(logged["outcome"], "OPTED_OUT");
    assert_eq!(logged["level"], "INFO");
    assert_eq!(
        answer(&line, keyed("c", "9999")).await,
        failed("PIN_NOT_FOUND")
    );
    assert!(line.sms.received().is_empty());
    assert_eq!(ledger(&line).sizes(), [1, 1, 0, 0, 0]);
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

/// A running campaign does not stop for want of a blank, and the log reports the correction.
#[tokio::test]
async fn a_missing_blank_beside_the_url_is_inserted_and_logged() {
    let mut line = line();
    let own = Campaign {
        message: Some(SmsTemplate::parse("夏祭り{url}です").unwrap()),
        ..campaign()
    };
    line.campaigns.rows.put(PIN, Ok(own));
    let (result, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(result.unwrap(), success());
    assert_eq!(line.sms.received()[0].1, format!("夏祭り {PAGE} です"));
    assert_eq!(logged["level"], "WARN");
    let notes = logged["notes"].as_str().unwrap();
    assert!(notes.contains("a blank was inserted"), "{notes}");
}

/// Digits in braces are an unknown placeholder, which the log would name.
#[tokio::test]
async fn the_text_of_a_row_brings_no_pin_into_the_log() {
    for text in [
        "{0042}",
        "{url} {00420042}",
        "{００４２}",
        &"{x".repeat(100_000),
    ] {
        let mut line = line();
        let fault = RowFault::Message(SmsTemplate::parse(text).unwrap_err());
        line.campaigns
            .rows
            .put(PIN, Err(LookupError::Faulty(fault)));
        let (result, logged) = ask(&line, fixture("send_sms")).await;
        assert_eq!(result.unwrap(), failed("CAMPAIGN_INVALID"));
        let logged = logged.to_string();
        assert!(logged.len() < 2_000, "{} bytes", logged.len());
        assert!(!logged.contains("００４２"), "{logged}");
    }
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
async fn messages_go_to_allowed_numbers_and_link_to_allowed_hosts() {
    let mut line = protected();
    line.policy.destinations = Destinations::parse("+81", Some(r"\+81[678]0\d{8}")).unwrap();
    let (answer, logged) = ask(&line, fixture("send_sms")).await;
    assert_eq!(answer.unwrap(), failed("NUMBER_NOT_ALLOWED"));
    assert_eq!(logged["level"], "INFO");
    assert_eq!(ledger(&line).sizes(), [0; 5]);

    let mut line = protected();
    let abroad = "+12025550100";
    line.members.0.put(abroad, Ok(member("5")));
    let parameters = json!({ "cmd": "sendSms", "pinCode": PIN });
    let (answer, _) = ask(&line, event_of(abroad, "c", parameters)).await;
    assert_eq!(answer.unwrap(), failed("NUMBER_NOT_ALLOWED"));

    line.policy.hosts = Hosts::parse("pages.example").unwrap();
    let event = event_of(CALLER, "c", json!({ "cmd": "sendSms", "pinCode": PIN }));
    let (answer, logged) = ask(&line, event).await;
    assert_eq!(answer.unwrap(), failed("CAMPAIGN_INVALID"));
    assert_eq!(
        logged["cause"],
        "the URL's host must be one of the allowed hosts"
    );
    assert!(line.sms.received().is_empty());
}
