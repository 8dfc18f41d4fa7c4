//! The attempts table through the real SDK client: what exactly is asked, and what each answer
//! means.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

mod canned;

use std::collections::BTreeSet;

use connect_pin_sms::attempts::{Admission, Attempt, Limits, Record, SingleUse, Verdict};
use connect_pin_sms::cause::Cause;
use connect_pin_sms::dynamodb::{AttemptsTable, client};
use connect_pin_sms::ports::AttemptLedger;
use serde_json::{Value, json};

use canned::{answers, asked, config};

const LIMITS: Limits = Limits {
    per_hour: 5,
    per_day: 10,
    everybody_per_hour: 300,
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

/// The bodies of what is asked by one call.
macro_rules! bodies {
    ($table:ident => $call:expr) => {{
        let http = answers(&[(200, "{}"), (200, "{}")]);
        let $table = AttemptsTable::new(client(&config(http.clone())), "attempts");
        $call.await.unwrap();
        let bodies: Vec<Value> = asked(&http)
            .iter()
            .map(|body| serde_json::from_str(body).unwrap())
            .collect();
        bodies
    }};
}

#[tokio::test]
async fn enters_an_attempt_in_one_write() {
    let bodies = bodies!(table => table.open(&attempt(), &LIMITS));
    assert_eq!(
        bodies,
        [json!({
            "TableName": "attempts",
            "Key": { "pk": { "S": "CALLER#tag#2026-11-23" } },
            "UpdateExpression":
                "SET #expires = :expires ADD #d :ids, #h :ids, #claims :ids, #open :owners",
            "ConditionExpression": "(attribute_not_exists(#d) OR size(#d) < :day) \
                AND (attribute_not_exists(#h) OR size(#h) < :hour) \
                AND (attribute_not_exists(#claims) OR size(#claims) < :sms) \
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
                ":sms": { "N": "2" },
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })]
    );
}

#[tokio::test]
async fn reads_from_the_row_why_an_attempt_is_kept_out() {
    let many = |count: usize| (0..count).map(|at| format!("c:{at}")).collect::<Vec<_>>();
    for (item, admission) in [
        (json!({ "d": { "SS": many(10) } }), Admission::Locked),
        (
            json!({ "d": { "SS": many(5) }, "h08": { "SS": many(5) } }),
            Admission::Locked,
        ),
        (json!({ "claims": { "SS": many(2) } }), Admission::SmsLimit),
        (
            json!({ "claims": { "SS": ["c-1:pin"] }, "sent": { "SS": ["c-1:pin"] } }),
            Admission::SentBefore,
        ),
        (
            json!({ "claims": { "SS": ["c-1:pin"] }, "open": { "SS": ["c-1:pin#r-0"] } }),
            Admission::Pending,
        ),
        (
            json!({ "d": { "SS": ["c-1:pin"] } }),
            Admission::WrongBefore,
        ),
    ] {
        let answer = open(&[(400, &unmet(item.clone()))]).await;
        assert_eq!(answer, Ok(admission), "{item}");
    }
}

#[tokio::test(start_paused = true)]
async fn knows_its_own_entry_after_an_answer_that_got_lost() {
    let ours = json!({
        "d": { "SS": ["c-1:pin"] },
        "h08": { "SS": ["c-1:pin"] },
        "claims": { "SS": ["c-1:pin"] },
        "open": { "SS": ["c-1:pin#r-1"] },
    });
    let answer = open(&[(500, "{}"), (400, &unmet(ours))]).await;
    assert_eq!(answer, Ok(Admission::Admitted));
}

#[tokio::test(start_paused = true)]
async fn gives_up_when_the_table_does() {
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
async fn closes_an_attempt_of_its_own() {
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
        let counted: Vec<_> = bodies[1..]
            .iter()
            .map(|body| &body["Key"]["pk"]["S"])
            .collect();
        if verdict == Verdict::Wrong {
            assert_eq!(counted, ["GLOBAL#2026-11-23T08"]);
            assert_eq!(
                bodies[1]["UpdateExpression"],
                "SET #expires = :expires ADD #wrong :one"
            );
        } else {
            assert!(counted.is_empty());
        }
    }
    let closed = answers(&[(400, &unmet(json!({})))]);
    let table = AttemptsTable::new(client(&config(closed)), "attempts");
    assert_eq!(table.close(&attempt(), Verdict::Released).await, Ok(()));
}

#[tokio::test]
async fn reads_a_callers_day_as_of_this_moment() {
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
            == Record {
                wrong_today: set("c-1:pin"),
                wrong_this_hour: set("c-1:pin"),
                claims: set("c-2:pin"),
                sent: set("c-2:pin"),
                open: set("c-3:pin#r-0"),
            }
    );
    let none = table.recorded(&attempt(), day_before).await.unwrap();
    assert!(none == Record::default());
    let asked: Value = serde_json::from_str(&asked(&http)[0]).unwrap();
    assert_eq!(
        asked["Key"],
        json!({ "pk": { "S": "CALLER#tag#2026-11-22" } })
    );
    assert_eq!(asked["ConsistentRead"], true);
}

/// The one write that cannot tell its repetition is not repeated.
#[tokio::test(start_paused = true)]
async fn a_wrong_pin_counts_once_for_everybody() {
    let down = (500, "{}");
    let http = answers(&[down, down, down, down, down, down]);
    let table = AttemptsTable::new(client(&config(http.clone())), "attempts");
    assert!(table.close(&attempt(), Verdict::Wrong).await.is_err());
    let asked = asked(&http);
    let counted = asked.iter().filter(|body| body.contains("GLOBAL#"));
    assert_eq!(counted.count(), 1);
    let closing = asked.iter().filter(|body| body.contains("CALLER#"));
    assert_eq!(closing.count(), 3, "what can tell its repetition is");
}

#[tokio::test]
async fn counts_the_wrong_pins_of_everybody() {
    for (answer, count) in [
        ("{}", 0),
        (r#"{"Item":{}}"#, 0),
        (r#"{"Item":{"wrong":{"N":"299"}}}"#, 299),
    ] {
        let table = AttemptsTable::new(client(&config(answers(&[(200, answer)]))), "attempts");
        assert_eq!(table.wrong_pins(AT).await, Ok(count));
    }
}

#[tokio::test]
async fn marks_a_single_use() {
    let usage = |forget_at| SingleUse {
        tag: "tag".into(),
        token: "r-1".into(),
        forget_at,
    };
    let limited = usage(Some(7));
    let bodies = bodies!(table => table.use_once(&limited));
    assert_eq!(
        bodies,
        [json!({
            "TableName": "attempts",
            "Key": { "pk": { "S": "USED#tag" } },
            "UpdateExpression": "SET #by = :token, #expires = :expires",
            "ConditionExpression": "attribute_not_exists(#by) OR #by = :token",
            "ExpressionAttributeNames": { "#by": "by", "#expires": "expiresAt" },
            "ExpressionAttributeValues": { ":token": { "S": "r-1" }, ":expires": { "N": "7" } },
        })]
    );
    let unlimited = usage(None);
    let bodies = bodies!(table => table.use_once(&unlimited));
    assert_eq!(bodies[0]["UpdateExpression"], "SET #by = :token");
    let bodies = bodies!(table => table.unuse(&unlimited));
    assert_eq!(bodies[0]["ConditionExpression"], "#by = :token");

    let used = unmet(json!({}));
    let http = answers(&[(400, &used), (400, &used)]);
    let table = AttemptsTable::new(client(&config(http)), "attempts");
    assert_eq!(table.use_once(&unlimited).await, Ok(false));
    assert_eq!(table.unuse(&unlimited).await, Ok(()));
}
