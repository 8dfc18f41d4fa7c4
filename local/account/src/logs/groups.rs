//! What the embedded service does not keep of groups, or keeps and does not tell.

use std::collections::HashMap;

use local_wire::Fault;
use serde_json::Value;

use super::input::{INVALID, invalid, not_found, refused};
use super::now_ms;
use super::streams::Streams;

const STANDARD: &str = "STANDARD";
/// Bytes of memory that the events of a group take at most, and those of all groups together; then
/// the oldest go, first those of the largest group.
const MOST_OF_GROUP: usize = 64 * MIB;
const MOST_OF_ACCOUNT: usize = 256 * MIB;
const MIB: usize = 1_024 * 1_024;
/// How many days events may be kept: the values that PutRetentionPolicy takes.
const RETENTIONS: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557,
    2_922, 3_288, 3_653,
];
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const CLASSES: [&str; 3] = [STANDARD, "INFREQUENT_ACCESS", "DELIVERY"];

/// A group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) class: String,
    /// ARN of the key that its lines are encrypted with. Nothing is encrypted here.
    pub(super) kms_key: Option<String>,
    /// `None`: for ever.
    pub(super) retention_days: Option<i64>,
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
            retention_days: None,
            streams: Streams::default(),
        }
    }

    /// Events of a time before this one are not kept.
    pub(super) fn oldest_ms(&self) -> Option<i64> {
        let days = self.retention_days?;
        Some(now_ms().saturating_sub(days.saturating_mul(DAY_MS)))
    }

    /// Removes what is older than it is to be kept.
    fn expire(&mut self) {
        if let Some(oldest) = self.oldest_ms() {
            self.streams.expire(oldest);
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
    /// Bytes that the events of all of them take.
    bytes: usize,
}

impl Groups {
    pub(super) fn insert(&mut self, region: &str, name: &str, group: Group) {
        self.remove(region, name);
        self.groups.insert(key(region, name), group);
    }

    /// Forgets a group with its streams.
    pub(super) fn remove(&mut self, region: &str, name: &str) {
        if let Some(group) = self.groups.remove(&key(region, name)) {
            self.bytes -= group.streams.bytes();
        }
    }

    /// Changes a group, and keeps everything within its bounds. What is dropped for that is said.
    pub(super) fn change<T>(
        &mut self,
        region: &str,
        name: &str,
        change: impl FnOnce(&mut Group) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let group = self.groups.get_mut(&key(region, name)).ok_or_else(absent)?;
        let before = (group.streams.bytes(), group.streams.dropped());
        let changed = change(group);
        group.expire();
        group.streams.shrink(MOST_OF_GROUP);
        self.bytes = self.bytes - before.0 + group.streams.bytes();
        say_dropped(
            region,
            name,
            before.1,
            group.streams.dropped(),
            MOST_OF_GROUP,
        );
        self.shrink(MOST_OF_ACCOUNT);
        changed
    }

    fn shrink(&mut self, most: usize) {
        while self.bytes > most {
            let largest = self.groups.iter_mut();
            let largest = largest.max_by_key(|(_, group)| group.streams.bytes());
            let Some(((region, name), group)) = largest else {
                return;
            };
            let before = (group.streams.bytes(), group.streams.dropped());
            // More than is needed, so that not every event that comes looks for the largest group.
            group.streams.shrink(before.0 / 8 * 7);
            let freed = before.0 - group.streams.bytes();
            if freed == 0 {
                // Only streams are left, which are few.
                return;
            }
            self.bytes -= freed;
            say_dropped(region, name, before.1, group.streams.dropped(), most);
        }
    }

    pub(super) fn find(&self, region: &str, name: &str) -> Result<&Group, Fault> {
        self.groups.get(&key(region, name)).ok_or_else(absent)
    }

    /// A group without the events that have expired.
    pub(super) fn current(&mut self, region: &str, name: &str) -> Result<&Group, Fault> {
        self.change(region, name, |_| Ok(()))?;
        self.find(region, name)
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

/// Says that events of a group were dropped: the first time, and whenever there are twice as many.
fn say_dropped(region: &str, group: &str, before: u64, dropped: u64, most: usize) {
    let said = dropped > before && (before == 0 || dropped.ilog2() > before.ilog2());
    if said {
        tracing::error!(
            region,
            group,
            dropped,
            "the oldest events of a log group were dropped: the local account keeps at most {} MiB \
             of a group and {} MiB of all, and {} MiB were exceeded",
            MOST_OF_GROUP / MIB,
            MOST_OF_ACCOUNT / MIB,
            most / MIB,
        );
    }
}

/// The days that PutRetentionPolicy asks for.
pub(super) fn retention(asked: &Value) -> Result<i64, Fault> {
    let days = &asked["retentionInDays"];
    days.as_i64()
        .filter(|days| RETENTIONS.contains(days))
        .ok_or_else(|| {
            let values: Vec<String> = RETENTIONS.iter().map(i64::to_string).collect();
            invalid(format!(
                "retentionInDays must be one of {}, not {days}",
                values.join(", ")
            ))
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use local_wire::LogEvent;
    use serde_json::json;

    fn write(groups: &mut Groups, name: &str, kib: usize) {
        groups
            .change("r", name, |group| {
                for timestamp_ms in 0..kib as i64 {
                    let message = "x".repeat(1_024);
                    group.streams.append(
                        "s",
                        vec![LogEvent {
                            timestamp_ms,
                            message,
                        }],
                    );
                }
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn a_group_and_all_of_them_keep_so_much() {
        let mut groups = Groups::default();
        for n in 0..6 {
            groups.insert("r", &n.to_string(), Group::new(&json!({})));
        }
        write(&mut groups, "0", 100 * 1_024);
        let kept = groups.find("r", "0").unwrap().streams.bytes();
        // Events are dropped with the block of memory that holds them.
        assert!(
            kept <= MOST_OF_GROUP && kept > MOST_OF_GROUP - 320 * 1_024,
            "{kept}"
        );
        write(&mut groups, "5", 1);
        for n in 1..5 {
            write(&mut groups, &n.to_string(), 60 * 1_024);
        }
        assert!(groups.bytes <= MOST_OF_ACCOUNT, "{}", groups.bytes);
        // Small groups lose nothing for large ones.
        assert_eq!(groups.find("r", "5").unwrap().streams.dropped(), 0);
        for n in 0..6 {
            groups.remove("r", &n.to_string());
        }
        assert_eq!(groups.bytes, 0);
    }
}
