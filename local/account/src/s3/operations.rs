//! The operations of S3, which methods, paths and parameters determine, and those of S3 Control,
//! which clients sign for S3.

use axum::http::Method;
use local_wire::{Declarations, Fault, Operation, Request, Route};

use super::address::Address;
use super::control;

/// The operations of S3 and S3 Control.
pub(super) struct S3Operations;

impl Declarations for S3Operations {
    fn route(&self, request: &Request) -> Option<Route> {
        operation_of(request).map(Route::plain)
    }

    fn names(&self) -> Vec<&'static str> {
        let of_properties = OF_PROPERTIES.iter().map(|(_, _, name)| *name);
        let mut names: Vec<_> = SERVED.into_iter().chain(of_properties).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn check(&self, operation: &Operation) -> Result<(), Fault> {
        match operation.is_routed && SERVED.contains(&operation.name.as_str()) {
            true => Ok(()),
            false => Err(not_implemented(&operation.name)),
        }
    }

    fn departures(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Returns S3's own error for what a server does not implement. Clients such as Terraform expect it
/// from servers other than AWS's, and take the property for unset.
pub(super) fn not_implemented(operation: &str) -> Fault {
    let general = Fault::not_implemented("s3", operation);
    Fault::new(general.status, "NotImplemented", general.message)
}

/// The supported operations, named as in the models of S3 and S3 Control.
const SERVED: [&str; 41] = [
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateBucket",
    "CreateMultipartUpload",
    "DeleteBucket",
    "DeleteBucketEncryption",
    "DeleteBucketOwnershipControls",
    "DeleteBucketPolicy",
    "DeleteBucketTagging",
    "DeleteObject",
    "DeletePublicAccessBlock",
    "GetBucketEncryption",
    "GetBucketLocation",
    "GetBucketNotificationConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetObject",
    "GetPublicAccessBlock",
    "HeadBucket",
    "HeadObject",
    "ListBuckets",
    "ListMultipartUploads",
    "ListObjectVersions",
    "ListObjectsV2",
    "ListParts",
    "ListTagsForResource",
    "PutBucketEncryption",
    "PutBucketNotificationConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutObject",
    "PutPublicAccessBlock",
    "TagResource",
    "UntagResource",
    "UploadPart",
    "UploadPartCopy",
];

/// The operations on a bucket that a parameter determines, by method and parameter, as in S3's model.
const OF_PROPERTIES: [(&str, &str, &str); 54] = [
    ("GET", "versioning", "GetBucketVersioning"),
    ("PUT", "versioning", "PutBucketVersioning"),
    ("GET", "location", "GetBucketLocation"),
    ("GET", "versions", "ListObjectVersions"),
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "policy", "GetBucketPolicy"),
    ("PUT", "policy", "PutBucketPolicy"),
    ("DELETE", "policy", "DeleteBucketPolicy"),
    ("GET", "policyStatus", "GetBucketPolicyStatus"),
    ("GET", "publicAccessBlock", "GetPublicAccessBlock"),
    ("PUT", "publicAccessBlock", "PutPublicAccessBlock"),
    ("DELETE", "publicAccessBlock", "DeletePublicAccessBlock"),
    ("GET", "ownershipControls", "GetBucketOwnershipControls"),
    ("PUT", "ownershipControls", "PutBucketOwnershipControls"),
    (
        "DELETE",
        "ownershipControls",
        "DeleteBucketOwnershipControls",
    ),
    ("GET", "encryption", "GetBucketEncryption"),
    ("PUT", "encryption", "PutBucketEncryption"),
    ("DELETE", "encryption", "DeleteBucketEncryption"),
    ("GET", "tagging", "GetBucketTagging"),
    ("PUT", "tagging", "PutBucketTagging"),
    ("DELETE", "tagging", "DeleteBucketTagging"),
    ("GET", "notification", "GetBucketNotificationConfiguration"),
    ("PUT", "notification", "PutBucketNotificationConfiguration"),
    ("GET", "abac", "GetBucketAbac"),
    ("GET", "accelerate", "GetBucketAccelerateConfiguration"),
    ("PUT", "accelerate", "PutBucketAccelerateConfiguration"),
    ("GET", "acl", "GetBucketAcl"),
    ("PUT", "acl", "PutBucketAcl"),
    ("GET", "analytics", "ListBucketAnalyticsConfigurations"),
    ("GET", "cors", "GetBucketCors"),
    ("PUT", "cors", "PutBucketCors"),
    ("DELETE", "cors", "DeleteBucketCors"),
    (
        "GET",
        "intelligent-tiering",
        "ListBucketIntelligentTieringConfigurations",
    ),
    ("GET", "inventory", "ListBucketInventoryConfigurations"),
    ("GET", "lifecycle", "GetBucketLifecycleConfiguration"),
    ("PUT", "lifecycle", "PutBucketLifecycleConfiguration"),
    ("DELETE", "lifecycle", "DeleteBucketLifecycle"),
    ("GET", "logging", "GetBucketLogging"),
    ("PUT", "logging", "PutBucketLogging"),
    (
        "GET",
        "metadataConfiguration",
        "GetBucketMetadataConfiguration",
    ),
    (
        "GET",
        "metadataTable",
        "GetBucketMetadataTableConfiguration",
    ),
    ("GET", "metrics", "ListBucketMetricsConfigurations"),
    ("GET", "object-lock", "GetObjectLockConfiguration"),
    ("PUT", "object-lock", "PutObjectLockConfiguration"),
    ("GET", "replication", "GetBucketReplication"),
    ("PUT", "replication", "PutBucketReplication"),
    ("DELETE", "replication", "DeleteBucketReplication"),
    ("GET", "requestPayment", "GetBucketRequestPayment"),
    ("PUT", "requestPayment", "PutBucketRequestPayment"),
    ("GET", "uploads", "ListMultipartUploads"),
    ("GET", "website", "GetBucketWebsite"),
    ("PUT", "website", "PutBucketWebsite"),
    ("DELETE", "website", "DeleteBucketWebsite"),
    ("POST", "delete", "DeleteObjects"),
];

/// Returns the operation of a request; `None` if S3 has it under no name that is known here.
fn operation_of(request: &Request) -> Option<&'static str> {
    if let Some(operation) = control::operation_of(request) {
        return Some(operation);
    }
    let address = Address::of(request);
    Some(match (&request.method, &address.bucket, &address.key) {
        (&Method::GET, None, _) => "ListBuckets",
        (&Method::GET, Some(_), Some(_)) if only_version(request) => "GetObject",
        (&Method::HEAD, Some(_), Some(_)) => "HeadObject",
        (&Method::PUT, Some(_), Some(_)) if only_version(request) => match is_copy(request) {
            true => "CopyObject",
            false => "PutObject",
        },
        (&Method::DELETE, Some(_), Some(_)) if only_version(request) => "DeleteObject",
        (method, Some(_), Some(_)) => of_upload(method, request)?,
        (&Method::HEAD, Some(_), None) => "HeadBucket",
        (&Method::PUT, Some(_), None) if request.uri.query().is_none() => "CreateBucket",
        (&Method::DELETE, Some(_), None) if request.uri.query().is_none() => "DeleteBucket",
        (method, Some(_), None) => OF_PROPERTIES
            .iter()
            .find(|(of, parameter, _)| method == of && request.query(parameter).is_some())
            .map(|(_, _, name)| *name)?,
        _ => return None,
    })
}

/// Returns the operation on a multipart upload, which its parameters determine.
fn of_upload(method: &Method, request: &Request) -> Option<&'static str> {
    let has = |parameter: &str| request.query(parameter).is_some();
    Some(match *method {
        Method::POST if has("uploads") => "CreateMultipartUpload",
        Method::POST if has("uploadId") => "CompleteMultipartUpload",
        Method::PUT if has("uploadId") && has("partNumber") => match is_copy(request) {
            true => "UploadPartCopy",
            false => "UploadPart",
        },
        Method::GET if has("uploadId") => "ListParts",
        Method::DELETE if has("uploadId") => "AbortMultipartUpload",
        _ => return None,
    })
}

/// Reports whether the content is that of another object.
fn is_copy(request: &Request) -> bool {
    request.headers.contains_key("x-amz-copy-source")
}

/// Reports whether the query has no sub-resource, such as `?tagging`, which would be another
/// operation; `x-id` repeats the operation's name.
fn only_version(request: &Request) -> bool {
    form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes())
        .all(|(name, _)| matches!(&*name, "versionId" | "x-id") || name.starts_with("X-Amz-"))
}
