//! Lists, shows and reports campaigns.

use std::collections::BTreeMap;

use connect_pin_sms::rows;
use connect_pin_sms::rules::campaign::{Campaign, CampaignId};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::selection::Selection;
use crate::end::Redemptions;
use crate::line::Line;
use crate::options::{CampaignKey, ListCampaigns};
use crate::rows::preview::{counted, instant};
use crate::rows::summary::{State, Summary};
use crate::screen::{Screen, bounded};

/// The number of rows of a campaign that are shown.
const SHOWN: usize = 20;

pub(super) async fn list(options: &ListCampaigns, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.line).await?;
    let table = line.benefits();
    let now = now();
    let mut campaigns: BTreeMap<String, Summary> = BTreeMap::new();
    let mut without_id = 0;
    let mut unusable = 0;
    table
        .each_row(|row| {
            match rows::campaign(row) {
                Ok(campaign) => match &campaign.id {
                    Some(id) => {
                        let summary = campaigns.entry(id.as_str().to_owned()).or_default();
                        summary.add(&campaign, now);
                    }
                    None => {
                        without_id += 1;
                        let mut summary = Summary::default();
                        summary.add(&campaign, now);
                        print(None, &summary, screen)?;
                    }
                },
                Err(_) => unusable += 1,
            }
            Ok(())
        })
        .await?;
    for (id, summary) in &campaigns {
        print(Some(id), summary, screen)?;
    }
    let count = counted(campaigns.len() + without_id, "campaign");
    let mut sentence = format!("{count} in {}, {}.", table.table, line.region());
    if unusable > 0 {
        let rows = counted(unusable, "row");
        sentence.push_str(&format!(
            " The function cannot use {rows}: see `rows check`."
        ));
    }
    screen.say(&sentence)?;
    screen.result(json!({
        "type": "campaigns",
        "table": table.table,
        "campaigns": campaigns.len() + without_id,
        "unusable": unusable,
    }))?;
    Ok(())
}

fn print(id: Option<&str>, summary: &Summary, screen: Screen) -> anyhow::Result<()> {
    let mut text = format!(
        "  {}: {}, {}",
        id.unwrap_or("(no campaignId)"),
        counted(summary.pins, "PIN"),
        summary.state()
    );
    if let Some(start) = summary.starts_at {
        text.push_str(&format!(", from {}", shown(&instant(start))));
    }
    if let Some(end) = summary.expires_at {
        text.push_str(&format!(", until {}", shown(&instant(end))));
    }
    if let Some(limit) = summary.limit() {
        text.push_str(&format!(", at most {limit} redemptions"));
    }
    if summary.single_use {
        text.push_str(", once for each member");
    }
    screen.say(&text)?;
    screen.result(described(id, summary))?;
    Ok(())
}

fn described(id: Option<&str>, summary: &Summary) -> Value {
    let states: serde_json::Map<_, _> = summary
        .states
        .iter()
        .map(|(state, rows)| (state.word().to_owned(), json!(rows)))
        .collect();
    json!({
        "type": "campaign",
        "campaignId": id,
        "pins": summary.pins,
        "states": states,
        "startsAt": summary.starts_at.map(instant),
        "expiresAt": summary.expires_at.map(instant),
        "maxRedemptions": summary.limit(),
        "singleUsePerMember": summary.single_use,
    })
}

/// Returns a time as text without the quotation marks of JSON.
fn shown(time: &Value) -> String {
    time.as_str()
        .map_or_else(|| time.to_string(), str::to_owned)
}

pub(super) async fn show(options: &CampaignKey, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.line).await?;
    let selection = Selection::find(options, &line).await?;
    let now = now();
    let mut summary = Summary::default();
    let mut lines = Vec::new();
    for (_, row) in selection.rows {
        match rows::campaign(row) {
            Ok(campaign) => {
                summary.add(&campaign, now);
                lines.push(described_row(&campaign, now));
            }
            Err(fault) => lines.push((
                format!("    PIN ****, which the function cannot use: {fault}"),
                json!({ "type": "row", "pinCode": "****", "fault": fault.to_string() }),
            )),
        }
    }
    let id = options.campaign.as_ref().map(CampaignId::as_str);
    print(id, &summary, screen)?;
    let more = lines.len().saturating_sub(SHOWN);
    for (text, json) in lines.into_iter().take(SHOWN) {
        screen.say(&text)?;
        screen.result(json)?;
    }
    if more > 0 {
        screen.say(&format!("    {} more", counted(more, "row")))?;
    }
    Ok(())
}

fn described_row(campaign: &Campaign, now: u64) -> (String, Value) {
    let state = State::at(&campaign.rules, now).word();
    let host = bounded(campaign.url.host());
    let text = match &campaign.message {
        Some(_) => ", its own text",
        None => "",
    };
    (
        format!("    PIN ****, https://{host}/…, {state}{text}"),
        json!({
            "type": "row",
            "pinCode": "****",
            "campaignUrl": format!("https://{host}/…"),
            "state": state,
            "ownText": campaign.message.is_some(),
        }),
    )
}

pub(super) async fn report(options: &CampaignKey, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.line).await?;
    let selection = Selection::find(options, &line).await?;
    let mut summary = Summary::default();
    let now = now();
    for (_, row) in selection.rows {
        if let Ok(campaign) = rows::campaign(row) {
            summary.add(&campaign, now);
        }
    }
    let (counted_redemptions, members) = match &line.facts.settings.attempts_table {
        Some(table) => {
            let redemptions = Redemptions {
                client: &line.client,
                table,
            };
            let campaign = line.tags().await?.campaign(&selection.identity);
            let members = if summary.single_use {
                Some(redemptions.members(&campaign).await?)
            } else {
                None
            };
            (redemptions.redeemed(&campaign).await?, members)
        }
        None => (None, None),
    };
    let figures = Figures::of(&summary, counted_redemptions, members);
    screen.say(&figures.sentence(&selection.name))?;
    screen.result(json!({
        "type": "report",
        "campaign": selection.name,
        "pins": summary.pins,
        "state": summary.state(),
        "redemptions": figures.redemptions,
        "members": figures.members,
        "remaining": figures.remaining,
    }))?;
    Ok(())
}

/// The figures of a campaign. The function counts redemptions only where a limit needs the count, and
/// marks members only where each may redeem once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Figures {
    redemptions: Option<u64>,
    members: Option<usize>,
    remaining: Option<u64>,
}

impl Figures {
    fn of(summary: &Summary, counted: Option<u64>, members: Option<usize>) -> Self {
        let limit = summary.limit();
        // The count begins with the row's own.
        let redemptions = counted.or_else(|| limit.map(|_| summary.redeemed));
        Self {
            redemptions,
            members,
            remaining: limit
                .zip(redemptions)
                .map(|(limit, redeemed)| limit.saturating_sub(redeemed)),
        }
    }

    fn sentence(self, name: &str) -> String {
        let redemptions = match self.redemptions {
            Some(count) => counted(usize::try_from(count).unwrap_or(usize::MAX), "redemption"),
            None => "redemptions not counted (no maxRedemptions)".to_owned(),
        };
        let members = match self.members {
            Some(members) => format!("by {}", counted(members, "member")),
            None => "members not recorded (no singleUsePerMember)".to_owned(),
        };
        let remaining = match self.remaining {
            Some(remaining) => format!("{remaining} remaining"),
            None => "no limit".to_owned(),
        };
        format!("{name}: {redemptions}, {members}, {remaining}.")
    }
}

/// Returns the seconds since 1970.
fn now() -> u64 {
    u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use connect_pin_sms::rules::campaign::Rules;
    use connect_pin_sms::rules::url::CampaignUrl;

    use super::*;

    /// As docs/runbook.md says: the count began with the row's `redeemed`.
    #[test]
    fn figures_are_told_as_far_as_they_are_recorded() {
        let summary = |rules| {
            let mut campaign = Campaign::new(CampaignUrl::parse("https://example.com/").unwrap());
            campaign.rules = rules;
            let mut summary = Summary::default();
            summary.add(&campaign, 0);
            summary
        };
        let limited = summary(Rules {
            max_redemptions: Some(10),
            redeemed: 4,
            ..Rules::default()
        });
        let figures = Figures::of(&limited, Some(7), Some(6));
        assert_eq!(
            figures.sentence("x"),
            "x: 7 redemptions, by 6 members, 3 remaining."
        );
        let figures = Figures::of(&limited, None, None);
        assert_eq!((figures.redemptions, figures.remaining), (Some(4), Some(6)));
        let figures = Figures::of(&summary(Rules::default()), None, None);
        assert_eq!(
            figures.sentence("x"),
            "x: redemptions not counted (no maxRedemptions), members not recorded (no singleUsePerMember), no limit."
        );
    }
}
