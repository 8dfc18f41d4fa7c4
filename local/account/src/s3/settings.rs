//! The properties of a bucket: its policy, public access, ownership, encryption, notifications and tags.
//! They are kept and returned; nothing else in the account reads them.

use std::collections::BTreeMap;

use bytes::Bytes;
use local_wire::xml::element;
use local_wire::{Answer, ApiRequest, Fault, Outcome};
use serde_json::Value;

use super::document::{self, Ended, malformed};
use super::notifications::Notifications;
use super::operations::not_implemented;
use super::{plain, xml};

/// "Bucket policies are limited to 20 KB in size."
const MAX_POLICY_BYTES: usize = 20 * 1_024;
/// A bucket has up to 50 tags, with keys of up to 128 characters and values of up to 256.
const MAX_TAGS: usize = 50;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

/// The tags of a bucket.
pub(super) type Tags = BTreeMap<String, String>;

/// The properties of a bucket.
#[derive(Debug)]
pub(super) struct Settings {
    policy: Option<Bytes>,
    public_access: Option<[bool; 4]>,
    ownership: Option<String>,
    encryption: Encryption,
    notifications: Notifications,
    pub(super) tags: Tags,
}

/// The properties of a new bucket: since April 2023 S3 blocks public access and disables ACLs, and
/// since January 2023 it encrypts with its own keys.
impl Default for Settings {
    fn default() -> Self {
        Self {
            policy: None,
            public_access: Some([true; 4]),
            ownership: Some("BucketOwnerEnforced".into()),
            encryption: Encryption::default(),
            notifications: Notifications::default(),
            tags: Tags::new(),
        }
    }
}

/// The default encryption of a bucket.
#[derive(Debug)]
struct Encryption {
    algorithm: String,
    key: Option<String>,
    bucket_key: bool,
    blocked: Vec<String>,
}

impl Default for Encryption {
    fn default() -> Self {
        Self {
            algorithm: "AES256".into(),
            key: None,
            bucket_key: false,
            blocked: Vec::new(),
        }
    }
}

const PUBLIC_ACCESS: [&str; 4] = [
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
];
const OWNERSHIPS: [&str; 3] = [
    "BucketOwnerPreferred",
    "ObjectWriter",
    "BucketOwnerEnforced",
];
const ALGORITHMS: [&str; 3] = ["AES256", "aws:kms", "aws:kms:dsse"];

impl Settings {
    /// Returns the properties that a CreateBucket request sets.
    pub(super) fn of_new_bucket(request: &ApiRequest) -> Result<Self, Fault> {
        let mut settings = Self::default();
        let elements = document::read(&request.body)?;
        settings.tags = tags(&elements, "CreateBucketConfiguration/Tags/Tag")?;
        if let Some(given) = request.headers.get("x-amz-object-ownership") {
            settings.ownership = Some(ownership(given.to_str().unwrap_or_default())?);
        }
        Ok(settings)
    }

    /// Carries out an operation on the properties.
    pub(super) fn call(&mut self, request: &ApiRequest) -> Outcome {
        let body = &request.body;
        match request.operation.name.as_str() {
            "GetBucketPolicy" => {
                let absent = ("NoSuchBucketPolicy", "The bucket policy does not exist");
                let policy = present(self.policy.as_ref(), absent)?;
                Ok(Answer::content("application/json", policy.clone()))
            }
            "PutBucketPolicy" => {
                self.policy = Some(policy(body)?);
                plain(204, &[])
            }
            "DeleteBucketPolicy" => {
                self.policy = None;
                plain(204, &[])
            }
            "GetPublicAccessBlock" => {
                let absent = (
                    "NoSuchPublicAccessBlockConfiguration",
                    "The public access block configuration was not found",
                );
                let blocks = present(self.public_access.as_ref(), absent)?;
                let blocks: String = PUBLIC_ACCESS
                    .iter()
                    .zip(blocks)
                    .map(|(name, blocks)| element(name, &blocks.to_string()))
                    .collect();
                Ok(written("PublicAccessBlockConfiguration", &blocks))
            }
            "PutPublicAccessBlock" => {
                self.public_access = Some(public_access(&document::read(body)?)?);
                plain(200, &[])
            }
            "DeletePublicAccessBlock" => {
                self.public_access = None;
                plain(204, &[])
            }
            "GetBucketOwnershipControls" => {
                let absent = (
                    "OwnershipControlsNotFoundError",
                    "The bucket ownership controls were not found",
                );
                let ownership = present(self.ownership.as_ref(), absent)?;
                let rule = element("ObjectOwnership", ownership);
                Ok(written(
                    "OwnershipControls",
                    &format!("<Rule>{rule}</Rule>"),
                ))
            }
            "PutBucketOwnershipControls" => {
                let elements = document::read(body)?;
                let given = text(&elements, "OwnershipControls/Rule/ObjectOwnership")?;
                self.ownership = Some(ownership(given.ok_or_else(malformed)?)?);
                plain(200, &[])
            }
            "DeleteBucketOwnershipControls" => {
                self.ownership = None;
                plain(204, &[])
            }
            "GetBucketEncryption" => Ok(written(
                "ServerSideEncryptionConfiguration",
                &self.encryption.rule(),
            )),
            "PutBucketEncryption" => {
                self.encryption = Encryption::of(&document::read(body)?)?;
                plain(200, &[])
            }
            // "This implementation of the DELETE action resets the default encryption for the bucket
            // as server-side encryption with Amazon S3 managed keys (SSE-S3)."
            "DeleteBucketEncryption" => {
                self.encryption = Encryption::default();
                plain(204, &[])
            }
            "GetBucketTagging" => {
                let some = Some(&self.tags).filter(|tags| !tags.is_empty());
                let tags = present(some, ("NoSuchTagSet", "The TagSet does not exist"))?;
                let tags = elements_of_tags(tags);
                Ok(written("Tagging", &format!("<TagSet>{tags}</TagSet>")))
            }
            "PutBucketTagging" => {
                self.tags = tags(&document::read(body)?, "Tagging/TagSet/Tag")?;
                plain(204, &[])
            }
            "DeleteBucketTagging" => {
                self.tags.clear();
                plain(204, &[])
            }
            "GetBucketNotificationConfiguration" => Ok(written(
                "NotificationConfiguration",
                &self.notifications.elements(),
            )),
            "PutBucketNotificationConfiguration" => {
                self.notifications = Notifications::read(body)?;
                if !self.notifications.is_empty() {
                    tracing::warn!(
                        "the notification configuration of a bucket is kept, but the local account \
                         sends no events of S3"
                    );
                }
                plain(200, &[])
            }
            other => Err(not_implemented(other)),
        }
    }
}

impl Encryption {
    fn of(elements: &[Ended]) -> Result<Self, Fault> {
        const RULE: &str = "ServerSideEncryptionConfiguration/Rule";
        if elements.iter().filter(|ended| ended.path == RULE).count() != 1 {
            return Err(malformed());
        }
        let member = |name: &str| text(elements, &format!("{RULE}/{name}"));
        let default = "ApplyServerSideEncryptionByDefault";
        let algorithm = member(&format!("{default}/SSEAlgorithm"))?.unwrap_or("AES256");
        if !ALGORITHMS.contains(&algorithm) {
            return Err(malformed());
        }
        let key = member(&format!("{default}/KMSMasterKeyID"))?;
        if key.is_some() && algorithm == "AES256" {
            return Err(Fault::new(
                400,
                "InvalidArgument",
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or \
                 aws:kms:dsse",
            ));
        }
        let blocked = format!("{RULE}/BlockedEncryptionTypes/EncryptionType");
        let blocked = elements.iter().filter(|ended| ended.path == blocked);
        Ok(Self {
            algorithm: algorithm.to_owned(),
            key: key.map(str::to_owned),
            bucket_key: boolean(member("BucketKeyEnabled")?)?,
            blocked: blocked.filter_map(|ended| ended.text.clone()).collect(),
        })
    }

    fn rule(&self) -> String {
        let key = self.key.as_ref();
        let key = key.map_or_else(String::new, |key| element("KMSMasterKeyID", key));
        let algorithm = element("SSEAlgorithm", &self.algorithm);
        let bucket_key = element("BucketKeyEnabled", &self.bucket_key.to_string());
        let blocked: String = self
            .blocked
            .iter()
            .map(|kind| element("EncryptionType", kind))
            .collect();
        let blocked = match blocked.is_empty() {
            true => String::new(),
            false => format!("<BlockedEncryptionTypes>{blocked}</BlockedEncryptionTypes>"),
        };
        format!(
            "<Rule><ApplyServerSideEncryptionByDefault>{algorithm}{key}\
             </ApplyServerSideEncryptionByDefault>{bucket_key}{blocked}</Rule>"
        )
    }
}

/// Returns the tags of a request, whose elements have a path such as `Tagging/TagSet/Tag`.
pub(super) fn tags(elements: &[Ended], path: &str) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    let (mut key, mut value) = (None, None);
    for ended in elements {
        match (ended.path.strip_prefix(path), &ended.text) {
            (Some("/Key"), Some(text)) => key = Some(text.clone()),
            (Some("/Value"), Some(text)) => value = Some(text.clone()),
            (Some(""), _) => {
                let (Some(key), Some(value)) = (key.take(), value.take()) else {
                    return Err(malformed());
                };
                check_tag(&key, &value)?;
                if tags.insert(key, value).is_some() {
                    let message = "Cannot provide multiple Tags with the same key";
                    return Err(Fault::new(400, "InvalidTag", message));
                }
            }
            _ => {}
        }
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_tag(key: &str, value: &str) -> Result<(), Fault> {
    let message = if !(1..=MAX_TAG_KEY).contains(&key.chars().count()) {
        "The TagKey you have provided is invalid"
    } else if value.chars().count() > MAX_TAG_VALUE {
        "The TagValue you have provided is invalid"
    } else if key.starts_with("aws:") {
        "System tags cannot be added/updated by requester"
    } else {
        return Ok(());
    };
    Err(Fault::new(400, "InvalidTag", message))
}

/// Refuses more tags than a bucket may have.
pub(super) fn check_count(tags: &Tags) -> Result<(), Fault> {
    match tags.len() <= MAX_TAGS {
        true => Ok(()),
        false => Err(Fault::new(
            400,
            "BadRequest",
            format!("Bucket tag count cannot be greater than {MAX_TAGS}"),
        )),
    }
}

/// Writes the `Tag` elements of tags.
pub(super) fn elements_of_tags(tags: &Tags) -> String {
    tags.iter()
        .map(|(key, value)| {
            let (key, value) = (element("Key", key), element("Value", value));
            format!("<Tag>{key}{value}</Tag>")
        })
        .collect()
}

fn policy(body: &Bytes) -> Result<Bytes, Fault> {
    let refused = |message: &str| Err(Fault::new(400, "MalformedPolicy", message));
    if body.len() > MAX_POLICY_BYTES {
        return refused("Policy exceeds the maximum allowed document size.");
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(policy)) if policy.contains_key("Statement") => Ok(body.clone()),
        Ok(Value::Object(_)) => refused("Missing required field Statement"),
        _ => refused("Policies must be valid JSON and the first byte must be '{'"),
    }
}

fn public_access(elements: &[Ended]) -> Result<[bool; 4], Fault> {
    let mut blocks = [false; 4];
    for (name, blocked) in PUBLIC_ACCESS.iter().zip(&mut blocks) {
        let path = format!("PublicAccessBlockConfiguration/{name}");
        *blocked = boolean(text(elements, &path)?)?;
    }
    match elements.last() {
        Some(root) if root.path == "PublicAccessBlockConfiguration" => Ok(blocks),
        _ => Err(malformed()),
    }
}

fn ownership(given: &str) -> Result<String, Fault> {
    match OWNERSHIPS.contains(&given) {
        true => Ok(given.to_owned()),
        false => Err(malformed()),
    }
}

/// Returns the text of the element with a path, which may occur once.
fn text<'e>(elements: &'e [Ended], path: &str) -> Result<Option<&'e str>, Fault> {
    let mut found = elements.iter().filter(|ended| ended.path == path);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(ended), None) => Ok(Some(ended.text.as_deref().ok_or_else(malformed)?)),
        (Some(_), Some(_)) => Err(malformed()),
    }
}

/// Reads a Boolean, which is false if absent.
fn boolean(text: Option<&str>) -> Result<bool, Fault> {
    match text.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(malformed()),
    }
}

fn present<T>(property: Option<T>, (code, message): (&str, &str)) -> Result<T, Fault> {
    property.ok_or_else(|| Fault::new(404, code, message))
}

fn written(name: &str, inner: &str) -> Answer {
    xml::answer(&xml::document(name, inner))
}
