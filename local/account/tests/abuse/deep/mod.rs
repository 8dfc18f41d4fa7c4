//! Deeply nested and long inputs.

mod cloudwatch;
mod dynamodb;

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
