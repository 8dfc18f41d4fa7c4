use super::*;
use crate::test_requests;

async fn ask(firehose: &Firehose, operation: &str, body: Value) -> (u16, Value) {
    let target = format!("Firehose_20150804.{operation}");
    test_requests::ask(firehose, "eu-west-1", "firehose", &target, body).await
}

fn stream(name: &str) -> Value {
    json!({
        "DeliveryStreamName": name,
        "DeliveryStreamType": "DirectPut",
        "ExtendedS3DestinationConfiguration": {
            "RoleARN": "arn:aws:iam::123456789012:role/delivery",
            "BucketARN": "arn:aws:s3:::records",
        },
        "Tags": [{ "Key": "k", "Value": "v" }],
    })
}

/// The API reference gives the defaults: 5 MB or 300 seconds, UNCOMPRESSED, no encryption, and no backup.
#[tokio::test]
async fn a_stream_is_described_with_the_documented_defaults() {
    let firehose = Firehose::default();
    let (status, created) = ask(&firehose, "CreateDeliveryStream", stream("records")).await;
    assert_eq!(status, 200, "{created}");
    let arn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/records";
    assert_eq!(created["DeliveryStreamARN"], arn);
    let name = json!({ "DeliveryStreamName": "records" });
    let (_, answer) = ask(&firehose, "DescribeDeliveryStream", name.clone()).await;
    let described = &answer["DeliveryStreamDescription"];
    assert_eq!(described["DeliveryStreamARN"], arn);
    assert_eq!(described["DeliveryStreamStatus"], "ACTIVE");
    assert_eq!(described["DeliveryStreamType"], "DirectPut");
    assert_eq!(described["HasMoreDestinations"], false);
    assert_eq!(
        described["Destinations"][0]["ExtendedS3DestinationDescription"],
        json!({
            "RoleARN": "arn:aws:iam::123456789012:role/delivery",
            "BucketARN": "arn:aws:s3:::records",
            "CompressionFormat": "UNCOMPRESSED",
            "EncryptionConfiguration": { "NoEncryptionConfig": "NoEncryption" },
            "CloudWatchLoggingOptions": { "Enabled": false },
            "BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": 300 },
            "S3BackupMode": "Disabled",
        })
    );
    let (_, tags) = ask(&firehose, "ListTagsForDeliveryStream", name.clone()).await;
    let expected = json!({ "Tags": [{ "Key": "k", "Value": "v" }], "HasMoreTags": false });
    assert_eq!(tags, expected);
    let (status, _) = ask(&firehose, "DeleteDeliveryStream", name.clone()).await;
    assert_eq!(status, 200);
    for operation in [
        "DescribeDeliveryStream",
        "DeleteDeliveryStream",
        "ListTagsForDeliveryStream",
    ] {
        let (status, gone) = ask(&firehose, operation, name.clone()).await;
        assert_eq!(
            (status, &gone["__type"]),
            (400, &json!("ResourceNotFoundException"))
        );
    }
}

#[tokio::test]
async fn streams_are_listed_in_pages_by_name() {
    let firehose = Firehose::default();
    for name in ["c", "a", "b"] {
        let (status, _) = ask(&firehose, "CreateDeliveryStream", stream(name)).await;
        assert_eq!(status, 200);
    }
    let (_, first) = ask(&firehose, "ListDeliveryStreams", json!({ "Limit": 2 })).await;
    let expected = json!({ "DeliveryStreamNames": ["a", "b"], "HasMoreDeliveryStreams": true });
    assert_eq!(first, expected);
    let input = json!({ "ExclusiveStartDeliveryStreamName": "b" });
    let (_, second) = ask(&firehose, "ListDeliveryStreams", input).await;
    let expected = json!({ "DeliveryStreamNames": ["c"], "HasMoreDeliveryStreams": false });
    assert_eq!(second, expected);
}

/// Operations that would have no effect here are refused by name: records would never reach the bucket.
#[tokio::test]
async fn what_is_not_delivered_is_refused() {
    let firehose = Firehose::default();
    let changed = |member: &str, value: Value| {
        let mut body = stream("records");
        body[member] = value;
        body
    };
    for (body, code) in [
        (
            changed("DeliveryStreamName", json!("a b")),
            "InvalidArgumentException",
        ),
        (
            changed("DeliveryStreamName", json!("a".repeat(65))),
            "InvalidArgumentException",
        ),
        (
            changed("DeliveryStreamType", json!("KinesisStreamAsSource")),
            "NotImplementedException",
        ),
        (
            changed("SplunkDestinationConfiguration", json!({})),
            "NotImplementedException",
        ),
        (
            changed("ExtendedS3DestinationConfiguration", json!({})),
            "InvalidArgumentException",
        ),
        (
            changed("ExtendedS3DestinationConfiguration", Value::Null),
            "InvalidArgumentException",
        ),
        (
            changed("Tags", json!([{ "Key": "aws:k" }])),
            "InvalidArgumentException",
        ),
    ] {
        let (_, refused) = ask(&firehose, "CreateDeliveryStream", body).await;
        assert_eq!(refused["__type"], code, "{refused}");
    }
    let (status, _) = ask(&firehose, "CreateDeliveryStream", stream("records")).await;
    assert_eq!(status, 200);
    let (_, refused) = ask(&firehose, "CreateDeliveryStream", stream("records")).await;
    assert_eq!(refused["__type"], "ResourceInUseException");
    let record = json!({ "DeliveryStreamName": "records", "Record": { "Data": "" } });
    let (status, _) = ask(&firehose, "PutRecord", record).await;
    assert_eq!(status, 501);
}
