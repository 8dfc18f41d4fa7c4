//! S3: buckets with their properties, and versioned objects, as far as deployment packages and
//! Terraform's resources for buckets need them. S3 Control has the tags of buckets.
//!
//! Content is stored in memory.

mod address;
mod chunked;
mod control;
mod document;
mod integrity;
mod multipart;
mod notifications;
mod operations;
mod ranges;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod xml;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::{IF_MATCH, RANGE};
use bytes::Bytes;
use futures_util::FutureExt;
use local_wire::{
    Answer, ApiRequest, Declarations, Dialect, Fault, ObjectStore, Outcome, OutcomeFuture, Service,
};

pub(crate) use address::{Address, name_bucket, names_bucket};
pub(crate) use control::tagged_resource;
pub(crate) use multipart::CopySource;

use crate::blocking::Blocking;
use operations::S3Operations;
use settings::Settings;
use store::{Deleted, Object, ObjectVersion, Store, Versioning};

/// S3 of the account. Names of buckets are unique across all Regions.
#[derive(Debug, Default)]
pub(crate) struct S3 {
    store: Mutex<Store>,
    /// Joins content and computes its entity tag.
    blocking: Blocking,
}

/// The dialect of S3.
pub(crate) static DIALECT: Dialect = Dialect {
    throttled: (503, "SlowDown"),
    broken: (500, "InternalError"),
    ..Dialect::rest_xml("s3", || &S3Operations)
};

impl S3 {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles PutObject.
    async fn put(&self, request: ApiRequest) -> Outcome {
        let Address { bucket, key } = Address::of(&request);
        let (bucket, key) = (bucket.unwrap_or_default(), key.unwrap_or_default());
        let region = request.region.clone();
        let read = move || {
            let content = chunked::content(&request.headers, &request.body)?;
            let verified = integrity::check(&request.headers, &content)?;
            let object = Object::new(content.bytes, stored_headers(&request.headers));
            Ok::<_, Fault>((object, verified))
        };
        let (object, verified) = self.blocking.run(read).await??;
        let mut store = self.store();
        store.bucket(&region, &bucket)?;
        store.check_room(&key, Some(&object))?;
        let put = store.bucket(&region, &bucket)?.put(&key, object);
        Ok(described(put, Bytes::new())?.with_headers(verified))
    }

    fn answer(&self, request: &ApiRequest) -> Outcome {
        let Address { bucket, key } = Address::of(request);
        let bucket = bucket.unwrap_or_default();
        let key = key.unwrap_or_default();
        let region = &request.region;
        let version = request.query("versionId");
        S3Operations.check(&request.operation)?;
        let operation = request.operation.name.as_str();
        let mut store = self.store();
        if let Some(outcome) = control::call(&mut store, request) {
            return outcome;
        }
        match operation {
            "ListBuckets" => Ok(xml::answer(&xml::buckets(store.buckets()))),
            "CreateBucket" => {
                let settings = Settings::of_new_bucket(request)?;
                store.create(region, &bucket, settings)?;
                plain(200, &[("location", &format!("/{bucket}"))])
            }
            "HeadBucket" => {
                store.bucket(region, &bucket)?;
                plain(200, &[("x-amz-bucket-region", region)])
            }
            "DeleteBucket" => {
                store.remove(region, &bucket)?;
                plain(204, &[])
            }
            "GetBucketLocation" => {
                store.bucket(region, &bucket)?;
                Ok(xml::answer(&xml::location(region)))
            }
            "GetBucketVersioning" => {
                let status = store.bucket(region, &bucket)?.versioning;
                Ok(xml::answer(&xml::versioning(status)))
            }
            "PutBucketVersioning" => {
                let status = xml::read_versioning(&request.body)?;
                store.bucket(region, &bucket)?.versioning = Some(status);
                plain(200, &[])
            }
            "ListObjectsV2" => {
                let prefix = request.query("prefix").unwrap_or_default();
                let found = store.bucket(region, &bucket)?;
                Ok(xml::answer(&xml::objects(&bucket, &prefix, found)))
            }
            "ListObjectVersions" => {
                let prefix = request.query("prefix").unwrap_or_default();
                let found = store.bucket(region, &bucket)?;
                Ok(xml::answer(&xml::versions(&bucket, &prefix, found)))
            }
            "GetObject" | "HeadObject" => {
                let bucket = store.bucket(region, &bucket)?;
                let found = bucket.get(&key, version.as_deref())?;
                let object = found.object.as_ref().ok_or_else(store::no_such_key)?;
                check_tag(&request.headers, &found.etag)?;
                let length = object.content.len();
                let range = request
                    .headers
                    .get(RANGE)
                    .and_then(|text| text.to_str().ok());
                let range = range
                    .map(|text| ranges::of(text, length))
                    .transpose()?
                    .flatten();
                let content = match &range {
                    Some(range) => object.content.slice(range.clone()),
                    None => object.content.clone(),
                };
                let size = content.len().to_string();
                let content = match operation {
                    "GetObject" => content,
                    _ => Bytes::new(),
                };
                let mut answer = described(found, content)?
                    .with_headers(object.headers.clone())
                    .with_header("accept-ranges", "bytes")?;
                if let Some(range) = range {
                    let shown = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                    answer = answer
                        .with_status(206)
                        .with_header("content-range", &shown)?;
                }
                match operation {
                    "HeadObject" => answer.with_header("content-length", &size),
                    _ => Ok(answer),
                }
            }
            "DeleteObject" => {
                let marks = version.is_none()
                    && store.bucket(region, &bucket)?.versioning == Some(Versioning::Enabled);
                if marks {
                    store.check_room(&key, None)?;
                }
                let bucket = store.bucket(region, &bucket)?;
                match bucket.delete(&key, version.as_deref()) {
                    Deleted::Nothing => plain(204, &[]),
                    Deleted::Version(id) => plain(204, &[("x-amz-version-id", &id)]),
                    Deleted::Marked(id) => plain(
                        204,
                        &[("x-amz-version-id", &id), ("x-amz-delete-marker", "true")],
                    ),
                }
            }
            _ => store.bucket(region, &bucket)?.settings.call(request),
        }
    }
}

impl Service for S3 {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            match request.operation.name.as_str() {
                "PutObject" => self.put(request).await,
                _ => match multipart::call(self, &request).await {
                    Some(outcome) => outcome,
                    None => self.answer(&request),
                },
            }
        }
        .boxed()
    }
}

impl ObjectStore for S3 {
    fn get(
        &self,
        region: &str,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Bytes, Fault> {
        let mut store = self.store();
        let found = store.bucket(region, bucket)?.get(key, version)?;
        let object = found.object.as_ref().ok_or_else(store::no_such_key)?;
        Ok(object.content.clone())
    }
}

/// Refuses a read of another entity than the one that the client has seen.
fn check_tag(headers: &HeaderMap, etag: &str) -> Result<(), Fault> {
    let wanted = headers
        .get(IF_MATCH)
        .and_then(|wanted| wanted.to_str().ok());
    let is_other =
        |wanted: &str| wanted != "*" && wanted.trim_matches('"') != etag.trim_matches('"');
    match wanted.is_some_and(is_other) {
        true => Err(Fault::new(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        )),
        false => Ok(()),
    }
}

/// Returns the headers that are returned with the object.
fn stored_headers(headers: &HeaderMap) -> HeaderMap {
    headers
        .iter()
        .filter(|(name, _)| *name == "content-type" || name.as_str().starts_with("x-amz-meta-"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Returns the response that describes a version.
fn described(version: &ObjectVersion, content: Bytes) -> Outcome {
    let mut headers = vec![
        ("etag", version.etag.as_str()),
        ("last-modified", version.modified.as_str()),
    ];
    if let Some(id) = &version.id {
        headers.push(("x-amz-version-id", id));
    }
    with(Answer::untyped(content), &headers)
}

fn plain(status: u16, headers: &[(&'static str, &str)]) -> Outcome {
    with(Answer::untyped(Bytes::new()).with_status(status), headers)
}

fn with(answer: Answer, headers: &[(&'static str, &str)]) -> Outcome {
    headers.iter().try_fold(answer, |answer, &(name, text)| {
        answer.with_header(name, text)
    })
}
