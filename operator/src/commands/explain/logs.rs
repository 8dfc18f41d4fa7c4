//! Reads the logs of a line (FilterLogEvents).

use std::collections::BTreeSet;

use anyhow::bail;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use time::OffsetDateTime;

use crate::explain::evidence::{Delivery, FlowLine, FunctionLine};
use crate::explain::story::{Contact, Match};
use crate::line::Line;
use crate::options::Explain;
use crate::rows::sdk;

/// The number of lines after which a search asks for no further page.
const LINES: usize = 10_000;

/// The longest id of a contact or a message: both are UUIDs.
const LONGEST_ID: usize = 64;

/// The logs of a line since a moment.
pub(super) struct Logs<'a> {
    client: Client,
    line: &'a Line,
    since: i64,
    flow: Option<String>,
    deliveries: Vec<String>,
    notes: BTreeSet<String>,
}

impl<'a> Logs<'a> {
    pub(super) fn of(line: &'a Line, options: &Explain) -> anyhow::Result<Self> {
        let since = OffsetDateTime::now_utc() - options.since;
        let outputs = line.outputs.as_ref();
        let of_outputs = || outputs.and_then(|outputs| outputs.flow_log_group.clone());
        let mut notes = BTreeSet::new();
        let flow = options.flow_log_group.clone().or_else(of_outputs);
        if flow.is_none() {
            notes.insert(
                "the flow's log was not read: give --flow-log-group, or --outputs instead of --line"
                    .to_owned(),
            );
        }
        Ok(Self {
            client: Client::new(&line.config),
            line,
            since: i64::try_from(since.unix_timestamp_nanos() / 1_000_000)?,
            flow,
            deliveries: delivery_groups(line),
            notes,
        })
    }

    /// Returns what could not be read, a sentence each.
    pub(super) fn notes(&self) -> impl Iterator<Item = &String> {
        self.notes.iter()
    }

    /// Returns the contacts whose caller has this masked number.
    pub(super) async fn contacts_of(&mut self, mask: &str) -> anyhow::Result<BTreeSet<String>> {
        let pattern = format!("{{ $.caller = \"{mask}\" }}");
        let lines = self.function(&pattern).await?;
        // The stars of the mask are wildcards in a pattern.
        let lines = lines
            .into_iter()
            .filter(|line| line.caller.as_deref() == Some(mask));
        Ok(lines.map(|line| line.contact).collect())
    }

    /// Returns the contacts of callers whose numbers no log has: withheld, or in trouble before the
    /// function was invoked.
    pub(super) async fn contacts_without_number(&mut self) -> anyhow::Result<BTreeSet<String>> {
        let withheld = self.function("{ $.caller = \"none\" }").await?;
        let mut contacts: BTreeSet<_> = withheld.into_iter().map(|line| line.contact).collect();
        for words in ["withheld", "trouble"] {
            let pattern = format!("{{ $.Identifier = \"* {words}*\" }}");
            let lines = self.flow(&pattern).await?;
            contacts.extend(lines.into_iter().flatten().map(|line| line.contact));
        }
        Ok(contacts)
    }

    /// Returns a contact with all lines about it.
    pub(super) async fn contact(&mut self, id: &str, matched: Match) -> anyhow::Result<Contact> {
        let id = plain(id)?;
        let function = self
            .function(&format!("{{ $.contact_id = \"{id}\" }}"))
            .await?;
        let flow = self.flow(&format!("{{ $.ContactId = \"{id}\" }}")).await?;
        let messages: Vec<_> = function
            .iter()
            .filter_map(|line| line.message.clone())
            .collect();
        let deliveries = self.deliveries(&messages).await?;
        Ok(Contact {
            id: id.to_owned(),
            matched,
            function,
            flow,
            deliveries,
        })
    }

    async fn function(&mut self, pattern: &str) -> anyhow::Result<Vec<FunctionLine>> {
        let group = self.line.facts.log_group.clone();
        let Some(lines) = self.search(&group, pattern).await? else {
            return Ok(Vec::new());
        };
        let lines = lines.into_iter();
        Ok(lines
            .filter_map(|(at, text)| FunctionLine::read(at, &text))
            .collect())
    }

    async fn flow(&mut self, pattern: &str) -> anyhow::Result<Option<Vec<FlowLine>>> {
        let Some(group) = self.flow.clone() else {
            return Ok(None);
        };
        let lines = self.search(&group, pattern).await?;
        Ok(lines.map(|lines| {
            let lines = lines.into_iter();
            lines
                .filter_map(|(at, text)| FlowLine::read(at, &text))
                .collect()
        }))
    }

    async fn deliveries(&mut self, messages: &[String]) -> anyhow::Result<Option<Vec<Delivery>>> {
        let mut records = None;
        for group in self.deliveries.clone() {
            for message in messages {
                let pattern = format!("{{ $.notification.messageId = \"{}\" }}", plain(message)?);
                if let Some(lines) = self.search(&group, &pattern).await? {
                    let found = lines.iter().filter_map(|(_, text)| Delivery::read(text));
                    records.get_or_insert_with(Vec::new).extend(found);
                }
            }
        }
        Ok(records)
    }

    /// Returns the lines of a group that match a pattern, in the order of their times; nothing if there is
    /// no such group, or it may not be read, which is noted.
    async fn search(
        &mut self,
        group: &str,
        pattern: &str,
    ) -> anyhow::Result<Option<Vec<(i64, String)>>> {
        let mut pages = self
            .client
            .filter_log_events()
            .log_group_name(group)
            .filter_pattern(pattern)
            .start_time(self.since)
            .into_paginator()
            .send();
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    let code = error
                        .as_service_error()
                        .and_then(ProvideErrorMetadata::code);
                    let reason = sdk::reason(&error, &[]);
                    let is_known = matches!(
                        code,
                        Some("ResourceNotFoundException" | "AccessDeniedException")
                    );
                    if !is_known {
                        bail!("the log group {group} must be readable: {reason}");
                    }
                    self.notes
                        .insert(format!("the log group {group} was not read: {reason}"));
                    return Ok(None);
                }
            };
            let events = page.events.into_iter().flatten();
            lines.extend(events.filter_map(|event| Some((event.timestamp?, event.message?))));
            if lines.len() >= LINES {
                self.notes.insert(format!(
                    "the log group {group} may have more than {LINES} lines for a search: give a shorter \
                     --since"
                ));
                break;
            }
        }
        lines.sort_by_key(|(at, _)| *at);
        Ok(Some(lines))
    }
}

/// Returns an id as it may stand in a pattern.
fn plain(id: &str) -> anyhow::Result<&str> {
    let fits = (1..=LONGEST_ID).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits {
        return Ok(id);
    }
    bail!("an id must be 1 to {LONGEST_ID} letters, digits and hyphens, but is another text")
}

/// Returns the delivery logs of a line: those of Terraform's outputs, or else those that SNS writes.
pub(in crate::commands) fn delivery_groups(line: &Line) -> Vec<String> {
    let outputs = line.outputs.as_ref();
    let named = outputs.map(|outputs| outputs.delivery_log_groups.clone());
    let named = named.filter(|groups| !groups.is_empty());
    named.unwrap_or_else(|| delivery_logs(line))
}

/// Returns the log groups of SNS's deliveries, whose names AWS sets (AWS's guide to SNS, "Viewing SMS
/// delivery logs").
fn delivery_logs(line: &Line) -> Vec<String> {
    let Some(account) = &line.facts.account else {
        return Vec::new();
    };
    let group = format!("sns/{}/{account}/DirectPublishToPhoneNumber", line.region());
    vec![group.clone(), format!("{group}/Failure")]
}
