//! The attempts table through the real SDK client: the exact requests, and the meaning of each response.

use std::collections::BTreeSet;

use connect_pin_sms::aws::dynamodb::{AttemptsTable, client};
use connect_pin_sms::rules::attempts::{Admission, Attempt, CallerDay, Earlier, Limits, Verdict};
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::counter::{CounterId, Move, Moved, Step};
use connect_pin_sms::rules::ports::{AttemptLedger, CounterError};
use serde_json::{Value, json};

use crate::canned::{answers, config, requested_json};

const LIMITS: Limits = Limits {
    per_hour: 5,
    per_day: 10,
    all_members_per_hour: 300,
    sms_per_day: 2,
};

/// 2026-11-23T08:30:00Z.
const AT: u64 = 1_795_422_600;

fn attempt() -> Attempt {
    Attempt {
        caller: "tag".into(),
        id: "c-1:pin".into(),
        owner: "c-1:pin#r-1".into(),
        at: AT,
    }
}

fn unmet(item: Value) -> String {
    json!({ "__type": "x#ConditionalCheckFailedException", "message": "no", "Item": item })
        .to_string()
}

async fn open(list: &[(u16, &str)]) -> Result<Admission, Cause> {
    let table = AttemptsTable::new(client(&config(answers(list))), "attempts");
    table.open(&attempt(), &LIMITS).await
}

/// Returns the bodies of the requests that one call makes.
macro_rules! bodies {
    ($table:ident => $call:expr) => {{
        let http = answers(&[(200, "{}"), (200, "{}")]);
        let $table = AttemptsTable::new(client(&config(http.clone())), "attempts");
        $call.await.unwrap();
        requested_json(&http)
    }};
}

mod counters;

#[tokio::test]
async fn enters_an_attempt_in_one_write() {
    let entered = json!({ "Attributes": {
        "d": { "SS": ["c-1:pin"] }, "h08": { "SS": ["c-1:pin"] },
        "claims": { "SS": ["c-1:pin", "c-0:pin"] }, "open": { "SS": ["c-1:pin#r-1"] },
    } });
    let entered = entered.to_string();
    let http = answers(&[(200, &entered)]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    // The claims in the response count the other messages.
    assert_eq!(
        table.open(&attempt(), &LIMITS).await,
        Ok(Admission::Admitted { messages: 1 })
    );
    let bodies = requested_json(&http);
    assert_eq!(
        bodies,
        [json!({
            "TableName": "attempts",
            "Key": { "pk": { "S": "CALLER#tag#2026-11-23" } },
            "UpdateExpression":
                "SET #expires = :expires ADD #d :ids, #h :ids, #claims :ids, #open :owners",
            "ConditionExpression": "(attribute_not_exists(#d) OR size(#d) < :day) \
                AND (attribute_not_exists(#h) OR size(#h) < :hour) \
                AND NOT contains(#claims, :id) AND NOT contains(#d, :id)",
            "ExpressionAttributeNames": {
                "#expires": "expiresAt", "#d": "d", "#h": "h08", "#claims": "claims", "#open": "open",
            },
            "ExpressionAttributeValues": {
                ":expires": { "N": "1795564800" },
                ":ids": { "SS": ["c-1:pin"] },
                ":owners": { "SS": ["c-1:pin#r-1"] },
                ":id": { "S": "c-1:pin" },
                ":day": { "N": "10" },
                ":hour": { "N": "5" },
            },
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })]
    );
}

#[tokio::test]
async fn finds_in_the_row_why_an_attempt_is_not_admitted() {
    let many = |count: usize| (0..count).map(|at| format!("c:{at}")).collect::<Vec<_>>();
    for (item, admission) in [
        (json!({ "d": { "SS": many(10) } }), Admission::Locked),
        (
            json!({ "d": { "SS": many(5) }, "h08": { "SS": many(5) } }),
            Admission::Locked,
        ),
        (
            json!({ "claims": { "SS": ["c-1:pin"] }, "sent": { "SS": ["c-1:pin"] } }),
            Admission::Repeats(Earlier::Sent),
        ),
        (
            json!({ "claims": { "SS": ["c-1:pin"] }, "open": { "SS": ["c-1:pin#r-0"] } }),
            Admission::Repeats(Earlier::Open),
        ),
        (
            json!({ "claims": { "SS": ["c-1:pin"] } }),
            Admission::Repeats(Earlier::Unclear),
        ),
        (
            json!({ "d": { "SS": ["c-1:pin"] } }),
            Admission::Repeats(Earlier::Wrong),
        ),
    ] {
        let answer = open(&[(400, &unmet(item.clone()))]).await;
        assert_eq!(answer, Ok(admission), "{item}");
    }
}

#[tokio::test(start_paused = true)]
async fn recognizes_its_own_entry_after_a_lost_response() {
    let ours = json!({
        "d": { "SS": ["c-1:pin"] },
        "h08": { "SS": ["c-1:pin"] },
        "claims": { "SS": ["c-1:pin"] },
        "open": { "SS": ["c-1:pin#r-1"] },
    });
    let answer = open(&[(500, "{}"), (400, &unmet(ours))]).await;
    assert_eq!(answer, Ok(Admission::Admitted { messages: 0 }));
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_table_is_an_error() {
    let down = (
        500,
        r#"{"__type":"x#InternalServerError","message":"for +819011112222"}"#,
    );
    let cause = open(&[down; 4]).await.unwrap_err();
    assert_eq!(
        cause.to_string(),
        "attempts: InternalServerError: for +[digits]"
    );
    let no_item = r#"{"__type":"x#ConditionalCheckFailedException","message":"no"}"#;
    assert!(open(&[(400, no_item)]).await.is_err());
}

#[tokio::test]
async fn closes_only_its_own_attempt() {
    let ids = json!({ "SS": ["c-1:pin"] });
    for (verdict, update, names) in [
        (
            Verdict::Sent,
            "ADD #sent :ids DELETE #d :ids, #h :ids, #open :owners",
            json!({ "#sent": "sent", "#d": "d", "#h": "h08", "#open": "open" }),
        ),
        (
            Verdict::Unclear,
            "DELETE #d :ids, #h :ids, #open :owners",
            json!({ "#d": "d", "#h": "h08", "#open": "open" }),
        ),
        (
            Verdict::Released,
            "DELETE #d :ids, #h :ids, #claims :ids, #open :owners",
            json!({ "#d": "d", "#h": "h08", "#claims": "claims", "#open": "open" }),
        ),
        (
            Verdict::Wrong,
            "DELETE #claims :ids, #open :owners",
            json!({ "#claims": "claims", "#open": "open" }),
        ),
    ] {
        let bodies = bodies!(table => table.close(&attempt(), verdict));
        assert_eq!(
            bodies[0],
            json!({
                "TableName": "attempts",
                "Key": { "pk": { "S": "CALLER#tag#2026-11-23" } },
                "UpdateExpression": update,
                "ConditionExpression": "contains(#open, :owner)",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {
                    ":ids": ids,
                    ":owners": { "SS": ["c-1:pin#r-1"] },
                    ":owner": { "S": "c-1:pin#r-1" },
                },
            })
        );
        assert_eq!(bodies.len(), 1);
    }
    let closed = answers(&[(400, &unmet(json!({})))]);
    let table = AttemptsTable::new(client(&config(closed)), "attempts");
    assert_eq!(table.close(&attempt(), Verdict::Released).await, Ok(()));
}

#[tokio::test]
async fn reads_a_callers_day_with_strong_consistency() {
    let day_before = AT - 86_400;
    let row = json!({ "Item": {
        "d": { "SS": ["c-1:pin"] }, "h08": { "SS": ["c-1:pin"] }, "claims": { "SS": ["c-2:pin"] },
        "sent": { "SS": ["c-2:pin"] }, "open": { "SS": ["c-3:pin#r-0"] },
    } });
    let http = answers(&[(200, &row.to_string()), (200, "{}")]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    let set = |id: &str| BTreeSet::from([id.to_owned()]);
    let record = table.recorded(&attempt(), day_before).await.unwrap();
    assert!(
        record
            == CallerDay {
                wrong_today: set("c-1:pin"),
                wrong_this_hour: set("c-1:pin"),
                claims: set("c-2:pin"),
                sent: set("c-2:pin"),
                open: set("c-3:pin#r-0"),
            }
    );
    let none = table.recorded(&attempt(), day_before).await.unwrap();
    assert!(none == CallerDay::default());
    let requested = requested_json(&http).remove(0);
    assert_eq!(
        requested["Key"],
        json!({ "pk": { "S": "CALLER#tag#2026-11-22" } })
    );
    assert_eq!(requested["ConsistentRead"], true);
}
