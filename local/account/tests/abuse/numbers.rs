//! Numbers that no request should contain: one in `DescribeLogGroups` used to cause a panic.

use std::collections::BTreeSet;

use super::*;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Numeric members of any operation.
const MEMBERS: [&str; 24] = [
    "limit",
    "Limit",
    "maxResults",
    "MaxResults",
    "MaxItems",
    "MaxRecords",
    "MaxDatapoints",
    "NumberOfBytes",
    "PendingWindowInDays",
    "RotationPeriodInDays",
    "retentionInDays",
    "startTime",
    "endTime",
    "StartTime",
    "EndTime",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "ParameterVersion",
    "Segment",
    "TotalSegments",
    "Duration",
    "Cutoff",
    "DurationSeconds",
];

fn numbers() -> Vec<Value> {
    let mut numbers = vec![
        json!(0),
        json!(-1),
        json!(1),
        json!(i32::MAX),
        json!(i32::MIN),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(-1e308),
        json!(0.5),
    ];
    numbers.extend(["0", "-1", "18446744073709551616", "x"].map(|text| json!(text)));
    numbers
}

/// Returns the service, the prefix of the target and the names of operations, with their other
/// members.
fn operations() -> Vec<(&'static str, &'static str, Vec<&'static str>, Value)> {
    vec![
        (
            "logs",
            "Logs_20140328",
            vec![
                "DescribeLogGroups",
                "DescribeLogStreams",
                "GetLogEvents",
                "FilterLogEvents",
                "PutRetentionPolicy",
                "DescribeMetricFilters",
                "DescribeSubscriptionFilters",
                "DescribeQueries",
                "DescribeExportTasks",
                "DescribeDestinations",
                "DescribeResourcePolicies",
                "StartQuery",
                "ListLogGroups",
                "DescribeDeliveries",
                "ListAnomalies",
                "DescribeQueryDefinitions",
                "CreateExportTask",
                "ListLogGroupsForQuery",
                "DescribeImportTasks",
                "ListScheduledQueries",
            ],
            json!({ "logGroupName": "g", "logStreamName": "s", "queryString": "q" }),
        ),
        (
            "ssm",
            "AmazonSSM",
            vec![
                "DescribeParameters",
                "GetParametersByPath",
                "GetParameterHistory",
                "LabelParameterVersion",
                "UnlabelParameterVersion",
            ],
            json!({ "Name": "p", "Path": "/", "Labels": ["l"] }),
        ),
        (
            "kms",
            "TrentService",
            vec![
                "ListKeys",
                "ListAliases",
                "ListKeyRotations",
                "ListGrants",
                "GenerateRandom",
                "GenerateDataKey",
                "ScheduleKeyDeletion",
                "EnableKeyRotation",
                "ListResourceTags",
                "ListKeyPolicies",
                "GenerateDataKeyWithoutPlaintext",
                "ListRetirableGrants",
            ],
            json!({ "KeyId": "KEY" }),
        ),
        (
            "monitoring",
            "GraniteServiceVersion20100801",
            vec![
                "GetMetricStatistics",
                "GetMetricData",
                "DescribeAlarms",
                "PutMetricAlarm",
                "ListMetrics",
                "DescribeAlarmsForMetric",
                "DescribeAlarmHistory",
                "ListDashboards",
            ],
            json!({
                "Namespace": "N", "MetricName": "M", "Statistics": ["Sum"], "Statistic": "Sum",
                "StartTime": 0, "EndTime": 3_600, "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
                "AlarmName": "a", "ComparisonOperator": "GreaterThanThreshold",
                "MetricDataQueries": [{ "Id": "e1", "Expression": "TIME_SERIES(1)", "Period": 60 }],
            }),
        ),
        (
            "dynamodb",
            "DynamoDB_20120810",
            vec![
                "ListTables",
                "Query",
                "Scan",
                "ExecuteStatement",
                "ListTagsOfResource",
            ],
            json!({
                "TableName": "table", "KeyConditionExpression": "k = :k", "TotalSegments": 1, "Segment": 0,
                "ExpressionAttributeValues": { ":k": { "S": "k" } }, "Statement": "SELECT * FROM \"table\"",
            }),
        ),
        (
            "dynamodb",
            "DynamoDBStreams_20120810",
            vec!["ListStreams", "DescribeStream", "GetRecords"],
            json!({ "StreamArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/table/stream/x", "ShardIterator": "x" }),
        ),
    ]
}

/// Returns the numeric members of a service's operations: those of CloudWatch Logs begin with a
/// lower-case letter, all others' with a capital letter, and each service ignores the other form.
fn members(service: &str) -> impl Iterator<Item = &'static str> {
    let small = service == "logs";
    let fits = move |member: &&str| member.starts_with(char::is_lowercase) == small;
    MEMBERS.into_iter().filter(fits)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_number_breaks_an_operation() {
    let services: BTreeSet<_> = operations()
        .into_iter()
        .map(|(service, ..)| service)
        .collect();
    // Each service has an account of its own, and they run in parallel.
    let mut running = JoinSet::new();
    for service in services {
        running.spawn(no_number_breaks_an_operation_of(service));
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

async fn no_number_breaks_an_operation_of(one: &str) {
    let world = TestWorld::start().await;
    let make = |service, target: &str, body: Value| Ask::json(service, target, body.to_string());
    let group = json!({ "logGroupName": "g" });
    world
        .done(&make("logs", "Logs_20140328.CreateLogGroup", group))
        .await;
    let stream = json!({ "logGroupName": "g", "logStreamName": "s" });
    world
        .done(&make("logs", "Logs_20140328.CreateLogStream", stream))
        .await;
    let parameter = json!({ "Name": "p", "Value": "v", "Type": "String" });
    world
        .done(&make("ssm", "AmazonSSM.PutParameter", parameter))
        .await;
    let key = world
        .done(&make("kms", "TrentService.CreateKey", json!({})))
        .await;
    let key = key.json()["KeyMetadata"]["KeyId"]
        .as_str()
        .unwrap()
        .to_owned();
    let table = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
    });
    world
        .done(&make("dynamodb", "DynamoDB_20120810.CreateTable", table))
        .await;
    let operations = operations().into_iter();
    let operations = operations.filter(|(service, ..)| *service == one);
    for (service, prefix, names, body) in operations {
        let body: Value = serde_json::from_str(&body.to_string().replace("KEY", &key)).unwrap();
        for name in names {
            for member in members(service) {
                for number in numbers() {
                    let mut body = body.clone();
                    body[member] = number;
                    // Some of these requests schedule the deletion of the key, which still exists
                    // afterwards.
                    let ask = make(service, &format!("{prefix}.{name}"), body.clone());
                    let answer = world.send(&ask).await;
                    let answer = answer.unwrap_or_else(|error| panic!("{name} {body}: {error}"));
                    let is_fault = answer.status >= 500 && answer.status != 501;
                    assert!(!is_fault, "{name} {body}: {answer:?}");
                }
            }
        }
        world.must_be_well().await;
    }
    world.stop().await;
}

/// The same for forms.
#[tokio::test]
async fn no_number_breaks_a_form() {
    let world = TestWorld::start().await;
    let role = [
        ("Action", "CreateRole"),
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", "{}"),
    ];
    world.done(&Ask::form("iam", &role)).await;
    let arn = "arn:aws:iam::123456789012:role/r";
    for (service, action) in [
        ("iam", "ListRoles"),
        ("iam", "UpdateRole"),
        ("iam", "CreateRole"),
        ("iam", "ListUsers"),
        ("iam", "ListPolicies"),
        ("iam", "UpdateAccountPasswordPolicy"),
        ("iam", "ListRoleTags"),
        ("iam", "GetAccountAuthorizationDetails"),
        ("iam", "SimulateCustomPolicy"),
        ("sts", "AssumeRole"),
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
        ("sts", "AssumeRoleWithWebIdentity"),
        ("sts", "AssumeRoleWithSAML"),
        ("sts", "AssumeRoot"),
        ("sts", "GetWebIdentityToken"),
        ("sns", "ListTopics"),
        ("sns", "ListSubscriptions"),
        ("sns", "SetSMSAttributes"),
        ("monitoring", "GetMetricStatistics"),
        ("monitoring", "DescribeAlarms"),
    ] {
        for member in [
            "MaxItems",
            "DurationSeconds",
            "MaxSessionDuration",
            "MinimumPasswordLength",
            "MaxPasswordAge",
            "PasswordReusePrevention",
            "MaxRecords",
            "Period",
            "Marker",
            "NextToken",
            "SigningAlgorithm",
        ] {
            for number in numbers() {
                let number = number
                    .as_str()
                    .map_or_else(|| number.to_string(), str::to_owned);
                let form = [
                    ("Action", action),
                    ("RoleName", "r"),
                    ("RoleArn", arn),
                    ("RoleSessionName", "s"),
                    ("AssumeRolePolicyDocument", "{}"),
                    ("Name", "n"),
                    ("WebIdentityToken", "t"),
                    ("PrincipalArn", arn),
                    ("SAMLAssertion", "a"),
                    ("TargetPrincipal", "123456789012"),
                    (member, &number),
                ];
                let answer = world.send(&Ask::form(service, &form)).await;
                let answer =
                    answer.unwrap_or_else(|error| panic!("{action} {member} {number}: {error}"));
                let is_fault = answer.status >= 500 && answer.status != 501;
                assert!(!is_fault, "{action} {member} {number}: {answer:?}");
            }
        }
        world.must_be_well().await;
    }
    world.stop().await;
}

/// "limit … Valid Range: Minimum value of 1. Maximum value of 50."
#[tokio::test]
async fn log_groups_are_listed_by_pages_of_one_to_fifty() {
    let world = TestWorld::start().await;
    for name in ["a", "b"] {
        let group = json!({ "logGroupName": name }).to_string();
        world
            .done(&Ask::json("logs", "Logs_20140328.CreateLogGroup", group))
            .await;
    }
    for (limit, status) in [(0, 400), (-1, 400), (51, 400), (1, 200), (50, 200)] {
        let body = json!({ "limit": limit }).to_string();
        let ask = Ask::json("logs", "Logs_20140328.DescribeLogGroups", body);
        let answer = world.send(&ask).await.unwrap();
        assert_eq!(answer.status, status, "{limit}: {answer:?}");
        if status == 400 {
            assert!(
                answer.body.contains("InvalidParameterException"),
                "{answer:?}"
            );
        }
    }
    world.stop().await;
}
