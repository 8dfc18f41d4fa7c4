//! Metric math over two metrics: `m1` with the values 4, none, 8, and `m2` with 2, 0, 0.

use serde_json::{Value, json};

use super::*;

/// The budget of values in these tests.
const MAX_VALUES: usize = 100_000;

fn results(expression: &str) -> Result<Vec<Series>, Fault> {
    let mut metrics = Metrics::default();
    let datum = |name: &str, at: i64, value: i64| json!({ "MetricName": name, "Timestamp": at, "Value": value });
    let data = [
        datum("One", 0, 4),
        datum("One", 120, 8),
        datum("Two", 0, 2),
        datum("Two", 60, 0),
        datum("Two", 120, 0),
    ];
    metrics
        .put(json!({ "Namespace": "N", "MetricData": data }))
        .unwrap();
    let metric = |id: &str, name: &str| {
        json!({ "Id": id, "MetricStat": {
            "Metric": { "Namespace": "N", "MetricName": name }, "Period": 60, "Stat": "Sum",
        }})
    };
    let queries: Vec<MetricDataQuery> = serde_json::from_value(Value::Array(vec![
        metric("m1", "One"),
        metric("m2", "Two"),
        json!({ "Id": "e1", "Expression": expression }),
    ]))
    .unwrap();
    let span = Span {
        start: 0,
        end: 180,
        period: 60,
    };
    let budget = Budget::new(MAX_VALUES);
    Queries::new(&queries, &metrics, span, &budget).result("e1")
}

fn series(expression: &str) -> Vec<(i64, f64)> {
    let results = results(expression).unwrap();
    assert_eq!(results.len(), 1, "{expression}");
    results[0].iter().map(|(at, value)| (*at, *value)).collect()
}

#[test]
fn values_are_joined_in_periods_that_both_have() {
    assert_eq!(series("m1 + m2"), [(0, 6.0), (120, 8.0)]);
    assert_eq!(
        series("100*m1/(m1+m2)"),
        [(0, 100.0 * 4.0 / 6.0), (120, 100.0)]
    );
    // A division by zero has no result.
    assert_eq!(series("m1 / m2"), [(0, 2.0)]);
    assert_eq!(series("2 + -m1 * 3 ^ 2"), [(0, -34.0), (120, -70.0)]);
    assert_eq!(series("m1 > 5 || m2 == 2"), [(0, 1.0), (120, 1.0)]);
}

#[test]
fn gaps_are_filled_as_requested() {
    assert_eq!(series("FILL(m1, 0)"), [(0, 4.0), (60, 0.0), (120, 8.0)]);
    assert_eq!(
        series("FILL(m1, REPEAT)"),
        [(0, 4.0), (60, 4.0), (120, 8.0)]
    );
    assert_eq!(
        series("IF(m2 > 0, m1, 7)"),
        [(0, 4.0), (60, 7.0), (120, 7.0)]
    );
}

#[test]
fn lists_become_one_series_and_series_one_number() {
    assert_eq!(series("SUM([m1, m2])"), [(0, 6.0), (60, 0.0), (120, 8.0)]);
    assert_eq!(series("MAX(METRICS())"), [(0, 4.0), (60, 0.0), (120, 8.0)]);
    assert_eq!(series("m2 + SUM(m1)"), [(0, 14.0), (60, 12.0), (120, 12.0)]);
    assert_eq!(results("METRICS(\"m\") * 2").unwrap().len(), 2);
}

#[test]
fn mistakes_are_named() {
    for (expression, words) in [
        ("m1 +", "Unexpected end"),
        ("m1 m2", "Unexpected 'm2'"),
        ("(m1", "Expected ')'"),
        ("m3", "m3 is not defined"),
        ("e1 + 1", "refers to itself"),
        ("RATE(m1)", "does not support the metric math function RATE"),
        ("SUM(m1, m2)", "Wrong arguments"),
        (&"(".repeat(1_000), "nested too deeply"),
        (&"ABS(".repeat(400), "nested too deeply"),
        (&"[".repeat(1_000), "nested too deeply"),
        (&"1".repeat(2_049), "between 1 and 2048"),
        ("", "between 1 and 2048"),
    ] {
        let refusal = results(expression).unwrap_err().message;
        assert!(refusal.contains(words), "{expression}: {refusal}");
    }
}

#[test]
fn long_expressions_take_no_depth() {
    // The most terms that fit into an expression.
    let terms = format!("m1{}", "+m1".repeat(682));
    assert_eq!(series(&terms), [(0, 4.0 * 683.0), (120, 8.0 * 683.0)]);
    let signs = format!("m1{}1", "-".repeat(2_045));
    assert_eq!(series(&signs), [(0, 3.0), (120, 7.0)]);
    let inside = format!("{}m1{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(series(&inside), [(0, 4.0), (120, 8.0)]);
}

/// Returns the last result of `count` queries: `e0` is `first`, and `next` writes each of the
/// others from the previous one.
fn stacked(
    count: usize,
    first: &str,
    next: impl Fn(usize) -> String,
) -> Result<Vec<Series>, Fault> {
    let queries: Vec<MetricDataQuery> = (0..count)
        .map(|n| {
            let expression = match n {
                0 => first.to_owned(),
                n => next(n - 1),
            };
            let query = json!({ "Id": format!("e{n}"), "Expression": expression });
            serde_json::from_value(query).unwrap()
        })
        .collect();
    let last = format!("e{}", count - 1);
    let metrics = Metrics::default();
    let span = Span {
        start: 0,
        end: 180,
        period: 60,
    };
    let budget = Budget::new(MAX_VALUES);
    Queries::new(&queries, &metrics, span, &budget).result(&last)
}

#[test]
fn chained_queries_are_computed_iteratively_and_once() {
    let sum = stacked(500, "TIME_SERIES(1)", |n| format!("e{n} + 1")).unwrap();
    assert_eq!(sum[0][&0], 500.0);
    // If each reference were computed anew, these would be 2^60 values.
    let doubled = stacked(60, "TIME_SERIES(1)", |n| format!("e{n} + e{n}")).unwrap();
    assert_eq!(doubled[0][&0], 2_f64.powi(59));
    let circle = stacked(500, "e499", |n| format!("e{n}")).unwrap_err();
    assert!(circle.message.contains("refers to itself"), "{circle}");
}

#[test]
fn requests_that_compute_too_many_values_are_refused() {
    let list = "[TIME_SERIES(1), TIME_SERIES(2), TIME_SERIES(3), TIME_SERIES(4)]";
    let products = stacked(60, list, |n| format!("e{n} * e{n}")).unwrap_err();
    assert!(
        products.message.contains("at most 100000 values"),
        "{products}"
    );
    let chain = format!("e0{}", "*e0".repeat(600));
    let products = stacked(2, list, |_| chain.clone()).unwrap_err();
    assert!(
        products.message.contains("at most 100000 values"),
        "{products}"
    );
}
