//! Workbooks of spreadsheets (xlsx), recognised by their content and read within limits.
//!
//! A workbook is a ZIP archive of XML files (ECMA-376). Its sheet is kept in memory, unlike CSV, so files
//! have limits. The sizes that an archive states may be wrong, so all of it is unpacked once, and counted,
//! before it is read.

mod references;

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::LazyLock;

use calamine::{
    Data, DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Style, Xlsx, XlsxError,
};
use local_terminal::shown;
use regex::bytes::Regex;
use time::{Date, Duration, Month, PrimitiveDateTime, Time};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::rows::table::{CELLS, Kind, Table, TableFault};

/// The most bytes of a workbook.
pub const PACKED: u64 = 32 * 1024 * 1024;
/// The most bytes that a workbook may unpack to.
pub const UNPACKED: u64 = 128 * 1024 * 1024;
/// The most names of sheets that a message shows.
const SHEETS: usize = 20;
/// The most characters of a name that a message shows. Spreadsheet programs allow 31.
const NAME: usize = 80;

/// The first bytes of a ZIP archive with a file.
const ZIP: &[u8] = b"PK\x03\x04";
/// The first bytes of the files of Excel 97, and of workbooks with a password (MS-CFB).
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workbook {
    /// The name of the sheet.
    pub sheet: String,
    /// Its rows.
    pub table: Table,
}

/// The reason why a workbook cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookFault {
    /// The file cannot be read.
    #[error("the file must be readable to its end")]
    Unread(#[from] io::Error),
    /// The format is older, or the content is encrypted.
    #[error(
        "the file must be a workbook of the format xlsx without a password, but is of the format of Excel \
         97 or has a password: save it as xlsx or as CSV"
    )]
    Compound,
    /// The file is too large for the memory that reading may take.
    #[error(
        "a workbook must have at most {PACKED} bytes, and {UNPACKED} when it is unpacked, but has more: save \
         the sheet as CSV"
    )]
    TooLarge,
    /// The archive is damaged.
    #[error(
        "the file must be a workbook (xlsx), but its archive cannot be unpacked: save it again"
    )]
    Archive(#[from] ZipError),
    /// The archive has no workbook, or a damaged one.
    #[error("the file must be a workbook (xlsx), but has none that can be read: save it again")]
    Format(#[from] XlsxError),
    /// The list of texts would need more memory than its own size.
    #[error("the workbook must not state more texts than it has: save it again")]
    Texts,
    /// A cell or an area has a name that no sheet has room for.
    #[error(
        "the workbook must name its cells and areas within A1:XFD1048576, but has others: save it again"
    )]
    Reference,
    /// No sheet has cells.
    #[error("the workbook must have a sheet with cells, but has none")]
    NoSheet,
    /// The wanted sheet does not exist.
    #[error("--sheet must be one of {known}, was {wanted}")]
    UnknownSheet {
        /// The names of all sheets.
        known: String,
        /// The name that was given.
        wanted: String,
    },
    /// The sheet is too large.
    #[error(transparent)]
    Sheet(#[from] TableFault),
}

/// Reports whether a file with these first bytes is a workbook.
///
/// # Errors
/// When it is a workbook of another format.
pub fn is_workbook(start: &[u8]) -> Result<bool, WorkbookFault> {
    if start.starts_with(COMPOUND) {
        return Err(WorkbookFault::Compound);
    }
    Ok(start.starts_with(ZIP))
}

impl Workbook {
    /// Reads a sheet: the one with this name, or the first one that is shown.
    ///
    /// # Errors
    /// When the file is not a workbook within the limits, or has no such sheet.
    pub fn read(mut source: impl Read + Seek, wanted: Option<&str>) -> Result<Self, WorkbookFault> {
        if source.seek(SeekFrom::End(0))? > PACKED {
            return Err(WorkbookFault::TooLarge);
        }
        source.rewind()?;
        unpack(&mut source, UNPACKED)?;
        source.rewind()?;
        let mut workbook = Xlsx::new(source)?;
        let sheet = choose(&workbook, wanted)?;
        let unknown = unknown_values(&mut workbook, &sheet)?;
        let mut table = Table::default();
        let mut unknown = unknown.into_iter().peekable();
        let mut cells = workbook.worksheet_cells_reader(&sheet)?;
        while let Some((cell, style)) = cells.next_cell_with_style_id()? {
            let at = cell.get_position();
            if unknown.next_if_eq(&at).is_some() {
                table.push(at, "", Kind::Unknown)?;
                continue;
            }
            let (text, kind) = value(cell.get_value(), cells.styles().get(style));
            table.push(at, &text, kind)?;
        }
        Ok(Self { sheet, table })
    }
}

/// Unpacks all files of an archive, and refuses it when they have more bytes than `most`.
fn unpack(source: impl Read + Seek, most: u64) -> Result<(), WorkbookFault> {
    let mut archive = ZipArchive::new(source)?;
    let stated = archive.decompressed_size().unwrap_or_default();
    if stated > u128::from(most) {
        return Err(WorkbookFault::TooLarge);
    }
    let mut left = most;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let has_texts = file.name()?.to_ascii_lowercase().contains("sharedstrings");
        let mut part = file.by_ref().take(left + 1);
        if has_texts {
            let mut texts = Vec::new();
            part.read_to_end(&mut texts)?;
            check_texts(&texts)?;
        } else {
            references::check(BufReader::new(&mut part))?;
            io::copy(&mut part, &mut io::sink())?;
        }
        // One byte more than is left may be taken, and then too many were.
        left = part.limit().checked_sub(1).ok_or(WorkbookFault::TooLarge)?;
    }
    Ok(())
}

/// Refuses a list of texts that states an impossible number of them: the reader reserves memory for as
/// many.
fn check_texts(part: &[u8]) -> Result<(), WorkbookFault> {
    static STATED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"uniqueCount\s*=\s*["']\s*\+?([0-9]+)"#).ok());
    let Some(stated) = &*STATED else {
        return Err(WorkbookFault::Texts);
    };
    for found in stated.captures_iter(part) {
        let digits = found.get(1).map(|digits| digits.as_bytes());
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let count = digits.and_then(|digits| digits.parse::<usize>().ok());
        // Each text takes some bytes.
        if count.is_none_or(|count| count > part.len()) {
            return Err(WorkbookFault::Texts);
        }
    }
    Ok(())
}

/// Returns the name of the sheet to read.
fn choose<R: Read + Seek>(
    workbook: &Xlsx<R>,
    wanted: Option<&str>,
) -> Result<String, WorkbookFault> {
    let sheets = workbook.sheets_metadata().iter();
    let sheets: Vec<_> = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .collect();
    let Some(wanted) = wanted else {
        let mut sheets = sheets.iter();
        let first = sheets.find(|sheet| sheet.visible == SheetVisible::Visible);
        return first
            .map(|sheet| sheet.name.clone())
            .ok_or(WorkbookFault::NoSheet);
    };
    if sheets.iter().any(|sheet| sheet.name == wanted) {
        return Ok(wanted.to_owned());
    }
    let names = sheets.iter().take(SHEETS);
    let mut known: Vec<_> = names.map(|sheet| shown(&sheet.name, NAME)).collect();
    if sheets.len() > SHEETS {
        known.push("…".to_owned());
    }
    Err(WorkbookFault::UnknownSheet {
        known: known.join(", "),
        wanted: shown(wanted, NAME),
    })
}

/// Returns the places of formulas without a stored value, in the order of the sheet. Programs that write
/// workbooks without computing them leave the values out.
fn unknown_values<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    sheet: &str,
) -> Result<Vec<(u32, u32)>, WorkbookFault> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let mut places = Vec::new();
    while let Some(cell) = cells.next_cell_with_formula_metadata()? {
        if cell.formula.is_some() && cell.value == DataRef::Empty {
            if places.len() == CELLS {
                return Err(TableFault::cells().into());
            }
            places.push(cell.pos);
        }
    }
    Ok(places)
}

/// Returns a cell's value as an import reads it.
fn value(value: &DataRef<'_>, style: Option<&Style>) -> (String, Kind) {
    match value {
        DataRef::Empty => (String::new(), Kind::Text),
        DataRef::String(text) => (text.clone(), Kind::Text),
        DataRef::SharedString(text) => ((*text).to_owned(), Kind::Text),
        DataRef::Bool(flag) => (flag.to_string(), Kind::Text),
        DataRef::Int(number) => (number.to_string(), Kind::Number),
        DataRef::Float(number) => number_text(*number, style),
        DataRef::DateTime(date) => match date_text(date) {
            Some(text) => (text, Kind::Date),
            None => number_text(date.as_f64(), None),
        },
        DataRef::DateTimeIso(text) => (text.trim_end_matches('Z').to_owned(), Kind::Date),
        DataRef::DurationIso(text) => (text.clone(), Kind::Text),
        DataRef::Error(error) => (Data::Error(error.clone()).to_string(), Kind::Error),
    }
}

/// Numbers from here on have more digits than a spreadsheet keeps, which is 15.
const FIRST_LONG: f64 = 1e15;

fn number_text(number: f64, style: Option<&Style>) -> (String, Kind) {
    if number.abs() >= FIRST_LONG || !number.is_finite() {
        return (number.to_string(), Kind::LongNumber);
    }
    let text = number.to_string();
    let digits = style
        .and_then(|style| style.number_format.as_ref())
        .and_then(|format| zeros(&format.format_code));
    match digits {
        // As people see it: the format 0000 shows 42 as 0042.
        Some(digits) if number >= 0.0 && number.fract() == 0.0 && digits > 1 => {
            (format!("{text:0>digits$}"), Kind::Text)
        }
        _ => (text, Kind::Number),
    }
}

/// Returns the number of digits that a format of zeros and hyphens shows at least, such as 11 of
/// `000-0000-0000`.
fn zeros(format: &str) -> Option<usize> {
    let are_known = format
        .chars()
        .all(|symbol| matches!(symbol, '0' | '-' | '\\' | '"'));
    are_known.then(|| format.matches('0').count())
}

/// Returns a date with its time of day, to the second; nothing for a duration or a time of day alone.
fn date_text(date: &ExcelDateTime) -> Option<String> {
    if !date.is_datetime() || date.as_f64() < 1.0 {
        return None;
    }
    let (year, month, day, hour, minute, second, millisecond) = date.to_ymd_hms_milli();
    let month = Month::try_from(month).ok()?;
    let day = Date::from_calendar_date(i32::from(year), month, day).ok()?;
    let time = Time::from_hms_milli(hour, minute, second, millisecond).ok()?;
    // Days are fractions, so that a second may be a little less than it is.
    let rounded = PrimitiveDateTime::new(day, time).checked_add(Duration::milliseconds(500))?;
    let (day, time) = (rounded.date(), rounded.time());
    Some(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        day.year(),
        u8::from(day.month()),
        day.day(),
        time.hour(),
        time.minute(),
        time.second()
    ))
}

#[cfg(test)]
mod parts;
#[cfg(test)]
mod tests;
