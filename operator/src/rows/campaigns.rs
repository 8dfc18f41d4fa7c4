//! Rows of the benefits table: a PIN, a URL and the rules of the campaign.

use std::collections::HashMap;

use connect_pin_sms::rules::pin::{Pin, PinKey};
use connect_pin_sms::rules::row_schema;

use super::cells::{self, CellFault, Optional, Url};
use super::mistake::{self, Mistake, Sheet, Warning};
use super::pin::{self, Counts, Lengths};
use super::sheet::{self, Columns, Content, Record};
use super::zone::Zone;

/// The column of the PIN, whatever the name of the table's key. All other columns have the names of
/// their attributes.
const PIN: &str = row_schema::BENEFITS_KEY;

/// The column of keys that are MACs, as an export of a line without PINs in its table has them.
pub const PIN_KEY: &str = "pinKey";

/// The columns that a file of campaigns may have.
pub const COLUMNS: Columns = Columns {
    keys: &[PIN],
    required: &[row_schema::URL],
    optional: &[
        row_schema::CAMPAIGN_ID,
        row_schema::ENABLED,
        row_schema::STARTS_AT,
        row_schema::EXPIRES_AT,
        row_schema::MAX_REDEMPTIONS,
        row_schema::SINGLE_USE,
        row_schema::MESSAGE,
    ],
    times: &[row_schema::STARTS_AT, row_schema::EXPIRES_AT],
};

/// The columns of a file for a line whose keys are MACs, which may have PINs or the MACs.
pub const COLUMNS_WITH_MACS: Columns = Columns {
    keys: &[PIN, PIN_KEY],
    ..COLUMNS
};

/// The key of a campaign's row, as a file has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// The PIN, whose key is still to be computed where the table holds MACs.
    Pin(Pin),
    /// The MAC of a PIN that the file does not have.
    Mac(PinKey),
}

impl RowKey {
    /// Returns the PIN, if it is known.
    pub fn pin(&self) -> Option<&Pin> {
        match self {
            Self::Pin(pin) => Some(pin),
            Self::Mac(_) => None,
        }
    }
}

const NUMBER: &str = "the cell must be text, but is a number, whose leading zeros are lost: format the column \
                      as text, and write the PIN again; a number is read if it has the most digits of --pin-length";

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The line of the file, counted from 1.
    pub line: usize,
    /// The PIN that callers key in, or its MAC.
    pub key: RowKey,
    /// The URL that they receive.
    pub url: Url,
    /// The id that its redemptions are counted under. Without it an existing row keeps its own, and
    /// a new row gets a generated one.
    pub campaign_id: Option<String>,
    /// Whether the campaign is on; true if absent.
    pub enabled: Optional<bool>,
    /// The start, in seconds since 1970.
    pub starts_at: Optional<u64>,
    /// The end, in seconds since 1970: the first second after the campaign.
    pub expires_at: Optional<u64>,
    /// The limit of redemptions by all members together.
    pub max_redemptions: Optional<u64>,
    /// Whether each member may redeem it only once; false if absent.
    pub single_use_per_member: Optional<bool>,
    /// The campaign's own SMS text.
    pub message: Optional<String>,
}

/// Reads a file of campaigns for a line that accepts PINs of these `lengths`. Times without an offset are
/// times in `zone`, or mistakes without one.
///
/// # Errors
/// All mistakes in the file.
pub fn read<'a>(
    content: impl Into<Content<'a>>,
    lengths: Lengths,
    zone: Option<Zone>,
) -> Result<Sheet<Campaign>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut warnings = Vec::new();
    let mut campaigns = Vec::new();
    let mut reader = CampaignReader::new(lengths, zone);
    for record in sheet::read(content.into(), &COLUMNS, &mut mistakes) {
        let (campaign, found) = reader.campaign(&record);
        match campaign {
            Ok(campaign) => campaigns.push(campaign),
            Err(found) => mistakes.extend(found),
        }
        warnings.extend(found);
    }
    warnings.extend(different_lengths(&campaigns));
    mistake::rows_or_mistakes(mistakes, campaigns, warnings)
}

/// Reads campaigns one after the other, and remembers their PINs alone.
#[derive(Debug)]
pub struct CampaignReader {
    lengths: Lengths,
    zone: Option<Zone>,
    /// The line of each PIN.
    lines: HashMap<RowKey, usize>,
    /// The fewest digits of a PIN that the line looks up, if the line is known.
    fewest: Option<usize>,
}

impl CampaignReader {
    /// Creates a reader for a line that accepts PINs of these `lengths`. Times without an offset are times
    /// in `zone`, or mistakes without one.
    pub fn new(lengths: Lengths, zone: Option<Zone>) -> Self {
        Self {
            lengths,
            zone,
            lines: HashMap::new(),
            fewest: None,
        }
    }

    /// Returns a reader for a line that refuses PINs with fewer digits.
    pub fn with_fewest(self, fewest: usize) -> Self {
        Self {
            fewest: Some(fewest),
            ..self
        }
    }

    /// Reads the next record: a campaign or its mistakes, and the warnings about it.
    pub fn campaign(&mut self, record: &Record) -> (Result<Campaign, Vec<Mistake>>, Vec<Warning>) {
        let zone = self.zone.clone();
        let mut cells = Cells {
            record,
            zone: zone.as_ref(),
            mistakes: Vec::new(),
            warnings: Vec::new(),
        };
        let key = self.key(&mut cells);
        let campaign = campaign(&mut cells, key);
        let campaign = match campaign {
            Some(campaign) if cells.mistakes.is_empty() => Ok(campaign),
            _ => Err(cells.mistakes),
        };
        (campaign, cells.warnings)
    }

    /// Reads the key of a row, with its mistakes and warnings.
    fn key(&mut self, cells: &mut Cells<'_>) -> Option<RowKey> {
        let line = cells.record.line;
        let (column, key) = if cells.record.cell(PIN_KEY).is_some() {
            let mac = cells.required(PIN_KEY, mac);
            (PIN_KEY, mac.map(RowKey::Mac)?)
        } else {
            let pin = cells.required(PIN, pin::read)?;
            self.judge(&pin, cells);
            (PIN, RowKey::Pin(pin))
        };
        match self.lines.get(&key) {
            Some(first) => cells.mistake(column, format!("line {first} already has this PIN")),
            None => {
                self.lines.insert(key.clone(), line);
            }
        }
        Some(key)
    }

    /// Judges the length of a PIN.
    fn judge(&self, pin: &Pin, cells: &mut Cells<'_>) {
        if cells.record.is_number(PIN) && !self.lengths.is_longest(pin) {
            cells.mistake(PIN, NUMBER);
            return;
        }
        match self.fewest {
            Some(fewest) if pin.digits() < fewest => {
                let digits = pin.digits();
                let sentence = format!(
                    "the PIN must have at least {fewest} digits, the line's pin.min_length, but has {digits}: \
                     callers with it hear that it is too short"
                );
                cells.mistake(PIN, sentence);
            }
            _ => {
                if let Some(unlikely) = self.lengths.judge(pin) {
                    cells.warning(PIN, unlikely);
                }
            }
        }
    }
}

/// Counts the PINs of each length.
pub fn pin_lengths(campaigns: &[Campaign]) -> Counts {
    Counts::of(campaigns.iter().filter_map(|campaign| campaign.key.pin()))
}

/// Warns of PINs that differ in length: a spreadsheet reads PINs as numbers and drops leading
/// zeros.
fn different_lengths(campaigns: &[Campaign]) -> Option<Warning> {
    let counts = pin_lengths(campaigns);
    let usual = counts.most_common_of_several()?;
    let first = campaigns.iter().find(|campaign| {
        let pin = campaign.key.pin();
        pin.is_some_and(|pin| pin.digits() != usual)
    })?;
    let sentence = format!(
        "the PINs differ in length ({counts}), and this one from most: spreadsheets drop leading \
         zeros, so write PINs as text"
    );
    Some(Warning::in_cell(first.line, PIN, sentence))
}

/// Reads a campaign. With mistakes, the result is `None` or incomplete: all cells are checked
/// either way.
fn campaign(cells: &mut Cells<'_>, key: Option<RowKey>) -> Option<Campaign> {
    let line = cells.record.line;
    let url = cells.required(row_schema::URL, Url::read);
    let campaign_id = cells.optional(row_schema::CAMPAIGN_ID, cells::campaign_id);
    let enabled = cells.optional(row_schema::ENABLED, cells::flag);
    let zone = cells.zone;
    let time = |text: &str| cells::time(text, zone);
    let starts_at = cells.optional(row_schema::STARTS_AT, time);
    let expires_at = cells.optional(row_schema::EXPIRES_AT, time);
    if let (Optional::Set(start), Optional::Set(end)) = (starts_at, expires_at)
        && end <= start
    {
        cells.mistake(
            row_schema::EXPIRES_AT,
            "expiresAt must be later than startsAt",
        );
    }
    let max_redemptions = cells.optional(row_schema::MAX_REDEMPTIONS, cells::count);
    let single_use_per_member = cells.optional(row_schema::SINGLE_USE, cells::flag);
    let message = cells.optional(row_schema::MESSAGE, cells::message);
    if let Optional::Set(message) = &message
        && !cells::address_stands_apart(message)
    {
        let sentence = "some phones take text that touches {url} for a part of the link: put a blank or \
                        a line break on both sides of it";
        cells.warning(row_schema::MESSAGE, sentence);
    }
    if let (Some(url), Optional::Set(message)) = (&url, &message)
        && !cells::fits(message, url)
    {
        cells.mistake(row_schema::MESSAGE, CellFault::Parts);
    }
    Some(Campaign {
        line,
        key: key?,
        url: url?,
        campaign_id: campaign_id.value().cloned(),
        enabled,
        starts_at,
        expires_at,
        max_redemptions,
        single_use_per_member,
        message,
    })
}

/// Reads the MAC of a PIN, as an export has it.
fn mac(text: &str) -> Result<PinKey, &'static str> {
    if pin::is_mac(text) {
        Ok(PinKey::new(text))
    } else {
        Err("must be a MAC of 64 hexadecimal digits, as `campaigns export` writes it")
    }
}

/// The cells of one record, with the mistakes and warnings found so far.
struct Cells<'a> {
    record: &'a Record,
    zone: Option<&'a Zone>,
    mistakes: Vec<Mistake>,
    warnings: Vec<Warning>,
}

impl Cells<'_> {
    fn mistake(&mut self, column: &'static str, sentence: impl std::fmt::Display) {
        let mistake = Mistake::in_cell(self.record.line, column, sentence);
        self.mistakes.push(mistake);
    }

    fn warning(&mut self, column: &'static str, sentence: impl std::fmt::Display) {
        let warning = Warning::in_cell(self.record.line, column, sentence);
        self.warnings.push(warning);
    }

    fn required<T, F: std::fmt::Display>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&str) -> Result<T, F>,
    ) -> Option<T> {
        let text = self.record.cell(column).unwrap_or_default();
        if text.is_empty() {
            self.mistake(column, "the cell must not be empty");
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
        read(text.as_bytes(), Lengths::default(), None)
            .map(|sheet| sheet.rows)
            .map_err(|mistakes| mistakes.iter().map(Mistake::to_string).collect())
    }

    fn warnings(text: &str, lengths: &str) -> Vec<String> {
        let sheet = read(text.as_bytes(), lengths.parse().unwrap(), None).unwrap();
        sheet.warnings.iter().map(Warning::to_string).collect()
    }

    #[test]
    fn campaigns_are_read_with_and_without_rules() {
        let campaigns = read_text("campaignUrl,pinCode\nhttps://example.com/a,0042\n").unwrap();
        let bare = Campaign {
            line: 2,
            key: RowKey::Pin(pin::read("0042").unwrap()),
            url: Url::read("https://example.com/a").unwrap(),
            campaign_id: None,
            enabled: Optional::Untouched,
            starts_at: Optional::Untouched,
            expires_at: Optional::Untouched,
            max_redemptions: Optional::Untouched,
            single_use_per_member: Optional::Untouched,
            message: Optional::Untouched,
        };
        assert_eq!(campaigns, std::slice::from_ref(&bare));

        let campaigns = read_text(
            "pinCode,campaignUrl,campaignId,enabled,startsAt,expiresAt,maxRedemptions,singleUsePerMember,message\n\
             ００４２,https://example.com/a,spring_2026,FALSE,0,2026-04-01T12:00:00+09:00,50,true,\"本日, {url}\"\n\
             0043,https://example.com/a,,,,,,,\n",
        )
        .unwrap();
        let full = Campaign {
            campaign_id: Some("spring_2026".into()),
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
            key: RowKey::Pin(pin::read("0043").unwrap()),
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
    fn all_mistakes_are_listed_without_the_pins() {
        let mistakes = read_text(
            "pinCode,campaignUrl,campaignId,enabled,startsAt,expiresAt,maxRedemptions,message\n\
             4711,https://example.com/a,,,20,10,,\n\
             ４７１１,http://example.com/a,春,yes,soon,1775012400000,0,no place\n\
             4711x,,,,,,,\n\
             04711,https://example.com/a,,,,,,{url}{x}\n",
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
                "3: campaignId",
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
        assert_eq!(mistakes[1], "3: pinCode: line 2 already has this PIN");
        assert!(!mistakes.concat().contains("4711"), "{mistakes:?}");
    }

    #[test]
    fn a_message_with_its_url_must_fit_into_three_parts() {
        let row = |message: &str, path: &str| {
            format!("pinCode,campaignUrl,message\n4711,https://example.com/{path},{message}\n")
        };
        // Three parts of 67 characters, of which the URL takes 20 and the blank after it 1.
        let (fits, long) = ("あ".repeat(180), "あ".repeat(181));
        assert!(read_text(&row(&format!("{{url}} {fits}"), "")).is_ok());
        let sentence = "2: message: the text with its URL must fit into 3 parts of an SMS";
        for row in [
            row(&format!("{{url}} {long}"), ""),
            row(&format!("{{url}} {fits}"), "x"),
            // Too long for any URL.
            row(&format!("{{url}} {}", "あ".repeat(202)), ""),
            // Septets: at most 459.
            row("{url}", &"x".repeat(440)),
        ] {
            let mistakes = read_text(&row).unwrap_err();
            assert_eq!(mistakes, [sentence]);
        }
        assert!(read_text(&row("{url}", &"x".repeat(439))).is_ok());
    }

    #[test]
    fn pins_that_may_have_lost_zeros_cause_warnings() {
        let csv = |pins: &[&str]| {
            let rows: String = pins
                .iter()
                .map(|pin| format!("{pin},https://example.com/\n"))
                .collect();
            format!("pinCode,campaignUrl\n{rows}")
        };
        assert_eq!(warnings(&csv(&["0042", "4711", "0815"]), "4..8"), [""; 0]);
        let found = warnings(&csv(&["4711", "42", "0815"]), "1..8");
        assert_eq!(
            found,
            [
                "3: warning: pinCode: the PINs differ in length (1 of 2 digits, 2 of 4 digits), and \
                 this one from most: spreadsheets drop leading zeros, so write PINs as text"
            ]
        );
        let found = warnings(&csv(&["042", "815"]), "4..8");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("2: warning: pinCode: the PIN has fewer than 4 digits"));
        let found = warnings(&csv(&["123456789"]), "4..8");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("2: warning: pinCode: the PIN has more than 8 digits"));
        assert_eq!(warnings(&csv(&["123456789"]), "4..9"), [""; 0]);
        assert!(!found.concat().contains("123456789"));
    }

    #[test]
    fn text_that_touches_the_url_causes_a_warning() {
        let csv = "pinCode,campaignUrl,message\n0041,https://example.com/,本日 {url}\n\
                   0042,https://example.com/,{url}まで\n";
        let found = warnings(csv, "4..8");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("3: warning: message: some phones take text that touches {url}")
        );
    }

    /// Parts that a file may contain, and bytes that it should not.
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
            match read(&bytes[..], Lengths::default(), None) {
                Ok(sheet) => prop_assert!(sheet.rows.len() <= bytes.len()),
                Err(mistakes) => prop_assert!(!mistakes.is_empty()),
            }
        }

        /// Rows as a spreadsheet writes them.
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
                prop_assert_eq!(campaign.key.pin().unwrap().expose(), pin);
                prop_assert_eq!(campaign.url.expose(), format!("https://example.com/{path}"));
                prop_assert_eq!(campaign.enabled, enabled.map_or(Optional::Removed, Optional::Set));
                prop_assert_eq!(campaign.starts_at, start.map_or(Optional::Removed, Optional::Set));
            }
        }
    }
}
