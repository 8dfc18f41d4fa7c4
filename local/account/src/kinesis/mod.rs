//! Kinesis Data Streams: an embedded service, with the tags of a new stream, which it drops, the
//! encryption type of an unencrypted one, and the limits on shards, which it does not enforce.

use std::sync::LazyLock;

use futures_util::FutureExt;
use local_wire::Serve::{Later, Now};
use local_wire::{
    Answer, ApiRequest, Declared, Dialect, Fault, JsonVersion, Operations, Outcome, OutcomeFuture,
    Serve, Service, constraint, named,
};
use serde_json::{Value, json};
use winterbaume_kinesis::KinesisService;

use crate::embedded::{Embedded, Host};

/// The most shards of a stream, all of which the embedded service keeps in memory.
const MAX_SHARDS: i64 = 200;
/// The members of requests that count shards.
const SHARD_COUNTS: [&str; 2] = ["ShardCount", "TargetShardCount"];

/// The operations that need more than the embedded service.
const SERVED: &[Declared<Serve<Kinesis>>] = &[
    named(
        "CreateStream",
        Later(|kinesis, request| kinesis.create_stream(request).boxed()),
    ),
    named(
        "DescribeStream",
        Later(|kinesis, request| kinesis.describe(request, "StreamDescription").boxed()),
    ),
    named(
        "DescribeStreamSummary",
        Later(|kinesis, request| {
            kinesis
                .describe(request, "StreamDescriptionSummary")
                .boxed()
        }),
    ),
    named(
        "SubscribeToShard",
        Now(|_, request| Err(Fault::not_implemented("kinesis", &request.operation.name))),
    ),
];

static OPERATIONS: LazyLock<Operations<Serve<Kinesis>>> = LazyLock::new(|| {
    Operations::new("kinesis", &[SERVED], "").embedding(
        include_str!("operations.txt"),
        Later(|kinesis, request| kinesis.embedded.call(request).boxed()),
    )
});

/// The dialect of Kinesis.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    throttled: (400, "LimitExceededException"),
    ..Dialect::json("kinesis", JsonVersion::V1_1)
};

/// Kinesis Data Streams of the account.
pub(crate) struct Kinesis {
    embedded: Embedded<KinesisService>,
}

impl Kinesis {
    pub(crate) fn new() -> Self {
        Self {
            embedded: Embedded::new(KinesisService::new(), Host::Regional("kinesis")),
        }
    }

    async fn serve(&self, request: ApiRequest) -> Outcome {
        check(&members(&request))?;
        OPERATIONS.carry_out(self, &request).await
    }

    /// Creates a stream with its tags.
    async fn create_stream(&self, request: &ApiRequest) -> Outcome {
        let input = members(request);
        let name = input["StreamName"].as_str().unwrap_or_default();
        check_name(name)?;
        let answer = self.embedded.ask(request).await?;
        let tags = &input["Tags"];
        if !answer.status().is_success() || tags.as_object().is_none_or(|tags| tags.is_empty()) {
            return Ok(answer.into());
        }
        let body = json!({ "StreamName": name, "Tags": tags });
        let tag = request.instead("AddTagsToStream", body.to_string());
        let tagged = self.embedded.ask(&tag).await?;
        match tagged.status().is_success() {
            true => Ok(answer.into()),
            false => Ok(tagged.into()),
        }
    }

    /// Describes a stream. The embedded service leaves out the encryption type of a stream that is
    /// not encrypted, which is `NONE`.
    async fn describe(&self, request: &ApiRequest, member: &str) -> Outcome {
        let answer = self.embedded.ask(request).await?;
        if !answer.status().is_success() {
            return Ok(answer.into());
        }
        let mut described: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if let Some(stream) = described[member].as_object_mut() {
            stream
                .entry("EncryptionType")
                .or_insert_with(|| "NONE".into());
        }
        Ok(Answer::members(described))
    }
}

/// Returns the members of a request; none if it is invalid, which the embedded service refuses.
fn members(request: &ApiRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

/// Refuses counts of shards that the embedded service would create.
fn check(input: &Value) -> Result<(), Fault> {
    for member in SHARD_COUNTS {
        let Some(count) = input[member].as_f64() else {
            continue;
        };
        if count < 1.0 {
            let mut letters = member.chars();
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            let name: String = first.into_iter().chain(letters).collect();
            let broken = "Member must have value greater than or equal to 1";
            let sentence = constraint::sentence(&input[member], &name, broken);
            return Err(Fault::new(400, "ValidationException", sentence));
        }
        if count > MAX_SHARDS as f64 {
            return Err(Fault::new(
                400,
                "LimitExceededException",
                format!(
                    "A stream must have at most {MAX_SHARDS} shards, but {count} were requested."
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses a name that the service's model does not allow.
fn check_name(name: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if (1..=128).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    let broken = "Member must have 1 to 128 characters and satisfy regular expression pattern: \
                  [a-zA-Z0-9_.-]+";
    // A name may be as long as a body.
    let shown: String = name.chars().take(140).collect();
    let sentence = constraint::sentence(shown, "streamName", broken);
    Err(Fault::new(400, "ValidationException", sentence))
}

impl Service for Kinesis {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        self.serve(request).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_requests;

    async fn ask(kinesis: &Kinesis, operation: &str, body: Value) -> (u16, Value) {
        let target = format!("Kinesis_20131202.{operation}");
        test_requests::ask(kinesis, "eu-west-1", "kinesis", &target, body).await
    }

    async fn create(kinesis: &Kinesis, body: Value) {
        let target = [("x-amz-target", "Kinesis_20131202.CreateStream")];
        let body = body.to_string();
        let (status, answer) =
            test_requests::send(kinesis, "eu-west-1", "kinesis", &target, body).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// "EncryptionType: NONE: Do not encrypt the records in the stream", and a retention period of
    /// 24 hours, are the defaults of the API reference; its example of DescribeStreamSummary has both.
    #[tokio::test]
    async fn a_stream_is_described_with_its_defaults_and_tags() {
        let kinesis = Kinesis::new();
        create(
            &kinesis,
            json!({ "StreamName": "records", "ShardCount": 2, "Tags": { "k": "v" } }),
        )
        .await;
        let name = json!({ "StreamName": "records" });
        let (status, answer) = ask(&kinesis, "DescribeStreamSummary", name.clone()).await;
        assert_eq!(status, 200, "{answer}");
        let summary = &answer["StreamDescriptionSummary"];
        assert_eq!(
            summary["StreamARN"],
            "arn:aws:kinesis:eu-west-1:123456789012:stream/records"
        );
        assert_eq!(summary["StreamStatus"], "ACTIVE");
        assert_eq!(summary["OpenShardCount"], 2);
        assert_eq!(summary["RetentionPeriodHours"], 24);
        assert_eq!(summary["EncryptionType"], "NONE");
        assert_eq!(summary["StreamModeDetails"]["StreamMode"], "PROVISIONED");
        let (_, answer) = ask(&kinesis, "DescribeStream", name.clone()).await;
        assert_eq!(answer["StreamDescription"]["EncryptionType"], "NONE");
        let (_, tags) = ask(&kinesis, "ListTagsForStream", name).await;
        assert_eq!(tags["Tags"], json!([{ "Key": "k", "Value": "v" }]));
        let (status, gone) = ask(
            &kinesis,
            "DescribeStreamSummary",
            json!({ "StreamName": "gone" }),
        )
        .await;
        assert_eq!(
            (status, &gone["__type"]),
            (400, &json!("ResourceNotFoundException"))
        );
    }

    #[tokio::test]
    async fn streams_that_the_service_does_not_allow_are_refused() {
        let kinesis = Kinesis::new();
        for (body, code) in [
            (
                json!({ "StreamName": "s", "ShardCount": 0 }),
                "ValidationException",
            ),
            (
                json!({ "StreamName": "s", "ShardCount": i32::MAX }),
                "LimitExceededException",
            ),
            (
                json!({ "StreamName": "a b", "ShardCount": 1 }),
                "ValidationException",
            ),
            (
                json!({ "StreamName": "s".repeat(129) }),
                "ValidationException",
            ),
            (json!({ "ShardCount": 1 }), "ValidationException"),
        ] {
            let (status, refused) = ask(&kinesis, "CreateStream", body).await;
            assert_eq!(
                (status, &refused["__type"]),
                (400, &json!(code)),
                "{refused}"
            );
        }
        create(&kinesis, json!({ "StreamName": "s", "ShardCount": 1 })).await;
        let body = json!({ "StreamName": "s", "TargetShardCount": i32::MAX, "ScalingType": "UNIFORM_SCALING" });
        let (status, refused) = ask(&kinesis, "UpdateShardCount", body).await;
        assert_eq!(
            (status, &refused["__type"]),
            (400, &json!("LimitExceededException"))
        );
        let (status, _) = ask(&kinesis, "SubscribeToShard", json!({})).await;
        assert_eq!(status, 501);
    }
}
