//! Metrics in CloudWatch's embedded format: one line of JSON per invocation.
//!
//! The line goes to the output as it is. Under a log library it would become a text inside of a log
//! entry, and CloudWatch would count nothing.

use std::fmt;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::invocation::{Dependency, Invocation};
use crate::outcome::{Outcome, Reason};

/// Where the metrics are found.
pub const NAMESPACE: &str = "ConnectPinSms";

type Output = Box<dyn Fn(&str) + Send + Sync>;

/// Writes the lines.
pub struct Metrics {
    service: String,
    output: Output,
}

impl Metrics {
    /// Metrics of the function called `service`, each line given to `output`.
    pub fn new(service: impl Into<String>, output: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            service: service.into(),
            output: Box::new(output),
        }
    }

    /// Metrics on the standard output, from where Lambda takes them to CloudWatch.
    pub fn on_stdout(service: impl Into<String>) -> Self {
        Self::new(service, |line| {
            // In one piece, or lines of the log could get in between. Nobody can be told if it fails.
            let line = format!("{line}\n");
            std::io::stdout().lock().write_all(line.as_bytes()).ok();
        })
    }

    /// Writes the line of one invocation.
    pub fn report(&self, invocation: &Invocation, result: &Result<Outcome, Failure>) {
        (self.output)(&self.line(invocation, result).to_string());
    }

    fn line(&self, invocation: &Invocation, result: &Result<Outcome, Failure>) -> Value {
        let mut values = Map::new();
        let mut names = Vec::new();
        for (name, counts) in counts(result, invocation.is_repeated()) {
            names.push(json!({ "Name": name, "Unit": "Count" }));
            values.insert(name.to_owned(), json!(u8::from(counts)));
        }
        let latencies = invocation.latencies();
        for dependency in Dependency::ALL {
            let times: Vec<f64> = latencies
                .iter()
                .filter(|(on, _)| *on == dependency)
                .map(|(_, time)| (time.as_secs_f64() * 10_000.0).round() / 10.0)
                .collect();
            if !times.is_empty() {
                let name = latency_name(dependency);
                names.push(json!({ "Name": name, "Unit": "Milliseconds" }));
                values.insert(name.to_owned(), json!(times));
            }
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = u64::try_from(now.as_millis()).unwrap_or_default();
        let mut line = json!({
            "_aws": {
                "Timestamp": now,
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Service", "Outcome"]],
                    "Metrics": names,
                }],
            },
            "Service": self.service,
            "Outcome": match result {
                Ok(outcome) => outcome.code(),
                Err(failure) => failure.error_type(),
            },
        });
        if let Value::Object(line) = &mut line {
            line.append(&mut values);
        }
        line
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// What an invocation counts as. An answer that repeats an earlier one counts as a call only.
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

    use super::*;

    fn line(invocation: &Invocation, result: &Result<Outcome, Failure>) -> Value {
        Metrics::new("line-1", |_| ()).line(invocation, result)
    }

    #[tokio::test(start_paused = true)]
    async fn says_what_cloudwatch_reads() {
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
    async fn counts_each_thing_once() {
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
