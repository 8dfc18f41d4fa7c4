//! What holds whatever DynamoDB it is.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use serde_json::json;

use crate::handler::world::{ATTEMPTS, BENEFITS, HandlerWorld, MEMBER, MEMBERS, PIN, s};

/// 2026-11-24T00:00:00Z. Days and hours are of the clock, so nothing here asks what time it is.
const MIDNIGHT: u64 = 1_795_478_400;
const NOON: u64 = MIDNIGHT + 43_200;

/// The conditions of the attempts table, as a table sees them.
pub(crate) async fn attempts_are_kept(world: HandlerWorld) -> Result<(), Failure> {
    world
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
    let page = |pin| {
        [
            ("pinCode", s(pin)),
            ("campaignUrl", s("https://example.com/c")),
        ]
    };
    world.put(BENEFITS, page(PIN)).await?;
    let limited = [
        ("singleUsePerMember", AttributeValue::Bool(true)),
        ("maxRedemptions", AttributeValue::N("1".into())),
    ];
    world
        .put(BENEFITS, page("0043").into_iter().chain(limited))
        .await?;
    let send = |contact, pin| world.try_at(NOON, MEMBER, contact, pin);
    let failed = |reason: &str| json!({ "result": "Failed", "reason": reason });
    let sent = json!({ "result": "Success" });

    for _ in 0..3 {
        assert_eq!(send("a", PIN).await?, sent);
        assert_eq!(send("a", "9999").await?, failed("PIN_NOT_FOUND"));
    }
    assert_eq!(world.aws.messages().len(), 1);
    assert_eq!(send("b", "0043").await?, sent);
    assert_eq!(send("b", "0043").await?, sent);
    assert_eq!(send("c", "0043").await?, failed("SMS_LIMIT"));
    assert_eq!(world.aws.messages().len(), 2);

    let items = world.tables.scan().table_name(ATTEMPTS).send().await?;
    let items = items.items();
    let key = |item: &HashMap<String, AttributeValue>| item["pk"].as_s().expect("a key").clone();
    let of_caller = items
        .iter()
        .find(|item| key(item).starts_with("CALLER#"))
        .expect("the caller's day");
    assert_eq!(of_caller["d"].as_ss().expect("a set").len(), 1);
    assert_eq!(of_caller["claims"].as_ss().expect("a set").len(), 2);
    assert_eq!(of_caller["sent"].as_ss().expect("a set").len(), 2);
    assert!(!of_caller.contains_key("open"));
    let everybody = items
        .iter()
        .find(|item| key(item).starts_with("GLOBAL#"))
        .expect("everybody's hour");
    // A wrong PIN costs four quarters, and two right ones earn one each; so does the right one of the
    // caller who has had the day's messages.
    let left = 4 * 300 - 4 + 3;
    assert_eq!(everybody["left"], AttributeValue::N(left.to_string()));
    let one = AttributeValue::N("1".into());
    for (prefix, counter) in [("USED#", "used"), ("REDEEMED#", "redeemed")] {
        let item = items.iter().find(|item| key(item).starts_with(prefix));
        let item = item.expect("a counter");
        assert_eq!(item[counter], one, "{prefix}");
        assert!(!item.contains_key("expiresAt"), "{prefix} never expires");
    }
    assert!(!format!("{items:?}").contains("12345678"));

    world.aws.account.shutdown().await;
    Ok(())
}

/// The limits of callers and campaigns.
pub(crate) async fn limits_hold(world: HandlerWorld) -> Result<(), Failure> {
    for (number, id) in [
        (MEMBER, "1"),
        ("+819000000002", "2"),
        ("+819000000003", "3"),
    ] {
        world
            .put(MEMBERS, [("phone", s(number)), ("id", s(id))])
            .await?;
    }
    world
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
    let send = |number, contact, pin| world.try_at(NOON, number, contact, pin);
    let failed = |reason: &str| json!({ "result": "Failed", "reason": reason });
    for pin in ["9001", "9002", "9003", "9004", "9005"] {
        assert_eq!(send(MEMBER, "a", pin).await?, failed("PIN_NOT_FOUND"));
    }
    assert_eq!(send(MEMBER, "a", "9006").await?, failed("LOCKED"));
    assert_eq!(send(MEMBER, "b", PIN).await?, failed("LOCKED"));
    assert!(world.aws.messages().is_empty());

    let sent = json!({ "result": "Success" });
    assert_eq!(send("+819000000002", "c", PIN).await?, sent);
    assert_eq!(
        send("+819000000003", "d", PIN).await?,
        failed("CAMPAIGN_EXHAUSTED")
    );
    assert_eq!(world.aws.messages().len(), 1);
    world.aws.account.shutdown().await;
    Ok(())
}

/// One message and one wrong PIN, although a contact tries each on both sides of midnight.
pub(crate) async fn a_day_ends_within_a_call(world: HandlerWorld) -> Result<(), Failure> {
    world
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
    world
        .put(
            BENEFITS,
            [
                ("pinCode", s(PIN)),
                ("campaignUrl", s("https://example.com/c")),
            ],
        )
        .await?;
    let sent = json!({ "result": "Success" });
    let wrong = json!({ "result": "Failed", "reason": "PIN_NOT_FOUND" });
    for at in [MIDNIGHT - 1, MIDNIGHT + 1, MIDNIGHT + 2] {
        assert_eq!(world.try_at(at, MEMBER, "a", "9999").await?, wrong, "{at}");
        assert_eq!(world.try_at(at, MEMBER, "a", PIN).await?, sent, "{at}");
    }
    assert_eq!(world.aws.messages().len(), 1);

    let rows = world.tables.scan().table_name(ATTEMPTS).send().await?;
    let row = |prefix: &str, day: &str| {
        rows.items().iter().find(|row| {
            let key = row["pk"].as_s().expect("a key");
            key.starts_with(prefix) && key.contains(day)
        })
    };
    let ids = |row: Option<&HashMap<String, AttributeValue>>, set: &str| {
        let set = row.and_then(|row| row.get(set));
        set.map_or(0, |ids| ids.as_ss().expect("a set").len())
    };
    let yesterday = row("CALLER#", "2026-11-23");
    let today = row("CALLER#", "2026-11-24");
    for (set, of_yesterday) in [("d", 1), ("claims", 1), ("sent", 1), ("open", 0)] {
        assert_eq!(ids(yesterday, set), of_yesterday, "{set} of yesterday");
        assert_eq!(ids(today, set), 0, "{set} of today");
    }
    let everybody = row("GLOBAL#", "2026-11-23T23").expect("yesterday's last hour");
    let left = 4 * 300 - 4 + 1;
    assert_eq!(everybody["left"], AttributeValue::N(left.to_string()));
    assert!(row("GLOBAL#", "2026-11-24").is_none());

    // Another contact is another try.
    assert_eq!(world.try_at(MIDNIGHT + 3, MEMBER, "b", PIN).await?, sent);
    assert_eq!(world.aws.messages().len(), 2);
    world.aws.account.shutdown().await;
    Ok(())
}
