//! Metrics in CloudWatch's embedded metric format: one line of JSON per invocation.
//!
//! The line is written to the output unchanged. A logging library would embed it as a string in a log
//! entry, from which CloudWatch extracts no metrics.

use std::fmt;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::outcome::{Outcome, Reason};

/// The metric of attempts that went on although the hour's count of wrong PINs was throttled.
const UNGUARDED_TRIES: &str = "UnguardedTries";

/// The namespace of the metrics.
pub const NAMESPACE: &str = "ConnectPinSms";

type Output = Box<dyn Fn(&str) + Send + Sync>;

/// Writes the metrics of invocations.
pub struct Metrics {
    service: String,
    output: Output,
}

impl Metrics {
    /// Creates the metrics of the function called `service`; `output` receives each line.
    pub fn new(service: impl Into<String>, output: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            service: service.into(),
            output: Box::new(output),
        }
    }

    /// Creates metrics that are written to standard output, which Lambda sends to CloudWatch.
    pub fn on_stdout(service: impl Into<String>) -> Self {
        Self::new(service, |line| {
            // The line is written in one call; otherwise lines of the log could be interleaved. A failure
            // to write cannot be reported.
            let line = format!("{line}\n");
            std::io::stdout().lock().write_all(line.as_bytes()).ok();
        })
    }

    /// Writes the line of one invocation.
    pub fn report(&self, invocation: &Invocation, result: &Result<Outcome, Failure>) {
        match serde_json::to_string(&self.line(invocation, result)) {
            Ok(line) => (self.output)(&line),
            // The line has strings and numbers only, which JSON can always represent.
            Err(error) => tracing::error!(%error, "the metrics could not be written"),
        }
    }

    fn line(&self, invocation: &Invocation, result: &Result<Outcome, Failure>) -> MetricsLine<'_> {
        let latencies = invocation.latencies();
        let milliseconds = Dependency::ALL.into_iter().filter_map(|dependency| {
            let times: Vec<f64> = latencies
                .iter()
                .filter(|(on, _)| *on == dependency)
                .map(|(_, time)| (time.as_secs_f64() * 10_000.0).round() / 10.0)
                .collect();
            (!times.is_empty()).then(|| (latency_name(dependency), times))
        });
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        MetricsLine {
            timestamp: u64::try_from(now.as_millis()).unwrap_or_default(),
            service: &self.service,
            outcome: match result {
                Ok(outcome) => outcome.log_code(),
                Err(failure) => failure.error_type(),
            },
            counts: counts(result, invocation.is_repeated()),
            unguarded: invocation.is_unguarded(),
            latencies: milliseconds.collect(),
        }
    }
}

/// A line of metrics; its fields are written in this order.
struct MetricsLine<'a> {
    /// Milliseconds since 1970.
    timestamp: u64,
    service: &'a str,
    outcome: &'static str,
    counts: [(&'static str, bool); 6],
    unguarded: bool,
    /// Milliseconds, one for each request.
    latencies: Vec<(&'static str, Vec<f64>)>,
}

impl Serialize for MetricsLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("_aws", &Header(self))?;
        line.serialize_entry("Service", self.service)?;
        line.serialize_entry("Outcome", self.outcome)?;
        for (name, counts) in self.counts {
            line.serialize_entry(name, &u8::from(counts))?;
        }
        for (name, times) in &self.latencies {
            line.serialize_entry(name, times)?;
        }
        if self.unguarded {
            line.serialize_entry(UNGUARDED_TRIES, &1)?;
        }
        line.end()
    }
}

/// The header that names the metrics of a line to CloudWatch.
struct Header<'a>(&'a MetricsLine<'a>);

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.0.counts.iter().map(|(name, _)| (*name, "Count"));
        let latencies = self.0.latencies.iter();
        let latencies = latencies.map(|(name, _)| (*name, "Milliseconds"));
        let mut header = serializer.serialize_map(Some(2))?;
        header.serialize_entry("Timestamp", &self.0.timestamp)?;
        let mut directives = vec![Directive {
            namespace: NAMESPACE,
            dimensions: [&["Service", "Outcome"]],
            metrics: counts
                .chain(latencies)
                .map(|(name, unit)| Metric { name, unit })
                .collect(),
        }];
        // This metric has no dimension `Outcome`, so that one alarm covers all outcomes. It is written only
        // when it counts, since each metric costs.
        if self.0.unguarded {
            directives.push(Directive {
                namespace: NAMESPACE,
                dimensions: [&["Service"]],
                metrics: vec![Metric {
                    name: UNGUARDED_TRIES,
                    unit: "Count",
                }],
            });
        }
        header.serialize_entry("CloudWatchMetrics", &directives)?;
        header.end()
    }
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: Vec<Metric>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// The metrics in which an invocation counts. An answer that repeats an earlier one counts as a call only.
fn counts(result: &Result<Outcome, Failure>, repeated: bool) -> [(&'static str, bool); 6] {
    let reason = match result {
        Ok(Outcome::NotSent(reason)) => Some(reason),
        _ => None,
    };
    let wrong = matches!(
        reason,
        Some(Reason::PinNotFound | Reason::NotAMember { .. })
    );
    [
        ("Calls", true),
        ("Members", matches!(result, Ok(Outcome::Member(_)))),
        ("WrongPins", wrong && !repeated),
        ("Locks", matches!(reason, Some(Reason::Locked(_)))),
        ("SmsSent", matches!(result, Ok(Outcome::Sent { .. }))),
        ("SmsRefused", matches!(reason, Some(Reason::SmsRefused(_)))),
    ]
}

fn latency_name(dependency: Dependency) -> &'static str {
    match dependency {
        Dependency::Members => "MembersLatency",
        Dependency::Benefits => "BenefitsLatency",
        Dependency::Attempts => "AttemptsLatency",
        Dependency::Sms => "SmsLatency",
        Dependency::Kms => "KmsLatency",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn line(invocation: &Invocation, result: &Result<Outcome, Failure>) -> Value {
        let metrics = Metrics::new("line-1", |_| ());
        serde_json::to_value(metrics.line(invocation, result)).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn writes_the_embedded_metric_format() {
        let invocation = Invocation::for_test("r", 0);
        for (on, time) in [
            (Dependency::Attempts, 12),
            (Dependency::Attempts, 3),
            (Dependency::Sms, 70),
        ] {
            let wait = tokio::time::sleep(Duration::from_millis(time));
            invocation.wait(on, wait).await;
        }
        let sent = Ok(Outcome::Sent {
            message_id: Some("m".into()),
        });
        let mut line = line(&invocation, &sent);
        assert!(line["_aws"]["Timestamp"].take().as_u64().unwrap() > 1_700_000_000_000);
        let count = |name: &str| json!({ "Name": name, "Unit": "Count" });
        let time = |name: &str| json!({ "Name": name, "Unit": "Milliseconds" });
        assert_eq!(
            line,
            json!({
                "_aws": {
                    "Timestamp": null,
                    "CloudWatchMetrics": [{
                        "Namespace": "ConnectPinSms",
                        "Dimensions": [["Service", "Outcome"]],
                        "Metrics": [
                            count("Calls"), count("Members"), count("WrongPins"), count("Locks"),
                            count("SmsSent"), count("SmsRefused"),
                            time("AttemptsLatency"), time("SmsLatency"),
                        ],
                    }],
                },
                "Service": "line-1",
                "Outcome": "SENT",
                "Calls": 1, "Members": 0, "WrongPins": 0, "Locks": 0, "SmsSent": 1, "SmsRefused": 0,
                "AttemptsLatency": [12.0, 3.0],
                "SmsLatency": [70.0],
            })
        );
    }

    #[tokio::test]
    async fn counts_unguarded_attempts_whatever_their_outcome() {
        let invocation = Invocation::for_test("r", 0);
        let sent = Ok(Outcome::Sent { message_id: None });
        assert!(line(&invocation, &sent).get("UnguardedTries").is_none());
        invocation.mark_unguarded();
        let line = line(&invocation, &sent);
        assert_eq!(line["UnguardedTries"], json!(1));
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][1],
            json!({
                "Namespace": "ConnectPinSms",
                "Dimensions": [["Service"]],
                "Metrics": [{ "Name": "UnguardedTries", "Unit": "Count" }],
            })
        );
    }

    #[tokio::test]
    async fn a_repetition_counts_as_a_call_only() {
        let invocation = Invocation::for_test("r", 0);
        let wrong = Ok(Outcome::NotSent(Reason::NotAMember { disguised: true }));
        let first = line(&invocation, &wrong);
        assert_eq!(
            (&first["Outcome"], &first["WrongPins"]),
            (&json!("NOT_A_MEMBER"), &json!(1))
        );
        invocation.mark_repeated();
        let again = line(&invocation, &wrong);
        assert_eq!(
            (&again["Calls"], &again["WrongPins"]),
            (&json!(1), &json!(0))
        );
        let failed = line(&invocation, &Err(Failure::CommandNotFound));
        assert_eq!(failed["Outcome"], "CommandNotFound");
        let member = line(&invocation, &Ok(Outcome::Member("1".into())));
        assert_eq!(
            (&member["Outcome"], &member["Members"]),
            (&json!("MEMBER"), &json!(1))
        );
    }
}
