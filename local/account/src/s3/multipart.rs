//! Multipart uploads, and copies of objects, whose source is another object.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use local_wire::xml::element;
use local_wire::{ApiRequest, Fault, Outcome, Request};
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use super::address::Address;
use super::document::{self, malformed};
use super::integrity::{self, md5};
use super::store::{self, Object, Store, quoted};
use super::{S3, chunked, plain, ranges, stored_headers, xml};

/// "Part numbers: 1 to 10,000 (inclusive)", and "Part size: 5 MiB to 5 GiB. There is no minimum size limit
/// on the last part" (Amazon S3 multipart upload limits).
const MAX_PART: u16 = 10_000;
const MIN_PART_BYTES: usize = 5 * 1_024 * 1_024;
/// The most uploads under way in the account, which all stay in memory until they are completed or aborted.
const MAX_UPLOADS: usize = 1_000;
/// "Maximum number of parts returned for a list parts request: 1000".
const MAX_PARTS_PAGE: usize = 1_000;

/// The multipart uploads of a bucket, by id.
#[derive(Debug, Default)]
pub(super) struct Uploads(BTreeMap<String, Upload>);

#[derive(Debug)]
struct Upload {
    key: String,
    /// The headers of the object.
    headers: HeaderMap,
    initiated: OffsetDateTime,
    parts: BTreeMap<u16, Part>,
}

#[derive(Debug, Clone)]
struct Part {
    content: Bytes,
    /// In quotes.
    etag: String,
    digest: [u8; 16],
    at: OffsetDateTime,
}

impl Part {
    /// Creates a part, which takes a while if it is large.
    fn new(content: Bytes) -> Self {
        let digest = md5(&content);
        Self {
            content,
            etag: quoted(&digest, ""),
            digest,
            at: OffsetDateTime::now_utc(),
        }
    }
}

impl Uploads {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the bytes of all parts.
    pub(super) fn bytes(&self) -> usize {
        let parts = self.0.values().flat_map(|upload| upload.parts.values());
        parts.map(|part| part.content.len()).sum()
    }

    /// Returns the number of all parts.
    pub(super) fn parts(&self) -> usize {
        self.0.values().map(|upload| upload.parts.len()).sum()
    }

    /// Returns the upload that a request names, which is one of its key.
    fn of(&mut self, id: &str, key: &str) -> Result<&mut Upload, Fault> {
        let found = self.0.get_mut(id).filter(|upload| upload.key == key);
        found.ok_or_else(|| {
            Fault::new(
                404,
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may \
                 have been aborted or completed.",
            )
        })
    }
}

/// The bucket, the key and the upload that a request names.
#[derive(Debug, Clone)]
struct Target {
    region: String,
    bucket: String,
    key: String,
    id: String,
}

impl Target {
    fn of(request: &ApiRequest) -> Self {
        let Address { bucket, key } = Address::of(request);
        Self {
            region: request.region.clone(),
            bucket: bucket.unwrap_or_default(),
            key: key.unwrap_or_default(),
            id: request.query("uploadId").unwrap_or_default(),
        }
    }

    fn upload<'s>(&self, store: &'s mut Store) -> Result<&'s mut Upload, Fault> {
        let bucket = store.bucket(&self.region, &self.bucket)?;
        bucket.uploads.of(&self.id, &self.key)
    }

    /// Returns the elements that name the object.
    fn elements(&self) -> String {
        format!(
            "{}{}",
            element("Bucket", &self.bucket),
            element("Key", &self.key)
        )
    }
}

/// Carries out an operation on an upload, or a copy; `None` for another operation.
pub(super) async fn call(s3: &S3, request: &ApiRequest) -> Option<Outcome> {
    let target = Target::of(request);
    Some(match request.operation.name.as_str() {
        "CreateMultipartUpload" => create(&mut s3.store(), &target, request),
        "UploadPart" => upload_part(s3, &target, request).await,
        "UploadPartCopy" => upload_part_copy(s3, &target, request).await,
        "CompleteMultipartUpload" => complete(s3, &target, request).await,
        "AbortMultipartUpload" => abort(&mut s3.store(), &target),
        "ListParts" => list_parts(&mut s3.store(), &target, request),
        "ListMultipartUploads" => list(&mut s3.store(), &target, request),
        "CopyObject" => copy_object(s3, &target, request).await,
        _ => return None,
    })
}

fn create(store: &mut Store, target: &Target, request: &ApiRequest) -> Outcome {
    store.bucket(&target.region, &target.bucket)?;
    let headers = stored_headers(&request.headers);
    // Key and metadata are those of the object that the upload becomes.
    let object = Object::new(Bytes::new(), headers.clone());
    store.check_room(&target.key, Some(&object))?;
    if store.uploads() >= MAX_UPLOADS {
        return Err(Fault::new(
            400,
            "LimitExceeded",
            format!(
                "The local account keeps at most {MAX_UPLOADS} multipart uploads. Abort those that are no \
                 longer needed."
            ),
        ));
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    let upload = Upload {
        key: target.key.clone(),
        headers,
        initiated: OffsetDateTime::now_utc(),
        parts: BTreeMap::new(),
    };
    let bucket = store.bucket(&target.region, &target.bucket)?;
    bucket.uploads.0.insert(id.clone(), upload);
    let inner = format!("{}{}", target.elements(), element("UploadId", &id));
    Ok(written("InitiateMultipartUploadResult", &inner))
}

async fn upload_part(s3: &S3, target: &Target, request: &ApiRequest) -> Outcome {
    let number = part_number(request)?;
    target.upload(&mut s3.store())?;
    let (headers, body) = (request.headers.clone(), request.body.clone());
    let read = move || {
        let content = chunked::content(&headers, &body)?;
        let verified = integrity::check(&headers, &content)?;
        Ok::<_, Fault>((Part::new(content.bytes), verified))
    };
    let (part, verified) = s3.blocking.run(read).await??;
    let etag = store_part(&mut s3.store(), target, number, part)?;
    Ok(plain(200, &[("etag", &etag)])?.with_headers(verified))
}

async fn upload_part_copy(s3: &S3, target: &Target, request: &ApiRequest) -> Outcome {
    let number = part_number(request)?;
    let (content, _) = source(&mut s3.store(), request)?;
    let range = request.headers.get("x-amz-copy-source-range");
    let content = match range.map(|range| range.to_str().unwrap_or_default()) {
        None => content,
        Some(range) => match ranges::of(range, content.len())? {
            Some(range) => content.slice(range),
            None => {
                let message = "The x-amz-copy-source-range value must be of the form bytes=first-last \
                               where first and last are the zero-based offsets of the first and last \
                               bytes to copy";
                return Err(Fault::new(400, "InvalidArgument", message));
            }
        },
    };
    let part = s3.blocking.run(move || Part::new(content)).await?;
    let at = part.at;
    let etag = store_part(&mut s3.store(), target, number, part)?;
    Ok(written("CopyPartResult", &copied(at, &etag)))
}

/// Keeps a part, which replaces one of the same number; returns its entity tag.
fn store_part(
    store: &mut Store,
    target: &Target,
    number: u16,
    part: Part,
) -> Result<String, Fault> {
    target.upload(store)?;
    store.check_bytes(part.content.len())?;
    let etag = part.etag.clone();
    target.upload(store)?.parts.insert(number, part);
    Ok(etag)
}

async fn complete(s3: &S3, target: &Target, request: &ApiRequest) -> Outcome {
    let wanted = wanted_parts(&request.body)?;
    let (parts, headers) = {
        let mut store = s3.store();
        let upload = target.upload(&mut store)?;
        (selected(upload, &wanted)?, upload.headers.clone())
    };
    let join = move || {
        let mut content =
            BytesMut::with_capacity(parts.iter().map(|part| part.content.len()).sum());
        let mut digests = Vec::new();
        for part in &parts {
            content.extend_from_slice(&part.content);
            digests.extend_from_slice(&part.digest);
        }
        // The tag of a multipart upload is not that of its content: the digest of the parts' digests,
        // and their number.
        let etag = quoted(&md5(&digests), &format!("-{}", parts.len()));
        Object::tagged(content.freeze(), headers, etag)
    };
    let object = s3.blocking.run(join).await?;
    let mut store = s3.store();
    // Another request may have completed or aborted it meanwhile.
    target.upload(&mut store)?;
    let bucket = store.bucket(&target.region, &target.bucket)?;
    // The parts make room for the object.
    bucket.uploads.0.remove(&target.id);
    let version = bucket.put(&target.key, object);
    let host = request
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok());
    let location = format!("http://{}{}", host.unwrap_or_default(), request.uri.path());
    let inner = format!(
        "{}{}{}",
        element("Location", &location),
        target.elements(),
        element("ETag", &version.etag)
    );
    let answer = written("CompleteMultipartUploadResult", &inner);
    match &version.id {
        Some(id) => answer.with_header("x-amz-version-id", id),
        None => Ok(answer),
    }
}

/// Reads the numbers and entity tags of the parts that an upload consists of.
fn wanted_parts(body: &[u8]) -> Result<Vec<(u16, String)>, Fault> {
    const PART: &str = "CompleteMultipartUpload/Part";
    let mut wanted = Vec::new();
    let (mut number, mut etag) = (None, None);
    for ended in document::read(body)? {
        match (ended.path.strip_prefix(PART), ended.text) {
            (Some("/PartNumber"), Some(text)) => {
                number = Some(text.trim().parse().map_err(|_| malformed())?);
            }
            (Some("/ETag"), Some(text)) => etag = Some(text.trim().trim_matches('"').to_owned()),
            (Some(""), _) => {
                let part = number.take().zip(etag.take());
                wanted.push(part.ok_or_else(malformed)?);
            }
            _ => {}
        }
    }
    match wanted.is_empty() {
        true => Err(malformed()),
        false => Ok(wanted),
    }
}

/// Returns the wanted parts of an upload.
fn selected(upload: &Upload, wanted: &[(u16, String)]) -> Result<Vec<Part>, Fault> {
    if !wanted.is_sorted_by(|first, second| first.0 < second.0) {
        return Err(Fault::new(
            400,
            "InvalidPartOrder",
            "The list of parts was not in ascending order. The parts list must be specified in order by \
             part number.",
        ));
    }
    let mut parts = Vec::new();
    for (number, etag) in wanted {
        let part = upload.parts.get(number);
        let part = part.filter(|part| part.etag.trim_matches('"') == etag);
        parts.push(part.cloned().ok_or_else(|| {
            Fault::new(
                400,
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have been \
                 uploaded, or the specified entity tag may not match the part's entity tag.",
            )
        })?);
    }
    let all_but_last = parts.split_last().map_or(&[][..], |(_, others)| others);
    match all_but_last
        .iter()
        .any(|part| part.content.len() < MIN_PART_BYTES)
    {
        true => Err(Fault::new(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        )),
        false => Ok(parts),
    }
}

fn abort(store: &mut Store, target: &Target) -> Outcome {
    target.upload(store)?;
    let bucket = store.bucket(&target.region, &target.bucket)?;
    bucket.uploads.0.remove(&target.id);
    plain(204, &[])
}

fn list_parts(store: &mut Store, target: &Target, request: &ApiRequest) -> Outcome {
    let number = |parameter: &str| match request.query(parameter) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| {
            let message = format!("Provided {parameter} not an integer or within integer range");
            Fault::new(400, "InvalidArgument", message)
        }),
    };
    let marker = number("part-number-marker")?.unwrap_or(0);
    let most = number("max-parts")?
        .unwrap_or(MAX_PARTS_PAGE)
        .min(MAX_PARTS_PAGE);
    let upload = target.upload(store)?;
    let mut rest = upload
        .parts
        .iter()
        .filter(|(number, _)| usize::from(**number) > marker);
    let page: Vec<_> = rest.by_ref().take(most).collect();
    let is_truncated = rest.next().is_some();
    let mut inner = format!(
        "{}{}{}",
        target.elements(),
        element("UploadId", &target.id),
        element("PartNumberMarker", &marker.to_string())
    );
    if let Some((last, _)) = page.last().filter(|_| is_truncated) {
        inner.push_str(&element("NextPartNumberMarker", &last.to_string()));
    }
    inner.push_str(&element("MaxParts", &most.to_string()));
    inner.push_str(&element("IsTruncated", &is_truncated.to_string()));
    for (number, part) in page {
        inner.push_str(&format!(
            "<Part>{}{}{}{}</Part>",
            element("PartNumber", &number.to_string()),
            element("LastModified", &xml::date(part.at)),
            element("ETag", &part.etag),
            element("Size", &part.content.len().to_string()),
        ));
    }
    inner.push_str(&element("StorageClass", "STANDARD"));
    Ok(written("ListPartsResult", &inner))
}

/// Lists the uploads of a bucket, all on one page: there are no more than S3 has on one.
fn list(store: &mut Store, target: &Target, request: &ApiRequest) -> Outcome {
    let prefix = request.query("prefix").unwrap_or_default();
    let uploads = &store.bucket(&target.region, &target.bucket)?.uploads;
    let with_prefix = uploads
        .0
        .iter()
        .filter(|(_, upload)| upload.key.starts_with(&prefix));
    let mut found: Vec<_> = with_prefix.collect();
    // By key, and those of a key by time.
    found.sort_by_key(|(_, upload)| (&upload.key, upload.initiated));
    let list: String = found
        .into_iter()
        .map(|(id, upload)| {
            format!(
                "<Upload>{}{}{}{}</Upload>",
                element("Key", &upload.key),
                element("UploadId", id),
                element("StorageClass", "STANDARD"),
                element("Initiated", &xml::date(upload.initiated)),
            )
        })
        .collect();
    let head = format!(
        "{}{}{}{}",
        element("Bucket", &target.bucket),
        element("Prefix", &prefix),
        element("MaxUploads", &MAX_UPLOADS.to_string()),
        element("IsTruncated", "false"),
    );
    Ok(written(
        "ListMultipartUploadsResult",
        &format!("{head}{list}"),
    ))
}

async fn copy_object(s3: &S3, target: &Target, request: &ApiRequest) -> Outcome {
    let (content, headers) = source(&mut s3.store(), request)?;
    let directive = request.headers.get("x-amz-metadata-directive");
    let headers = match directive.is_some_and(|directive| directive == "REPLACE") {
        true => stored_headers(&request.headers),
        false => headers,
    };
    let object = s3
        .blocking
        .run(move || Object::new(content, headers))
        .await?;
    let mut store = s3.store();
    store.bucket(&target.region, &target.bucket)?;
    store.check_room(&target.key, Some(&object))?;
    let put = store
        .bucket(&target.region, &target.bucket)?
        .put(&target.key, object);
    let result = written("CopyObjectResult", &copied(put.at, &put.etag));
    match &put.id {
        Some(id) => result.with_header("x-amz-version-id", id),
        None => Ok(result),
    }
}

/// The object that a request copies, as the header `x-amz-copy-source` names it.
pub(crate) struct CopySource {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version: Option<String>,
}

impl CopySource {
    /// Reads the header; `None` if it does not name bucket and key.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let given = request.headers.get("x-amz-copy-source")?.to_str().ok()?;
        let (path, version) = match given.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (given, None),
        };
        let path = percent_decode_str(path.trim_start_matches('/')).decode_utf8_lossy();
        let (bucket, key) = path.split_once('/')?;
        Some(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version,
        })
    }
}

/// Returns content and headers of the object that a request copies.
fn source(store: &mut Store, request: &ApiRequest) -> Result<(Bytes, HeaderMap), Fault> {
    let source = CopySource::of(request).ok_or_else(|| {
        let message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
        Fault::new(400, "InvalidArgument", message)
    })?;
    let bucket = store.bucket(&request.region, &source.bucket)?;
    let found = bucket.get(&source.key, source.version.as_deref())?;
    let object = found.object.as_ref().ok_or_else(store::no_such_key)?;
    Ok((object.content.clone(), object.headers.clone()))
}

fn copied(at: OffsetDateTime, etag: &str) -> String {
    format!(
        "{}{}",
        element("LastModified", &xml::date(at)),
        element("ETag", etag)
    )
}

fn part_number(request: &ApiRequest) -> Result<u16, Fault> {
    let number = request
        .query("partNumber")
        .and_then(|number| number.parse().ok());
    number
        .filter(|number| (1..=MAX_PART).contains(number))
        .ok_or_else(|| {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            Fault::new(400, "InvalidArgument", message)
        })
}

fn written(name: &str, inner: &str) -> local_wire::Answer {
    xml::answer(&xml::document(name, inner))
}
