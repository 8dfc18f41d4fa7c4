//! Reads the cells of a line by the columns of the header.

use super::lines::Line;
use super::mistake::Mistake;
use super::sheet::Record;
use super::table::{Kind, cell_name};

/// The first number that can be a time of a campaign: in seconds since 1970, a day of 1973. Numbers of days,
/// which a spreadsheet holds for dates, are below.
const FIRST_TIME: f64 = 100_000_000.0;

/// The columns of a file, in the order of its header.
pub(super) struct Layout {
    /// The column below each cell of the header, if the line uses it.
    pub(super) names: Vec<Option<&'static str>>,
    /// The columns that hold times.
    pub(super) times: &'static [&'static str],
    /// Whether cells of other columns are ignored.
    pub(super) ignores_others: bool,
}

impl Layout {
    /// Reads the cells of a line.
    ///
    /// # Errors
    /// The mistakes in its cells.
    pub(super) fn record(&self, line: &Line) -> Result<Record, Vec<Mistake>> {
        let Line {
            number,
            cells,
            kinds,
        } = line;
        let width = self.names.len();
        // A missing cell at the end shifts no other cell, but a truncated file must not pass for a
        // complete one. A workbook has no cells behind the last value.
        if kinds.is_none() && cells.len() < width {
            let sentence = format!(
                "the line must have as many cells as the header ({width}), but has {}",
                cells.len()
            );
            return Err(vec![Mistake::in_line(*number, sentence)]);
        }
        let kind_of = |index: usize| {
            let kinds = kinds.as_deref().unwrap_or_default();
            kinds.get(index).copied().unwrap_or(Kind::Text)
        };
        let mut record = Record::of_line(*number);
        let mut mistakes = Vec::new();
        for index in 0..cells.len().max(width) {
            let cell = cells.get(index).unwrap_or_default();
            let kind = kind_of(index);
            match self.names.get(index).copied().flatten() {
                Some(name) => match self.fault(name, cell, kind) {
                    Some(fault) => {
                        let place = cell_name(index, *number);
                        let sentence = format!("cell {place} {fault}");
                        mistakes.push(Mistake::in_cell(*number, name, sentence));
                    }
                    None => record.add(name, cell, kind == Kind::Number),
                },
                None if cell.is_empty() || (self.ignores_others && index < width) => {}
                None => mistakes.push(Mistake::in_line(
                    *number,
                    without_column(index, *number, kinds.is_some()),
                )),
            }
        }
        if mistakes.is_empty() {
            Ok(record)
        } else {
            Err(mistakes)
        }
    }

    /// Returns the reason why the value of a workbook's cell cannot be used in a column, if there is one.
    fn fault(&self, name: &str, cell: &str, kind: Kind) -> Option<String> {
        let is_time = self.times.contains(&name);
        let fault = match kind {
            Kind::Error => {
                return Some(format!(
                    "must have a value, but has the error {cell}: correct its formula"
                ));
            }
            Kind::Unknown => {
                "must have a value, but its formula has none: open the workbook in a spreadsheet program, \
                 and save it again"
            }
            Kind::LongNumber => {
                "must be text: a spreadsheet keeps 15 digits of a number, so format the column as text, and \
                 write the value again"
            }
            Kind::Date if !is_time => {
                "must be text, but is a date, which spreadsheets make of texts such as 1-2: format the \
                 column as text, and write the value again"
            }
            Kind::Number if is_time && is_early(cell) => {
                "must be a date, or seconds since 1970 after 1973, but is a number that may count days: \
                 format the column as a date"
            }
            _ => return None,
        };
        Some(fault.to_owned())
    }
}

fn is_early(cell: &str) -> bool {
    cell.parse::<f64>()
        .is_ok_and(|number| number > 0.0 && number < FIRST_TIME)
}

fn without_column(index: usize, line: usize, is_workbook: bool) -> String {
    if is_workbook {
        let place = cell_name(index, line);
        return format!(
            "cell {place} has no column in the header: name the column, or empty the cell"
        );
    }
    format!(
        "cell {} has no column in the header: put quotation marks around a cell that contains a separator",
        index + 1
    )
}
