//! Promises that hold on every implementation of DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use serde_json::json;

use crate::handler::setup::{ATTEMPTS, BENEFITS, HandlerSetup, MEMBER, PIN, s};

/// 2026-11-24T00:00:00Z. The tests set the time, because the limits of a day and an hour follow the clock.
const MIDNIGHT: u64 = 1_795_478_400;
const NOON: u64 = MIDNIGHT + 43_200;

/// Repeated attempts have the same outcome, and the attempts table has the expected items.
pub(crate) async fn attempts_are_kept(setup: HandlerSetup) -> Result<(), Failure> {
    setup.put_member(MEMBER, "1234").await?;
    setup.put_campaign(PIN).await?;
    let limited = [
        ("pinCode", s("0043")),
        ("campaignUrl", s("https://example.com/c")),
        ("singleUsePerMember", AttributeValue::Bool(true)),
        ("maxRedemptions", AttributeValue::N("1".into())),
    ];
    setup.put(BENEFITS, limited).await?;
    let send = |contact, pin| setup.send_at(NOON, MEMBER, contact, pin);
    let failed = |reason: &str| json!({ "result": "Failed", "reason": reason });
    let sent = json!({ "result": "Success" });

    for _ in 0..3 {
        assert_eq!(send("a", PIN).await?, sent);
        assert_eq!(send("a", "9999").await?, failed("PIN_NOT_FOUND"));
    }
    assert_eq!(setup.aws.messages().len(), 1);
    assert_eq!(send("b", "0043").await?, sent);
    assert_eq!(send("b", "0043").await?, sent);
    assert_eq!(send("c", "0043").await?, failed("SMS_LIMIT"));
    assert_eq!(setup.aws.messages().len(), 2);

    let items = setup.tables.scan().table_name(ATTEMPTS).send().await?;
    let items = items.items();
    let key = |item: &HashMap<String, AttributeValue>| {
        item["pk"].as_s().expect("the key is a text").clone()
    };
    let of_caller = items
        .iter()
        .find(|item| key(item).starts_with("CALLER#"))
        .expect("the caller's day");
    assert_eq!(
        of_caller["d"]
            .as_ss()
            .expect("the attribute is a set")
            .len(),
        1
    );
    assert_eq!(
        of_caller["claims"]
            .as_ss()
            .expect("the attribute is a set")
            .len(),
        2
    );
    assert_eq!(
        of_caller["sent"]
            .as_ss()
            .expect("the attribute is a set")
            .len(),
        2
    );
    assert!(!of_caller.contains_key("open"));
    let all_callers = items
        .iter()
        .find(|item| key(item).starts_with("GLOBAL#"))
        .expect("the hour of all callers");
    // A wrong PIN costs four quarters. Each right PIN earns one, also when the caller already has the day's
    // messages; there are three.
    let left = 4 * 300 - 4 + 3;
    assert_eq!(all_callers["left"], AttributeValue::N(left.to_string()));
    let one = AttributeValue::N("1".into());
    for (prefix, counter) in [("USED#", "used"), ("REDEEMED#", "redeemed")] {
        let item = items.iter().find(|item| key(item).starts_with(prefix));
        let item = item.expect("the counter has an item");
        assert_eq!(item[counter], one, "{prefix}");
        assert!(!item.contains_key("expiresAt"), "{prefix} must not expire");
    }
    assert!(!format!("{items:?}").contains("12345678"));

    setup.aws.account.shutdown().await;
    Ok(())
}

/// The limits of callers and campaigns.
pub(crate) async fn limits_hold(setup: HandlerSetup) -> Result<(), Failure> {
    for (number, id) in [
        (MEMBER, "1"),
        ("+819000000002", "2"),
        ("+819000000003", "3"),
    ] {
        setup.put_member(number, id).await?;
    }
    setup
        .put(
            BENEFITS,
            [
                ("pinCode", s(PIN)),
                ("campaignUrl", s("https://example.com/c")),
                ("maxRedemptions", AttributeValue::N("1".into())),
                ("singleUsePerMember", AttributeValue::Bool(true)),
            ],
        )
        .await?;
    let send = |number, contact, pin| setup.send_at(NOON, number, contact, pin);
    let failed = |reason: &str| json!({ "result": "Failed", "reason": reason });
    for pin in ["9001", "9002", "9003", "9004", "9005"] {
        assert_eq!(send(MEMBER, "a", pin).await?, failed("PIN_NOT_FOUND"));
    }
    assert_eq!(send(MEMBER, "a", "9006").await?, failed("LOCKED"));
    assert_eq!(send(MEMBER, "b", PIN).await?, failed("LOCKED"));
    assert!(setup.aws.messages().is_empty());

    let sent = json!({ "result": "Success" });
    assert_eq!(send("+819000000002", "c", PIN).await?, sent);
    assert_eq!(
        send("+819000000003", "d", PIN).await?,
        failed("CAMPAIGN_EXHAUSTED")
    );
    assert_eq!(setup.aws.messages().len(), 1);
    setup.aws.account.shutdown().await;
    Ok(())
}

/// A contact that repeats a PIN and a wrong PIN across midnight gets one message, and one wrong PIN is
/// counted.
pub(crate) async fn a_day_ends_within_a_call(setup: HandlerSetup) -> Result<(), Failure> {
    setup.put_member(MEMBER, "1234").await?;
    setup.put_campaign(PIN).await?;
    let sent = json!({ "result": "Success" });
    let wrong = json!({ "result": "Failed", "reason": "PIN_NOT_FOUND" });
    for at in [MIDNIGHT - 1, MIDNIGHT + 1, MIDNIGHT + 2] {
        assert_eq!(setup.send_at(at, MEMBER, "a", "9999").await?, wrong, "{at}");
        assert_eq!(setup.send_at(at, MEMBER, "a", PIN).await?, sent, "{at}");
    }
    assert_eq!(setup.aws.messages().len(), 1);

    let rows = setup.tables.scan().table_name(ATTEMPTS).send().await?;
    let row = |prefix: &str, day: &str| {
        rows.items().iter().find(|row| {
            let key = row["pk"].as_s().expect("the key is a text");
            key.starts_with(prefix) && key.contains(day)
        })
    };
    let ids = |row: Option<&HashMap<String, AttributeValue>>, set: &str| {
        let set = row.and_then(|row| row.get(set));
        set.map_or(0, |ids| ids.as_ss().expect("the attribute is a set").len())
    };
    let yesterday = row("CALLER#", "2026-11-23");
    let today = row("CALLER#", "2026-11-24");
    for (set, of_yesterday) in [("d", 1), ("claims", 1), ("sent", 1), ("open", 0)] {
        assert_eq!(ids(yesterday, set), of_yesterday, "{set} of yesterday");
        assert_eq!(ids(today, set), 0, "{set} of today");
    }
    let last_hour = row("GLOBAL#", "2026-11-23T23").expect("yesterday's last hour");
    let left = 4 * 300 - 4 + 1;
    assert_eq!(last_hour["left"], AttributeValue::N(left.to_string()));
    assert!(row("GLOBAL#", "2026-11-24").is_none());

    // Another contact is another attempt.
    assert_eq!(setup.send_at(MIDNIGHT + 3, MEMBER, "b", PIN).await?, sent);
    assert_eq!(setup.aws.messages().len(), 2);
    setup.aws.account.shutdown().await;
    Ok(())
}
