//! The adapters' conditional writes, and above all the writes that they refuse.

use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::rules::attempts::{Admission, Attempt, Earlier, Limits, Verdict};
use connect_pin_sms::rules::counter::{CounterId, Move, Moved, Step};
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::ports::{AttemptLedger, CampaignCatalogue};
use e2e::Failure;
use futures_util::future::join_all;

use crate::handler::setup::{ATTEMPTS, BENEFITS, HandlerSetup, s};

/// Noon on 2026-11-23.
const AT: u64 = 1_795_435_200;

const LIMITS: Limits = Limits {
    per_hour: 5,
    per_day: 10,
    all_members_per_hour: 300,
    sms_per_day: 100,
};

pub(crate) async fn writes_refuse(setup: HandlerSetup) -> Result<(), Failure> {
    redemptions_end_at_the_limit(&setup).await?;
    a_counter_takes_each_step_once(&setup).await?;
    a_step_undone_before_it_arrives_is_refused(&setup).await?;
    a_redemption_of_an_earlier_release_counts(&setup).await?;
    idle_lanes_are_removed(&setup).await?;
    only_an_open_attempt_of_its_owner_is_closed(&setup).await?;
    parallel_writes_share_the_limit(&setup).await?;
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn redemptions_end_at_the_limit(setup: &HandlerSetup) -> Result<(), Failure> {
    let campaigns = &setup.line.campaigns;
    let key = PinKey::new("1001");
    // A redemption creates no row.
    assert!(!campaigns.redeem(&key, 2, "a").await?);
    assert_eq!(row(setup, BENEFITS, "pinCode", "1001").await?, None);

    setup.put(BENEFITS, [("pinCode", s("1001"))]).await?;
    for (token, counts, redeemed) in [
        ("a", true, "1"),
        // The same invocation counts once.
        ("a", true, "1"),
        ("b", true, "2"),
        ("b", true, "2"),
        ("c", false, "2"),
        ("c", false, "2"),
    ] {
        assert_eq!(campaigns.redeem(&key, 2, token).await?, counts, "{token}");
        assert_eq!(redemptions(setup, "1001").await?, number(redeemed));
    }
    for redeemed in ["1", "0", "0"] {
        campaigns.give_back(&key).await?;
        assert_eq!(redemptions(setup, "1001").await?, number(redeemed));
    }
    // Giving back creates neither a row nor a count.
    setup.put(BENEFITS, [("pinCode", s("1002"))]).await?;
    for pin in ["1002", "1003"] {
        campaigns.give_back(&PinKey::new(pin)).await?;
        assert_eq!(redemptions(setup, pin).await?, None, "{pin}");
    }
    assert_eq!(row(setup, BENEFITS, "pinCode", "1003").await?, None);
    Ok(())
}

/// Adds one, at most twice.
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

async fn a_counter_takes_each_step_once(setup: &HandlerSetup) -> Result<(), Failure> {
    let ledger = setup.ledger();
    let of = redemptions_of("steps");
    for (step, moved, value) in [
        (step(1, 2), Moved::Taken, 1),
        (step(1, 2), Moved::Taken, 1),
        (step(2, 2), Moved::Taken, 2),
        (step(1, 4), Moved::OutOfBounds, 2),
        // A step taken before another lane's step is still known.
        (step(1, 2), Moved::Taken, 2),
    ] {
        assert_eq!(ledger.take(&of, &UP, &step).await?, moved, "{step:?}");
        assert_eq!(ledger.counter(&of, true).await?, Some(value), "{step:?}");
    }
    for _ in 0..2 {
        ledger.undo(&of, &UP, &step(1, 2)).await?;
        assert_eq!(ledger.counter(&of, true).await?, Some(1));
    }
    assert_eq!(ledger.take(&of, &UP, &step(1, 2)).await?, Moved::TooLate);
    assert_eq!(ledger.take(&of, &UP, &step(1, 6)).await?, Moved::Taken);
    // A counter starts at the value that its first move gives.
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

async fn a_step_undone_before_it_arrives_is_refused(setup: &HandlerSetup) -> Result<(), Failure> {
    let ledger = setup.ledger();
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

async fn a_redemption_of_an_earlier_release_counts(setup: &HandlerSetup) -> Result<(), Failure> {
    let ledger = setup.ledger();
    let old = [
        ("pk", s("USED#old")),
        ("by", s("r-0")),
        ("expiresAt", AttributeValue::N(AT.to_string())),
    ];
    setup.put(ATTEMPTS, old).await?;
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
    let kept = row(setup, ATTEMPTS, "pk", "USED#old")
        .await?
        .expect("the row stays");
    assert!(!kept.contains_key("expiresAt"), "the row must not expire");
    assert_eq!(kept["campaign"], s("spring"));
    Ok(())
}

/// A counter that 200 functions use one after the other stays within one write unit.
async fn idle_lanes_are_removed(setup: &HandlerSetup) -> Result<(), Failure> {
    let ledger = setup.ledger();
    let of = redemptions_of("busy");
    let many = Move {
        at_most: Some(1_000),
        ..UP
    };
    for lane in 0..200 {
        // Ten seconds after the one before.
        let step = step(lane, lane * 10_000_000 + 2);
        assert_eq!(ledger.take(&of, &many, &step).await?, Moved::Taken);
        // Each attempt first reads the counter, which also removes idle lanes.
        ledger.counter(&of, false).await?;
    }
    assert_eq!(ledger.counter(&of, true).await?, Some(200));
    let item = row(setup, ATTEMPTS, "pk", "REDEEMED#busy")
        .await?
        .expect("the counter has an item");
    assert!(item.len() <= 40, "{} attributes", item.len());
    // A late step of a removed lane is refused.
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

async fn only_an_open_attempt_of_its_owner_is_closed(setup: &HandlerSetup) -> Result<(), Failure> {
    let ledger = setup.ledger();
    for verdict in [Verdict::Sent, Verdict::Unclear, Verdict::Released] {
        ledger
            .close(&attempt("stranger", "c", "r"), verdict)
            .await?;
    }
    let key = "CALLER#stranger#2026-11-23";
    assert_eq!(row(setup, ATTEMPTS, "pk", key).await?, None);

    // An invocation cannot close the attempt that another invocation opened.
    let own = attempt("member", "c", "r-1");
    let admitted = Admission::Admitted { messages: 0 };
    assert_eq!(ledger.open(&own, &LIMITS).await?, admitted);
    assert_eq!(ledger.open(&own, &LIMITS).await?, admitted);
    let other = attempt("member", "c", "r-2");
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
    // A closed attempt stays as it is.
    ledger.close(&own, Verdict::Released).await?;
    assert_eq!(
        ledger.open(&other, &LIMITS).await?,
        Admission::Repeats(Earlier::Sent)
    );
    Ok(())
}

async fn parallel_writes_share_the_limit(setup: &HandlerSetup) -> Result<(), Failure> {
    let ledger = setup.ledger();
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

    // Parallel redemptions share their limit too. Each lane is used twice, with the same step.
    let of = &redemptions_of("crowd");
    let twenty = &Move {
        at_most: Some(19),
        ..UP
    };
    let steps = (0..100).map(|n| async move { ledger.take(of, twenty, &step(n % 50, 2)).await });
    let moved: Vec<_> = join_all(steps)
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

async fn redemptions(setup: &HandlerSetup, pin: &str) -> Result<Option<AttributeValue>, Failure> {
    let row = row(setup, BENEFITS, "pinCode", pin).await?;
    Ok(row.and_then(|row| row.get("redeemed").cloned()))
}

async fn row(
    setup: &HandlerSetup,
    table: &str,
    key: &str,
    value: &str,
) -> Result<Option<std::collections::HashMap<String, AttributeValue>>, Failure> {
    let read = setup.tables.get_item().table_name(table).key(key, s(value));
    Ok(read.consistent_read(true).send().await?.item)
}
