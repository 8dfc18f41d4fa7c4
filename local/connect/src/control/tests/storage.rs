//! Storage configurations of instances.

use super::*;

const KEY: &str =
    "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn s3(bucket: &str) -> Value {
    json!({"StorageType": "S3",
           "S3Config": {"BucketName": bucket, "BucketPrefix": "tf-test-Chat-Transcripts"}})
}

fn stream() -> Value {
    let arn = "arn:aws:kinesis:ap-northeast-1:123456789012:stream/events";
    json!({"StorageType": "KINESIS_STREAM", "KinesisStreamConfig": {"StreamArn": arn}})
}

fn firehose() -> Value {
    let arn = "arn:aws:firehose:ap-northeast-1:123456789012:deliverystream/records";
    json!({"StorageType": "KINESIS_FIREHOSE", "KinesisFirehoseConfig": {"FirehoseArn": arn}})
}

fn video(prefix: &str, hours: u32) -> Value {
    json!({"StorageType": "KINESIS_VIDEO_STREAM", "KinesisVideoStreamConfig": {
        "Prefix": prefix, "RetentionPeriodHours": hours,
        "EncryptionConfig": {"EncryptionType": "KMS", "KeyId": KEY}}})
}

struct Place {
    account: Account,
    instance: String,
}

fn place() -> Place {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    Place { account, instance }
}

impl Place {
    fn associate(&self, kind: &str, config: &Value) -> (StatusCode, String, Value) {
        let path = format!("/instance/{}/storage-config", self.instance);
        let body = json!({"ResourceType": kind, "StorageConfig": config});
        self.account.send(Method::PUT, &path, body)
    }

    fn associated(&self, kind: &str, config: &Value) -> String {
        let (status, _, created) = self.associate(kind, config);
        assert_eq!(status, 200, "{kind} {config}: {created}");
        text(&created["AssociationId"])
    }

    fn path(&self, kind: &str, id: &str) -> String {
        let instance = &self.instance;
        format!("/instance/{instance}/storage-config/{id}?resourceType={kind}")
    }

    fn read(&self, kind: &str, id: &str) -> Value {
        let path = self.path(kind, id);
        self.account.ok(Method::GET, &path, Value::Null)["StorageConfig"].clone()
    }
}

/// The provider's acceptance tests: each of these reads back as it was given, with and without
/// encryption. Its documentation shows an association id of 64 characters.
#[test]
fn storage_reads_back_as_it_was_given() {
    let place = place();
    let mut encrypted = s3("bucket");
    encrypted["S3Config"]["EncryptionConfig"] = json!({"EncryptionType": "KMS", "KeyId": KEY});
    for (kind, config) in [
        ("CHAT_TRANSCRIPTS", s3("bucket")),
        ("CALL_RECORDINGS", encrypted),
        ("CONTACT_TRACE_RECORDS", firehose()),
        ("AGENT_EVENTS", stream()),
        ("REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS", stream()),
        ("EMAIL_MESSAGES", s3("mail")),
    ] {
        let id = place.associated(kind, &config);
        assert_eq!(id.len(), 64, "{id}");
        let mut expected = config.clone();
        expected["AssociationId"] = id.clone().into();
        assert_eq!(place.read(kind, &id), expected);
        let path = format!(
            "/instance/{}/storage-configs?resourceType={kind}",
            place.instance
        );
        let listed = place.account.ok(Method::GET, &path, Value::Null);
        assert_eq!(listed["StorageConfigs"], json!([expected]));
    }
}

/// The provider's acceptance test: the service returns `<prefix>-connect-<alias>-contact-`, after an
/// update of prefix or retention as well. An update may send the prefix that was read.
#[test]
fn the_prefix_of_video_streams_is_extended_once() {
    let place = place();
    let kind = "MEDIA_STREAMS";
    let id = place.associated(kind, &video("example", 1));
    let read = |prefix: &str, hours: u32| {
        let mut expected = video(&format!("{prefix}-connect-pin-sms-contact-"), hours);
        expected["AssociationId"] = id.clone().into();
        assert_eq!(place.read(kind, &id), expected);
    };
    read("example", 1);
    let update = |config: Value| {
        let body = json!({"StorageConfig": config});
        place.account.ok(Method::POST, &place.path(kind, &id), body);
    };
    update(video("example", 2));
    read("example", 2);
    update(video("example-connect-pin-sms-contact-", 3));
    read("example", 3);
    update(video("other", 3));
    read("other", 3);
}

/// API reference, AssociateInstanceStorageConfig: "you can't define an instance with multiple S3 buckets
/// for storing chat transcripts".
#[test]
fn a_resource_type_has_one_storage_configuration() {
    let place = place();
    let kind = "CHAT_TRANSCRIPTS";
    let id = place.associated(kind, &s3("one"));
    let (status, code, _) = place.associate(kind, &s3("two"));
    assert_eq!(
        (status.as_u16(), code),
        error(409, "ResourceConflictException")
    );
    let missing = error(404, "ResourceNotFoundException");
    let other = place.path("CALL_RECORDINGS", &id);
    let account = &place.account;
    assert_eq!(account.refused(Method::GET, &other, Value::Null), missing);
    assert_eq!(
        account.refused(Method::DELETE, &other, Value::Null),
        missing
    );
    let path = place.path(kind, &id);
    account.ok(Method::DELETE, &path, Value::Null);
    assert_eq!(account.refused(Method::GET, &path, Value::Null), missing);
    place.associated(kind, &s3("two"));
}

/// API reference, InstanceStorageConfig: the configuration of the storage type; administrator guide: the
/// storage of each resource type.
#[test]
fn storage_must_fit_its_type_and_its_resource_type() {
    let place = place();
    for (kind, config) in [
        ("CHAT_TRANSCRIPTS", json!({"StorageType": "S3"})),
        ("CHAT_TRANSCRIPTS", stream()),
        ("CALL_RECORDINGS", video("example", 1)),
        ("MEDIA_STREAMS", s3("bucket")),
        ("CONTACT_TRACE_RECORDS", s3("bucket")),
        ("AGENT_EVENTS", firehose()),
    ] {
        let (status, code, _) = place.associate(kind, &config);
        assert_eq!(
            (status.as_u16(), code),
            error(400, "InvalidParameterException"),
            "{kind} {config}"
        );
    }
    let id = place.associated("CONTACT_TRACE_RECORDS", &stream());
    let path = place.path("CONTACT_TRACE_RECORDS", &id);
    let body = json!({"StorageConfig": s3("bucket")});
    assert_eq!(
        place.account.refused(Method::POST, &path, body),
        error(400, "InvalidParameterException")
    );
    let body = json!({"StorageConfig": firehose()});
    place.account.ok(Method::POST, &path, body);
}

#[test]
fn a_repeated_client_token_associates_storage_once() {
    let place = place();
    let path = format!("/instance/{}/storage-config", place.instance);
    let body = json!({"ResourceType": "CHAT_TRANSCRIPTS", "StorageConfig": s3("one"),
                      "ClientToken": "t"});
    let first = place.account.ok(Method::PUT, &path, body.clone());
    assert_eq!(place.account.ok(Method::PUT, &path, body), first);
}
