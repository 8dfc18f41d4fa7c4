//! Deeply nested and long inputs.

use super::*;
use serde_json::{Value, json};

const DYNAMODB: &str = "DynamoDB_20120810";

/// A name, a request, and a part of the expected refusal; `""` if the response is not checked.
type Row = (String, Ask, &'static str);

fn row(name: impl Into<String>, ask: Ask, words: &'static str) -> Row {
    (name.into(), ask, words)
}

/// Returns text enclosed in an opening and a closing, each repeated.
fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

/// JSON of each kind that is nested too deeply for recursive parsers.
fn deep_json() -> Vec<(&'static str, String)> {
    vec![
        ("lists", nested("[", "", "]", 100_000)),
        ("objects", nested("{\"a\":", "1", "}", 100_000)),
        ("open lists", "[".repeat(1_000_000)),
        ("as deep as is read", nested("[", "", "]", 120)),
    ]
}

async fn all(rows: Vec<Row>) {
    let world = TestWorld::start().await;
    create_resources(&world).await;
    for (name, ask, words) in rows {
        let answer = survive(&world, &name, &ask).await;
        if !words.is_empty() {
            let shown: String = answer.body.chars().take(400).collect();
            assert_eq!(answer.status, 400, "{name}: {shown}");
            assert!(answer.body.contains(words), "{name}: {shown}");
        }
    }
    world.stop().await;
}

/// Creates the resources that the requests name.
async fn create_resources(world: &TestWorld) {
    let table = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
    });
    world.done(&dynamodb("CreateTable", &table)).await;
    let item = json!({ "TableName": "table", "Item": { "k": { "S": "k" }, "a": { "N": "1" } } });
    world.done(&dynamodb("PutItem", &item)).await;
    world
        .done(&logs("CreateLogGroup", &json!({ "logGroupName": "g" })))
        .await;
    let stream = json!({ "logGroupName": "g", "logStreamName": "s" });
    world.done(&logs("CreateLogStream", &stream)).await;
    let topic = [("Action", "CreateTopic"), ("Name", "t")];
    world.done(&Ask::form("sns", &topic)).await;
    world.done(&Ask::new("s3", "PUT", "/bucket")).await;
}

fn dynamodb(operation: &str, body: &Value) -> Ask {
    Ask::json(
        "dynamodb",
        &format!("{DYNAMODB}.{operation}"),
        body.to_string(),
    )
}

fn logs(operation: &str, body: &Value) -> Ask {
    Ask::json(
        "logs",
        &format!("Logs_20140328.{operation}"),
        body.to_string(),
    )
}

fn cloudwatch(operation: &str, body: &Value) -> Ask {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    Ask::json("monitoring", &target, body.to_string())
}

/// Returns a request for each operation that accepts an expression of this kind.
fn with_expression(kind: &str, expression: &str) -> Vec<(String, Ask)> {
    let key = json!({ "k": { "S": "k" } });
    let mut values = json!({});
    for name in [":v", ":w"] {
        if expression.contains(name) {
            values[name] = json!({ "N": "1" });
        }
    }
    let about = |members: Value| {
        let mut body = json!({ "TableName": "table" });
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        if values != json!({}) {
            body["ExpressionAttributeValues"] = values.clone();
        }
        body
    };
    let item = json!({ "k": { "S": "k" }, "a": { "N": "1" } });
    let transact = |action: &str, members: Value| {
        (
            "TransactWriteItems",
            json!({ "TransactItems": [{ action: about(members) }] }),
        )
    };
    let requests = match kind {
        "ConditionExpression" => vec![
            ("PutItem", about(json!({ "Item": item, kind: expression }))),
            (
                "DeleteItem",
                about(json!({ "Key": { "k": { "S": "none" } }, kind: expression })),
            ),
            (
                "UpdateItem",
                about(json!({ "Key": key, "UpdateExpression": "REMOVE b", kind: expression })),
            ),
            transact("Put", json!({ "Item": item, kind: expression })),
            transact("Delete", json!({ "Key": key, kind: expression })),
            transact("ConditionCheck", json!({ "Key": key, kind: expression })),
            transact(
                "Update",
                json!({ "Key": key, "UpdateExpression": "REMOVE b", kind: expression }),
            ),
        ],
        "FilterExpression" => vec![
            ("Scan", about(json!({ kind: expression }))),
            ("Query", {
                let mut body =
                    about(json!({ "KeyConditionExpression": "k = :k", kind: expression }));
                body["ExpressionAttributeValues"][":k"] = json!({ "S": "k" });
                body
            }),
        ],
        "KeyConditionExpression" => vec![("Query", about(json!({ kind: expression })))],
        "UpdateExpression" => vec![
            ("UpdateItem", about(json!({ "Key": key, kind: expression }))),
            transact("Update", json!({ "Key": key, kind: expression })),
        ],
        _ => vec![
            ("GetItem", about(json!({ "Key": key, kind: expression }))),
            ("Scan", about(json!({ kind: expression }))),
            (
                "BatchGetItem",
                json!({ "RequestItems": { "table": { "Keys": [key], kind: expression } } }),
            ),
            (
                "TransactGetItems",
                json!({ "TransactItems": [{ "Get": about(json!({ "Key": key, kind: expression })) }] }),
            ),
        ],
    };
    requests
        .into_iter()
        .map(|(operation, body)| (format!("{operation} {kind}"), dynamodb(operation, &body)))
        .collect()
}

/// "The maximum length of any expression string is 4 KB"; "The maximum number of operators or
/// functions in an UpdateExpression is 300", and likewise in a condition; "the maximum depth for a
/// document path is 32".
#[tokio::test]
async fn expressions_of_dynamodb_are_limited_before_they_are_parsed() {
    const MANY: &str = "too many operators; operator count: 301";
    const LONG: &str = "Expression size has exceeded the maximum allowed size";
    const DEEP: &str = "The document path has too many nesting levels; nesting levels: ";
    let joined = |count: usize| vec!["a = :v"; count].join(" AND ");
    let mut rows = Vec::new();
    for kind in ["ConditionExpression", "FilterExpression"] {
        for (expression, words) in [
            // 300 ANDs between 301 comparisons.
            (joined(301), MANY),
            (joined(301).replace("AND", "or"), MANY),
            (format!("{}a = :v", "NOT ".repeat(300)), MANY),
            (nested("NOT (", "a = :v", ")", 300), MANY),
            (nested("(", "a = :v", ")", 1_500), "redundant parentheses"),
            (format!("a IN ({})", vec![":v"; 1_300].join(",")), ""),
            (format!("{} = :v", vec!["a"; 2_000].join(".")), DEEP),
            (format!("a{} = :v", "[0]".repeat(1_300)), DEEP),
            (nested("size(", "a", ")", 500), MANY),
            ("(".repeat(4_000), ""),
            ("NOT ".repeat(200_000), LONG),
            (format!("a = :v{}", " ".repeat(4_097)), LONG),
        ] {
            for (name, ask) in with_expression(kind, &expression) {
                rows.push(row(name, ask, words));
            }
        }
    }
    for expression in [
        joined(600),
        nested("(", "k = :v", ")", 1_500),
        "(".repeat(4_000),
    ] {
        for (name, ask) in with_expression("KeyConditionExpression", &expression) {
            rows.push(row(name, ask, "KeyConditionExpression"));
        }
    }
    for (expression, words) in [
        (format!("SET a = :v{}", " + :v".repeat(301)), MANY),
        (nested("SET a = if_not_exists(a, ", ":v", ")", 200), ""),
        (
            format!("SET a = {}", nested("list_append(a, ", ":v", ")", 301)),
            LONG,
        ),
        (format!("SET a = {}", nested("(", ":v", ")", 1_800)), ""),
        (format!("REMOVE {}", vec!["b"; 2_000].join(".")), DEEP),
        (format!("REMOVE {}", vec!["b"; 2_000].join(", ")), LONG),
        (format!("SET a{} = :v", "[0]".repeat(1_300)), DEEP),
    ] {
        for (name, ask) in with_expression("UpdateExpression", &expression) {
            rows.push(row(name, ask, words));
        }
    }
    for (expression, words) in [
        (vec!["a"; 2_000].join("."), DEEP),
        (format!("a{}", "[0]".repeat(1_300)), DEEP),
        (vec!["a"; 4_000].join(","), LONG),
    ] {
        for (name, ask) in with_expression("ProjectionExpression", &expression) {
            rows.push(row(name, ask, words));
        }
    }
    all(rows).await;
}

#[tokio::test]
async fn expressions_within_the_limits_are_evaluated() {
    let world = TestWorld::start().await;
    create_resources(&world).await;
    // 150 comparisons and 149 ANDs are 299 operators; so are 298 NOTs and a comparison.
    for expression in [
        vec!["a = :v"; 150].join(" AND "),
        vec!["a <> :v"; 149].join(" OR ") + " OR a = :v",
        format!("{}a = :v", "NOT ".repeat(298)),
        nested("NOT (", "a = :v", ")", 298),
        format!("a = :v OR {} = :v", vec!["a"; 32].join(".")),
    ] {
        for kind in ["ConditionExpression", "FilterExpression"] {
            for (name, ask) in with_expression(kind, &expression) {
                let answer = survive(&world, &name, &ask).await;
                // DeleteItem's condition concerns an item that does not exist.
                let met = answer.status == 200 || answer.body.contains("ConditionalCheckFailed");
                assert!(met, "{name} {expression}: {answer:?}");
            }
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn items_and_statements_of_dynamodb_are_limited() {
    let mut rows = Vec::new();
    for (name, body) in deep_json() {
        for operation in [
            "PutItem",
            "CreateTable",
            "TransactWriteItems",
            "ExecuteStatement",
            "Nothing",
        ] {
            let target = format!("{DYNAMODB}.{operation}");
            rows.push(row(name, Ask::json("dynamodb", &target, body.clone()), ""));
        }
    }
    // "Up to 32 levels deep".
    for (open, close) in [("{\"L\":[", "]}"), ("{\"M\":{\"a\":", "}}")] {
        for depth in [33, 1_000, 100_000] {
            let value = nested(open, "{\"S\":\"x\"}", close, depth);
            for (member, operation) in [("Item", "PutItem"), ("Key", "GetItem")] {
                let body = format!(
                    "{{\"TableName\":\"table\",\"{member}\":{{\"k\":{{\"S\":\"k\"}},\"v\":{value}}}}}"
                );
                let target = format!("{DYNAMODB}.{operation}");
                let name = format!("{member} {depth} deep");
                rows.push(row(name, Ask::json("dynamodb", &target, body), ""));
            }
        }
    }
    for condition in [
        nested("(", "a = 1", ")", 3_000),
        format!("{}a = 1", "NOT ".repeat(1_900)),
        vec!["a = 1"; 700].join(" AND "),
        vec!["a = 1"; 900].join(" OR "),
        format!("a = {}", nested("[", "1", "]", 3_000)),
        format!("a = {}", nested("{'b':", "1", "}", 1_500)),
        format!("a = {}1", "-".repeat(7_000)),
        format!("a = 1{}", "+1".repeat(3_000)),
        format!("a{} = 1", ".b".repeat(3_000)),
        "(".repeat(100_000),
    ] {
        let statement = format!("SELECT * FROM \"table\" WHERE {condition}");
        for (operation, body) in [
            ("ExecuteStatement", json!({ "Statement": statement })),
            (
                "BatchExecuteStatement",
                json!({ "Statements": [{ "Statement": statement }] }),
            ),
            (
                "ExecuteTransaction",
                json!({ "TransactStatements": [{ "Statement": statement }] }),
            ),
        ] {
            rows.push(row(operation, dynamodb(operation, &body), ""));
        }
    }
    for value in [
        nested("[", "1", "]", 3_000),
        nested("{'b':", "1", "}", 1_500),
        nested("<<", "1", ">>", 1_500),
    ] {
        let statement = format!("INSERT INTO \"table\" VALUE {{'k': 'x', 'v': {value}}}");
        let body = json!({ "Statement": statement });
        rows.push(row("INSERT", dynamodb("ExecuteStatement", &body), ""));
    }
    all(rows).await;
}

/// "Length Constraints: Minimum length of 1. Maximum length of 2048." of an expression.
#[tokio::test]
async fn metric_math_is_limited_before_it_is_parsed() {
    const LENGTH: &str = "between 1 and 2048";
    let mut rows = Vec::new();
    for (expression, words) in [
        (vec!["1"; 1_000].join(" + "), LENGTH),
        (vec!["1"; 100_000].join("+"), LENGTH),
        (format!("TIME_SERIES({})", vec!["1"; 1_000].join("+")), ""),
        (nested("(", "1", ")", 1_000), "too deeply"),
        (nested("[", "m1", "]", 1_000), "too deeply"),
        (nested("ABS(", "m1", ")", 300), "too deeply"),
        (format!("TIME_SERIES({}1)", "-".repeat(2_000)), ""),
        ("(".repeat(2_048), "too deeply"),
        ("'".repeat(2_047), ""),
        (format!("SEARCH('{}', 'Sum')", "{".repeat(2_000)), ""),
        (format!("SEARCH('{}', 'Sum')", "(".repeat(2_000)), ""),
        (format!("SEARCH('{{N{}}}', 'Sum')", ",D".repeat(900)), ""),
        (
            format!("SEARCH('{{N}}{}', 'Sum')", " MetricName=\"M\"".repeat(100)),
            "",
        ),
    ] {
        let query = json!({ "Id": "e1", "Expression": expression, "Period": 60 });
        let metric = json!({ "Id": "m1", "ReturnData": false, "MetricStat": {
            "Metric": { "Namespace": "N", "MetricName": "M" }, "Period": 60, "Stat": "Sum",
        }});
        let data = json!({
            "StartTime": 0, "EndTime": 3_600, "MetricDataQueries": [query, metric],
        });
        rows.push(row(
            "GetMetricData",
            cloudwatch("GetMetricData", &data),
            words,
        ));
        let alarm = json!({
            "AlarmName": "a", "EvaluationPeriods": 1, "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold", "Metrics": [query, metric],
        });
        let words = if words == LENGTH { words } else { "" };
        rows.push(row(
            "PutMetricAlarm",
            cloudwatch("PutMetricAlarm", &alarm),
            words,
        ));
        rows.push(row(
            "DescribeAlarms",
            cloudwatch("DescribeAlarms", &json!({})),
            "",
        ));
    }
    let stacked: Vec<Value> = (0..500)
        .map(
            |n| json!({ "Id": format!("e{n}"), "Expression": format!("e{}", n + 1), "Period": 60 }),
        )
        .collect();
    let data = json!({ "StartTime": 0, "EndTime": 60, "MetricDataQueries": stacked });
    rows.push(row(
        "queries",
        cloudwatch("GetMetricData", &data),
        "e500 is not defined",
    ));
    all(rows).await;
}

#[tokio::test]
async fn the_three_protocols_of_cloudwatch_are_limited() {
    let mut rows = Vec::new();
    let form = |body: String| {
        Ask::new("monitoring", "POST", "/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    };
    for dots in [1_000, 100_000, 1_000_000] {
        let key = "a.".repeat(dots);
        rows.push(row(
            format!("{dots} dots"),
            form(format!("Action=PutMetricData&{key}a=1")),
            "",
        ));
    }
    let member = ".member.1".repeat(1_000);
    rows.push(row(
        "members",
        form(format!("Action=PutMetricData&MetricData{member}=1")),
        "",
    ));
    rows.push(row(
        "many",
        form(format!("Action=PutMetricData{}", "&a=1".repeat(100_000))),
        "",
    ));
    let wide: String = (0..20_000).map(|n| format!("&a.{n}.b=1")).collect();
    rows.push(row("wide", form(format!("Action=PutMetricData{wide}")), ""));
    for (name, bytes) in [
        ("arrays", vec![0x81_u8; 100_000]),
        ("maps", [0xa1, 0x61, 0x61].repeat(100_000)),
        ("tags", vec![0xc1; 100_000]),
        ("endless arrays", vec![0x9f; 100_000]),
        ("endless texts", vec![0x7f; 100_000]),
        (
            "a long array",
            vec![0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "a long text",
            vec![0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "a long map",
            vec![0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
    ] {
        for operation in ["PutMetricData", "GetMetricData", "PutMetricAlarm"] {
            let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
            let ask = Ask::new("monitoring", "POST", path)
                .header("content-type", "application/cbor")
                .header("smithy-protocol", "rpc-v2-cbor")
                .body(bytes.clone());
            rows.push(row(name, ask, "SerializationException"));
        }
    }
    for (name, body) in deep_json() {
        let dashboard = json!({ "DashboardName": "d", "DashboardBody": body });
        rows.push(row(name, cloudwatch("PutDashboard", &dashboard), ""));
        for operation in ["PutMetricData", "GetMetricData", "DescribeAlarms"] {
            let target = format!("GraniteServiceVersion20100801.{operation}");
            rows.push(row(
                name,
                Ask::json("monitoring", &target, body.clone()),
                "",
            ));
        }
    }
    all(rows).await;
}

#[tokio::test]
async fn lines_and_patterns_of_logs_are_limited() {
    let mut rows = Vec::new();
    let put = |message: String| {
        let event = json!([{ "timestamp": 1, "message": message }]);
        logs(
            "PutLogEvents",
            &json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": event }),
        )
    };
    for (name, body) in deep_json() {
        rows.push(row(name, put(format!("{body} CloudWatchMetrics")), ""));
        rows.push(row(
            name,
            put(format!("{{\"_aws\":{{\"CloudWatchMetrics\":{body}}}}}")),
            "",
        ));
        for operation in [
            "PutLogEvents",
            "CreateLogGroup",
            "FilterLogEvents",
            "PutMetricFilter",
        ] {
            let target = format!("Logs_20140328.{operation}");
            rows.push(row(name, Ask::json("logs", &target, body.clone()), ""));
        }
    }
    let metrics = vec![json!({ "Name": "V" }); 100];
    let directive = json!({
        "Namespace": "N", "Metrics": metrics, "Dimensions": vec![Vec::<String>::new(); 50_000],
    });
    let line = json!({
        "_aws": { "Timestamp": 1, "CloudWatchMetrics": [directive] }, "V": vec![1; 100],
    });
    rows.push(row("a line of many metrics", put(line.to_string()), ""));
    for pattern in [
        "(".repeat(1_024),
        "{".repeat(1_024),
        nested("{ (", "$.a = 1", ")", 300),
        format!("{{ $.a = 1 {} }}", "&& $.a = 1".repeat(90)),
        nested("[", "a", "]", 500),
        format!("%{}%", nested("(", "a*", ")*", 250)),
        "?a ".repeat(341),
        "-".repeat(1_024),
        "\"".repeat(1_023),
        "a ".repeat(100_000),
    ] {
        let filter = json!({ "logGroupName": "g", "filterPattern": pattern });
        rows.push(row("FilterLogEvents", logs("FilterLogEvents", &filter), ""));
        let metric = json!({
            "logGroupName": "g", "filterName": "f", "filterPattern": pattern,
            "metricTransformations": [{ "metricName": "M", "metricNamespace": "N", "metricValue": "1" }],
        });
        rows.push(row("PutMetricFilter", logs("PutMetricFilter", &metric), ""));
        let test = json!({ "filterPattern": pattern, "logEventMessages": ["a", "((("] });
        rows.push(row("TestMetricFilter", logs("TestMetricFilter", &test), ""));
        let query = json!({
            "logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": pattern,
        });
        rows.push(row("StartQuery", logs("StartQuery", &query), ""));
    }
    let long = json!({ "logGroupName": "g", "filterPattern": "a".repeat(1_025) });
    rows.push(row(
        "pattern",
        logs("FilterLogEvents", &long),
        "less than or equal to 1024",
    ));
    all(rows).await;
}

#[tokio::test]
async fn policies_and_forms_are_limited() {
    let statement = |condition: &str| {
        format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"*\",\
             \"Resource\":\"*\",\"Condition\":{condition}}}]}}"
        )
    };
    let mut policies = deep_json();
    for (name, body) in deep_json() {
        policies.push((name, statement(&body)));
    }
    policies.push((
        "stars",
        statement(&json!({ "StringLike": { "a": "*a".repeat(3_000) } }).to_string()),
    ));
    policies.push(("blanks", " ".repeat(1_000_000)));
    let mut rows = Vec::new();
    for (name, policy) in &policies {
        for form in [
            vec![
                ("Action", "CreateRole"),
                ("RoleName", "r"),
                ("AssumeRolePolicyDocument", policy),
            ],
            vec![
                ("Action", "CreatePolicy"),
                ("PolicyName", "p"),
                ("PolicyDocument", policy),
            ],
            vec![
                ("Action", "PutRolePolicy"),
                ("RoleName", "r"),
                ("PolicyName", "p"),
                ("PolicyDocument", policy),
            ],
            vec![
                ("Action", "SimulateCustomPolicy"),
                ("PolicyInputList.member.1", policy),
                ("ActionNames.member.1", "s3:GetObject"),
                ("ResourceArns.member.1", "*"),
            ],
        ] {
            rows.push(row(*name, Ask::form("iam", &form), ""));
        }
        let arn = "arn:aws:iam::123456789012:role/r";
        let form = [
            ("Action", "AssumeRole"),
            ("RoleArn", arn),
            ("RoleSessionName", "s"),
            ("Policy", policy),
        ];
        rows.push(row(*name, Ask::form("sts", &form), ""));
        let topic = "arn:aws:sns:eu-west-1:123456789012:t";
        for attribute in ["Policy", "DeliveryPolicy", "FilterPolicy"] {
            let form = [
                ("Action", "SetTopicAttributes"),
                ("TopicArn", topic),
                ("AttributeName", attribute),
                ("AttributeValue", policy),
            ];
            rows.push(row(*name, Ask::form("sns", &form), ""));
        }
        let form = [
            ("Action", "Subscribe"),
            ("TopicArn", topic),
            ("Protocol", "email"),
            ("Endpoint", "a@b.c"),
            ("Attributes.entry.1.key", "FilterPolicy"),
            ("Attributes.entry.1.value", policy),
        ];
        rows.push(row(*name, Ask::form("sns", &form), ""));
        let key = json!({ "Policy": policy }).to_string();
        rows.push(row(
            *name,
            Ask::json("kms", "TrentService.CreateKey", key),
            "",
        ));
        let resource = json!({ "policyName": "p", "policyDocument": policy });
        rows.push(row(*name, logs("PutResourcePolicy", &resource), ""));
    }
    let dots = format!("Tags.member.1{}", ".a".repeat(1_000));
    let members = format!("Tags{}", ".member.1".repeat(1_000));
    let many: String = (0..30_000)
        .map(|n| format!("&Tags.member.{n}.Key=k{n}"))
        .collect();
    let entries: String = (1..20_000)
        .map(|n| format!("&Attributes.entry.{n}.key=a&Attributes.entry.{n}.value=b"))
        .collect();
    let long: (&str, &str) = ("Action", &"A".repeat(100_000));
    for service in ["iam", "sts", "sns", "monitoring"] {
        for (action, name) in [
            ("CreateRole", "RoleName"),
            ("AssumeRole", "RoleArn"),
            ("CreateTopic", "Name"),
        ] {
            for key in [&dots, &members] {
                let form = [("Action", action), (name, "r2"), (key.as_str(), "1")];
                rows.push(row(action, Ask::form(service, &form), ""));
            }
            let ask = Ask::form(service, &[("Action", action), (name, "r2")]);
            let body = format!("{}{many}{entries}", String::from_utf8_lossy(&ask.body));
            rows.push(row(action, ask.body(body), ""));
        }
        rows.push(row("a long name", Ask::form(service, &[long]), ""));
        rows.push(row(
            "percents",
            Ask::form(service, &[]).body("%".repeat(1_000_000)),
            "",
        ));
    }
    all(rows).await;
}

#[tokio::test]
async fn json_and_paths_of_the_other_services_are_limited() {
    let mut rows = Vec::new();
    for (name, body) in deep_json() {
        for target in [
            "AmazonSSM.PutParameter",
            "AmazonSSM.DescribeParameters",
            "AmazonSSM.CreateDocument",
            "AmazonSSM.SendCommand",
            "AmazonSSM.PutInventory",
        ] {
            rows.push(row(name, Ask::json("ssm", target, body.clone()), ""));
        }
        for target in [
            "TrentService.CreateKey",
            "TrentService.Encrypt",
            "TrentService.GenerateMac",
        ] {
            rows.push(row(name, Ask::json("kms", target, body.clone()), ""));
        }
        let target = "PinpointSMSVoiceV2.SendTextMessage";
        rows.push(row(name, Ask::json("sms-voice", target, body.clone()), ""));
        for document in [
            body.clone(),
            format!("{{\"id\":\"1\",\"metadata\":{body}}}"),
        ] {
            let segments = json!({ "TraceSegmentDocuments": [document] }).to_string();
            rows.push(row(
                name,
                Ask::new("xray", "POST", "/TraceSegments").body(segments),
                "",
            ));
        }
        for path in [
            "/TraceSegments",
            "/Traces",
            "/TraceSummaries",
            "/TelemetryRecords",
        ] {
            rows.push(row(
                name,
                Ask::new("xray", "POST", path).body(body.clone()),
                "",
            ));
        }
        rows.push(row(
            name,
            Ask::new("lambda", "POST", "/2015-03-31/functions").body(body.clone()),
            "",
        ));
        rows.push(row(
            name,
            Ask::new("connect", "PUT", "/instance").body(body.clone()),
            "",
        ));
        let document = json!({ "Name": "d", "Content": body, "DocumentType": "Command" });
        rows.push(row(
            name,
            Ask::json("ssm", "AmazonSSM.CreateDocument", document.to_string()),
            "",
        ));
    }
    let path = "/a".repeat(500);
    for (name, ssm) in [
        (
            "GetParametersByPath",
            json!({ "Path": path, "Recursive": true }),
        ),
        (
            "GetParametersByPath",
            json!({ "Path": "/".repeat(100_000) }),
        ),
        ("GetParameter", json!({ "Name": ":".repeat(100_000) })),
        (
            "GetParameter",
            json!({ "Name": format!("arn{}", ":parameter/".repeat(10_000)) }),
        ),
        (
            "PutParameter",
            json!({ "Name": path, "Value": "v", "Type": "String" }),
        ),
        (
            "DescribeParameters",
            json!({ "ParameterFilters": vec![json!({ "Key": "Name", "Values": ["a"] }); 10_000] }),
        ),
    ] {
        rows.push(row(
            name,
            Ask::json("ssm", &format!("AmazonSSM.{name}"), ssm.to_string()),
            "",
        ));
    }
    let deep_path = "/a".repeat(8_000);
    for service in ["s3", "lambda", "connect", "xray", "dynamodb", "iam"] {
        for method in ["GET", "PUT", "POST", "DELETE", "HEAD"] {
            rows.push(row(
                "a deep path",
                Ask::new(service, method, deep_path.clone()),
                "",
            ));
            let query = format!("/bucket?{}", "a.b.c=1&".repeat(2_000));
            rows.push(row("a long query", Ask::new(service, method, query), ""));
            let escapes = format!("/bucket/{}", "%00%ff%2F".repeat(1_000));
            rows.push(row("escapes", Ask::new(service, method, escapes), ""));
        }
    }
    for body in [
        nested("<a>", "", "</a>", 100_000),
        "<Status>".repeat(100_000),
        "<".repeat(1_000_000),
    ] {
        rows.push(row(
            "xml",
            Ask::new("s3", "PUT", "/bucket?versioning").body(body.clone()),
            "",
        ));
        rows.push(row("xml", Ask::new("s3", "PUT", "/bucket2").body(body), ""));
    }
    for body in [
        "0".repeat(1_000_000),
        "1\r\n".repeat(100_000),
        "ffffffffffffffff\r\n".into(),
        "1;".repeat(100_000),
    ] {
        let ask = Ask::new("s3", "PUT", "/bucket/k")
            .header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
            .body(body);
        rows.push(row("pieces", ask, "IncompleteBody"));
    }
    all(rows).await;
}

#[tokio::test]
async fn content_of_flows_is_limited() {
    let world = TestWorld::start().await;
    let instance = json!({
        "IdentityManagementType": "CONNECT_MANAGED", "InstanceAlias": "line",
        "InboundCallsEnabled": true, "OutboundCallsEnabled": false,
    });
    let created = world
        .done(&Ask::new("connect", "PUT", "/instance").body(instance.to_string()))
        .await;
    let id = created.json()["Id"].as_str().unwrap().to_owned();
    let action = |n: usize, next: usize, parameters: &str| {
        format!(
            "{{\"Identifier\":\"{n}\",\"Type\":\"Wait\",\"Parameters\":{parameters},\
             \"Transitions\":{{\"NextAction\":\"{next}\",\"Errors\":[],\"Conditions\":[]}}}}"
        )
    };
    let flow = |actions: &str| {
        format!(
            "{{\"Version\":\"2019-10-30\",\"StartAction\":\"0\",\"Metadata\":{{}},\"Actions\":[{actions}]}}"
        )
    };
    let chain: Vec<String> = (0..5_000)
        .map(|n| action(n, (n + 1) % 5_000, "{}"))
        .collect();
    let mut contents: Vec<String> = deep_json().into_iter().map(|(_, body)| body).collect();
    contents.extend(
        deep_json()
            .iter()
            .map(|(_, body)| flow(&action(0, 0, body))),
    );
    contents.push(flow(&chain.join(",")));
    contents.push(flow(&action(
        0,
        0,
        &json!({ "Text": "$.A".repeat(100_000) }).to_string(),
    )));
    contents.push(flow(&action(
        0,
        0,
        &json!({ "SSML": nested("<p>", "", "</p>", 50_000) }).to_string(),
    )));
    for content in contents {
        let body = json!({ "Name": "f", "Type": "CONTACT_FLOW", "Content": content });
        for path in [
            format!("/contact-flows/{id}"),
            format!("/contact-flow-modules/{id}"),
        ] {
            let ask = Ask::new("connect", "PUT", path).body(body.to_string());
            survive(&world, "flow", &ask).await;
        }
    }
    world.stop().await;
}

/// SDKs read the errors of a JSON protocol as JSON.
#[tokio::test]
async fn bodies_that_are_not_text_are_refused_in_json() {
    let world = TestWorld::start().await;
    for (service, target) in [
        ("dynamodb", "DynamoDB_20120810.PutItem"),
        ("dynamodb", "DynamoDB_20120810.CreateTable"),
        ("kms", "TrentService.Encrypt"),
        ("logs", "Logs_20140328.DescribeLogGroups"),
        ("monitoring", "GraniteServiceVersion20100801.PutMetricData"),
        ("sms-voice", "PinpointSMSVoiceV2.SendTextMessage"),
        ("ssm", "AmazonSSM.GetParameter"),
    ] {
        for body in [&b"\xff"[..], b"{\"TableName\":\"\xff\"}"] {
            let ask = Ask::json(service, target, body);
            let answer = survive(&world, "bytes", &ask).await;
            assert_eq!(answer.status, 400, "{target}: {answer:?}");
            assert!(answer.json()["__type"].is_string(), "{target}: {answer:?}");
        }
    }
    world.stop().await;
}
