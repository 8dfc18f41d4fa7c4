//! Counts the entries of the delivery logs that hold a number. CloudWatch deletes no single entries, so an
//! operator must know how many there are, and until when.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use connect_pin_sms::rules::phone::PhoneNumber;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::commands::explain::logs::delivery_groups;
use crate::line::Line;
use crate::rows::sdk;

/// The entries of one delivery log that hold a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deliveries {
    /// The entries were counted.
    Counted {
        group: String,
        entries: usize,
        /// The day (UTC) on which the last of them is deleted; nothing if the log keeps its entries.
        until: Option<String>,
    },
    /// The log may not be read.
    Unread { group: String, reason: String },
}

impl Deliveries {
    /// Describes the entries in a sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Counted {
                group, entries: 0, ..
            } => format!("the delivery log {group}: no entry holds the number"),
            Self::Counted {
                group,
                entries,
                until,
            } => {
                let holds = match entries {
                    1 => "1 entry holds the number".to_owned(),
                    entries => format!("{entries} entries hold the number"),
                };
                let fate = match until {
                    Some(day) => format!("CloudWatch deletes the last of them on {day}"),
                    None => "the log keeps them for ever: set sms_preferences.delivery_logs.retention_in_days"
                        .to_owned(),
                };
                format!("the delivery log {group}: {holds}, and {fate}")
            }
            Self::Unread { group, reason } => {
                format!(
                    "the delivery log {group} was not read ({reason}): it may hold the whole number"
                )
            }
        }
    }

    /// Returns the same for machines.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Counted {
                group,
                entries,
                until,
            } => json!({ "logGroup": group, "entries": entries, "until": until }),
            Self::Unread { group, reason } => json!({ "logGroup": group, "unread": reason }),
        }
    }
}

/// Counts the entries of all delivery logs of a line. A log that does not exist is left out.
///
/// # Errors
/// When CloudWatch does not answer.
pub(super) async fn count(line: &Line, caller: &PhoneNumber) -> anyhow::Result<Vec<Deliveries>> {
    let client = Client::new(&line.config);
    let mut found = Vec::new();
    for group in delivery_groups(line) {
        found.extend(of_group(&client, group, caller).await?);
    }
    Ok(found)
}

async fn of_group(
    client: &Client,
    group: String,
    caller: &PhoneNumber,
) -> anyhow::Result<Option<Deliveries>> {
    // The field is that of AWS's guide to SNS, "Viewing SMS delivery logs".
    let pattern = format!("{{ $.delivery.destination = \"{}\" }}", caller.expose());
    let request = client.filter_log_events().log_group_name(&group);
    let mut pages = request.filter_pattern(pattern).into_paginator().send();
    let (mut entries, mut last) = (0, None);
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                let service = error.as_service_error();
                let code = service.and_then(ProvideErrorMetadata::code);
                let reason = sdk::reason(&error, &[caller.expose()]);
                return match code {
                    Some("ResourceNotFoundException") => Ok(None),
                    Some("AccessDeniedException") => Ok(Some(Deliveries::Unread { group, reason })),
                    _ => anyhow::bail!("the log group {group} must be readable: {reason}"),
                };
            }
        };
        for event in page.events.into_iter().flatten() {
            entries += 1;
            last = last.max(event.timestamp);
        }
    }
    let until = match last {
        Some(last) => last_day(client, &group, last).await?,
        None => None,
    };
    Ok(Some(Deliveries::Counted {
        group,
        entries,
        until,
    }))
}

/// Returns the day on which an entry of this time is deleted; nothing if the group keeps its entries.
async fn last_day(client: &Client, group: &str, at: i64) -> anyhow::Result<Option<String>> {
    let request = client.describe_log_groups().log_group_name_prefix(group);
    let mut groups = request.into_paginator().items().send();
    while let Some(found) = groups.next().await {
        let found = found.map_err(|error| {
            let reason = sdk::reason(&error, &[]);
            anyhow::anyhow!("the retention of the log group {group} must be readable: {reason}")
        })?;
        if found.log_group_name() != Some(group) {
            continue;
        }
        let Some(days) = found.retention_in_days() else {
            return Ok(None);
        };
        let written = OffsetDateTime::from_unix_timestamp(at.div_euclid(1000))?;
        let deleted = written.checked_add(Duration::days(i64::from(days)));
        return Ok(deleted.map(|day| day.date().to_string()));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_counted_in_words_with_their_end() {
        let counted = |entries, until: Option<&str>| Deliveries::Counted {
            group: "sns".to_owned(),
            entries,
            until: until.map(str::to_owned),
        };
        for (deliveries, sentence) in [
            (
                counted(0, None),
                "the delivery log sns: no entry holds the number",
            ),
            (
                counted(1, Some("2026-12-27")),
                "the delivery log sns: 1 entry holds the number, and CloudWatch deletes the last of them on \
                 2026-12-27",
            ),
            (
                counted(2, None),
                "the delivery log sns: 2 entries hold the number, and the log keeps them for ever: set \
                 sms_preferences.delivery_logs.retention_in_days",
            ),
        ] {
            assert_eq!(deliveries.sentence(), sentence);
        }
    }
}
