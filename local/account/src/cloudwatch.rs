//! CloudWatch: embedded, with the protocol that boto3 and the AWS CLI speak to it.

use axum::http::{HeaderMap, HeaderValue, Uri, header::CONTENT_TYPE};
use ciborium::Value as Cbor;
use futures_util::FutureExt;
use local_aws::{Fault, Request, Response, Service, ServiceFuture};
use serde_json::Value;
use winterbaume_cloudwatch::CloudWatchService;

use crate::embedded::{Embedded, Host};

/// CloudWatch of the account.
///
/// Its service model names three protocols. The embedded service speaks two of them, CBOR and
/// Query; the third, JSON, is what botocore chooses. Its messages have the members of the CBOR
/// ones, so they are carried over.
pub(crate) struct CloudWatch {
    embedded: Embedded<CloudWatchService>,
}

impl CloudWatch {
    pub(crate) fn new() -> Self {
        Self {
            embedded: Embedded::new(CloudWatchService::new(), Host::Regional("monitoring")),
        }
    }

    async fn serve_json(&self, request: Request, operation: &str) -> Result<Response, Fault> {
        let asked: Value = match &request.body[..] {
            [] => Value::Object(serde_json::Map::new()),
            body => serde_json::from_slice(body).map_err(malformed)?,
        };
        let mut body = Vec::new();
        ciborium::into_writer(&asked, &mut body).map_err(malformed)?;
        let uri = Uri::try_from(format!(
            "/service/GraniteServiceVersion20100801/operation/{operation}"
        ))
        .map_err(malformed)?;
        let answer = self
            .embedded
            .serve(Request {
                uri,
                headers: HeaderMap::new(),
                body: body.into(),
                ..request
            })
            .await;
        let (mut parts, body) = answer.into_parts();
        let body = match &body[..] {
            // Operations without output answer nothing at all.
            [] => Cbor::Map(Vec::new()),
            body => ciborium::from_reader(body).map_err(unreadable)?,
        };
        parts.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        let body = serde_json::to_vec(&untagged(body)).map_err(unreadable)?;
        Ok(Response::from_parts(parts, body.into()))
    }
}

impl Service for CloudWatch {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            let Some(operation) = request.target().map(str::to_owned) else {
                return self.embedded.serve(request).await;
            };
            self.serve_json(request, &operation)
                .await
                .unwrap_or_else(|fault| fault.json("message"))
        }
        .boxed()
    }
}

/// CBOR marks times with a tag; JSON writes them as bare seconds.
fn untagged(value: Cbor) -> Cbor {
    match value {
        Cbor::Tag(_, inner) => untagged(*inner),
        Cbor::Array(values) => Cbor::Array(values.into_iter().map(untagged).collect()),
        Cbor::Map(entries) => Cbor::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key, untagged(value)))
                .collect(),
        ),
        other => other,
    }
}

fn malformed(error: impl std::error::Error) -> Fault {
    Fault::new(400, "SerializationException", error.to_string())
}

fn unreadable(error: impl std::error::Error) -> Fault {
    Fault::new(500, "InternalServiceFault", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    async fn ask(cloudwatch: &CloudWatch, operation: &str, body: Value) -> (u16, Value) {
        let target = format!("GraniteServiceVersion20100801.{operation}");
        let request = Request {
            region: "ap-northeast-1".into(),
            service: "monitoring".into(),
            access_key_id: "local".into(),
            method: http::Method::POST,
            uri: Uri::from_static("/"),
            headers: [("x-amz-target".parse().unwrap(), target.parse().unwrap())]
                .into_iter()
                .collect(),
            body: body.to_string().into(),
        };
        let answer = cloudwatch.handle(request).await;
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(answer.body()).unwrap())
    }

    #[test]
    fn times_lose_their_tag() {
        let time = Cbor::Tag(1, Box::new(Cbor::Float(0.5)));
        let answer = Cbor::Map(vec![(Cbor::Text("Time".into()), time)]);
        let answer = serde_json::to_value(untagged(answer)).unwrap();
        assert_eq!(answer, json!({ "Time": 0.5 }));
    }

    #[tokio::test]
    async fn it_speaks_json() {
        let cloudwatch = CloudWatch::new();
        let alarm = json!({
            "AlarmName": "no more SMS",
            "AlarmDescription": "上限",
            "Namespace": "AWS/SNS",
            "MetricName": "SMSMonthToDateSpentUSD",
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 0.8,
            "ComparisonOperator": "GreaterThanThreshold",
        });
        let (status, _) = ask(&cloudwatch, "PutMetricAlarm", alarm).await;
        assert_eq!(status, 200);
        let (status, found) = ask(&cloudwatch, "DescribeAlarms", json!({})).await;
        assert_eq!(status, 200);
        let alarm = &found["MetricAlarms"][0];
        assert_eq!(alarm["AlarmDescription"], "上限");
        assert_eq!(alarm["Threshold"], 0.8);

        let (status, refused) = ask(&cloudwatch, "NoSuchThing", json!({})).await;
        assert_eq!(status, 400);
        assert!(refused.to_string().contains("NoSuchThing"), "{refused}");
    }
}
