//! Long computations: they are limited in advance, and other requests are served meanwhile.

use super::*;
use serde_json::{Value, json};

fn cloudwatch(operation: &str, body: &Value) -> Ask {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    Ask::json("monitoring", &target, body.to_string())
}

/// GetMetricStatistics: "The maximum number of data points returned from a single call is 1,440."
/// GetMetricData: "A single GetMetricData call can include up to 500 MetricDataQuery structures", and
/// "up to 100,800 datapoints".
#[tokio::test]
async fn data_points_are_counted_before_they_are_computed() {
    let world = TestWorld::start().await;
    let statistics = |start: &str, end: &str, period: i64| {
        cloudwatch(
            "GetMetricStatistics",
            &json!({
                "Namespace": "N", "MetricName": "M", "Statistics": ["Sum"], "Period": period,
                "StartTime": start, "EndTime": end,
            }),
        )
    };
    for (ask, status) in [
        (
            statistics("2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", 60),
            200,
        ),
        (
            statistics("2025-01-01T00:00:00Z", "2025-01-02T00:01:00Z", 60),
            400,
        ),
        (
            statistics("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", 60),
            400,
        ),
        (
            statistics("1700-01-01T00:00:00Z", "2300-01-01T00:00:00Z", 1),
            400,
        ),
    ] {
        let answer = survive(&world, "GetMetricStatistics", &ask).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(
            answer.body.contains("exceeds the limit of 1,440"),
            status == 400
        );
    }
    let year = 365 * 86_400;
    let data = |seconds: i64, period: i64| {
        let series = json!({ "Id": "e1", "Expression": "TIME_SERIES(1)", "Period": period });
        cloudwatch(
            "GetMetricData",
            &json!({
                "StartTime": 0, "EndTime": seconds, "MetricDataQueries": [series],
            }),
        )
    };
    for (ask, status) in [
        (data(100_800, 1), 200),
        (data(year, 1), 400),
        (data(year, 60), 400),
        (data(year, 3_600), 200),
    ] {
        let answer = survive(&world, "GetMetricData", &ask).await;
        assert_eq!(
            answer.status,
            status,
            "{}",
            &answer.body[..300.min(answer.body.len())]
        );
        assert_eq!(
            answer.body.contains("exceeds the limit of 100,800"),
            status == 400
        );
    }
    world.stop().await;
}

/// The longest simulation that is accepted: each pattern is compared with each part of the
/// resource, to its last letter.
fn longest_simulation() -> Ask {
    let pattern = format!("*{}b", "a".repeat(150));
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": vec![pattern; 500],
        }],
    });
    let resource = "a".repeat(300);
    Ask::form(
        "iam",
        &[
            ("Action", "SimulateCustomPolicy"),
            ("Version", "2010-05-08"),
            ("PolicyInputList.member.1", &policy.to_string()),
            ("ActionNames.member.1", "dynamodb:GetItem"),
            ("ResourceArns.member.1", &resource),
        ],
    )
}

/// Awaits a request, during which the account must answer others.
async fn well_meanwhile(
    world: &TestWorld,
    work: impl Future<Output = Result<Answer, String>>,
) -> Answer {
    let mut answered = 0;
    tokio::pin!(work);
    let answer = loop {
        tokio::select! {
            biased;
            answer = &mut work => break answer.unwrap(),
            () = world.must_be_well() => answered += 1,
        }
    };
    assert!(
        answered > 10,
        "{answered} requests for health were answered meanwhile"
    );
    answer
}

/// The test has a single thread, which also serves: no request would be answered if the simulation
/// ran on it.
#[tokio::test]
async fn policies_are_simulated_while_other_requests_are_served() {
    let world = TestWorld::start().await;
    let simulation = longest_simulation();
    let simulated = well_meanwhile(&world, world.send(&simulation)).await;
    assert_eq!(simulated.status, 200, "{}", simulated.body);
    world.stop().await;
}

/// The test has a single thread, as above. The user has as many long policies as a user may have.
#[tokio::test]
async fn long_policies_of_a_user_are_evaluated_while_other_requests_are_served() {
    let world = TestWorld::start().await;
    let iam = async |pairs: &[(&str, &str)]| world.done(&Ask::form("iam", pairs)).await.body;
    let between = |text: &str, element: &str| {
        let (_, rest) = text.split_once(&format!("<{element}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    iam(&[("Action", "CreateUser"), ("UserName", "ann")]).await;
    let key = iam(&[("Action", "CreateAccessKey"), ("UserName", "ann")]).await;
    let key = between(&key, "AccessKeyId");
    let stars = "*a".repeat(2_990);
    let policy = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{stars}"),
    }});
    let policy = policy.to_string();
    for number in 0..10 {
        let name = format!("p{number}");
        let created = iam(&[
            ("Action", "CreatePolicy"),
            ("PolicyName", &name),
            ("PolicyDocument", &policy),
        ])
        .await;
        let arn = between(&created, "Arn");
        let attach = [("Action", "AttachUserPolicy"), ("UserName", "ann")];
        iam(&[&attach[..], &[("PolicyArn", arn.as_str())]].concat()).await;
    }
    let path = format!("/bucket/{}", "a".repeat(1_000));
    let get = Ask::new("s3", "GET", path);
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, \
         Signature=00"
    );
    let refused = well_meanwhile(&world, world.send_with(&get, Some(&credential))).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    world.stop().await;
}

/// Returns a scan that reads a megabyte of items and finds none.
async fn scan_of_a_full_table(world: &TestWorld) -> Ask {
    let dynamodb = |operation: &str, body: Value| {
        let target = format!("DynamoDB_20120810.{operation}");
        Ask::json("dynamodb", &target, body.to_string())
    };
    let table = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
    });
    world.done(&dynamodb("CreateTable", table)).await;
    for batch in 0..40 {
        let items = (0..25).map(|n| {
            let key = format!("{batch}-{n}");
            json!({ "PutRequest": { "Item": { "k": { "S": key }, "v": { "S": "x".repeat(900) } } } })
        });
        let items: Vec<Value> = items.collect();
        let write = json!({ "RequestItems": { "table": items } });
        world.done(&dynamodb("BatchWriteItem", write)).await;
    }
    let filter = vec!["contains(v, :a)"; 100].join(" OR ");
    dynamodb(
        "Scan",
        json!({
            "TableName": "table", "FilterExpression": filter,
            "ExpressionAttributeValues": { ":a": { "S": "xy" } },
        }),
    )
}

/// Sends the longest requests that are accepted, with requests for health among them.
#[tokio::test]
async fn health_is_answered_while_services_are_busy() {
    let world = TestWorld::start().await;
    let list = json!({ "Id": "e0", "Expression": "[TIME_SERIES(1), TIME_SERIES(2), TIME_SERIES(3)]", "Period": 1 });
    let product = json!({ "Id": "e1", "Expression": "e0 * e0 * e0 * e0", "Period": 1 });
    let busy = cloudwatch(
        "GetMetricData",
        &json!({
            "StartTime": 0, "EndTime": 100_000, "MetricDataQueries": [list, product],
        }),
    );
    world.make_log_stream("g", "s").await;
    for n in 0..8 {
        let events = vec![json!({ "timestamp": n, "message": "a".repeat(10_000) }); 100];
        let put = json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events });
        world
            .done(&Ask::json(
                "logs",
                "Logs_20140328.PutLogEvents",
                put.to_string(),
            ))
            .await;
    }
    let filter = json!({ "logGroupName": "g", "filterPattern": "?b ".repeat(341) });
    let search = Ask::json("logs", "Logs_20140328.FilterLogEvents", filter.to_string());
    let scan = scan_of_a_full_table(&world).await;
    let simulation = longest_simulation();
    let mut answered = 0;
    {
        let work = async {
            for _ in 0..2 {
                let (metrics, lines, items, decisions) = tokio::join!(
                    world.send(&busy),
                    world.send(&search),
                    world.send(&scan),
                    world.send(&simulation)
                );
                assert_eq!(metrics.unwrap().status, 400);
                assert_eq!(lines.unwrap().status, 200);
                assert_eq!(items.unwrap().status, 200);
                let decisions = decisions.unwrap();
                assert_eq!(decisions.status, 200, "{}", decisions.body);
            }
        };
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                () = &mut work => break,
                () = world.must_be_well() => answered += 1,
            }
        }
    }
    assert!(
        answered > 100,
        "{answered} requests for health were answered meanwhile"
    );
    world.stop().await;
}

/// A search ends after a number of bytes, as on AWS, and the token continues it.
#[tokio::test]
async fn a_long_search_is_split_into_pages() {
    let world = TestWorld::start().await;
    world.make_log_stream("g", "s").await;
    let put = async |time: i64, message: &str, count: usize| {
        let events = vec![json!({ "timestamp": time, "message": message }); count];
        let put = json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events });
        world
            .done(&Ask::json(
                "logs",
                "Logs_20140328.PutLogEvents",
                put.to_string(),
            ))
            .await;
    };
    for time in 0..2 {
        put(time, &"a".repeat(10_000), 100).await;
    }
    put(2, "the last one", 1).await;
    let pattern = "-b ".repeat(340) + "last";
    let (mut pages, mut found, mut token) = (0, Vec::new(), Value::Null);
    loop {
        let mut body = json!({ "logGroupName": "g", "filterPattern": pattern });
        if token.is_string() {
            body["nextToken"] = token.clone();
        }
        let ask = Ask::json("logs", "Logs_20140328.FilterLogEvents", body.to_string());
        let answer = world.done(&ask).await.json();
        let events = answer["events"].as_array().unwrap().iter();
        found.extend(events.map(|event| event["message"].as_str().unwrap().to_owned()));
        pages += 1;
        token = answer["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(found, ["the last one"]);
    // Two megabytes compared with 341 terms, at 64 MiB a page.
    assert!((9..=13).contains(&pages), "{pages} pages");
    world.stop().await;
}
