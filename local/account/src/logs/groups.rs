//! What the embedded service does not keep of groups, or keeps and does not tell.

use std::collections::HashMap;

use local_aws::Fault;
use serde_json::Value;

use super::input::{INVALID, not_found, refused};
use super::streams::Streams;

const STANDARD: &str = "STANDARD";
const CLASSES: [&str; 3] = [STANDARD, "INFREQUENT_ACCESS", "DELIVERY"];

/// A group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) class: String,
    /// ARN of the key that its lines are encrypted with. Nothing is encrypted here.
    pub(super) kms_key: Option<String>,
    pub(super) streams: Streams,
}

impl Group {
    /// As CreateLogGroup asks for it.
    pub(super) fn new(asked: &Value) -> Self {
        Self {
            class: asked["logGroupClass"]
                .as_str()
                .unwrap_or(STANDARD)
                .to_owned(),
            kms_key: asked["kmsKeyId"].as_str().map(str::to_owned),
            streams: Streams::default(),
        }
    }

    /// Whether lines may hold metrics. Only the standard class looks for them.
    pub(super) fn looks_for_metrics(&self) -> bool {
        self.class == STANDARD
    }
}

/// The groups of all Regions.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By Region and name.
    groups: HashMap<(String, String), Group>,
}

impl Groups {
    pub(super) fn insert(&mut self, region: &str, name: &str, group: Group) {
        self.groups.insert(key(region, name), group);
    }

    /// Forgets a group with its streams.
    pub(super) fn remove(&mut self, region: &str, name: &str) {
        self.groups.remove(&key(region, name));
    }

    pub(super) fn find(&self, region: &str, name: &str) -> Result<&Group, Fault> {
        self.groups.get(&key(region, name)).ok_or_else(absent)
    }

    pub(super) fn find_mut(&mut self, region: &str, name: &str) -> Result<&mut Group, Fault> {
        self.groups.get_mut(&key(region, name)).ok_or_else(absent)
    }
}

fn key(region: &str, name: &str) -> (String, String) {
    (region.to_owned(), name.to_owned())
}

fn absent() -> Fault {
    not_found("The specified log group does not exist.")
}

/// The group that a request to the embedded service is about: by name, or by the ARN that newer
/// operations take.
pub(super) fn name(asked: &Value) -> Option<&str> {
    if let Some(name) = asked["logGroupName"].as_str() {
        return Some(name);
    }
    let arn = asked["resourceIdentifier"].as_str()?;
    let (_, name) = arn.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

/// Refuses groups that AWS does not make.
pub(super) fn check(asked: &Value) -> Result<(), Fault> {
    let name = asked["logGroupName"].as_str().unwrap_or_default();
    let valid = (1..=512).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte));
    if !valid {
        return Err(refused(
            "logGroupName",
            name,
            "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
        ));
    }
    if let Some(class) = asked["logGroupClass"].as_str()
        && !CLASSES.contains(&class)
    {
        return Err(refused(
            "logGroupClass",
            class,
            &format!(
                "Member must satisfy enum value set: [{}]",
                CLASSES.join(", ")
            ),
        ));
    }
    check_key(&asked["kmsKeyId"])
}

/// Logs takes a key's ARN only, no id and no alias.
pub(super) fn check_key(key: &Value) -> Result<(), Fault> {
    match key.as_str() {
        Some(arn) if !(arn.starts_with("arn:") && arn.contains(":key/")) => Err(Fault::new(
            400,
            INVALID,
            "The specified KMS Key Id could not be found.",
        )),
        _ => Ok(()),
    }
}
