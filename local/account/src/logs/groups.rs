//! The parts of log groups that the embedded service does not store, or stores but does not return.

use std::collections::HashMap;

use local_wire::Fault;
use serde_json::Value;

use super::input::{INVALID, invalid, not_found, refused};
use super::metric_filters::MetricFilters;
use super::now_ms;
use super::streams::Streams;

const STANDARD: &str = "STANDARD";
/// Bytes of memory that the events of a group take at most, and those of all groups together; then
/// the oldest go, first those of the largest group.
const MAX_GROUP_BYTES: usize = 64 * MIB;
const MAX_ACCOUNT_BYTES: usize = 256 * MIB;
const MIB: usize = 1_024 * 1_024;
/// The retention periods in days that PutRetentionPolicy accepts.
const RETENTIONS: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557,
    2_922, 3_288, 3_653,
];
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const CLASSES: [&str; 3] = [STANDARD, "INFREQUENT_ACCESS", "DELIVERY"];

#[derive(Debug)]
pub(super) struct Group {
    pub(super) class: String,
    /// The ARN of the key of its encryption. Nothing is encrypted here.
    pub(super) kms_key: Option<String>,
    /// `None` if events are kept forever.
    pub(super) retention_days: Option<i64>,
    pub(super) streams: Streams,
    pub(super) metric_filters: MetricFilters,
}

impl Group {
    /// Creates the group of a CreateLogGroup request.
    pub(super) fn new(input: &Value) -> Self {
        Self {
            class: input["logGroupClass"]
                .as_str()
                .unwrap_or(STANDARD)
                .to_owned(),
            kms_key: input["kmsKeyId"].as_str().map(str::to_owned),
            retention_days: None,
            streams: Streams::default(),
            metric_filters: MetricFilters::new(),
        }
    }

    /// Returns the time before which events have expired.
    pub(super) fn oldest_ms(&self) -> Option<i64> {
        let days = self.retention_days?;
        Some(now_ms().saturating_sub(days.saturating_mul(DAY_MS)))
    }

    /// Removes the expired events.
    fn expire(&mut self) {
        if let Some(oldest) = self.oldest_ms() {
            self.streams.expire(oldest);
        }
    }

    /// Reports whether metrics are extracted from lines. Only the standard class supports that.
    pub(super) fn looks_for_metrics(&self) -> bool {
        self.class == STANDARD
    }
}

#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By Region and name.
    groups: HashMap<(String, String), Group>,
    /// The bytes of the events of all groups.
    bytes: usize,
}

impl Groups {
    pub(super) fn insert(&mut self, region: &str, name: &str, group: Group) {
        self.remove(region, name);
        self.groups.insert(key(region, name), group);
    }

    /// Removes a group with its streams.
    pub(super) fn remove(&mut self, region: &str, name: &str) {
        if let Some(group) = self.groups.remove(&key(region, name)) {
            self.bytes -= group.streams.bytes();
        }
    }

    /// Changes a group, and enforces the limits. Events dropped by that are reported in the log.
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
        group.streams.shrink(MAX_GROUP_BYTES);
        self.bytes = self.bytes - before.0 + group.streams.bytes();
        log_dropped(
            region,
            name,
            before.1,
            group.streams.dropped(),
            MAX_GROUP_BYTES,
        );
        self.shrink(MAX_ACCOUNT_BYTES);
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
            // Drops more than necessary, so that not every new event searches for the largest
            // group.
            group.streams.shrink(before.0 / 8 * 7);
            let freed = before.0 - group.streams.bytes();
            if freed == 0 {
                // Only streams are left, which take little space.
                return;
            }
            self.bytes -= freed;
            log_dropped(region, name, before.1, group.streams.dropped(), most);
        }
    }

    pub(super) fn find(&self, region: &str, name: &str) -> Result<&Group, Fault> {
        self.groups.get(&key(region, name)).ok_or_else(absent)
    }

    /// Returns the metric filters of each group of a Region, with the group's name.
    pub(super) fn metric_filters<'g>(
        &'g self,
        region: &'g str,
    ) -> impl Iterator<Item = (&'g str, &'g MetricFilters)> {
        let of_region = self.groups.iter().filter(move |((of, _), _)| of == region);
        of_region.map(|((_, name), group)| (name.as_str(), &group.metric_filters))
    }

    /// Returns the metric filters of each group of all Regions.
    pub(super) fn all_metric_filters(&self) -> impl Iterator<Item = &MetricFilters> {
        self.groups.values().map(|group| &group.metric_filters)
    }

    /// Returns a group after removing its expired events.
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

/// Logs that events of a group were dropped: the first time, and whenever the number has doubled.
fn log_dropped(region: &str, group: &str, before: u64, dropped: u64, most: usize) {
    let is_due = dropped > before && (before == 0 || dropped.ilog2() > before.ilog2());
    if is_due {
        tracing::error!(
            region,
            group,
            dropped,
            "the oldest events of a log group were dropped: the local account keeps at most {} MiB \
             of a group and {} MiB of all, and {} MiB were exceeded",
            MAX_GROUP_BYTES / MIB,
            MAX_ACCOUNT_BYTES / MIB,
            most / MIB,
        );
    }
}

/// Returns the days that a PutRetentionPolicy request sets.
pub(super) fn retention(input: &Value) -> Result<i64, Fault> {
    let days = &input["retentionInDays"];
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

/// Returns the group that a request to the embedded service names: by its name, or by its ARN in
/// newer operations.
pub(super) fn name(input: &Value) -> Option<&str> {
    if let Some(name) = input["logGroupName"].as_str() {
        return Some(name);
    }
    let arn = input["resourceIdentifier"].as_str()?;
    let (_, name) = arn.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

/// Refuses groups that AWS does not create.
pub(super) fn check(input: &Value) -> Result<(), Fault> {
    let name = input["logGroupName"].as_str().unwrap_or_default();
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
    if let Some(class) = input["logGroupClass"].as_str()
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
    check_key(&input["kmsKeyId"])
}

/// Refuses keys that are not ARNs: Logs accepts neither ids nor aliases.
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
    fn the_events_of_a_group_and_of_all_groups_are_limited() {
        let mut groups = Groups::default();
        for n in 0..6 {
            groups.insert("r", &n.to_string(), Group::new(&json!({})));
        }
        write(&mut groups, "0", 100 * 1_024);
        let kept = groups.find("r", "0").unwrap().streams.bytes();
        // Events are dropped with the block of memory that holds them.
        assert!(
            kept <= MAX_GROUP_BYTES && kept > MAX_GROUP_BYTES - 320 * 1_024,
            "{kept}"
        );
        write(&mut groups, "5", 1);
        for n in 1..5 {
            write(&mut groups, &n.to_string(), 60 * 1_024);
        }
        assert!(groups.bytes <= MAX_ACCOUNT_BYTES, "{}", groups.bytes);
        // Small groups lose no events to large ones.
        assert_eq!(groups.find("r", "5").unwrap().streams.dropped(), 0);
        for n in 0..6 {
            groups.remove("r", &n.to_string());
        }
        assert_eq!(groups.bytes, 0);
    }
}
