//! Requests to S3 and S3 Control as clients send them. Codes, statuses and defaults are those of the
//! API references of Amazon S3 and S3 Control.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Method};
use local_wire::{Request, Service};

use super::S3;

mod multipart;

/// Sends a request to `bucket.localhost`, or to another host; returns status and body.
async fn send_to(
    s3: &S3,
    host: &str,
    method: Method,
    uri: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let mut sent: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    sent.insert(HOST, host.parse().unwrap());
    let answer = s3.handle(Request {
        region: "eu-west-1".into(),
        service: "s3".into(),
        access_key_id: "local".into(),
        method,
        uri: uri.parse().unwrap(),
        headers: sent,
        body: body.to_owned().into(),
    });
    let answer = answer.await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status().as_u16(), text)
}

async fn send(s3: &S3, method: Method, uri: &str, body: &str) -> (u16, String) {
    send_to(s3, "packages.localhost:4566", method, uri, &[], body).await
}

/// Sends a request to S3 Control, whose host begins with the account.
async fn control(s3: &S3, method: Method, arn: &str, query: &str, body: &str) -> (u16, String) {
    let uri = format!("/v20180820/tags/{}{query}", arn.replace(':', "%3A"));
    let headers = [("x-amz-account-id", "123456789012")];
    send_to(
        s3,
        "123456789012.localhost:4566",
        method,
        &uri,
        &headers,
        body,
    )
    .await
}

async fn with_bucket() -> S3 {
    let s3 = S3::default();
    assert_eq!(send(&s3, Method::PUT, "/", "").await.0, 200);
    s3
}

fn assert_has(answer: &(u16, String), status: u16, words: &str) {
    assert_eq!(answer.0, status, "{answer:?}");
    assert!(answer.1.contains(words), "{answer:?}");
}

/// S3 has the code `NotImplemented` with the status 501. Terraform's provider takes a property for
/// unset if the read of it has this answer, and fails with any other code.
#[tokio::test]
async fn reads_of_unsupported_properties_are_not_implemented() {
    let s3 = with_bucket().await;
    for (parameter, operation) in [
        ("acl", "GetBucketAcl"),
        ("cors", "GetBucketCors"),
        ("website", "GetBucketWebsite"),
        ("accelerate", "GetBucketAccelerateConfiguration"),
        ("requestPayment", "GetBucketRequestPayment"),
        ("logging", "GetBucketLogging"),
        ("lifecycle", "GetBucketLifecycleConfiguration"),
        ("replication", "GetBucketReplication"),
        ("object-lock", "GetObjectLockConfiguration"),
        ("something-new", "GET /?something-new"),
    ] {
        let answer = send(&s3, Method::GET, &format!("/?{parameter}"), "").await;
        assert_has(&answer, 501, "<Code>NotImplemented</Code>");
        let named = operation.split_whitespace().next().unwrap();
        assert!(answer.1.contains(named), "{answer:?}");
    }
}

/// A new bucket blocks public access and has no access control lists since April 2023, and is
/// encrypted with SSE-S3 since January 2023: "Blocking public access", "Controlling ownership of
/// objects" and "Default encryption" in the user guide of Amazon S3.
#[tokio::test]
async fn a_new_bucket_has_the_documented_defaults() {
    let s3 = with_bucket().await;
    let get = async |property: &str| send(&s3, Method::GET, &format!("/?{property}"), "").await;
    let blocks = get("publicAccessBlock").await;
    assert_has(&blocks, 200, "<BlockPublicAcls>true</BlockPublicAcls>");
    assert_eq!(blocks.1.matches(">true<").count(), 4, "{blocks:?}");
    assert_has(
        &get("ownershipControls").await,
        200,
        "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>",
    );
    assert_has(
        &get("encryption").await,
        200,
        "<SSEAlgorithm>AES256</SSEAlgorithm>",
    );
    assert_has(&get("policy").await, 404, "<Code>NoSuchBucketPolicy</Code>");
    assert_has(&get("tagging").await, 404, "<Code>NoSuchTagSet</Code>");
    assert_has(
        &get("notification").await,
        200,
        "<NotificationConfiguration",
    );
}

#[tokio::test]
async fn properties_are_read_back_and_deleted() {
    let s3 = with_bucket().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    for (property, body, put, read, absent) in [
        ("policy", policy, 204, policy, "NoSuchBucketPolicy"),
        (
            "publicAccessBlock",
            "<PublicAccessBlockConfiguration><BlockPublicAcls>TRUE</BlockPublicAcls>\
             </PublicAccessBlockConfiguration>",
            200,
            "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>",
            "NoSuchPublicAccessBlockConfiguration",
        ),
        (
            "ownershipControls",
            "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>\
             </OwnershipControls>",
            200,
            "<ObjectOwnership>ObjectWriter</ObjectOwnership>",
            "OwnershipControlsNotFoundError",
        ),
        (
            "tagging",
            "<Tagging><TagSet><Tag><Key>k</Key><Value>a &amp; b</Value></Tag></TagSet></Tagging>",
            204,
            "<TagSet><Tag><Key>k</Key><Value>a &amp; b</Value></Tag></TagSet>",
            "NoSuchTagSet",
        ),
    ] {
        let uri = format!("/?{property}");
        assert_has(&send(&s3, Method::PUT, &uri, body).await, put, "");
        assert_has(&send(&s3, Method::GET, &uri, "").await, 200, read);
        assert_has(&send(&s3, Method::DELETE, &uri, "").await, 204, "");
        let code = format!("<Code>{absent}</Code>");
        assert_has(&send(&s3, Method::GET, &uri, "").await, 404, &code);
    }
}

/// "This action replaces the existing notification configuration with the configuration you include in the
/// request body", which is empty to turn notifications off (PutBucketNotificationConfiguration).
#[tokio::test]
async fn notifications_of_a_bucket_are_kept_until_they_are_replaced() {
    let s3 = with_bucket().await;
    let function = "<CloudFunctionConfiguration><Id>f</Id>\
                    <CloudFunction>arn:aws:lambda:eu-west-1:123456789012:function:f</CloudFunction>\
                    <Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration>";
    for inner in [function, ""] {
        let body = format!("<NotificationConfiguration>{inner}</NotificationConfiguration>");
        assert_has(
            &send(&s3, Method::PUT, "/?notification", &body).await,
            200,
            "",
        );
        let kept = send(&s3, Method::GET, "/?notification", "").await;
        assert_has(&kept, 200, &format!("{inner}</NotificationConfiguration>"));
        assert_eq!(kept.1.contains("<Id>"), !inner.is_empty(), "{kept:?}");
    }
}

/// DeleteBucketEncryption "resets the default encryption for the bucket as server-side encryption
/// with Amazon S3 managed keys (SSE-S3)".
#[tokio::test]
async fn deleted_encryption_is_that_of_s3() {
    let s3 = with_bucket().await;
    let body = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
                <SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>alias/k</KMSMasterKeyID>\
                </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>\
                </Rule></ServerSideEncryptionConfiguration>";
    assert_has(&send(&s3, Method::PUT, "/?encryption", body).await, 200, "");
    assert_has(
        &send(&s3, Method::GET, "/?encryption", "").await,
        200,
        "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>alias/k</KMSMasterKeyID>\
         </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>",
    );
    assert_has(
        &send(&s3, Method::DELETE, "/?encryption", "").await,
        204,
        "",
    );
    let reset = send(&s3, Method::GET, "/?encryption", "").await;
    assert_has(&reset, 200, "<SSEAlgorithm>AES256</SSEAlgorithm>");
}

#[tokio::test]
async fn invalid_properties_are_refused() {
    let s3 = with_bucket().await;
    let tags: String = (0..51)
        .map(|n| format!("<Tag><Key>{n}</Key><Value/></Tag>"))
        .collect();
    let tags = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
    let tag = |key: &str| {
        format!("<Tagging><TagSet><Tag><Key>{key}</Key><Value/></Tag></TagSet></Tagging>")
    };
    let encrypted = |algorithm: &str| {
        format!(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
             <SSEAlgorithm>{algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
             </ServerSideEncryptionConfiguration>"
        )
    };
    for (property, body, status, code) in [
        ("policy", "Statement".to_owned(), 400, "MalformedPolicy"),
        ("policy", "{}".to_owned(), 400, "MalformedPolicy"),
        ("publicAccessBlock", String::new(), 400, "MalformedXML"),
        ("ownershipControls", "<a/>".to_owned(), 400, "MalformedXML"),
        ("encryption", encrypted("DES"), 400, "MalformedXML"),
        ("encryption", String::new(), 400, "MalformedXML"),
        ("tagging", tag(&"k".repeat(129)), 400, "InvalidTag"),
        ("tagging", tag("aws:k"), 400, "InvalidTag"),
        ("tagging", tags, 400, "BadRequest"),
        (
            "notification",
            "<NotificationConfiguration><TopicConfiguration/></NotificationConfiguration>"
                .to_owned(),
            400,
            "MalformedXML",
        ),
    ] {
        let answer = send(&s3, Method::PUT, &format!("/?{property}"), &body).await;
        assert_has(&answer, status, &format!("<Code>{code}</Code>"));
    }
}

/// Terraform's provider sends the tags of a new bucket with CreateBucket, and reads and changes them
/// through S3 Control.
#[tokio::test]
async fn s3_control_has_the_tags_of_buckets() {
    let s3 = S3::default();
    let created = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                   <LocationConstraint>eu-west-1</LocationConstraint><Tags><Tag><Key>first</Key>\
                   <Value>1</Value></Tag></Tags></CreateBucketConfiguration>";
    assert_eq!(send(&s3, Method::PUT, "/", created).await.0, 200);
    let arn = "arn:aws:s3:::packages";
    let list = async || control(&s3, Method::GET, arn, "", "").await;
    let first = "<Tags><Tag><Key>first</Key><Value>1</Value></Tag></Tags>";
    assert_has(&list().await, 200, first);
    let more = "<TagResourceRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags>\
                <Tag><Key>second</Key><Value>2</Value></Tag></Tags></TagResourceRequest>";
    assert_has(&control(&s3, Method::POST, arn, "", more).await, 204, "");
    assert_has(&list().await, 200, "<Key>first</Key>");
    let removed = control(&s3, Method::DELETE, arn, "?tagKeys=first", "").await;
    assert_has(&removed, 204, "");
    let second = "<Tags><Tag><Key>second</Key><Value>2</Value></Tag></Tags>";
    assert_has(&list().await, 200, second);
    let of_s3 = send(&s3, Method::GET, "/?tagging", "").await;
    assert_has(&of_s3, 200, "<Key>second</Key>");

    let gone = control(&s3, Method::GET, "arn:aws:s3:::gone", "", "").await;
    assert_has(
        &gone,
        404,
        "<ErrorResponse><Error><Code>NoSuchBucket</Code>",
    );
    let other = "arn:aws:s3:eu-west-1:123456789012:storage-lens/a";
    let other = control(&s3, Method::GET, other, "", "").await;
    assert_has(&other, 501, "<Code>NotImplemented</Code>");
    // Without the account's id the same path is an object of a bucket.
    let uri = "/v20180820/tags/arn";
    assert_has(&send(&s3, Method::GET, uri, "").await, 404, "NoSuchKey");
}
