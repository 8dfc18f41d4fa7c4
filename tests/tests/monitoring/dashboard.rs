//! Checks of the dashboard's widgets.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery};
use connect_pin_sms::metrics::{Metrics, NAMESPACE};
use connect_pin_sms::rules::invocation::{Dependency, Invocation};
use connect_pin_sms::rules::outcome::Outcome;
use e2e::{Failure, REGION};
use serde_json::Value;

use crate::monitoring::setup::{MonitoringSetup, PERIOD};

/// Namespaces in which the local account has no metrics.
const WITHOUT_DATA: [&str; 1] = ["AWS/Connect"];

pub(crate) async fn every_line_of_it_has_data(setup: &MonitoringSetup) -> Result<(), Failure> {
    let only_with_kms = only_with_kms().await;
    let (mut searched, mut named) = (0, 0);
    for line in lines(setup).await? {
        let line = line.as_array().ok_or("a line must be a list")?;
        let values = match line.as_slice() {
            [expression] => {
                let expression = expression["expression"]
                    .as_str()
                    .ok_or("expression must be a text")?;
                if only_with_kms.iter().any(|name| expression.contains(name)) {
                    continue;
                }
                assert!(expression.contains(NAMESPACE), "{expression}");
                searched += 1;
                let query = MetricDataQuery::builder().id("q1").expression(expression);
                setup.queried(query.period(PERIOD).build()).await?
            }
            [namespace, ..] if WITHOUT_DATA.iter().any(|other| namespace == other) => continue,
            [parts @ .., options] => {
                named += 1;
                let stat = options["stat"].as_str().ok_or("stat must be a text")?;
                setup.measured(metric(parts), stat).await?
            }
            [] => return Err("a line must not be empty".into()),
        };
        assert!(!values.is_empty(), "{line:?} must have data");
    }
    assert!(searched > 5 && named > 5, "{searched} and {named} lines");
    Ok(())
}

/// The fields of the log query exist in the function's log: a field that no line has would be an empty
/// column.
pub(crate) async fn the_fields_of_its_log_query_exist(
    setup: &MonitoringSetup,
) -> Result<(), Failure> {
    let widgets = widgets(setup).await?;
    let queries: Vec<&str> = widgets
        .iter()
        .filter(|widget| widget["type"] == "log")
        .filter_map(|widget| widget["properties"]["query"].as_str())
        .collect();
    let [query] = queries[..] else {
        panic!(
            "the dashboard must have one log query, but has {}",
            queries.len()
        );
    };
    let group = &setup.outputs.function_log_group_name;
    let mut steps = query.split('|').map(str::trim);
    assert_eq!(steps.next(), Some(format!("SOURCE '{group}'").as_str()));
    let fields = steps.next().and_then(|step| step.strip_prefix("fields "));
    let fields: BTreeSet<&str> = fields
        .ok_or("the query must have fields")?
        .split(',')
        .map(str::trim)
        .filter(|field| !field.starts_with('@'))
        .collect();
    assert!(fields.len() > 3, "{fields:?}");
    assert!(
        query.contains("filter level in ['WARN', 'ERROR']"),
        "{query}"
    );
    let lines: Vec<Value> = setup.log(group).await?;
    // The function logs at its own level, ERROR, although Lambda's level would let more through.
    let levels: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["level"].as_str())
        .collect();
    assert_eq!(levels, BTreeSet::from(["ERROR"]));
    let mut found = 0;
    for line in lines.iter().filter(|line| line["level"] == "ERROR") {
        for field in &fields {
            assert!(
                !line[*field].is_null(),
                "the line must have {field}: {line}"
            );
        }
        found += 1;
    }
    assert!(found > 2, "{found} errors");
    Ok(())
}

/// Returns the lines of the graphs.
async fn lines(setup: &MonitoringSetup) -> Result<Vec<Value>, Failure> {
    let mut lines = Vec::new();
    for widget in widgets(setup).await? {
        if widget["type"] == "metric" {
            let metrics = widget["properties"]["metrics"].as_array();
            lines.extend(metrics.ok_or("a graph must have metrics")?.iter().cloned());
        }
    }
    Ok(lines)
}

/// The text at the top names the item that counts redemptions, because no metric has that count.
pub(super) async fn its_text_names_the_count_of_redemptions(
    setup: &MonitoringSetup,
) -> Result<(), Failure> {
    let first = widgets(setup).await?.into_iter().next();
    let first = first.ok_or("the dashboard must have widgets")?;
    let text = first["properties"]["markdown"].to_string();
    for part in [
        "`campaign_attempts_table`",
        "`REDEEMED#`",
        "`redeemed`",
        "`maxRedemptions`",
    ] {
        assert!(text.contains(part), "the text must have {part}: {text}");
    }
    Ok(())
}

async fn widgets(setup: &MonitoringSetup) -> Result<Vec<Value>, Failure> {
    let dashboard = setup.cloudwatch.get_dashboard();
    let dashboard = dashboard
        .dashboard_name(format!("campaign-line-{REGION}"))
        .send()
        .await?;
    let body = dashboard
        .dashboard_body()
        .ok_or("the dashboard must have a body")?;
    let mut body: Value = serde_json::from_str(body)?;
    match body["widgets"].take() {
        Value::Array(widgets) => Ok(widgets),
        other => Err(format!("widgets must be a list, but was {other}").into()),
    }
}

/// Reads a metric from its namespace, its name, and the names and values of its dimensions.
fn metric(parts: &[Value]) -> Metric {
    let texts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
    let [namespace, name, dimensions @ ..] = texts.as_slice() else {
        panic!("a metric must have a namespace and a name, but was {parts:?}");
    };
    let dimensions = dimensions.chunks(2).map(|pair| {
        let dimension = Dimension::builder().name(pair[0]).value(pair[1]);
        dimension.build()
    });
    Metric::builder()
        .namespace(*namespace)
        .metric_name(*name)
        .set_dimensions(Some(dimensions.collect()))
        .build()
}

/// Returns the metrics that only an invocation with a request to KMS has. The example does not use KMS for
/// PINs, so they have no data.
async fn only_with_kms() -> Vec<String> {
    let waited = names(Some(Dependency::Kms)).await;
    let never = names(None).await;
    let only: Vec<String> = waited.difference(&never).cloned().collect();
    assert_eq!(only.len(), 1, "{only:?}");
    only
}

async fn names(waits_for: Option<Dependency>) -> BTreeSet<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&lines);
    let metrics = Metrics::new("line", move |line| {
        written.lock().unwrap().push(line.to_owned());
    });
    let invocation = Invocation::new("request", 0);
    if let Some(dependency) = waits_for {
        invocation.wait(dependency, async {}).await;
    }
    metrics.report(&invocation, &Ok(Outcome::Member("m".into())));
    let line: Value = serde_json::from_str(&lines.lock().unwrap()[0]).unwrap();
    let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array();
    metrics
        .unwrap()
        .iter()
        .map(|metric| metric["Name"].as_str().unwrap().to_owned())
        .collect()
}
