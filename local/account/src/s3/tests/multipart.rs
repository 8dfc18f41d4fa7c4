//! Multipart uploads, copies and ranges. Codes, statuses and limits are those of the API reference and the
//! user guide of Amazon S3.

use super::*;

const MIB: usize = 1_024 * 1_024;

/// Returns the text of the first element with this name.
fn text_of(body: &str, name: &str) -> String {
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap();
    rest.split_once("</").unwrap().0.to_owned()
}

async fn begin(s3: &S3, key: &str) -> String {
    let begun = send(s3, Method::POST, &format!("/{key}?uploads"), "").await;
    assert_has(&begun, 200, "<InitiateMultipartUploadResult");
    text_of(&begun.1, "UploadId")
}

async fn upload(s3: &S3, key: &str, id: &str, number: &str, body: &str) -> (u16, String) {
    let uri = format!("/{key}?partNumber={number}&uploadId={id}");
    send(s3, Method::PUT, &uri, body).await
}

/// Returns the body of CompleteMultipartUpload for parts that are listed with their entity tags.
async fn all_parts(s3: &S3, key: &str, id: &str) -> Vec<(u16, String)> {
    let listed = send(s3, Method::GET, &format!("/{key}?uploadId={id}"), "").await;
    assert_has(&listed, 200, "<ListPartsResult");
    let parts = listed.1.split("<Part>").skip(1);
    let part = |part: &str| {
        let number = text_of(part, "PartNumber").parse().unwrap();
        (number, text_of(part, "ETag"))
    };
    parts.map(part).collect()
}

async fn complete(s3: &S3, key: &str, id: &str, parts: &[(u16, String)]) -> (u16, String) {
    let part = |(number, etag): &(u16, String)| {
        format!("<Part><ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let uri = format!("/{key}?uploadId={id}");
    send(s3, Method::POST, &uri, &body).await
}

/// The MD5 of 5 MiB of "a" is 79b281060d337b9b2b84ccf390adcf74 and that of "b"
/// 92eb5ffee6ae2fec3ad71c777531578f (md5sum); the MD5 of both digests in a row is the tag of the object.
#[tokio::test]
async fn the_parts_of_an_upload_become_an_object() {
    let s3 = with_bucket().await;
    let id = begin(&s3, "large.zip").await;
    let first = "a".repeat(5 * MIB);
    for (number, body) in [("2", "b"), ("1", "replaced"), ("1", first.as_str())] {
        let answer = upload(&s3, "large.zip", &id, number, body).await;
        assert_has(&answer, 200, "");
    }
    let uploads = send(&s3, Method::GET, "/?uploads", "").await;
    assert_has(&uploads, 200, &format!("<UploadId>{id}</UploadId>"));
    assert_has(
        &send(&s3, Method::GET, "/large.zip", "").await,
        404,
        "NoSuchKey",
    );
    let parts = all_parts(&s3, "large.zip", &id).await;
    let quoted = |digest: &str| format!("\"{digest}\"");
    assert_eq!(
        parts,
        [
            (1, quoted("79b281060d337b9b2b84ccf390adcf74")),
            (2, quoted("92eb5ffee6ae2fec3ad71c777531578f")),
        ]
    );
    let done = complete(&s3, "large.zip", &id, &parts).await;
    assert_has(&done, 200, "<Key>large.zip</Key>");
    assert_eq!(
        text_of(&done.1, "ETag"),
        quoted("e5a8c5272b26fc10581a21089559b006-2")
    );
    let object = send(&s3, Method::GET, "/large.zip", "").await;
    assert_eq!((object.0, object.1.len()), (200, 5 * MIB + 1));
    assert!(object.1.ends_with("ab"));
    assert_has(
        &complete(&s3, "large.zip", &id, &parts).await,
        404,
        "NoSuchUpload",
    );
}

#[tokio::test]
async fn an_upload_that_is_aborted_is_gone() {
    let s3 = with_bucket().await;
    let id = begin(&s3, "k").await;
    upload(&s3, "k", &id, "1", "a").await;
    let uri = format!("/k?uploadId={id}");
    assert_has(&send(&s3, Method::DELETE, &uri, "").await, 204, "");
    for method in [Method::GET, Method::DELETE] {
        assert_has(
            &send(&s3, method, &uri, "").await,
            404,
            "<Code>NoSuchUpload</Code>",
        );
    }
    assert_has(&upload(&s3, "k", &id, "1", "a").await, 404, "NoSuchUpload");
    let uploads = send(&s3, Method::GET, "/?uploads", "").await;
    assert!(!uploads.1.contains("<Upload>"), "{uploads:?}");
    // A bucket with unfinished uploads, but without objects, can be deleted.
    begin(&s3, "k").await;
    assert_has(&send(&s3, Method::DELETE, "/", "").await, 204, "");
}

/// The errors of UploadPart and CompleteMultipartUpload, and "Amazon S3 multipart upload limits".
#[tokio::test]
async fn invalid_uploads_are_refused() {
    let s3 = with_bucket().await;
    let id = begin(&s3, "k").await;
    for number in ["0", "10001", "x"] {
        let refused = upload(&s3, "k", &id, number, "a").await;
        assert_has(&refused, 400, "<Code>InvalidArgument</Code>");
    }
    for number in ["1", "2", "10000"] {
        assert_has(&upload(&s3, "k", &id, number, "a").await, 200, "");
    }
    let parts = all_parts(&s3, "k", &id).await;
    let reversed: Vec<_> = parts.iter().rev().cloned().collect();
    let other = vec![(1, "0".repeat(32))];
    let absent = vec![(3, parts[0].1.clone())];
    for (parts, code) in [
        (&parts, "EntityTooSmall"),
        (&reversed, "InvalidPartOrder"),
        (&other, "InvalidPart"),
        (&absent, "InvalidPart"),
        (&Vec::new(), "MalformedXML"),
    ] {
        let refused = complete(&s3, "k", &id, parts).await;
        assert_has(&refused, 400, &format!("<Code>{code}</Code>"));
    }
    assert_has(
        &complete(&s3, "other", &id, &parts).await,
        404,
        "NoSuchUpload",
    );
    let last = [parts[2].clone()];
    assert_has(&complete(&s3, "k", &id, &last).await, 200, "-1\"</ETag>");
}

#[tokio::test]
async fn the_parts_of_an_upload_are_listed_by_page() {
    let s3 = with_bucket().await;
    let id = begin(&s3, "k").await;
    for number in ["1", "2", "3"] {
        upload(&s3, "k", &id, number, "a").await;
    }
    let uri = format!("/k?uploadId={id}&max-parts=2");
    let page = send(&s3, Method::GET, &uri, "").await;
    assert_has(&page, 200, "<NextPartNumberMarker>2</NextPartNumberMarker>");
    assert_has(&page, 200, "<IsTruncated>true</IsTruncated>");
    let page = send(&s3, Method::GET, &format!("{uri}&part-number-marker=2"), "").await;
    assert_has(&page, 200, "<IsTruncated>false</IsTruncated>");
    assert_eq!(page.1.matches("<Part>").count(), 1, "{page:?}");
}

/// The content of an upload that is never completed is kept within the same limit as objects.
#[tokio::test]
async fn parts_count_to_the_size_of_all_objects() {
    let s3 = with_bucket().await;
    let part = "a".repeat(64 * MIB);
    let id = begin(&s3, "k").await;
    for number in 1..=8 {
        let answer = upload(&s3, "k", &id, &number.to_string(), &part).await;
        assert_has(&answer, 200, "");
    }
    assert_has(&upload(&s3, "k", &id, "9", "a").await, 400, "LimitExceeded");
    assert_has(
        &send(&s3, Method::PUT, "/other", "a").await,
        400,
        "LimitExceeded",
    );
    send(&s3, Method::DELETE, &format!("/k?uploadId={id}"), "").await;
    assert_has(&send(&s3, Method::PUT, "/other", "a").await, 200, "");
}

#[tokio::test]
async fn objects_and_parts_are_copied() {
    let s3 = with_bucket().await;
    let host = "packages.localhost";
    let put = async |uri: &str, source: &str, range: Option<&str>| {
        let mut headers = vec![("x-amz-copy-source", source)];
        headers.extend(range.map(|range| ("x-amz-copy-source-range", range)));
        send_to(&s3, host, Method::PUT, uri, &headers, "").await
    };
    send(&s3, Method::PUT, "/a%20b", "content").await;
    assert_has(
        &put("/copy", "packages/a%20b", None).await,
        200,
        "<CopyObjectResult",
    );
    assert_has(&send(&s3, Method::GET, "/copy", "").await, 200, "content");
    assert_has(
        &put("/copy", "packages/absent", None).await,
        404,
        "NoSuchKey",
    );
    assert_has(
        &put("/copy", "packages", None).await,
        400,
        "InvalidArgument",
    );
    let id = begin(&s3, "k").await;
    let uri = format!("/k?partNumber=1&uploadId={id}");
    let copied = put(&uri, "/packages/copy", Some("bytes=3-5")).await;
    assert_has(&copied, 200, "<CopyPartResult");
    let parts = all_parts(&s3, "k", &id).await;
    complete(&s3, "k", &id, &parts).await;
    assert_has(&send(&s3, Method::GET, "/k", "").await, 200, "ten");
}

/// GetObject: "Downloads the specified byte range of an object", with the status 206. The AWS CLI reads
/// objects of 8 MB and more in ranges of the version that it has seen.
#[tokio::test]
async fn a_range_of_an_object_is_read() {
    let s3 = with_bucket().await;
    send(&s3, Method::PUT, "/k", "content").await;
    let get = async |headers: &[(&str, &str)]| {
        send_to(&s3, "packages.localhost", Method::GET, "/k", headers, "").await
    };
    assert_eq!(
        get(&[("range", "bytes=3-5")]).await,
        (206, "ten".to_owned())
    );
    assert_eq!(get(&[("range", "bytes=-2")]).await, (206, "nt".to_owned()));
    assert_has(&get(&[("range", "bytes=7-")]).await, 416, "InvalidRange");
    // The MD5 of "content".
    let seen = "\"9a0364b9e99bb480dd25e1f0284c8555\"";
    assert_eq!(get(&[("if-match", seen)]).await.0, 200);
    assert_has(
        &get(&[("if-match", "\"0\"")]).await,
        412,
        "PreconditionFailed",
    );
}

#[tokio::test]
async fn content_that_changed_on_its_way_is_refused() {
    let s3 = with_bucket().await;
    let put = async |uri: &str, headers: &[(&str, &str)], body: &str| {
        send_to(&s3, "packages.localhost", Method::PUT, uri, headers, body).await
    };
    let id = begin(&s3, "k").await;
    let part = format!("/k?partNumber=1&uploadId={id}");
    for uri in ["/k", part.as_str()] {
        let crc32 = [("x-amz-checksum-crc32", "y/Q5Jg==")];
        assert_has(&put(uri, &crc32, "123456789").await, 200, "");
        assert_has(
            &put(uri, &crc32, "1234567890").await,
            400,
            "<Code>BadDigest</Code>",
        );
        let streamed = [
            ("content-encoding", "aws-chunked"),
            ("x-amz-trailer", "x-amz-checksum-crc64nvme"),
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ];
        let body = |text: &str| {
            format!(
                "{:x}\r\n{text}\r\n0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n",
                text.len()
            )
        };
        assert_has(&put(uri, &streamed, &body("123456789")).await, 200, "");
        assert_has(
            &put(uri, &streamed, &body("12345678")).await,
            400,
            "BadDigest",
        );
    }
}
