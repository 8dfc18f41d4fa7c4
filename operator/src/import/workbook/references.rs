//! The names of cells in a sheet, such as `B7`.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::WorkbookFault;

/// The last column, `XFD` (Excel specifications and limits).
const COLUMNS: usize = 16_384;
/// The last row.
const ROWS: usize = 1_048_576;

/// Refuses a sheet with the name of a cell behind its last one, or an area that ends before it begins:
/// the reader counts without limits, and would read a value as that of another cell. Other parts are not
/// read.
///
/// # Errors
/// [`WorkbookFault::Reference`]. The reader of the sheet reports XML that is damaged.
pub(super) fn check(part: impl BufRead) -> Result<(), WorkbookFault> {
    let mut reader = Reader::from_reader(part);
    // As the reader of the sheet, which goes on after such mistakes.
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    let mut is_sheet = false;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                is_sheet |= element.local_name().as_ref() == "worksheet";
                if !is_sheet {
                    return Ok(());
                }
                if !has_possible_names(&element) {
                    return Err(WorkbookFault::Reference);
                }
            }
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
    }
}

/// Reports whether the cells, rows and areas that an element names can be in a sheet.
fn has_possible_names(element: &BytesStart<'_>) -> bool {
    let mut attributes = element.attributes();
    attributes
        .with_checks(false)
        .filter_map(Result::ok)
        .filter(|attribute| matches!(attribute.key.as_ref(), "r" | "ref"))
        .all(|attribute| is_possible(&attribute.value))
}

/// Reports whether a cell, a row or an area, such as `B7`, `7` and `B7:C9`, can be in a sheet. An area
/// is from its top left to its bottom right.
fn is_possible(area: &str) -> bool {
    let mut start = Position::default();
    area.split(':').all(|name| {
        let Some(position) = Position::of(name) else {
            return false;
        };
        let is_behind = position.column >= start.column && position.row >= start.row;
        start = position;
        is_behind
    })
}

/// The place of a cell, counted from 1; 0 where a name has no column or no row.
#[derive(Default)]
struct Position {
    column: usize,
    row: usize,
}

impl Position {
    fn of(name: &str) -> Option<Self> {
        let digits = name.trim_start_matches(|symbol: char| symbol.is_ascii_alphabetic());
        let letters = name.strip_suffix(digits)?;
        let column = letters.bytes().try_fold(0_usize, |sum, letter| {
            let letter = usize::from(letter.to_ascii_uppercase() - b'A') + 1;
            Some(sum * 26 + letter).filter(|column| *column <= COLUMNS)
        })?;
        // The reader of the sheet reports names of other characters.
        let row = match digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.bytes().try_fold(0_usize, |sum, digit| {
                Some(sum * 10 + usize::from(digit - b'0')).filter(|row| *row <= ROWS)
            })?,
            false => 0,
        };
        Some(Self { column, row })
    }
}
