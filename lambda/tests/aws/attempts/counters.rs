//! Counters: redemptions, single uses and the hour's wrong PINs.

use super::*;
use crate::canned::requested;

const STEP: u64 = 1_795_422_600_000_000;

fn step() -> Step {
    Step {
        lane: "0123456789ab".into(),
        number: STEP,
    }
}

/// The move of one redemption more, up to 50, where the row counts 7.
const REDEMPTION: Move = Move {
    start: 7,
    by: 1,
    at_least: None,
    at_most: Some(49),
};

const FIRST_USE: Move = Move {
    start: 0,
    by: 1,
    at_least: None,
    at_most: Some(0),
};

const RESERVATION: Move = Move {
    start: 1_200,
    by: -4,
    at_least: Some(4),
    at_most: None,
};

fn redemptions() -> CounterId {
    CounterId::Redemptions {
        campaign: "spring".into(),
    }
}

fn single_use() -> CounterId {
    CounterId::SingleUse {
        tag: "tag".into(),
        campaign: "spring".into(),
    }
}

#[tokio::test]
async fn moves_a_counter_in_one_write_that_may_be_repeated() {
    let bodies = bodies!(table => table.take(&redemptions(), &REDEMPTION, &step()));
    assert_eq!(
        bodies,
        [json!({
            "TableName": "attempts",
            "Key": { "pk": { "S": "REDEEMED#spring" } },
            "UpdateExpression": "SET #n = if_not_exists(#n, :start) + :by, #lane = :step",
            "ConditionExpression": "(attribute_not_exists(#lane) OR #lane < :step) AND \
                (attribute_not_exists(#floor) OR #floor < :step) AND \
                (attribute_not_exists(#n) OR (#n <= :most))",
            "ExpressionAttributeNames": {
                "#n": "redeemed", "#lane": "w0123456789ab", "#floor": "floor",
            },
            "ExpressionAttributeValues": {
                ":start": { "N": "7" }, ":by": { "N": "1" },
                ":step": { "N": STEP.to_string() }, ":most": { "N": "49" },
            },
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })]
    );

    let hour = CounterId::Hour { at: AT };
    let bodies = bodies!(table => table.take(&hour, &RESERVATION, &step()));
    assert_eq!(
        bodies[0]["Key"],
        json!({ "pk": { "S": "GLOBAL#2026-11-23T08" } })
    );
    assert_eq!(
        bodies[0]["UpdateExpression"],
        "SET #n = if_not_exists(#n, :start) + :by, #lane = :step, #expires = :expires"
    );
    let values = &bodies[0]["ExpressionAttributeValues"];
    assert_eq!(values[":expires"], json!({ "N": "1795509000" }));
    assert_eq!(values[":least"], json!({ "N": "4" }));

    // A mark never expires, and a mark of release 0.2.0 counts.
    let bodies = bodies!(table => table.take(&single_use(), &FIRST_USE, &step()));
    assert_eq!(bodies[0]["Key"], json!({ "pk": { "S": "USED#tag" } }));
    assert_eq!(
        bodies[0]["UpdateExpression"],
        "SET #n = if_not_exists(#n, :start) + :by, #lane = :step, #mark = :mark, \
         #campaign = :campaign REMOVE #expires"
    );
    let condition = bodies[0]["ConditionExpression"].as_str().unwrap();
    let bounds =
        "AND ((attribute_not_exists(#n) AND attribute_not_exists(#mark)) OR (#n <= :most))";
    assert!(condition.ends_with(bounds), "{condition}");
}

/// A counter that does not exist yet is not created if the start is out of bounds.
#[tokio::test]
async fn a_counter_does_not_begin_beyond_its_bounds() {
    let full = Move {
        start: 50,
        ..REDEMPTION
    };
    let bodies = bodies!(table => table.take(&redemptions(), &full, &step()));
    let condition = bodies[0]["ConditionExpression"].as_str().unwrap();
    assert!(condition.ends_with(" AND #n <= :most"), "{condition}");
}

#[tokio::test(start_paused = true)]
async fn finds_in_the_item_whether_a_move_was_taken() {
    let number = |value: u64| json!({ "N": value.to_string() });
    let lane = |last| json!({ "redeemed": number(8), "w0123456789ab": number(last) });
    for (item, moved) in [
        (lane(STEP), Moved::Taken),
        (lane(STEP + 1), Moved::TooLate),
        (
            json!({ "redeemed": number(8), "floor": number(STEP) }),
            Moved::TooLate,
        ),
        (json!({ "redeemed": number(50) }), Moved::OutOfBounds),
    ] {
        // The first response gets lost, and the second shows whether the first request took the move. If it
        // did not, it may still arrive, and is kept from being taken.
        let unmet = unmet(item.clone());
        let http = answers(&[(500, "{}"), (400, &unmet), (400, &unmet), (200, "{}")]);
        let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
        let answer = table.take(&redemptions(), &REDEMPTION, &step()).await;
        assert_eq!(answer, Ok(moved), "{item}");
        let kept_out = usize::from(moved == Moved::OutOfBounds) * 2;
        assert_eq!(requested(&http).len(), 2 + kept_out, "{item}");
    }
    // After a first response, no earlier request can arrive.
    let exhausted = unmet(json!({ "redeemed": number(50) }));
    let http = answers(&[(400, &exhausted)]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    let answer = table.take(&redemptions(), &REDEMPTION, &step()).await;
    assert_eq!(answer, Ok(Moved::OutOfBounds));
    assert_eq!(requested(&http).len(), 1);
}

/// In release 0.2.0 a mark expired 30 days after the end that the campaign had when it was written.
#[tokio::test]
async fn a_mark_of_an_earlier_release_counts_and_is_kept_for_good() {
    let old = unmet(json!({ "by": { "S": "r-0" }, "expiresAt": { "N": "7" } }));
    let http = answers(&[(400, &old), (200, "{}")]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    let answer = table.take(&single_use(), &FIRST_USE, &step()).await;
    assert_eq!(answer, Ok(Moved::OutOfBounds));
    let kept = requested_json(&http).remove(1);
    assert_eq!(
        kept["UpdateExpression"],
        "SET #campaign = :campaign REMOVE #expires"
    );
    assert_eq!(kept["ConditionExpression"], "attribute_exists(#mark)");
}

#[tokio::test(start_paused = true)]
async fn distinguishes_throttling_from_an_outage() {
    for (code, throttled) in [
        ("ProvisionedThroughputExceededException", true),
        ("ThrottlingException", true),
        ("RequestLimitExceeded", true),
        ("InternalServerError", false),
    ] {
        let body = json!({ "__type": format!("x#{code}"), "message": "no" }).to_string();
        let status = if throttled { 400 } else { 500 };
        let table = || {
            let http = answers(&[(status, body.as_str()); 4]);
            AttemptsTable::new(client(&config(http)), "attempts")
        };
        let hour = CounterId::Hour { at: AT };
        for error in [
            table().counter(&hour, false).await.unwrap_err(),
            table()
                .take(&hour, &RESERVATION, &step())
                .await
                .unwrap_err(),
        ] {
            assert_eq!(
                matches!(error, CounterError::Throttled(_)),
                throttled,
                "{error:?}"
            );
        }
    }
}

#[tokio::test]
async fn reads_a_counter() {
    let hour = CounterId::Hour { at: AT };
    for (answer, left) in [
        ("{}", None),
        (r#"{"Item":{}}"#, None),
        (r#"{"Item":{"left":{"N":"-3"}}}"#, Some(-3)),
    ] {
        for fresh in [false, true] {
            let http = answers(&[(200, answer)]);
            let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
            assert_eq!(table.counter(&hour, fresh).await, Ok(left));
            let requested = requested_json(&http).remove(0);
            assert_eq!(
                requested["ConsistentRead"].as_bool().unwrap_or(false),
                fresh
            );
        }
    }
}

#[tokio::test]
async fn undoes_a_move_or_keeps_it_from_being_taken() {
    // The move was taken.
    let http = answers(&[(200, "{}")]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    table
        .undo(&redemptions(), &REDEMPTION, &step())
        .await
        .unwrap();
    let bodies = requested_json(&http);
    assert_eq!(bodies.len(), 1);
    assert_eq!(
        bodies[0]["UpdateExpression"],
        "SET #n = #n - :by, #lane = :undone"
    );
    assert_eq!(bodies[0]["ConditionExpression"], "#lane = :step");
    assert_eq!(
        bodies[0]["ExpressionAttributeValues"][":undone"],
        json!({ "N": (STEP + 1).to_string() })
    );

    // The move was not taken, and may still arrive.
    let not_there = unmet(json!({ "redeemed": { "N": "8" } }));
    let http = answers(&[(400, &not_there), (200, "{}")]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    table
        .undo(&redemptions(), &REDEMPTION, &step())
        .await
        .unwrap();
    let bodies = requested_json(&http);
    assert_eq!(bodies[1]["UpdateExpression"], "SET #lane = :undone");

    // The move arrives in between, and is taken back.
    let http = answers(&[(400, &not_there), (400, &not_there), (200, "{}")]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    table
        .undo(&redemptions(), &REDEMPTION, &step())
        .await
        .unwrap();
    assert_eq!(
        requested_json(&http)[2]["UpdateExpression"],
        "SET #n = #n - :by, #lane = :undone"
    );

    // The move is undone already, or below the floor.
    for item in [
        json!({ "w0123456789ab": { "N": (STEP + 1).to_string() } }),
        json!({ "floor": { "N": (STEP + 1).to_string() } }),
    ] {
        let undone = unmet(item);
        let http = answers(&[(400, &undone)]);
        let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
        table
            .undo(&redemptions(), &REDEMPTION, &step())
            .await
            .unwrap();
        assert_eq!(requested_json(&http).len(), 1);
    }

    // The item of a mark that was taken back expires.
    let bodies = bodies!(table => table.undo(&single_use(), &FIRST_USE, &step()));
    assert_eq!(
        bodies[0]["UpdateExpression"],
        "SET #n = #n - :by, #lane = :undone, #expires = :expires REMOVE #mark"
    );
}

/// An item stays within the 1 KB of one write unit, however many functions move its counter.
#[tokio::test]
async fn sweeps_out_resting_lanes() {
    let mut item = json!({ "redeemed": { "N": "8" }, "w0123456789ab": { "N": STEP.to_string() } });
    for n in 0..40_u64 {
        item[format!("w{n:012x}")] = json!({ "N": (STEP - 100_000_000 + n).to_string() });
    }
    let moved = json!({ "Attributes": item }).to_string();
    let http = answers(&[(200, &moved), (200, "{}"), (200, "{}"), (200, "{}")]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    table
        .take(&redemptions(), &REDEMPTION, &step())
        .await
        .unwrap();
    assert_eq!(requested(&http).len(), 1, "no request waits for it");
    // The sweep runs once, alongside the first requests of the next attempt.
    let hour = CounterId::Hour { at: AT };
    for _ in 0..2 {
        table.counter(&hour, false).await.unwrap();
    }
    let bodies = requested(&http);
    assert_eq!(bodies.len(), 4);
    let swept = bodies.iter().find(|body| body.contains("#w0")).unwrap();
    let swept: Value = serde_json::from_str(swept).unwrap();
    let expression = swept["UpdateExpression"].as_str().unwrap();
    assert!(expression.starts_with("SET #floor = :floor REMOVE #w0, #w1"));
    let condition = swept["ConditionExpression"].as_str().unwrap();
    assert!(condition.contains("(attribute_not_exists(#floor) OR #floor < :floor) AND #w0 = :w0"));
    let names = swept["ExpressionAttributeNames"].as_object().unwrap();
    assert!(names.values().all(|name| name != "w0123456789ab"));
    assert_eq!(names.len(), 21, "20 at a time, and the floor");
}
