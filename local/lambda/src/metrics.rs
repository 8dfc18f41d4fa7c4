//! The metrics that Lambda publishes for each invocation.

use std::{collections::BTreeMap, time::Duration};

use local_wire::{MetricDatum, MetricSink};
use time::OffsetDateTime;

/// The outcome of an invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// The function ran.
    Ended {
        /// Whether the function failed.
        failed: bool,
        duration: Duration,
        /// The number of concurrent invocations, including this one.
        concurrent: u32,
    },
    /// The invocation was throttled.
    Throttled,
}

/// Publishes the metrics of an invocation, for the function and for all functions together. A throttled
/// one does not count as an invocation, according to Lambda's guide.
///
/// Concurrency is published only for the function: the sum over all functions would be a different
/// figure.
pub(crate) fn publish(sink: &dyn MetricSink, region: &str, function: &str, run: Run) {
    let timestamp_ms = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64;
    let of_function = BTreeMap::from([("FunctionName".to_owned(), function.to_owned())]);
    let measured: &[(&str, f64, &str)] = match run {
        Run::Throttled => &[("Throttles", 1.0, "Count")],
        Run::Ended {
            failed, duration, ..
        } => &[
            ("Invocations", 1.0, "Count"),
            ("Errors", if failed { 1.0 } else { 0.0 }, "Count"),
            ("Throttles", 0.0, "Count"),
            ("Duration", duration.as_secs_f64() * 1e3, "Milliseconds"),
        ],
    };
    let datum =
        |dimensions: &BTreeMap<String, String>, name: &str, value: f64, unit: &str| MetricDatum {
            namespace: "AWS/Lambda".into(),
            name: name.to_owned(),
            dimensions: dimensions.clone(),
            value,
            unit: unit.to_owned(),
            timestamp_ms,
        };
    let mut data = Vec::new();
    for dimensions in [&of_function, &BTreeMap::new()] {
        let measured = measured.iter();
        data.extend(measured.map(|(name, value, unit)| datum(dimensions, name, *value, unit)));
    }
    if let Run::Ended { concurrent, .. } = run {
        let concurrent = f64::from(concurrent);
        data.push(datum(
            &of_function,
            "ConcurrentExecutions",
            concurrent,
            "Count",
        ));
    }
    sink.publish(region, data);
}
