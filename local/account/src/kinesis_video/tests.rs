//! Requests as Terraform's provider sends them; codes, statuses and shapes are those of the service's
//! model and of the API reference of Amazon Kinesis Video Streams.

use axum::http::{HeaderMap, Method};
use local_service_tests::record_sent;
use local_wire::Request;

use super::*;

/// Sends a request; a successful response must have the shape of the service model.
async fn ask(video: &KinesisVideo, operation: &str, body: Value) -> (u16, Value) {
    let (first, rest) = operation.split_at(1);
    let request = Request {
        region: "eu-west-1".into(),
        service: "kinesisvideo".into(),
        access_key_id: "local".into(),
        method: Method::POST,
        uri: format!("/{}{rest}", first.to_lowercase()).parse().unwrap(),
        headers: HeaderMap::new(),
        body: body.to_string().into(),
    };
    record_sent("kinesisvideo", operation);
    let answer = video.handle(request).await;
    let found: Value = serde_json::from_slice(answer.body()).unwrap();
    if answer.status().is_success() {
        let model = MODEL.as_ref().unwrap();
        assert_eq!(model.output_problem(operation, &found), None, "{found}");
    }
    (answer.status().as_u16(), found)
}

async fn done(video: &KinesisVideo, operation: &str, body: Value) -> Value {
    let (status, answer) = ask(video, operation, body).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

async fn create(video: &KinesisVideo, name: &str) -> Value {
    let body = json!({ "StreamName": name });
    let created = done(video, "CreateStream", body).await;
    json!({ "StreamARN": created["StreamARN"] })
}

async fn refuse(video: &KinesisVideo, operation: &str, body: Value, expected: (u16, &str)) {
    let (status, answer) = ask(video, operation, body).await;
    let code = answer["__type"].as_str().unwrap_or_default();
    assert_eq!((status, code), expected, "{operation}: {answer}");
    assert!(answer["Message"].is_string(), "{answer}");
}

/// The life of `aws_kinesis_video_stream`: it is created with tags, read by its ARN, updated with the
/// version that was read, and deleted with the version of the update.
#[tokio::test]
async fn a_video_stream_is_created_changed_and_deleted() {
    let video = KinesisVideo::default();
    let body = json!({
        "StreamName": "line-audio", "DataRetentionInHours": 24, "DeviceName": "kinesis-video-device",
        "MediaType": "video/h264", "Tags": { "k": "v" },
    });
    let created = done(&video, "CreateStream", body).await;
    let by_arn = json!({ "StreamARN": created["StreamARN"] });
    let arn = by_arn["StreamARN"].as_str().unwrap();
    let stream = "arn:aws:kinesisvideo:eu-west-1:123456789012:stream/line-audio/";
    assert!(arn.starts_with(stream), "{arn}");
    let described = done(&video, "DescribeStream", by_arn.clone()).await;
    let info = &described["StreamInfo"];
    for (member, expected) in [
        ("StreamName", json!("line-audio")),
        ("Status", json!("ACTIVE")),
        ("DataRetentionInHours", json!(24)),
        ("DeviceName", json!("kinesis-video-device")),
        ("MediaType", json!("video/h264")),
        (
            "KmsKeyId",
            json!("arn:aws:kms:eu-west-1:123456789012:alias/aws/kinesisvideo"),
        ),
    ] {
        assert_eq!(info[member], expected, "{member}");
    }
    let version = info["Version"].clone();
    let update = json!({ "StreamARN": arn, "CurrentVersion": version, "DeviceName": "other" });
    done(&video, "UpdateStream", update.clone()).await;
    refuse(
        &video,
        "UpdateStream",
        update,
        (400, "VersionMismatchException"),
    )
    .await;
    let by_name = json!({ "StreamName": "line-audio" });
    let changed = done(&video, "DescribeStream", by_name.clone()).await["StreamInfo"].clone();
    assert_eq!(changed["DeviceName"], "other");
    assert_eq!(changed["MediaType"], "video/h264");
    assert_ne!(changed["Version"], version);
    let delete = json!({ "StreamARN": arn, "CurrentVersion": changed["Version"] });
    done(&video, "DeleteStream", delete).await;
    let gone = (404, "ResourceNotFoundException");
    refuse(&video, "DescribeStream", by_arn, gone).await;
    refuse(&video, "DescribeStream", by_name, gone).await;
}

/// API_DescribeStreamStorageConfiguration: a stream that was created without a tier has HOT.
#[tokio::test]
async fn a_video_stream_has_the_storage_tier_that_it_was_given() {
    let video = KinesisVideo::default();
    create(&video, "plain").await;
    let warm = json!({
        "StreamName": "warm", "DataRetentionInHours": 720,
        "StreamStorageConfiguration": { "DefaultStorageTier": "WARM" },
    });
    done(&video, "CreateStream", warm).await;
    for (name, tier) in [("plain", "HOT"), ("warm", "WARM")] {
        let by_name = json!({ "StreamName": name });
        let found = done(&video, "DescribeStreamStorageConfiguration", by_name).await;
        assert_eq!(found["StreamName"], name);
        let expected = json!({ "DefaultStorageTier": tier });
        assert_eq!(found["StreamStorageConfiguration"], expected);
    }
    let unknown = json!({ "StreamName": "unknown" });
    refuse(
        &video,
        "DescribeStreamStorageConfiguration",
        unknown,
        (404, "ResourceNotFoundException"),
    )
    .await;
}

#[tokio::test]
async fn the_retention_of_a_video_stream_moves_by_hours() {
    let video = KinesisVideo::default();
    create(&video, "s").await;
    let name = json!({ "StreamName": "s" });
    for (operation, hours, expected) in [
        ("INCREASE_DATA_RETENTION", 48, Some(48)),
        ("DECREASE_DATA_RETENTION", 40, Some(8)),
        ("DECREASE_DATA_RETENTION", 9, None),
    ] {
        let info = done(&video, "DescribeStream", name.clone()).await["StreamInfo"].clone();
        let body = json!({
            "StreamName": "s", "CurrentVersion": info["Version"], "Operation": operation,
            "DataRetentionChangeInHours": hours,
        });
        match expected {
            Some(expected) => {
                done(&video, "UpdateDataRetention", body).await;
                let info = done(&video, "DescribeStream", name.clone()).await;
                assert_eq!(info["StreamInfo"]["DataRetentionInHours"], expected);
            }
            None => {
                let refused = (400, "InvalidArgumentException");
                refuse(&video, "UpdateDataRetention", body, refused).await;
            }
        }
    }
}

#[tokio::test]
async fn video_streams_are_tagged_and_listed() {
    let video = KinesisVideo::default();
    let arn = create(&video, "line.1").await;
    for name in ["line-2", "other"] {
        create(&video, name).await;
    }
    let mut tag = arn.clone();
    tag["Tags"] = json!({ "a": "1", "b": "2" });
    done(&video, "TagStream", tag).await;
    let mut untag = arn.clone();
    untag["TagKeyList"] = json!(["a"]);
    done(&video, "UntagStream", untag).await;
    let tags = done(&video, "ListTagsForStream", arn.clone()).await;
    assert_eq!(tags, json!({ "Tags": { "b": "2" } }));
    let mut many = arn;
    many["Tags"] = (0..50)
        .map(|n| (format!("k{n}"), json!("v")))
        .collect::<Map<_, _>>()
        .into();
    let full = (400, "TagsPerResourceExceededLimitException");
    refuse(&video, "TagStream", many, full).await;

    let names = |answer: &Value| -> Vec<String> {
        let streams = answer["StreamInfoList"].as_array().unwrap().iter();
        streams
            .map(|stream| stream["StreamName"].as_str().unwrap().to_owned())
            .collect()
    };
    let condition = json!({ "ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "line" });
    let first = json!({ "MaxResults": 1, "StreamNameCondition": condition });
    let page = done(&video, "ListStreams", first).await;
    assert_eq!(names(&page), ["line-2"]);
    let next = json!({ "NextToken": page["NextToken"], "StreamNameCondition": condition });
    let page = done(&video, "ListStreams", next).await;
    assert_eq!(
        (names(&page), &page["NextToken"]),
        (vec!["line.1".to_owned()], &Value::Null)
    );
}

#[tokio::test]
async fn invalid_video_streams_are_refused() {
    let video = KinesisVideo::default();
    create(&video, "s").await;
    let invalid = (400, "InvalidArgumentException");
    for (operation, body, expected) in [
        (
            "CreateStream",
            json!({ "StreamName": "s" }),
            (400, "ResourceInUseException"),
        ),
        ("CreateStream", json!({ "StreamName": "a b" }), invalid),
        (
            "CreateStream",
            json!({ "StreamName": "a", "MediaType": "video" }),
            invalid,
        ),
        (
            "CreateStream",
            json!({ "StreamName": "a", "DataRetentionInHours": -1 }),
            invalid,
        ),
        ("DescribeStream", json!({}), invalid),
        ("UpdateStream", json!({ "StreamName": "s" }), invalid),
        (
            "GetDataEndpoint",
            json!({ "StreamName": "s", "APIName": "PUT_MEDIA" }),
            (501, "NotImplementedException"),
        ),
    ] {
        refuse(&video, operation, body, expected).await;
    }
}
