//! Rows as a dry run shows them: enough to find a mistake, too little to misuse.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::campaigns::Campaign;
use super::cells::Optional;
use super::members::Member;

/// A row that would be written, as text and as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// One line of text.
    pub text: String,
    /// The same data as JSON.
    pub json: Value,
}

/// Shows a member. Only the length of the id is shown: where columns are swapped, the cell holds a
/// phone number.
pub fn member(member: &Member) -> Preview {
    let phone = member.phone.to_string();
    let characters = member.id.chars().count();
    let mut text = format!(
        "line {}: {phone}, an id of {}",
        member.line,
        counted(characters, "character")
    );
    let mut json = json!({
        "type": "row",
        "line": member.line,
        "phone": phone,
        "idCharacters": characters,
        "takesSms": member.phone.takes_sms(),
    });
    if !member.phone.takes_sms() {
        text.push_str(", no SMS");
    }
    let settings = [("optedOut", shown(&member.opted_out, |flag| json!(flag)))];
    add(&mut text, &mut json, settings);
    Preview { text, json }
}

/// Shown in place of a PIN. Always four stars, so that their count does not reveal its length.
const PIN: &str = "****";

/// Shows a campaign. An attribute that is not shown keeps its value in the table.
pub fn campaign(campaign: &Campaign) -> Preview {
    let url = campaign.url.to_string();
    let mut text = format!("line {}: PIN {PIN}, {url}", campaign.line);
    let mut json = json!({
        "type": "row",
        "line": campaign.line,
        "pinCode": PIN,
        "campaignUrl": url,
    });
    let characters = |text: &String| text.chars().count();
    let settings = [
        // Only the length: where columns are swapped, the cell holds a PIN.
        (
            "campaignIdCharacters",
            campaign
                .campaign_id
                .as_ref()
                .map(|id| json!(characters(id))),
        ),
        ("enabled", shown(&campaign.enabled, |flag| json!(flag))),
        ("startsAt", shown(&campaign.starts_at, time)),
        ("expiresAt", shown(&campaign.expires_at, time)),
        (
            "maxRedemptions",
            shown(&campaign.max_redemptions, |count| json!(count)),
        ),
        (
            "singleUsePerMember",
            shown(&campaign.single_use_per_member, |flag| json!(flag)),
        ),
        (
            "messageCharacters",
            shown(&campaign.message, |message| json!(characters(message))),
        ),
    ];
    add(&mut text, &mut json, settings);
    Preview { text, json }
}

/// Adds the attributes that the file sets or removes.
fn add<const N: usize>(
    text: &mut String,
    json: &mut Value,
    settings: [(&'static str, Option<Value>); N],
) {
    for (name, value) in settings {
        let Some(value) = value else { continue };
        text.push_str(&match &value {
            Value::Null => format!(", {name} removed"),
            Value::String(value) => format!(", {name} {value}"),
            value => format!(", {name} {value}"),
        });
        json[name] = value;
    }
}

/// Returns a count with its noun, in singular or plural.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

fn shown<T>(setting: &Optional<T>, show: impl FnOnce(&T) -> Value) -> Option<Value> {
    match setting {
        Optional::Untouched => None,
        Optional::Removed => Some(Value::Null),
        Optional::Set(value) => Some(show(value)),
    }
}

/// Shows a time in UTC, whatever the file used, so that a wrong time zone is noticed.
fn time(seconds: &u64) -> Value {
    instant(*seconds)
}

/// Returns a time in UTC as RFC 3339, or its seconds where it is too far for that.
pub fn instant(seconds: u64) -> Value {
    let text = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok());
    text.map_or_else(|| json!(seconds), Value::String)
}

#[cfg(test)]
mod tests {
    use super::super::phone::Country;
    use super::super::pin::Lengths;
    use super::super::{campaigns, members};
    use super::*;

    #[test]
    fn numbers_ids_pins_and_urls_are_not_shown() {
        let japan = Country::named("JP").unwrap();
        let sheet = members::read(
            &b"phone,id,optedOut\n090-1111-2222,09011112222,true\n03-3111-2222,7,\n"[..],
            &japan,
        );
        let rows = sheet.unwrap().rows;
        let preview = member(&rows[0]);
        assert_eq!(
            preview.text,
            "line 2: +81*****2222, an id of 11 characters, optedOut true"
        );
        assert!(!preview.json.to_string().contains("1111"));
        assert_eq!(
            member(&rows[1]).text,
            "line 3: +81*****2222, an id of 1 character, no SMS, optedOut removed"
        );

        let sheet = campaigns::read(
            "pinCode,campaignUrl,campaignId,startsAt,expiresAt,maxRedemptions,message\n\
             0042,https://example.com/0042?m=7,0042,2026-04-01T12:00:00+09:00,,50,0042 {url}\n"
                .as_bytes(),
            Lengths::default(),
            None,
        );
        let preview = campaign(&sheet.unwrap().rows[0]);
        assert_eq!(
            preview.text,
            "line 2: PIN ****, https://example.com/…, campaignIdCharacters 4, startsAt 2026-04-01T03:00:00Z, \
             expiresAt removed, maxRedemptions 50, messageCharacters 10"
        );
        assert!(!preview.json.to_string().contains("0042"));
        assert_eq!(preview.json["expiresAt"], Value::Null);
    }
}
