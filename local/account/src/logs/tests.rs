//! CloudWatch Logs, tested by its requests.

use axum::http::{Method, Uri};
use local_wire::{LogSink, Request};

use super::*;

const REGION: &str = "ap-northeast-1";
const NO_GROUP: &str = "The specified log group does not exist.";
const NO_STREAM: &str = "The specified log stream does not exist.";

/// A sink that stores published measurements.
#[derive(Default)]
struct Published(Mutex<Vec<MetricDatum>>);

impl MetricSink for Published {
    fn publish(&self, _region: &str, data: Vec<MetricDatum>) {
        self.0.lock().unwrap().extend(data);
    }
}

fn request(region: &str, operation: &str, body: String) -> Request {
    let target = format!("Logs_20140328.{operation}");
    Request {
        region: region.into(),
        service: "logs".into(),
        access_key_id: "local".into(),
        method: Method::POST,
        uri: Uri::from_static("/"),
        headers: [("x-amz-target".parse().unwrap(), target.parse().unwrap())]
            .into_iter()
            .collect(),
        body: body.into(),
    }
}

async fn ask(logs: &Logs, operation: &str, body: Value) -> (u16, Value) {
    let answer = logs
        .handle(request(REGION, operation, body.to_string()))
        .await;
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}

/// Sends a request that must succeed; returns the response.
async fn done(logs: &Logs, operation: &str, body: Value) -> Value {
    let (status, answer) = ask(logs, operation, body).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

/// Sends a request that must be refused; returns the code and the message.
async fn refusal(logs: &Logs, operation: &str, body: Value) -> (String, String) {
    let (status, answer) = ask(logs, operation, body).await;
    assert_eq!(status, 400, "{operation}: {answer}");
    let text = |member: &str| answer[member].as_str().unwrap().to_owned();
    (text("__type"), text("message"))
}

async fn refuse_as_invalid(logs: &Logs, operation: &str, body: Value, sentence: &str) {
    let (code, message) = refusal(logs, operation, body).await;
    assert_eq!(code, "InvalidParameterException", "{message}");
    assert!(message.contains(sentence), "{message}");
}

fn logs() -> Logs {
    Logs::new(Arc::new(Published::default()))
}

/// Creates the service with the group `g`, which has these streams.
async fn logs_with(streams: &[&str]) -> Logs {
    let logs = logs();
    done(&logs, "CreateLogGroup", json!({ "logGroupName": "g" })).await;
    for stream in streams {
        let stream = json!({ "logGroupName": "g", "logStreamName": stream });
        done(&logs, "CreateLogStream", stream).await;
    }
    logs
}

/// Returns a request with these members for a stream of the group `g`.
fn of(stream: &str, members: Value) -> Value {
    with(
        json!({ "logGroupName": "g", "logStreamName": stream }),
        members,
    )
}

fn with(mut request: Value, members: Value) -> Value {
    let members = members.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(members);
    request
}

fn lines<M: AsRef<str>>(lines: &[(i64, M)]) -> Value {
    let event = |(at, line): &(i64, M)| json!({ "timestamp": at, "message": line.as_ref() });
    lines.iter().map(event).collect()
}

async fn put(logs: &Logs, stream: &str, events: &[(i64, &str)]) -> Value {
    let events = json!({ "logEvents": lines(events) });
    done(logs, "PutLogEvents", of(stream, events)).await
}

fn messages(answer: &Value) -> Vec<String> {
    let events = answer["events"].as_array().unwrap().iter();
    events
        .map(|event| event["message"].as_str().unwrap().to_owned())
        .collect()
}

async fn filtered(logs: &Logs, members: Value) -> Vec<String> {
    let input = with(json!({ "logGroupName": "g" }), members);
    messages(&done(logs, "FilterLogEvents", input).await)
}

async fn got(logs: &Logs, members: Value) -> Vec<String> {
    messages(&done(logs, "GetLogEvents", of("s", members)).await)
}

mod groups;
mod metric_filters;
mod queries;
mod reading;
mod writing;
