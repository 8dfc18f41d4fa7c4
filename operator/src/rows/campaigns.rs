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
mod tests;
