//! The writes one by one, and above all what they refuse.

use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::attempts::{Admission, Attempt, Limits, SingleUse, Verdict};
use connect_pin_sms::pin::PinKey;
use connect_pin_sms::ports::{AttemptLedger, CampaignCatalogue};
use e2e::Failure;
use futures_util::future::join_all;

use crate::handler::world::{ATTEMPTS, BENEFITS, World, s};

/// Noon of a day.
const AT: u64 = 1_795_435_200;

const LIMITS: Limits = Limits {
    per_hour: 5,
    per_day: 10,
    everybody_per_hour: 300,
    sms_per_day: 100,
};

pub(crate) async fn writes_refuse(world: World) -> Result<(), Failure> {
    redemptions_end_at_the_limit(&world).await?;
    a_single_use_belongs_to_its_token(&world).await?;
    only_what_is_open_is_closed(&world).await?;
    parallel_writes_share_the_limit(&world).await?;
    world.aws.account.shutdown().await;
    Ok(())
}

async fn redemptions_end_at_the_limit(world: &World) -> Result<(), Failure> {
    let campaigns = &world.line.campaigns;
    let key = PinKey::new("1001");
    // A row that is not there is not made.
    assert!(!campaigns.redeem(&key, 2, "a").await?);
    assert_eq!(row(world, BENEFITS, "pinCode", "1001").await?, None);

    world.put(BENEFITS, [("pinCode", s("1001"))]).await?;
    for (token, counts, redeemed) in [
        ("a", true, "1"),
        // The same invocation again counts no second time.
        ("a", true, "1"),
        ("b", true, "2"),
        ("b", true, "2"),
        ("c", false, "2"),
        ("c", false, "2"),
    ] {
        assert_eq!(campaigns.redeem(&key, 2, token).await?, counts, "{token}");
        assert_eq!(redemptions(world, "1001").await?, number(redeemed));
    }
    for redeemed in ["1", "0", "0"] {
        campaigns.give_back(&key).await?;
        assert_eq!(redemptions(world, "1001").await?, number(redeemed));
    }
    // Nor does taking back make a row, or a count where there is none.
    world.put(BENEFITS, [("pinCode", s("1002"))]).await?;
    for pin in ["1002", "1003"] {
        campaigns.give_back(&PinKey::new(pin)).await?;
        assert_eq!(redemptions(world, pin).await?, None, "{pin}");
    }
    assert_eq!(row(world, BENEFITS, "pinCode", "1003").await?, None);
    Ok(())
}

async fn a_single_use_belongs_to_its_token(world: &World) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    let usage = |token: &str| SingleUse {
        tag: "tag".into(),
        token: token.into(),
        forget_at: Some(AT),
    };
    assert!(ledger.use_once(&usage("a")).await?);
    assert!(ledger.use_once(&usage("a")).await?, "its own again");
    assert!(!ledger.use_once(&usage("b")).await?);
    ledger.unuse(&usage("b")).await?;
    assert!(
        !ledger.use_once(&usage("b")).await?,
        "it is not b's to give"
    );
    ledger.unuse(&usage("a")).await?;
    assert!(ledger.use_once(&usage("b")).await?);
    Ok(())
}

async fn only_what_is_open_is_closed(world: &World) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    for verdict in [Verdict::Sent, Verdict::Unclear, Verdict::Released] {
        ledger.close(&attempt("nobody", "c", "r"), verdict).await?;
    }
    let key = "CALLER#nobody#2026-11-23";
    assert_eq!(row(world, ATTEMPTS, "pk", key).await?, None);

    // What one invocation has entered, another cannot close.
    let own = attempt("somebody", "c", "r-1");
    assert_eq!(ledger.open(&own, &LIMITS).await?, Admission::Admitted);
    assert_eq!(ledger.open(&own, &LIMITS).await?, Admission::Admitted);
    let other = attempt("somebody", "c", "r-2");
    assert_eq!(ledger.open(&other, &LIMITS).await?, Admission::Pending);
    ledger.close(&other, Verdict::Released).await?;
    assert_eq!(ledger.open(&other, &LIMITS).await?, Admission::Pending);
    ledger.close(&own, Verdict::Sent).await?;
    assert_eq!(ledger.open(&other, &LIMITS).await?, Admission::SentBefore);
    // Closed is closed.
    ledger.close(&own, Verdict::Released).await?;
    assert_eq!(ledger.open(&other, &LIMITS).await?, Admission::SentBefore);
    Ok(())
}

async fn parallel_writes_share_the_limit(world: &World) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    let entries = (0..50).map(|n| async move {
        let attempt = attempt("crowd", &format!("c-{n}"), "r");
        ledger.open(&attempt, &LIMITS).await
    });
    let entries: Vec<_> = join_all(entries)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    let admitted = |entry: &&Admission| **entry == Admission::Admitted;
    assert_eq!(entries.iter().filter(admitted).count(), 5, "{entries:?}");

    let campaigns = &world.line.campaigns;
    world.put(BENEFITS, [("pinCode", s("1004"))]).await?;
    let redemptions_asked = (0..50).map(|n| async move {
        let token = format!("r-{n}");
        campaigns.redeem(&PinKey::new("1004"), 20, &token).await
    });
    let counted: Vec<bool> = join_all(redemptions_asked)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    assert_eq!(counted.iter().filter(|counted| **counted).count(), 20);
    assert_eq!(redemptions(world, "1004").await?, number("20"));
    Ok(())
}

fn attempt(caller: &str, id: &str, token: &str) -> Attempt {
    Attempt {
        caller: caller.into(),
        id: id.into(),
        owner: format!("{id}#{token}"),
        at: AT,
    }
}

fn number(digits: &str) -> Option<AttributeValue> {
    Some(AttributeValue::N(digits.into()))
}

async fn redemptions(world: &World, pin: &str) -> Result<Option<AttributeValue>, Failure> {
    let row = row(world, BENEFITS, "pinCode", pin).await?;
    Ok(row.and_then(|row| row.get("redeemed").cloned()))
}

async fn row(
    world: &World,
    table: &str,
    key: &str,
    value: &str,
) -> Result<Option<std::collections::HashMap<String, AttributeValue>>, Failure> {
    let read = world.tables.get_item().table_name(table).key(key, s(value));
    Ok(read.consistent_read(true).send().await?.item)
}
