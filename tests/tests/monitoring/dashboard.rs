//! The dashboard, widget by widget.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery};
use connect_pin_sms::metrics::{Metrics, NAMESPACE};
use connect_pin_sms::rules::invocation::{Dependency, Invocation};
use connect_pin_sms::rules::outcome::Outcome;
use e2e::{Failure, REGION};
use serde_json::Value;

use crate::monitoring::world::{MonitoringWorld, PERIOD};

/// Namespaces of which the local account measures nothing.
const ELSEWHERE: [&str; 1] = ["AWS/Connect"];

pub(crate) async fn every_line_of_it_has_data(world: &MonitoringWorld) -> Result<(), Failure> {
    let only_with_kms = only_with_kms().await;
    let (mut searched, mut named) = (0, 0);
    for line in lines(world).await? {
        let line = line.as_array().ok_or("a line is a list")?;
        let values = match line.as_slice() {
            [expression] => {
                let expression = expression["expression"].as_str().ok_or("an expression")?;
                if only_with_kms.iter().any(|name| expression.contains(name)) {
                    continue;
                }
                assert!(expression.contains(NAMESPACE), "{expression}");
                searched += 1;
                let query = MetricDataQuery::builder().id("q1").expression(expression);
                world.queried(query.period(PERIOD).build()).await?
            }
            [namespace, ..] if ELSEWHERE.iter().any(|other| namespace == other) => continue,
            [parts @ .., options] => {
                named += 1;
                let stat = options["stat"].as_str().ok_or("a statistic")?;
                world.measured(metric(parts), stat).await?
            }
            [] => return Err("an empty line".into()),
        };
        assert!(!values.is_empty(), "no data for {line:?}");
    }
    assert!(searched > 5 && named > 5, "{searched} and {named} lines");
    Ok(())
}

/// CloudWatch Logs finds fields of JSON by their names; one that no line has is an empty column.
pub(crate) async fn its_log_query_asks_for_fields_that_are_there(
    world: &MonitoringWorld,
) -> Result<(), Failure> {
    let widgets = widgets(world).await?;
    let queries: Vec<&str> = widgets
        .iter()
        .filter(|widget| widget["type"] == "log")
        .filter_map(|widget| widget["properties"]["query"].as_str())
        .collect();
    let [query] = queries[..] else {
        panic!("{} log queries", queries.len());
    };
    let group = &world.outputs.function_log_group_name;
    let mut steps = query.split('|').map(str::trim);
    assert_eq!(steps.next(), Some(format!("SOURCE '{group}'").as_str()));
    let fields = steps.next().and_then(|step| step.strip_prefix("fields "));
    let fields: BTreeSet<&str> = fields
        .ok_or("no fields")?
        .split(',')
        .map(str::trim)
        .filter(|field| !field.starts_with('@'))
        .collect();
    assert!(fields.len() > 3, "{fields:?}");
    assert!(
        query.contains("filter level in ['WARN', 'ERROR']"),
        "{query}"
    );
    let lines: Vec<Value> = world.log(group).await?;
    // The function keeps to its level, which is ERROR here, though Lambda's lets more through.
    let levels: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["level"].as_str())
        .collect();
    assert_eq!(levels, BTreeSet::from(["ERROR"]));
    let mut found = 0;
    for line in lines.iter().filter(|line| line["level"] == "ERROR") {
        for field in &fields {
            assert!(!line[*field].is_null(), "no {field} in {line}");
        }
        found += 1;
    }
    assert!(found > 2, "{found} warnings and errors");
    Ok(())
}

/// What the graphs show, line by line.
async fn lines(world: &MonitoringWorld) -> Result<Vec<Value>, Failure> {
    let mut lines = Vec::new();
    for widget in widgets(world).await? {
        if widget["type"] == "metric" {
            let metrics = widget["properties"]["metrics"].as_array();
            lines.extend(metrics.ok_or("a graph of nothing")?.iter().cloned());
        }
    }
    Ok(lines)
}

/// Its head says where the count of redemptions stands, which no metric has: in the item that the function
/// writes.
pub(super) async fn its_head_says_where_redemptions_are_counted(
    world: &MonitoringWorld,
) -> Result<(), Failure> {
    let head = widgets(world).await?.into_iter().next();
    let head = head.ok_or("no widget")?["properties"]["markdown"].to_string();
    for part in [
        "`campaign_attempts_table`",
        "`REDEEMED#`",
        "`redeemed`",
        "`maxRedemptions`",
    ] {
        assert!(head.contains(part), "{part} is missing: {head}");
    }
    Ok(())
}

async fn widgets(world: &MonitoringWorld) -> Result<Vec<Value>, Failure> {
    let dashboard = world.cloudwatch.get_dashboard();
    let dashboard = dashboard
        .dashboard_name(format!("campaign-line-{REGION}"))
        .send()
        .await?;
    let body = dashboard.dashboard_body().ok_or("no body")?;
    let mut body: Value = serde_json::from_str(body)?;
    match body["widgets"].take() {
        Value::Array(widgets) => Ok(widgets),
        other => Err(format!("{other} are no widgets").into()),
    }
}

/// Namespace, name, and then names and values of dimensions.
fn metric(parts: &[Value]) -> Metric {
    let texts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
    let [namespace, name, dimensions @ ..] = texts.as_slice() else {
        panic!("{parts:?} is no metric");
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

/// The metrics of an invocation that has waited for KMS and for nothing else, beyond those that
/// every invocation has. The example keeps its PINs without KMS.
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
