//! The embedded metric format: metrics embedded in log lines.

use std::collections::BTreeMap;

use local_wire::MetricDatum;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The most values of one metric in a line, the most metrics of a directive, and the most
/// dimensions of one set.
const MAX_VALUES: usize = 100;
const MAX_METRICS: usize = 100;
const MAX_DIMENSIONS: usize = 30;
/// The most measurements that one line creates. With all its sets of dimensions a line could hold
/// more than any function needs.
const MAX_PER_LINE: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: i64,
    cloud_watch_metrics: Vec<Directive>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: String,
    #[serde(default)]
    dimensions: Vec<Vec<String>>,
    #[serde(default)]
    metrics: Vec<Definition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: String,
    unit: Option<String>,
}

/// Extracts the metrics of a log line. Lines in another format, and lines that break the format's
/// rules, have none: CloudWatch drops both silently.
pub(crate) fn metrics(line: &str) -> Vec<MetricDatum> {
    // Most lines have no metrics, and need not be parsed.
    if !line.contains("CloudWatchMetrics") {
        return Vec::new();
    }
    let Ok(Value::Object(root)) = serde_json::from_str(line) else {
        return Vec::new();
    };
    let metadata = root.get("_aws").cloned().map(serde_json::from_value);
    let Some(Ok::<Metadata, _>(metadata)) = metadata else {
        return Vec::new();
    };
    metadata
        .cloud_watch_metrics
        .iter()
        .filter(|directive| directive.metrics.len() <= MAX_METRICS)
        .flat_map(|directive| {
            let sets = match &directive.dimensions[..] {
                [] => &NO_DIMENSIONS[..],
                sets => sets,
            };
            sets.iter()
                .filter(|set| set.len() <= MAX_DIMENSIONS)
                .map(move |set| (directive, set))
        })
        .flat_map(|(directive, set)| extracted(directive, set, &root, metadata.timestamp))
        .take(MAX_PER_LINE)
        .collect()
}

/// The dimensions of a directive that has none.
static NO_DIMENSIONS: [Vec<String>; 1] = [Vec::new()];

/// Returns the metrics of a directive for one set of dimensions.
fn extracted(
    directive: &Directive,
    set: &[String],
    root: &Map<String, Value>,
    at: i64,
) -> Vec<MetricDatum> {
    let dimensions: Option<BTreeMap<String, String>> = set
        .iter()
        .map(|name| Some((name.clone(), root.get(name)?.as_str()?.to_owned())))
        .collect();
    let Some(dimensions) = dimensions else {
        return Vec::new();
    };
    let mut data = Vec::new();
    for metric in &directive.metrics {
        data.extend(
            values(root.get(&metric.name))
                .into_iter()
                .map(|value| MetricDatum {
                    namespace: directive.namespace.clone(),
                    name: metric.name.clone(),
                    dimensions: dimensions.clone(),
                    value,
                    unit: metric.unit.clone().unwrap_or_else(|| "None".into()),
                    timestamp_ms: at,
                }),
        );
    }
    data
}

/// Reads a number, or a list of numbers.
fn values(target: Option<&Value>) -> Vec<f64> {
    match target {
        Some(Value::Number(number)) => number.as_f64().into_iter().collect(),
        Some(Value::Array(numbers)) if numbers.len() <= MAX_VALUES => {
            numbers.iter().filter_map(Value::as_f64).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line() -> Value {
        json!({
            "_aws": {
                "Timestamp": 1_700_000_000_123_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Line",
                    "Dimensions": [["Service", "Outcome"], ["Service"], ["Absent"]],
                    "Metrics": [
                        { "Name": "Sent", "Unit": "Count" },
                        { "Name": "Wait", "Unit": "Milliseconds" },
                        { "Name": "Nowhere" },
                    ],
                }],
            },
            "Service": "line",
            "Outcome": "SENT",
            "Sent": 1,
            "Wait": [2.5, 3],
        })
    }

    #[test]
    fn every_set_of_dimensions_is_a_metric() {
        let found = metrics(&line().to_string());
        let written: Vec<_> = found
            .iter()
            .map(|datum| (datum.name.as_str(), datum.dimensions.len(), datum.value))
            .collect();
        assert_eq!(
            written,
            [
                ("Sent", 2, 1.0),
                ("Wait", 2, 2.5),
                ("Wait", 2, 3.0),
                ("Sent", 1, 1.0),
                ("Wait", 1, 2.5),
                ("Wait", 1, 3.0),
            ]
        );
        assert_eq!(found[0].dimensions["Outcome"], "SENT");
        assert_eq!(found[1].unit, "Milliseconds");
        assert_eq!(found[0].timestamp_ms, 1_700_000_000_123);
    }

    #[test]
    fn a_line_creates_a_limited_number_of_measurements() {
        let mut line = line();
        let directive = &mut line["_aws"]["CloudWatchMetrics"][0];
        directive["Dimensions"] = json!(vec![Vec::<String>::new(); 1_000]);
        directive["Metrics"] = json!(vec![json!({ "Name": "Wait" }); MAX_METRICS]);
        line["Wait"] = json!(vec![1; MAX_VALUES]);
        assert_eq!(metrics(&line.to_string()).len(), MAX_PER_LINE);

        let directive = &mut line["_aws"]["CloudWatchMetrics"][0];
        directive["Metrics"] = json!(vec![json!({ "Name": "Wait" }); MAX_METRICS + 1]);
        assert!(metrics(&line.to_string()).is_empty());
    }

    #[test]
    fn other_lines_have_none() {
        let mut unnamed = line();
        unnamed["_aws"]["CloudWatchMetrics"][0]["Namespace"] = Value::Null;
        for other in [
            "plain text about CloudWatchMetrics".to_owned(),
            json!({ "_aws": "CloudWatchMetrics" }).to_string(),
            unnamed.to_string(),
            format!("prefix {}", line()),
            format!("{}CloudWatchMetrics", "[".repeat(100_000)),
        ] {
            assert!(metrics(&other).is_empty(), "{other}");
        }
    }
}
