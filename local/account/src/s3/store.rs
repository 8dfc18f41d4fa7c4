//! Buckets, objects and their versions.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use bytes::Bytes;
use local_wire::Fault;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::integrity::md5;
use super::multipart::Uploads;
use super::settings::Settings;

/// The format of HTTP dates.
const HTTP_DATE: &[BorrowedFormatItem<'static>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// The most bytes of all objects, and the most versions of objects.
const MAX_BYTES: usize = 512 * MIB;
const MAX_VERSIONS: usize = 100_000;
const MIB: usize = 1_024 * 1_024;
/// The most buckets: AWS allows 100 by default.
const MAX_BUCKETS: usize = 100;
/// The most bytes of a key, and of the metadata of an object.
const MAX_KEY_BYTES: usize = 1_024;
const MAX_METADATA_BYTES: usize = 2_048;

/// The buckets of the account.
#[derive(Debug, Default)]
pub(super) struct Store {
    buckets: BTreeMap<String, Bucket>,
}

/// The `Status` of a bucket's versioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Versioning {
    Enabled,
    Suspended,
}

#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) region: String,
    /// `None` until it is first set.
    pub(super) versioning: Option<Versioning>,
    pub(super) created: OffsetDateTime,
    pub(super) settings: Settings,
    /// The versions of each key, oldest first.
    pub(super) objects: BTreeMap<String, Vec<ObjectVersion>>,
    /// The multipart uploads under way, by id.
    pub(super) uploads: Uploads,
    usage: Usage,
}

/// The space that is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Usage {
    bytes: usize,
    versions: usize,
}

/// A version of an object, or a delete marker.
#[derive(Debug)]
pub(super) struct ObjectVersion {
    /// `None` for a version written without versioning, whose id is `null`.
    pub(super) id: Option<String>,
    /// `None` for a delete marker.
    pub(super) object: Option<Object>,
    /// In quotes.
    pub(super) etag: String,
    /// For the header `Last-Modified`.
    pub(super) modified: String,
    pub(super) at: OffsetDateTime,
}

/// The content of a version.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) content: Bytes,
    pub(super) headers: HeaderMap,
    etag: String,
}

impl Object {
    /// Creates an object, which takes a while if it is large.
    pub(super) fn new(content: Bytes, headers: HeaderMap) -> Self {
        let etag = etag(&content);
        Self::tagged(content, headers, etag)
    }

    /// Creates an object with an entity tag that is not that of its content alone.
    pub(super) fn tagged(content: Bytes, headers: HeaderMap, etag: String) -> Self {
        Self {
            content,
            headers,
            etag,
        }
    }
}

/// Returns the entity tag of content: objects encrypted with SSE-S3 "have ETags that are an MD5 digest of
/// their object data".
fn etag(content: &[u8]) -> String {
    quoted(&md5(content), "")
}

/// Returns the entity tag with a digest and a suffix.
pub(super) fn quoted(digest: &[u8], suffix: &str) -> String {
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digest}{suffix}\"")
}

/// The result of DeleteObject.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Deleted {
    Nothing,
    /// The version was deleted.
    Version(String),
    /// A delete marker with this id hides the object.
    Marked(String),
}

impl Store {
    pub(super) fn buckets(&self) -> impl Iterator<Item = (&String, &Bucket)> {
        self.buckets.iter()
    }

    pub(super) fn create(
        &mut self,
        region: &str,
        name: &str,
        settings: Settings,
    ) -> Result<(), Fault> {
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let valid = (3..=63).contains(&name.len())
            && name.chars().all(|c| edge(c) || matches!(c, '-' | '.'))
            && name.starts_with(edge)
            && name.ends_with(edge);
        if !valid {
            return Err(Fault::new(
                400,
                "InvalidBucketName",
                "The specified bucket is not valid.",
            ));
        }
        if self.buckets.contains_key(name) {
            return Err(Fault::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own \
                 it.",
            ));
        }
        if self.buckets.len() >= MAX_BUCKETS {
            return Err(Fault::new(
                400,
                "TooManyBuckets",
                format!("You have attempted to create more buckets than allowed: {MAX_BUCKETS}."),
            ));
        }
        let bucket = Bucket {
            region: region.to_owned(),
            versioning: None,
            created: OffsetDateTime::now_utc(),
            settings,
            objects: BTreeMap::new(),
            uploads: Uploads::default(),
            usage: Usage::default(),
        };
        self.buckets.insert(name.to_owned(), bucket);
        Ok(())
    }

    /// Refuses an object with this key, or a delete marker, if there is no room for it. An
    /// overwritten version counts until it is replaced.
    pub(super) fn check_room(&self, key: &str, object: Option<&Object>) -> Result<(), Fault> {
        if key.len() > MAX_KEY_BYTES {
            return Err(Fault::new(400, "KeyTooLongError", "Your key is too long"));
        }
        let headers = object.map_or(0, |object| {
            let lengths = object.headers.iter();
            lengths
                .map(|(name, value)| name.as_str().len() + value.len())
                .sum()
        });
        if headers > MAX_METADATA_BYTES {
            return Err(Fault::new(
                400,
                "MetadataTooLarge",
                "Your metadata headers exceed the maximum allowed metadata size.",
            ));
        }
        self.check_bytes(object.map_or(0, |object| object.content.len()))
    }

    /// Refuses one more version or part with this many bytes, if there is no room for it.
    pub(super) fn check_bytes(&self, more: usize) -> Result<(), Fault> {
        let usages = self.buckets.values().flat_map(|bucket| {
            let of_uploads = (bucket.uploads.bytes(), bucket.uploads.parts());
            [(bucket.usage.bytes, bucket.usage.versions), of_uploads]
        });
        let (bytes, versions) = usages.fold((0, 0), |(bytes, versions), usage| {
            (bytes + usage.0, versions + usage.1)
        });
        match bytes + more > MAX_BYTES || versions >= MAX_VERSIONS {
            true => Err(Fault::new(
                400,
                "LimitExceeded",
                format!(
                    "The local account keeps at most {} MiB of objects, and {MAX_VERSIONS} versions \
                     of them, with the parts of multipart uploads. Delete versions, and abort uploads, \
                     that are no longer needed.",
                    MAX_BYTES / MIB
                ),
            )),
            false => Ok(()),
        }
    }

    /// Returns the number of multipart uploads under way.
    pub(super) fn uploads(&self) -> usize {
        self.buckets
            .values()
            .map(|bucket| bucket.uploads.len())
            .sum()
    }

    /// Returns the bucket, for a request in its Region.
    pub(super) fn bucket(&mut self, region: &str, name: &str) -> Result<&mut Bucket, Fault> {
        let bucket = self.buckets.get_mut(name).ok_or_else(|| {
            Fault::new(404, "NoSuchBucket", "The specified bucket does not exist")
        })?;
        if bucket.region != region {
            return Err(Fault::new(
                301,
                "PermanentRedirect",
                format!(
                    "The bucket is in this region: {}. Please use this region to retry the request",
                    bucket.region
                ),
            ));
        }
        Ok(bucket)
    }

    pub(super) fn remove(&mut self, region: &str, name: &str) -> Result<(), Fault> {
        if !self.bucket(region, name)?.objects.is_empty() {
            return Err(Fault::new(
                409,
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty",
            ));
        }
        self.buckets.remove(name);
        Ok(())
    }
}

impl Bucket {
    /// Writes an object and returns its new version.
    pub(super) fn put(&mut self, key: &str, object: Object) -> &ObjectVersion {
        self.add(key, Some(object))
    }

    fn add(&mut self, key: &str, object: Option<Object>) -> &ObjectVersion {
        let versioned = self.versioning == Some(Versioning::Enabled);
        let at = OffsetDateTime::now_utc();
        let versions = self.objects.entry(key.to_owned()).or_default();
        if !versioned {
            // Without versioning there is at most one version: `null`.
            remove(versions, &mut self.usage, |version| version.id.is_none());
        }
        let named = object.as_ref().map(|object| object.etag.clone());
        self.usage.versions += 1;
        self.usage.bytes += object.as_ref().map_or(0, |object| object.content.len());
        versions.push(ObjectVersion {
            id: versioned.then(|| uuid::Uuid::new_v4().simple().to_string()),
            object,
            etag: named.unwrap_or_else(|| etag(&[])),
            // The format has no part that can fail for a date of this millennium.
            modified: at.format(HTTP_DATE).unwrap_or_default(),
            at,
        });
        &versions[versions.len() - 1]
    }

    /// Returns the latest version, or the given one.
    pub(super) fn get(&self, key: &str, version: Option<&str>) -> Result<&ObjectVersion, Fault> {
        let versions = self.objects.get(key).map_or(&[][..], Vec::as_slice);
        match version {
            None => versions.last().ok_or_else(no_such_key),
            Some(id) => versions.iter().find(|v| v.is(id)).ok_or_else(|| {
                Fault::new(
                    404,
                    "NoSuchVersion",
                    "The specified version does not exist.",
                )
            }),
        }
    }

    /// Deletes a version, or hides the object if the bucket keeps versions.
    pub(super) fn delete(&mut self, key: &str, version: Option<&str>) -> Deleted {
        let Some(versions) = self.objects.get_mut(key) else {
            return Deleted::Nothing;
        };
        if version.is_none() && self.versioning == Some(Versioning::Enabled) {
            let marker = self.add(key, None);
            return Deleted::Marked(marker.name().to_owned());
        }
        let id = version.unwrap_or("null");
        let removed = remove(versions, &mut self.usage, |version| version.is(id));
        if versions.is_empty() {
            self.objects.remove(key);
        }
        match removed {
            true => Deleted::Version(id.to_owned()),
            false => Deleted::Nothing,
        }
    }
}

impl ObjectVersion {
    /// Returns its id as S3 writes it.
    pub(super) fn name(&self) -> &str {
        self.id.as_deref().unwrap_or("null")
    }

    fn is(&self, id: &str) -> bool {
        self.name() == id
    }
}

/// Removes versions; returns whether there were any.
fn remove(
    versions: &mut Vec<ObjectVersion>,
    usage: &mut Usage,
    which: impl Fn(&ObjectVersion) -> bool,
) -> bool {
    let before = versions.len();
    versions.retain(|version| {
        let goes = which(version);
        if goes {
            usage.versions -= 1;
            usage.bytes -= version
                .object
                .as_ref()
                .map_or(0, |object| object.content.len());
        }
        !goes
    });
    versions.len() < before
}

pub(super) fn no_such_key() -> Fault {
    Fault::new(404, "NoSuchKey", "The specified key does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(store: &mut Store, region: &str, name: &str) -> Result<(), Fault> {
        store.create(region, name, Settings::default())
    }

    fn object(text: &'static str) -> Object {
        Object::new(Bytes::from_static(text.as_bytes()), HeaderMap::new())
    }

    fn text(bucket: &Bucket, version: Option<&str>) -> Result<String, String> {
        match bucket.get("k", version).map(|found| found.object.as_ref()) {
            Ok(Some(object)) => Ok(String::from_utf8(object.content.to_vec()).unwrap()),
            Ok(None) => Err("marker".into()),
            Err(fault) => Err(fault.code),
        }
    }

    #[test]
    fn versions_survive_being_overwritten() {
        let mut store = Store::default();
        create(&mut store, "r", "packages").unwrap();
        let bucket = store.bucket("r", "packages").unwrap();
        bucket.put("k", object("zero"));
        assert_eq!(bucket.put("k", object("one")).name(), "null");
        bucket.versioning = Some(Versioning::Enabled);
        let second = bucket.put("k", object("two")).name().to_owned();
        assert_eq!(text(bucket, None).unwrap(), "two");
        assert_eq!(text(bucket, Some("null")).unwrap(), "one");

        let Deleted::Marked(marker) = bucket.delete("k", None) else {
            panic!("versions are kept");
        };
        assert_eq!(text(bucket, None).unwrap_err(), "marker");
        assert_eq!(text(bucket, Some(&second)).unwrap(), "two");
        bucket.delete("k", Some(&marker));
        assert_eq!(text(bucket, None).unwrap(), "two");

        assert_eq!(
            store.remove("r", "packages").unwrap_err().code,
            "BucketNotEmpty"
        );
        let bucket = store.bucket("r", "packages").unwrap();
        bucket.delete("k", Some(&second));
        bucket.delete("k", Some("null"));
        assert_eq!(text(bucket, Some("null")).unwrap_err(), "NoSuchVersion");
        assert_eq!(text(bucket, None).unwrap_err(), "NoSuchKey");
        store.remove("r", "packages").unwrap();
    }

    #[test]
    fn the_size_of_all_objects_is_limited() {
        let mut store = Store::default();
        for n in 0..MAX_BUCKETS {
            create(&mut store, "r", &format!("bucket{n}")).unwrap();
        }
        assert_eq!(
            create(&mut store, "r", "more").unwrap_err().code,
            "TooManyBuckets"
        );
        // The content is shared, so that this test needs little memory.
        let content = Bytes::from(vec![0; 8 * MIB]);
        let large = || Object {
            content: content.clone(),
            headers: HeaderMap::new(),
            etag: String::new(),
        };
        let put = |store: &mut Store, n: usize, key: &str| {
            store.check_room(key, Some(&large())).map(|()| {
                store
                    .bucket("r", &format!("bucket{n}"))
                    .unwrap()
                    .put(key, large());
            })
        };
        store.bucket("r", "bucket1").unwrap().versioning = Some(Versioning::Enabled);
        for n in 0..64 {
            put(&mut store, n % 3, &n.to_string()).unwrap();
        }
        assert_eq!(put(&mut store, 3, "k").unwrap_err().code, "LimitExceeded");
        let empty = Object::new(Bytes::new(), HeaderMap::new());
        store.check_room("k", Some(&empty)).unwrap();
        store.bucket("r", "bucket1").unwrap().delete("1", None);
        assert!(
            put(&mut store, 3, "k").is_err(),
            "a delete marker frees no space"
        );
        store.bucket("r", "bucket0").unwrap().delete("0", None);
        put(&mut store, 3, "k").unwrap();
        assert_eq!(
            store.check_room(&"k".repeat(1_025), None).unwrap_err().code,
            "KeyTooLongError"
        );
    }

    #[test]
    fn a_bucket_has_one_region_and_a_unique_name() {
        let mut store = Store::default();
        create(&mut store, "here", "packages").unwrap();
        assert_eq!(
            create(&mut store, "there", "packages").unwrap_err().code,
            "BucketAlreadyOwnedByYou"
        );
        assert_eq!(
            store.bucket("there", "packages").unwrap_err().code,
            "PermanentRedirect"
        );
        for name in ["ab", "-ab", "Abc", "a_c", "ab."] {
            let refused = create(&mut store, "here", name).unwrap_err();
            assert_eq!(refused.code, "InvalidBucketName", "{name}");
        }
    }
}
