//! Permissions that the operations of S3 require: "Actions, resources, and condition keys for Amazon
//! S3" in the Service Authorization Reference, and "Required permissions for Amazon S3 API
//! operations" in the S3 User Guide.

use local_iam::Context;
use local_wire::{ApiRequest, partition};

use super::{RequiredAction, Unmapped, unknown};
use crate::s3::{Address, CopySource, tagged_resource};

/// Operations on a bucket, with their actions.
const OF_BUCKET: [(&str, &str); 26] = [
    ("CreateBucket", "CreateBucket"),
    ("DeleteBucket", "DeleteBucket"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    (
        "DeleteBucketOwnershipControls",
        "PutBucketOwnershipControls",
    ),
    ("DeleteBucketPolicy", "DeleteBucketPolicy"),
    ("DeleteBucketTagging", "PutBucketTagging"),
    ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("GetBucketLocation", "GetBucketLocation"),
    (
        "GetBucketNotificationConfiguration",
        "GetBucketNotification",
    ),
    ("GetBucketOwnershipControls", "GetBucketOwnershipControls"),
    ("GetBucketPolicy", "GetBucketPolicy"),
    ("GetBucketTagging", "GetBucketTagging"),
    ("GetBucketVersioning", "GetBucketVersioning"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "ListBucket"),
    ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListObjectsV2", "ListBucket"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    (
        "PutBucketNotificationConfiguration",
        "PutBucketNotification",
    ),
    ("PutBucketOwnershipControls", "PutBucketOwnershipControls"),
    ("PutBucketPolicy", "PutBucketPolicy"),
    ("PutBucketTagging", "PutBucketTagging"),
    ("PutBucketVersioning", "PutBucketVersioning"),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
];

pub(super) fn required(request: &ApiRequest) -> Result<Vec<RequiredAction>, Unmapped> {
    let operation = request.operation.name.as_str();
    let versioned = request.query("versionId").is_some();
    let object = |action: &str| Some((action.to_owned(), true));
    let (action, of_object) = match operation {
        "ListBuckets" => {
            return Ok(vec![RequiredAction::new("s3:ListAllMyBuckets", "*")]);
        }
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            let action = format!("s3:{operation}");
            return Ok(vec![RequiredAction::new(action, tagged_resource(request))]);
        }
        "GetObject" | "HeadObject" if versioned => object("GetObjectVersion"),
        "GetObject" | "HeadObject" => object("GetObject"),
        // "Multipart upload API and permissions" in the S3 User Guide.
        "PutObject"
        | "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => object("PutObject"),
        "AbortMultipartUpload" => object("AbortMultipartUpload"),
        "ListParts" => object("ListMultipartUploadParts"),
        "DeleteObject" if versioned => object("DeleteObjectVersion"),
        "DeleteObject" => object("DeleteObject"),
        _ => OF_BUCKET
            .iter()
            .find(|(name, _)| *name == operation)
            .map(|(_, action)| ((*action).to_owned(), false)),
    }
    .ok_or_else(|| unknown("s3", operation))?;
    let address = Address::of(request);
    let bucket = address.bucket.unwrap_or_default();
    let partition = partition(&request.region);
    let resource = match (of_object, address.key) {
        (true, Some(key)) => format!("arn:{partition}:s3:::{bucket}/{key}"),
        _ => format!("arn:{partition}:s3:::{bucket}"),
    };
    let context = match request.query("prefix") {
        Some(prefix) => Context::new().with("s3:prefix", prefix),
        None => Context::new().without("s3:prefix"),
    };
    let on_source = match operation {
        "CopyObject" | "UploadPartCopy" => CopySource::of(request),
        _ => None,
    };
    let on_source = on_source.map(|source| {
        let action = match source.version {
            Some(_) => "s3:GetObjectVersion",
            None => "s3:GetObject",
        };
        let CopySource { bucket, key, .. } = source;
        let resource = format!("arn:{partition}:s3:::{bucket}/{key}");
        RequiredAction::new(action, resource).given(context.clone())
    });
    let required = RequiredAction::new(format!("s3:{action}"), resource).given(context);
    Ok(std::iter::once(required).chain(on_source).collect())
}
