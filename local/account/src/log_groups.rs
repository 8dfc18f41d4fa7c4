//! CloudWatch Logs: embedded, with what its groups forget and the metrics in their lines.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use local_aws::{Fault, MetricDatum, MetricSink, Request, Response, Service, ServiceFuture};
use serde_json::Value;
use time::OffsetDateTime;
use winterbaume_cloudwatchlogs::CloudWatchLogsService;

use crate::cloudwatch::emf;
use crate::embedded::{Embedded, Host};

const STANDARD: &str = "STANDARD";
const CLASSES: [&str; 3] = [STANDARD, "INFREQUENT_ACCESS", "DELIVERY"];

/// CloudWatch Logs of the account.
pub(crate) struct Logs {
    embedded: Embedded<CloudWatchLogsService>,
    metrics: Arc<dyn MetricSink>,
    /// By Region and name of the group.
    groups: Mutex<HashMap<(String, String), Group>>,
}

/// What the embedded service does not keep, or keeps and does not tell.
#[derive(Debug, Clone)]
struct Group {
    class: String,
    /// ARN of the key that its lines are encrypted with. Nothing is encrypted here.
    kms_key: Option<String>,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            class: STANDARD.into(),
            kms_key: None,
        }
    }
}

impl Logs {
    /// `metrics` takes those that log lines hold.
    pub(crate) fn new(metrics: Arc<dyn MetricSink>) -> Self {
        Self {
            embedded: Embedded::new(CloudWatchLogsService::new(), Host::Regional("logs")),
            metrics,
            groups: Mutex::default(),
        }
    }

    /// Serves a request.
    pub(crate) async fn serve(&self, request: Request) -> Response {
        self.answer(request)
            .await
            .unwrap_or_else(|fault| fault.json("message"))
    }

    async fn answer(&self, request: Request) -> Result<Response, Fault> {
        let operation = request.target().unwrap_or_default().to_owned();
        let region = request.region.clone();
        // What cannot be read here is refused by the embedded service.
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if operation == "CreateLogGroup" {
            check(&asked)?;
        }
        if matches!(operation.as_str(), "AssociateKmsKey" | "DisassociateKmsKey") {
            check_key(&asked["kmsKeyId"])?;
        }
        let mut answer = self.embedded.serve(request).await;
        if !answer.status().is_success() {
            return Ok(answer);
        }
        let name = group_name(&asked).unwrap_or_default();
        let key = (region.clone(), name.to_owned());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match operation.as_str() {
            "CreateLogGroup" => {
                let group = Group {
                    class: text(&asked["logGroupClass"]).unwrap_or_else(|| STANDARD.into()),
                    kms_key: text(&asked["kmsKeyId"]),
                };
                self.groups().insert(key, group);
            }
            "DeleteLogGroup" => {
                self.groups().remove(&key);
            }
            "AssociateKmsKey" => {
                self.groups().entry(key).or_default().kms_key = text(&asked["kmsKeyId"]);
            }
            "DisassociateKmsKey" => {
                self.groups().entry(key).or_default().kms_key = None;
            }
            "DescribeLogGroups" => self.complete(&region, &mut answer)?,
            "PutLogEvents" => {
                self.count(&region, name, &asked["logEvents"]);
                self.extract(&region, name, &asked["logEvents"]);
            }
            _ => {}
        }
        Ok(answer)
    }

    /// Tells what is kept here of each group.
    fn complete(&self, region: &str, answer: &mut Response) -> Result<(), Fault> {
        let mut listed: Value = serde_json::from_slice(answer.body())
            .map_err(|error| Fault::new(500, "ServiceUnavailableException", error.to_string()))?;
        let groups = self.groups();
        for shape in listed["logGroups"].as_array_mut().into_iter().flatten() {
            let name = shape["logGroupName"].as_str().unwrap_or_default();
            let group = groups
                .get(&(region.to_owned(), name.to_owned()))
                .cloned()
                .unwrap_or_default();
            shape["logGroupClass"] = group.class.into();
            if let Some(kms_key) = group.kms_key {
                shape["kmsKeyId"] = kms_key.into();
            }
        }
        *answer.body_mut() = listed.to_string().into();
        // It counts bytes that are no longer there.
        answer
            .headers_mut()
            .remove(axum::http::header::CONTENT_LENGTH);
        Ok(())
    }

    /// CloudWatch Logs' own metric of what a group takes in.
    fn count(&self, region: &str, group: &str, events: &Value) {
        let timestamp_ms = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
        let count = MetricDatum {
            namespace: "AWS/Logs".into(),
            name: "IncomingLogEvents".into(),
            dimensions: BTreeMap::from([("LogGroupName".to_owned(), group.to_owned())]),
            value: events.as_array().map_or(0, Vec::len) as f64,
            unit: "None".into(),
            timestamp_ms: timestamp_ms as i64,
        };
        self.metrics.publish(region, vec![count]);
    }

    /// The metrics that lines hold. Only the standard class looks for them.
    fn extract(&self, region: &str, group: &str, events: &Value) {
        let standard = self
            .groups()
            .get(&(region.to_owned(), group.to_owned()))
            .is_none_or(|group| group.class == STANDARD);
        if !standard {
            return;
        }
        let lines = events.as_array().into_iter().flatten();
        let found: Vec<_> = lines
            .filter_map(|event| event["message"].as_str())
            .flat_map(emf::metrics)
            .collect();
        if !found.is_empty() {
            self.metrics.publish(region, found);
        }
    }

    fn groups(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Logs {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        self.serve(request).boxed()
    }
}

/// The group that a request is about: by name, or by the ARN that newer operations take.
fn group_name(asked: &Value) -> Option<&str> {
    if let Some(name) = asked["logGroupName"].as_str() {
        return Some(name);
    }
    let arn = asked["resourceIdentifier"].as_str()?;
    let (_, name) = arn.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

fn check(asked: &Value) -> Result<(), Fault> {
    let name = asked["logGroupName"].as_str().unwrap_or_default();
    let valid = (1..=512).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte));
    if !valid {
        return Err(refused(
            "logGroupName",
            name,
            "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
        ));
    }
    if let Some(class) = asked["logGroupClass"].as_str()
        && !CLASSES.contains(&class)
    {
        return Err(refused(
            "logGroupClass",
            class,
            &format!(
                "Member must satisfy enum value set: [{}]",
                CLASSES.join(", ")
            ),
        ));
    }
    check_key(&asked["kmsKeyId"])
}

/// Logs takes a key's ARN only, no id and no alias.
fn check_key(key: &Value) -> Result<(), Fault> {
    match key.as_str() {
        Some(arn) if !(arn.starts_with("arn:") && arn.contains(":key/")) => Err(Fault::new(
            400,
            "InvalidParameterException",
            "The specified KMS Key Id could not be found.",
        )),
        _ => Ok(()),
    }
}

fn refused(member: &str, value: &str, constraint: &str) -> Fault {
    Fault::new(
        400,
        "InvalidParameterException",
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: {constraint}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{Method, Uri};
    use serde_json::json;

    /// Keeps what is published.
    #[derive(Default)]
    struct Published(Mutex<Vec<MetricDatum>>);

    impl MetricSink for Published {
        fn publish(&self, _region: &str, data: Vec<MetricDatum>) {
            self.0.lock().unwrap().extend(data);
        }
    }

    async fn ask(logs: &Logs, operation: &str, body: Value) -> (u16, Value) {
        let target = format!("Logs_20140328.{operation}");
        let answer = logs
            .serve(Request {
                region: "ap-northeast-1".into(),
                service: "logs".into(),
                access_key_id: "local".into(),
                method: Method::POST,
                uri: Uri::from_static("/"),
                headers: [("x-amz-target".parse().unwrap(), target.parse().unwrap())]
                    .into_iter()
                    .collect(),
                body: body.to_string().into(),
            })
            .await;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    #[tokio::test]
    async fn only_the_standard_class_looks_for_metrics() {
        let published = Arc::new(Published::default());
        let logs = Logs::new(Arc::clone(&published) as _);
        let line = json!({
            "_aws": { "Timestamp": 1, "CloudWatchMetrics": [
                { "Namespace": "N", "Metrics": [{ "Name": "M" }] },
            ]},
            "M": 1,
        });
        for (class, metrics) in [("INFREQUENT_ACCESS", 0), ("STANDARD", 1)] {
            let group = json!({ "logGroupName": class, "logGroupClass": class });
            assert_eq!(ask(&logs, "CreateLogGroup", group).await.0, 200);
            let stream = json!({ "logGroupName": class, "logStreamName": "s" });
            ask(&logs, "CreateLogStream", stream).await;
            let events = json!({
                "logGroupName": class, "logStreamName": "s",
                "logEvents": [{ "timestamp": 1, "message": line.to_string() }],
            });
            assert_eq!(ask(&logs, "PutLogEvents", events).await.0, 200);
            let published = published.0.lock().unwrap();
            let (of_line, of_group): (Vec<_>, Vec<_>) =
                published.iter().partition(|datum| datum.namespace == "N");
            assert_eq!(of_line.len(), metrics, "{class}");
            // CloudWatch Logs counts what it takes in for groups of either class.
            let counted = of_group.last().unwrap();
            assert_eq!(
                (counted.name.as_str(), counted.value),
                ("IncomingLogEvents", 1.0)
            );
            assert_eq!(counted.dimensions["LogGroupName"], class);
        }
    }

    #[tokio::test]
    async fn groups_that_aws_refuses_are_refused() {
        let logs = Logs::new(Arc::new(Published::default()));
        for group in [
            json!({ "logGroupName": "with space" }),
            json!({ "logGroupName": "g", "logGroupClass": "CHEAP" }),
            json!({ "logGroupName": "g", "kmsKeyId": "alias/line" }),
        ] {
            let (status, refusal) = ask(&logs, "CreateLogGroup", group).await;
            assert_eq!(status, 400);
            assert_eq!(refusal["__type"], "InvalidParameterException");
        }
    }
}
