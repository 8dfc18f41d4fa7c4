//! Metrics from log lines, and alarms and dashboards on them.

use std::io::{Cursor, Write};
use std::time::SystemTime;

use aws_sdk_cloudwatch::error::ProvideErrorMetadata;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, Metric, MetricDataQuery, MetricStat, StandardUnit, StateValue,
    Statistic, Tag,
};
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use e2e::{Failure, TestAccount};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::operations::logs::write;

e2e::trials![
    metrics_in_log_lines_can_be_queried,
    an_alarm_fires_when_its_metric_is_beyond_the_threshold,
    a_dashboard_is_stored_unchanged,
    metrics_that_a_function_prints_and_its_errors_are_measured,
];

const NAMESPACE: &str = "ConnectPinSms";

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_millis()).unwrap()
}

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

/// Returns a log line with a metric of one call, in the embedded metric format.
fn line(outcome: &str) -> Value {
    json!({
        "_aws": {
            "Timestamp": now(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Service", "Outcome"]],
                "Metrics": [{ "Name": "Calls", "Unit": "Count" }],
            }],
        },
        "Service": "line", "Outcome": outcome, "Calls": 1,
    })
}

/// Returns a query of the metric in [`line`].
fn query(id: &str, outcome: &str) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace(NAMESPACE)
        .metric_name("Calls")
        .dimensions(dimension("Service", "line"))
        .dimensions(dimension("Outcome", outcome));
    let stat = MetricStat::builder()
        .metric(metric.build())
        .period(300)
        .stat("Sum");
    MetricDataQuery::builder()
        .id(id)
        .metric_stat(stat.build())
        .return_data(false)
        .build()
}

fn share() -> MetricDataQuery {
    MetricDataQuery::builder()
        .id("share")
        .expression("100 * wrong / (wrong + FILL(sent, 0))")
        .label("wrong PINs")
        .return_data(true)
        .build()
}

async fn metrics_in_log_lines_can_be_queried() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
    for outcome in ["SENT", "WRONG_PIN", "WRONG_PIN", "WRONG_PIN"] {
        write(&config, "/aws/lambda/line", &line(outcome).to_string()).await?;
    }
    let (from, to) = (now() - 600_000, now() + 60_000);
    let statistics = cloudwatch
        .get_metric_statistics()
        .namespace(NAMESPACE)
        .metric_name("Calls")
        .dimensions(dimension("Outcome", "WRONG_PIN"))
        .dimensions(dimension("Service", "line"))
        .start_time(DateTime::from_millis(from))
        .end_time(DateTime::from_millis(to))
        .period(3600)
        .statistics(Statistic::Sum)
        .statistics(Statistic::SampleCount)
        .send()
        .await?;
    let [point] = statistics.datapoints() else {
        panic!("{statistics:?}");
    };
    assert_eq!((point.sum(), point.sample_count()), (Some(3.0), Some(3.0)));
    assert_eq!(point.unit(), Some(&StandardUnit::Count));

    let data = cloudwatch
        .get_metric_data()
        .metric_data_queries(query("sent", "SENT"))
        .metric_data_queries(query("wrong", "WRONG_PIN"))
        .metric_data_queries(share())
        .start_time(DateTime::from_millis(to - 300_000))
        .end_time(DateTime::from_millis(to))
        .send()
        .await?;
    let [share] = data.metric_data_results() else {
        panic!("{data:?}");
    };
    assert_eq!(share.label(), Some("wrong PINs"));
    assert_eq!(share.values(), [75.0]);

    let metrics = cloudwatch
        .list_metrics()
        .namespace(NAMESPACE)
        .send()
        .await?;
    assert_eq!(metrics.metrics().len(), 2);
    aws.account.shutdown().await;
    Ok(())
}

async fn an_alarm_fires_when_its_metric_is_beyond_the_threshold() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
    let alarm = |name: &str| {
        cloudwatch
            .put_metric_alarm()
            .alarm_name(name)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .evaluation_periods(1)
            .threshold(50.0)
            .treat_missing_data("notBreaching")
    };
    alarm("share")
        .metrics(query("sent", "SENT"))
        .metrics(query("wrong", "WRONG_PIN"))
        .metrics(share())
        .tags(Tag::builder().key("line").value("ライン").build())
        .send()
        .await?;
    let found = || async {
        let described = cloudwatch.describe_alarms().alarm_names("share").send();
        let described = described.await?;
        let alarm = described
            .metric_alarms()
            .first()
            .ok_or("the alarm must exist")?;
        Ok::<_, Failure>((alarm.state_value().cloned(), alarm.clone()))
    };
    let (state, described) = found().await?;
    assert_eq!(state, Some(StateValue::Ok));
    assert_eq!(described.metrics().len(), 3);
    assert_eq!(described.treat_missing_data(), Some("notBreaching"));

    for outcome in ["SENT", "WRONG_PIN", "WRONG_PIN"] {
        write(&config, "/aws/lambda/line", &line(outcome).to_string()).await?;
    }
    let (state, described) = found().await?;
    assert_eq!(state, Some(StateValue::Alarm));

    let arn = described.alarm_arn().ok_or("an alarm must have an ARN")?;
    let tags = cloudwatch.list_tags_for_resource().resource_arn(arn);
    assert_eq!(tags.send().await?.tags()[0].value(), Some("ライン"));

    // Dashboards can search for metrics; alarms cannot.
    let searching = MetricDataQuery::builder()
        .id("all")
        .expression("SUM(SEARCH('{ConnectPinSms,Service,Outcome} Calls', 'Sum', 60))")
        .period(60)
        .build();
    let refused = alarm("search").metrics(searching).send().await;
    let refused = refused.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("ValidationError"));
    assert_eq!(
        refused.message(),
        Some("SEARCH is not supported on Metric Alarms")
    );

    cloudwatch
        .delete_alarms()
        .alarm_names("share")
        .send()
        .await?;
    let left = cloudwatch.describe_alarms().send().await?;
    assert!(left.metric_alarms().is_empty());
    aws.account.shutdown().await;
    Ok(())
}

async fn a_dashboard_is_stored_unchanged() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&aws.sdk_config().await);
    let body = json!({ "widgets": [{
        "type": "text", "x": 0, "y": 0, "width": 24, "height": 1,
        "properties": { "markdown": "# ライン" },
    }]})
    .to_string();
    let put = |body: &str| {
        cloudwatch
            .put_dashboard()
            .dashboard_name("line")
            .dashboard_body(body)
            .send()
    };
    put(&body).await?;
    let got = cloudwatch.get_dashboard().dashboard_name("line");
    assert_eq!(got.send().await?.dashboard_body(), Some(body.as_str()));
    let refused = put("{\"widgets\":[{}]}").await.unwrap_err();
    assert!(
        refused
            .into_service_error()
            .is_dashboard_invalid_input_error()
    );

    cloudwatch
        .delete_dashboards()
        .dashboard_names("line")
        .send()
        .await?;
    let absent = cloudwatch
        .get_dashboard()
        .dashboard_name("line")
        .send()
        .await;
    let absent = absent.unwrap_err().into_service_error();
    assert_eq!(absent.code(), Some("ResourceNotFound"));
    aws.account.shutdown().await;
    Ok(())
}

async fn metrics_that_a_function_prints_and_its_errors_are_measured() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let iam = aws_sdk_iam::Client::new(&config);
    let policy =
        |statement: Value| json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let trust = policy(json!({
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "lambda.amazonaws.com" },
    }));
    let role = iam
        .create_role()
        .role_name("line")
        .assume_role_policy_document(trust)
        .send()
        .await?;
    iam.put_role_policy()
        .role_name("line")
        .policy_name("logs")
        .policy_document(policy(
            json!({ "Effect": "Allow", "Action": "logs:*", "Resource": "*" }),
        ))
        .send()
        .await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let group = logs.create_log_group().log_group_name("/aws/lambda/line");
    group.send().await?;

    let bootstrap = format!("#!/bin/sh\ncat <<'END'\n{}\nEND\nexit 1\n", line("SENT"));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(
        "bootstrap",
        SimpleFileOptions::default().unix_permissions(0o755),
    )?;
    zip.write_all(bootstrap.as_bytes())?;
    let code = FunctionCode::builder().zip_file(zip.finish()?.into_inner().into());
    let lambda = aws_sdk_lambda::Client::new(&config);
    lambda
        .create_function()
        .function_name("line")
        .role(role.role().ok_or("the answer must have a role")?.arn())
        .runtime(Runtime::from("provided.al2023"))
        .handler("bootstrap")
        .code(code.build())
        .send()
        .await?;
    let invoked = lambda.invoke().function_name("line").send().await?;
    assert_eq!(invoked.function_error(), Some("Unhandled"));

    let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
    let sum = |namespace: &'static str, metric: &'static str, dimensions: Vec<Dimension>| {
        let request = cloudwatch
            .get_metric_statistics()
            .namespace(namespace)
            .metric_name(metric)
            .set_dimensions(Some(dimensions))
            .start_time(DateTime::from_millis(now() - 600_000))
            .end_time(DateTime::from_millis(now() + 60_000))
            .period(3600)
            .statistics(Statistic::Sum);
        async move {
            let answer = request.send().await?;
            let sums = answer.datapoints().iter().filter_map(|point| point.sum());
            Ok::<f64, Failure>(sums.sum())
        }
    };
    let of_call = vec![dimension("Service", "line"), dimension("Outcome", "SENT")];
    // Lambda starts a process once more if it ends during its start, and it prints again.
    assert!(sum(NAMESPACE, "Calls", of_call).await? >= 1.0);
    let function = || vec![dimension("FunctionName", "line")];
    assert_eq!(sum("AWS/Lambda", "Invocations", function()).await?, 1.0);
    assert_eq!(sum("AWS/Lambda", "Errors", function()).await?, 1.0);
    aws.account.shutdown().await;
    Ok(())
}
