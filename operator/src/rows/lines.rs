//! Reads the lines of a file one after the other: records of CSV, or rows of a workbook.

use std::io::{Chain, Cursor, Read};
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::line_ends::LineEnds;
use super::mistake::Mistake;
use super::table::{Kind, Table};

/// One line of a file that is not blank.
pub(super) struct Line {
    /// The line, or the row of the sheet, counted from 1.
    pub(super) number: usize,
    /// The cells as the file has them.
    pub(super) cells: StringRecord,
    /// The kinds of the cells; none for CSV, whose cells are text.
    pub(super) kinds: Option<Vec<Kind>>,
}

/// The lines of a file, read one after the other, so that a CSV file of any length takes the same memory.
pub(super) enum Lines<R> {
    Csv {
        reader: Box<csv::Reader<LineEnds<R>>>,
        is_over: bool,
    },
    Table {
        table: Arc<Table>,
        next: usize,
    },
}

impl<R: Read> Lines<R> {
    /// Opens a CSV file in UTF-8, with or without a byte order mark.
    ///
    /// # Errors
    /// When the file cannot be read.
    #[expect(clippy::type_complexity, reason = "the type of a chain of readers")]
    pub(super) fn of_csv(mut source: R) -> Result<Lines<Chain<Cursor<Vec<u8>>, R>>, Mistake> {
        let unreadable = |error: std::io::Error| Mistake::in_line(1, unread(&error));
        let mut start = Vec::new();
        let mut head = source.by_ref().take(DECLARATION);
        head.read_to_end(&mut start).map_err(unreadable)?;
        // Spreadsheets put a byte order mark in front of UTF-8.
        if start.starts_with("\u{feff}".as_bytes()) {
            start.drain(..3);
        }
        let (separator, skipped) = separator(&String::from_utf8_lossy(&start));
        start.drain(..skipped);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(separator)
            .from_reader(LineEnds::of(Cursor::new(start).chain(source)));
        Ok(Lines::Csv {
            reader: Box::new(reader),
            is_over: false,
        })
    }

    /// Returns the next line that is not blank, or the mistake that ends the file.
    pub(super) fn next(&mut self) -> Option<Result<Line, Mistake>> {
        match self {
            Self::Csv { reader, is_over } => {
                if *is_over {
                    return None;
                }
                let line = next_record(reader);
                *is_over = !matches!(line, Some(Ok(_)));
                line
            }
            Self::Table { table, next } => {
                let (number, cells) = table.row(*next)?;
                *next += 1;
                let (cells, kinds): (Vec<_>, Vec<_>) = cells.unzip();
                Some(Ok(Line {
                    number,
                    cells: StringRecord::from(cells),
                    kinds: Some(kinds),
                }))
            }
        }
    }
}

fn next_record<R: Read>(reader: &mut csv::Reader<LineEnds<R>>) -> Option<Result<Line, Mistake>> {
    let mut cells = StringRecord::new();
    loop {
        let begin = reader.position().byte();
        let read = reader.read_record(&mut cells);
        let number = reader.get_mut().line_at(begin);
        match read {
            Ok(false) => return None,
            // Spreadsheets leave empty rows where rows were deleted.
            Ok(true) if cells.iter().all(str::is_empty) => {}
            Ok(true) => {
                return Some(Ok(Line {
                    number,
                    cells,
                    kinds: None,
                }));
            }
            Err(error) => return Some(Err(Mistake::in_line(number, fault(&error)))),
        }
    }
}

/// The most bytes that a declaration of the separator takes, with a byte order mark and quotation marks.
const DECLARATION: u64 = 16;

const NOT_CSV: &str = "the line must be valid CSV";

fn fault(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => unread(error),
        _ => NOT_CSV.to_owned(),
    }
}

fn unread(error: &std::io::Error) -> String {
    format!("the file must be readable to its end: {error}")
}

/// Returns the separator of cells, and the number of bytes of the line that declares it. Excel
/// begins a file with `sep=,` or `sep=;` if the separator may differ from the system's own.
fn separator(text: &str) -> (u8, usize) {
    const COMMA: u8 = b',';
    let line = text.split(['\r', '\n']).next().unwrap_or_default();
    let bare = line.trim_matches('"').as_bytes();
    match bare.split_at_checked(4) {
        Some((name, [separator])) if name.eq_ignore_ascii_case(b"sep=") => (*separator, line.len()),
        _ => (COMMA, 0),
    }
}
