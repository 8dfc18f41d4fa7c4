//! The writes one by one, and above all what they refuse.

use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::rules::attempts::{Admission, Attempt, Earlier, Limits, Verdict};
use connect_pin_sms::rules::counter::{CounterId, Move, Moved, Step};
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::ports::{AttemptLedger, CampaignCatalogue};
use e2e::Failure;
use futures_util::future::join_all;

use crate::handler::world::{ATTEMPTS, BENEFITS, HandlerWorld, s};

/// Noon of a day.
const AT: u64 = 1_795_435_200;

const LIMITS: Limits = Limits {
    per_hour: 5,
    per_day: 10,
    all_members_per_hour: 300,
    sms_per_day: 100,
};

pub(crate) async fn writes_refuse(world: HandlerWorld) -> Result<(), Failure> {
    redemptions_end_at_the_limit(&world).await?;
    a_counter_takes_each_step_once(&world).await?;
    what_is_kept_out_stays_out(&world).await?;
    a_mark_of_an_earlier_release_counts(&world).await?;
    lanes_that_rest_are_swept_out(&world).await?;
    only_what_is_open_is_closed(&world).await?;
    parallel_writes_share_the_limit(&world).await?;
    world.aws.account.shutdown().await;
    Ok(())
}

async fn redemptions_end_at_the_limit(world: &HandlerWorld) -> Result<(), Failure> {
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

/// Twice at most.
const UP: Move = Move {
    start: 0,
    by: 1,
    at_least: None,
    at_most: Some(1),
};

/// Microseconds since 1970.
const STEPS: u64 = AT * 1_000_000;

fn step(lane: u64, number: u64) -> Step {
    Step {
        lane: format!("{lane:012x}"),
        number: STEPS + number,
    }
}

fn redemptions_of(campaign: &str) -> CounterId {
    CounterId::Redemptions {
        campaign: campaign.into(),
    }
}

async fn a_counter_takes_each_step_once(world: &HandlerWorld) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    let of = redemptions_of("steps");
    for (asked, moved, value) in [
        (step(1, 2), Moved::Taken, 1),
        (step(1, 2), Moved::Taken, 1),
        (step(2, 2), Moved::Taken, 2),
        (step(1, 4), Moved::OutOfBounds, 2),
        // What was taken before another lane's is still known.
        (step(1, 2), Moved::Taken, 2),
    ] {
        assert_eq!(ledger.take(&of, &UP, &asked).await?, moved, "{asked:?}");
        assert_eq!(ledger.counter(&of, true).await?, Some(value), "{asked:?}");
    }
    for _ in 0..2 {
        ledger.undo(&of, &UP, &step(1, 2)).await?;
        assert_eq!(ledger.counter(&of, true).await?, Some(1));
    }
    assert_eq!(ledger.take(&of, &UP, &step(1, 2)).await?, Moved::TooLate);
    assert_eq!(ledger.take(&of, &UP, &step(1, 6)).await?, Moved::Taken);
    // A counter begins where its first move says.
    let begins = Move { start: 1, ..UP };
    let of = redemptions_of("begins");
    assert_eq!(ledger.take(&of, &begins, &step(1, 2)).await?, Moved::Taken);
    assert_eq!(ledger.counter(&of, true).await?, Some(2));
    let full = Move { start: 2, ..UP };
    let of = redemptions_of("full");
    assert_eq!(
        ledger.take(&of, &full, &step(1, 2)).await?,
        Moved::OutOfBounds
    );
    assert_eq!(ledger.counter(&of, true).await?, None);
    Ok(())
}

/// A move that is undone before it arrives.
async fn what_is_kept_out_stays_out(world: &HandlerWorld) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    for of in [
        redemptions_of("late"),
        CounterId::SingleUse {
            tag: "late".into(),
            campaign: "late".into(),
        },
        CounterId::Hour { at: AT + 7_200 },
    ] {
        ledger.undo(&of, &UP, &step(1, 2)).await?;
        assert_eq!(ledger.take(&of, &UP, &step(1, 2)).await?, Moved::TooLate);
        assert_eq!(ledger.counter(&of, true).await?, None);
        assert_eq!(ledger.take(&of, &UP, &step(1, 4)).await?, Moved::Taken);
    }
    Ok(())
}

async fn a_mark_of_an_earlier_release_counts(world: &HandlerWorld) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    let old = [
        ("pk", s("USED#old")),
        ("by", s("r-0")),
        ("expiresAt", AttributeValue::N(AT.to_string())),
    ];
    world.put(ATTEMPTS, old).await?;
    let of = CounterId::SingleUse {
        tag: "old".into(),
        campaign: "spring".into(),
    };
    let first_use = Move {
        at_most: Some(0),
        ..UP
    };
    let refused = ledger.take(&of, &first_use, &step(1, 2)).await?;
    assert_eq!(refused, Moved::OutOfBounds);
    let kept = row(world, ATTEMPTS, "pk", "USED#old")
        .await?
        .expect("it is kept");
    assert!(!kept.contains_key("expiresAt"), "for good");
    assert_eq!(kept["campaign"], s("spring"));
    Ok(())
}

/// A campaign that is redeemed by 200 functions, one after the other, stays within one write unit.
async fn lanes_that_rest_are_swept_out(world: &HandlerWorld) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    let of = redemptions_of("busy");
    let many = Move {
        at_most: Some(1_000),
        ..UP
    };
    for lane in 0..200 {
        // Ten seconds each.
        let step = step(lane, lane * 10_000_000 + 2);
        assert_eq!(ledger.take(&of, &many, &step).await?, Moved::Taken);
        // What each try asks for first has a sweep beside it.
        ledger.counter(&of, false).await?;
    }
    assert_eq!(ledger.counter(&of, true).await?, Some(200));
    let item = row(world, ATTEMPTS, "pk", "REDEEMED#busy")
        .await?
        .expect("an item");
    assert!(item.len() <= 40, "{} attributes", item.len());
    // What comes late from a lane that was swept out is refused.
    let late = ledger
        .take(&of, &many, &step(3, 3 * 10_000_000 + 4))
        .await?;
    assert_eq!(late, Moved::TooLate);
    ledger
        .undo(&of, &many, &step(3, 3 * 10_000_000 + 2))
        .await?;
    assert_eq!(ledger.counter(&of, true).await?, Some(200));
    Ok(())
}

async fn only_what_is_open_is_closed(world: &HandlerWorld) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    for verdict in [Verdict::Sent, Verdict::Unclear, Verdict::Released] {
        ledger.close(&attempt("nobody", "c", "r"), verdict).await?;
    }
    let key = "CALLER#nobody#2026-11-23";
    assert_eq!(row(world, ATTEMPTS, "pk", key).await?, None);

    // What one invocation has entered, another cannot close.
    let own = attempt("somebody", "c", "r-1");
    let admitted = Admission::Admitted { messages: 0 };
    assert_eq!(ledger.open(&own, &LIMITS).await?, admitted);
    assert_eq!(ledger.open(&own, &LIMITS).await?, admitted);
    let other = attempt("somebody", "c", "r-2");
    assert_eq!(
        ledger.open(&other, &LIMITS).await?,
        Admission::Repeats(Earlier::Open)
    );
    ledger.close(&other, Verdict::Released).await?;
    assert_eq!(
        ledger.open(&other, &LIMITS).await?,
        Admission::Repeats(Earlier::Open)
    );
    ledger.close(&own, Verdict::Sent).await?;
    assert_eq!(
        ledger.open(&other, &LIMITS).await?,
        Admission::Repeats(Earlier::Sent)
    );
    // Closed is closed.
    ledger.close(&own, Verdict::Released).await?;
    assert_eq!(
        ledger.open(&other, &LIMITS).await?,
        Admission::Repeats(Earlier::Sent)
    );
    Ok(())
}

async fn parallel_writes_share_the_limit(world: &HandlerWorld) -> Result<(), Failure> {
    let ledger = &world.line.protection.as_ref().expect("it is on").ledger;
    let entries = (0..50).map(|n| async move {
        let attempt = attempt("crowd", &format!("c-{n}"), "r");
        ledger.open(&attempt, &LIMITS).await
    });
    let entries: Vec<_> = join_all(entries)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    let admitted = |entry: &&Admission| matches!(entry, Admission::Admitted { .. });
    assert_eq!(entries.iter().filter(admitted).count(), 5, "{entries:?}");

    // So do redemptions, each with a lane of its own, and with the same lane again.
    let of = &redemptions_of("crowd");
    let twenty = &Move {
        at_most: Some(19),
        ..UP
    };
    let asked = (0..100).map(|n| async move { ledger.take(of, twenty, &step(n % 50, 2)).await });
    let moved: Vec<_> = join_all(asked)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    let taken = moved.iter().filter(|moved| **moved == Moved::Taken).count();
    assert!((20..=40).contains(&taken), "{taken}");
    assert_eq!(ledger.counter(of, true).await?, Some(20));
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

async fn redemptions(world: &HandlerWorld, pin: &str) -> Result<Option<AttributeValue>, Failure> {
    let row = row(world, BENEFITS, "pinCode", pin).await?;
    Ok(row.and_then(|row| row.get("redeemed").cloned()))
}

async fn row(
    world: &HandlerWorld,
    table: &str,
    key: &str,
    value: &str,
) -> Result<Option<std::collections::HashMap<String, AttributeValue>>, Failure> {
    let read = world.tables.get_item().table_name(table).key(key, s(value));
    Ok(read.consistent_read(true).send().await?.item)
}
