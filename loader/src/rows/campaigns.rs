//! Rows of the benefits table: a PIN, a page and the rules of the campaign.

use std::collections::HashMap;

use connect_pin_sms::attributes;
use connect_pin_sms::pin::Pin;

use super::cells::{self, CellFault, Optional, Url};
use super::mistake::Mistake;
use super::pin;
use super::sheet::{self, Columns, Record};

/// The column of the PIN, whatever the table's key is called. Other columns are called as their
/// attributes are.
const PIN: &str = attributes::BENEFITS_KEY;

const COLUMNS: Columns = Columns {
    required: &[PIN, attributes::URL],
    optional: &[
        attributes::ENABLED,
        attributes::STARTS_AT,
        attributes::EXPIRES_AT,
        attributes::MAX_REDEMPTIONS,
        attributes::SINGLE_USE,
        attributes::MESSAGE,
    ],
};

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Where the file has it.
    pub line: usize,
    /// What callers key in.
    pub pin: Pin,
    /// What they get.
    pub url: Url,
    /// Whether it is switched on; without it, yes.
    pub enabled: Optional<bool>,
    /// From when on, in seconds since 1970.
    pub starts_at: Optional<u64>,
    /// The first second that is too late.
    pub expires_at: Optional<u64>,
    /// How often by all members together.
    pub max_redemptions: Optional<u64>,
    /// Once per member; without it, no.
    pub single_use_per_member: Optional<bool>,
    /// Its own text.
    pub message: Optional<String>,
}

/// Reads a file of campaigns.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Vec<Campaign>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut campaigns = Vec::new();
    let mut lines: HashMap<Pin, usize> = HashMap::new();
    for record in sheet::read(bytes, &COLUMNS, &mut mistakes) {
        let mut cells = Cells {
            record: &record,
            mistakes: Vec::new(),
        };
        let campaign = campaign(&mut cells, &mut lines);
        match campaign {
            Some(campaign) if cells.mistakes.is_empty() => campaigns.push(campaign),
            _ => mistakes.extend(cells.mistakes),
        }
    }
    super::mistake::none_or_sorted(mistakes).map(|()| campaigns)
}

/// Nothing, or something half right, when there are mistakes: all cells are looked at either way.
fn campaign(cells: &mut Cells<'_>, lines: &mut HashMap<Pin, usize>) -> Option<Campaign> {
    let line = cells.record.line;
    let pin = cells.required(PIN, pin::read);
    if let Some(pin) = &pin {
        match lines.get(pin) {
            Some(first) => cells.mistake(PIN, format!("line {first} has this PIN already")),
            None => {
                lines.insert(pin.clone(), line);
            }
        }
    }
    let url = cells.required(attributes::URL, Url::read);
    let enabled = cells.optional(attributes::ENABLED, cells::flag);
    let starts_at = cells.optional(attributes::STARTS_AT, cells::time);
    let expires_at = cells.optional(attributes::EXPIRES_AT, cells::time);
    if let (Optional::Set(start), Optional::Set(end)) = (starts_at, expires_at)
        && end <= start
    {
        cells.mistake(attributes::EXPIRES_AT, "it ends before it starts");
    }
    let max_redemptions = cells.optional(attributes::MAX_REDEMPTIONS, cells::count);
    let single_use_per_member = cells.optional(attributes::SINGLE_USE, cells::flag);
    let message = cells.optional(attributes::MESSAGE, cells::message);
    if let (Some(url), Optional::Set(message)) = (&url, &message)
        && !cells::fits(message, url)
    {
        cells.mistake(attributes::MESSAGE, CellFault::Parts);
    }
    Some(Campaign {
        line,
        pin: pin?,
        url: url?,
        enabled,
        starts_at,
        expires_at,
        max_redemptions,
        single_use_per_member,
        message,
    })
}

/// The cells of one record, and what is wrong with them.
struct Cells<'a> {
    record: &'a Record,
    mistakes: Vec<Mistake>,
}

impl Cells<'_> {
    fn mistake(&mut self, column: &'static str, sentence: impl std::fmt::Display) {
        let mistake = Mistake::in_cell(self.record.line, column, sentence);
        self.mistakes.push(mistake);
    }

    fn required<T, F: std::fmt::Display>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&str) -> Result<T, F>,
    ) -> Option<T> {
        let text = self.record.cell(column).unwrap_or_default();
        if text.is_empty() {
            self.mistake(column, "the cell is empty");
            return None;
        }
        read(text).map_err(|fault| self.mistake(column, fault)).ok()
    }

    fn optional<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&str) -> Result<T, CellFault>,
    ) -> Optional<T> {
        match self.record.cell(column) {
            None => Optional::Untouched,
            Some("") => Optional::Removed,
            Some(text) => match read(text) {
                Ok(value) => Optional::Set(value),
                Err(fault) => {
                    self.mistake(column, fault);
                    Optional::Untouched
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> Result<Vec<Campaign>, Vec<String>> {
        read(text.as_bytes()).map_err(|mistakes| mistakes.iter().map(Mistake::to_string).collect())
    }

    #[test]
    fn reads_campaigns_with_and_without_rules() {
        let campaigns = read_text("campaignUrl,pinCode\nhttps://example.com/a,0042\n").unwrap();
        let bare = Campaign {
            line: 2,
            pin: pin::read("0042").unwrap(),
            url: Url::read("https://example.com/a").unwrap(),
            enabled: Optional::Untouched,
            starts_at: Optional::Untouched,
            expires_at: Optional::Untouched,
            max_redemptions: Optional::Untouched,
            single_use_per_member: Optional::Untouched,
            message: Optional::Untouched,
        };
        assert_eq!(campaigns, std::slice::from_ref(&bare));

        let campaigns = read_text(
            "pinCode,campaignUrl,enabled,startsAt,expiresAt,maxRedemptions,singleUsePerMember,message\n\
             ００４２,https://example.com/a,FALSE,0,2026-04-01T12:00:00+09:00,50,true,\"本日, {url}\"\n\
             0043,https://example.com/a,,,,,,\n",
        )
        .unwrap();
        let full = Campaign {
            enabled: Optional::Set(false),
            starts_at: Optional::Set(0),
            expires_at: Optional::Set(1_775_012_400),
            max_redemptions: Optional::Set(50),
            single_use_per_member: Optional::Set(true),
            message: Optional::Set("本日, {url}".into()),
            ..bare.clone()
        };
        let cleared = Campaign {
            line: 3,
            pin: pin::read("0043").unwrap(),
            enabled: Optional::Removed,
            starts_at: Optional::Removed,
            expires_at: Optional::Removed,
            max_redemptions: Optional::Removed,
            single_use_per_member: Optional::Removed,
            message: Optional::Removed,
            ..bare
        };
        assert_eq!(campaigns, [full, cleared]);
    }

    #[test]
    fn lists_every_mistake_and_repeats_no_pin() {
        let mistakes = read_text(
            "pinCode,campaignUrl,enabled,startsAt,expiresAt,maxRedemptions,message\n\
             4711,https://example.com/a,,20,10,,\n\
             ４７１１,http://example.com/a,yes,soon,1775012400000,0,no place\n\
             4711x,,,,,,\n\
             04711,https://example.com/a,,,,,{url}{x}\n",
        )
        .unwrap_err();
        let start: Vec<_> = mistakes
            .iter()
            .map(|mistake| mistake.splitn(3, ": ").collect::<Vec<_>>()[..2].join(": "))
            .collect();
        assert_eq!(
            start,
            [
                "2: expiresAt",
                "3: pinCode",
                "3: campaignUrl",
                "3: enabled",
                "3: startsAt",
                "3: expiresAt",
                "3: maxRedemptions",
                "3: message",
                "4: pinCode",
                "4: campaignUrl",
                "5: message",
            ]
        );
        assert_eq!(mistakes[1], "3: pinCode: line 2 has this PIN already");
        assert!(!mistakes.concat().contains("4711"), "{mistakes:?}");
    }

    #[test]
    fn a_message_has_room_for_its_address() {
        let row = |message: &str, path: &str| {
            format!("pinCode,campaignUrl,message\n4711,https://example.com/{path},{message}\n")
        };
        // Three parts of 67 characters, 20 of which are the address.
        let (fits, long) = ("あ".repeat(181), "あ".repeat(182));
        assert!(read_text(&row(&format!("{{url}}{fits}"), "")).is_ok());
        let sentence = "2: message: with its address the text needs more than 3 parts of an SMS";
        for row in [
            row(&format!("{{url}}{long}"), ""),
            row(&format!("{{url}}{fits}"), "x"),
            // Hopeless with any address.
            row(&format!("{{url}}{}", "あ".repeat(202)), ""),
            // Septets: 459 at most.
            row("{url}", &"x".repeat(440)),
        ] {
            let mistakes = read_text(&row).unwrap_err();
            assert_eq!(mistakes, [sentence]);
        }
        assert!(read_text(&row("{url}", &"x".repeat(439))).is_ok());
    }

    /// A piece of a file: what means something in one, and what should not be there.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let known = prop_oneof![
            Just("pinCode"),
            Just("campaignUrl"),
            Just("message"),
            Just("enabled"),
            Just("true"),
            Just("startsAt"),
            Just("0042"),
            Just("https://e.example"),
            Just("{url}"),
            Just(","),
            Just("\n"),
            Just("\r"),
            Just("\""),
            Just(" "),
            Just("日"),
            Just("\u{feff}"),
        ];
        prop_oneof![
            9 => known.prop_map(|text| text.as_bytes().to_vec()),
            1 => proptest::collection::vec(any::<u8>(), 1..4),
        ]
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            header in prop_oneof![Just(""), Just("pinCode,campaignUrl\n"), Just("pinCode,campaignUrl,message,startsAt,expiresAt\n")],
            pieces in proptest::collection::vec(piece(), 0..24),
        ) {
            let bytes = [header.as_bytes(), &pieces.concat()].concat();
            match read(&bytes) {
                Ok(campaigns) => prop_assert!(campaigns.len() <= bytes.len()),
                Err(mistakes) => prop_assert!(!mistakes.is_empty()),
            }
        }

        /// What a spreadsheet writes is what is read.
        #[test]
        fn every_good_row_is_read(
            rows in proptest::collection::btree_map(
                "[0-9]{1,16}",
                ("[a-z0-9/]{0,20}", any::<Option<bool>>(), proptest::option::of(0..4_000_000_000_u64)),
                1..20,
            ),
        ) {
            let mut text = "pinCode,campaignUrl,enabled,startsAt\n".to_owned();
            for (pin, (path, enabled, start)) in &rows {
                let cell = |value: Option<String>| value.unwrap_or_default();
                text.push_str(&format!(
                    "{pin},\"https://example.com/{path}\",{},{}\r\n",
                    cell(enabled.map(|enabled| enabled.to_string())),
                    cell(start.map(|start| start.to_string())),
                ));
            }
            let campaigns = read_text(&text).unwrap();
            prop_assert_eq!(campaigns.len(), rows.len());
            for (campaign, (pin, (path, enabled, start))) in campaigns.iter().zip(&rows) {
                prop_assert_eq!(campaign.pin.expose(), pin);
                prop_assert_eq!(campaign.url.expose(), format!("https://example.com/{path}"));
                prop_assert_eq!(campaign.enabled, enabled.map_or(Optional::Removed, Optional::Set));
                prop_assert_eq!(campaign.starts_at, start.map_or(Optional::Removed, Optional::Set));
            }
        }
    }
}
