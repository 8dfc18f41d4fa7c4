//! Reads a CSV file as records with known columns.

use std::io::{Chain, Cursor, Read};

use csv::{ReaderBuilder, StringRecord, Trim};

use super::cell_text;
use super::line_ends::{LineEnds, line_ends};
use super::mistake::Mistake;

/// The columns that a file may have.
pub struct Columns {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

impl Columns {
    fn find(&self, name: &str) -> Option<&'static str> {
        let name: String = name
            .chars()
            .filter(|symbol| !cell_text::is_invisible(*symbol))
            .collect();
        self.all().find(|column| *column == name)
    }

    fn all(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }

    fn names(&self) -> String {
        self.all().collect::<Vec<_>>().join(", ")
    }
}

/// A record: one line of the file, or several if a quoted cell spans them.
pub struct Record {
    /// The line where the record begins.
    pub(super) line: usize,
    cells: Vec<(&'static str, String)>,
}

impl Record {
    /// Returns a record of one line with these cells.
    pub fn of_cells(cells: Vec<(&'static str, String)>) -> Self {
        Self { line: 1, cells }
    }

    /// Returns the cell without surrounding blanks, or `None` if the file does not have the column.
    pub(super) fn cell(&self, column: &str) -> Option<&str> {
        let cell = self.cells.iter().find(|(name, _)| *name == column);
        cell.map(|(_, text)| text.as_str())
    }
}

/// Names that a file has for columns, beside their own.
#[derive(Debug, Clone, Default)]
pub struct Naming {
    /// Pairs of a column and the header's name for it.
    pub renamed: Vec<(String, String)>,
    /// Whether columns with other names are ignored rather than mistakes.
    pub ignores_others: bool,
}

impl Naming {
    /// Returns the column that a name in the header stands for. A column that was renamed is not found
    /// by its own name.
    fn find(&self, name: &str, columns: &Columns) -> Option<&'static str> {
        let visible = |text: &str| -> String {
            let symbols = text.chars();
            symbols
                .filter(|symbol| !cell_text::is_invisible(*symbol))
                .collect()
        };
        let name = visible(name);
        let mut renamed = self.renamed.iter();
        if let Some((column, _)) = renamed.find(|(_, header)| visible(header.trim()) == name) {
            return columns.all().find(|known| known == column);
        }
        let is_renamed = |column: &str| self.renamed.iter().any(|(renamed, _)| renamed == column);
        columns.find(&name).filter(|column| !is_renamed(column))
    }

    /// Returns the mistakes about columns that no row has.
    fn mistakes(&self, columns: &Columns) -> Vec<Mistake> {
        let unknown = |column: &str| columns.all().all(|known| known != column);
        let wrong = self.renamed.iter().filter(|(column, _)| unknown(column));
        let sentence = |column: &str| {
            format!(
                "--column must name one of {}, was {}",
                columns.names(),
                named(0, column)
            )
        };
        wrong
            .map(|(column, _)| Mistake::in_line(1, sentence(column)))
            .collect()
    }
}

/// Reads the records. If the header is wrong there are none: every line below it would be reported
/// as well.
pub(super) fn read(bytes: &[u8], columns: &Columns, mistakes: &mut Vec<Mistake>) -> Vec<Record> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let line = 1 + line_ends(&bytes[..error.valid_up_to()]);
        let sentence = "the file must be UTF-8: save it as \"CSV UTF-8\"";
        mistakes.push(Mistake::in_line(line, sentence));
        return Vec::new();
    }
    let entries = match Entries::open(bytes, columns, &Naming::default()) {
        Ok(entries) => entries,
        Err(found) => {
            mistakes.extend(found);
            return Vec::new();
        }
    };
    let mut records = Vec::new();
    for entry in entries {
        match entry.record {
            Ok(record) => records.push(record),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    records
}

/// One entry of a file: a record, or the reason why it cannot be one.
pub struct Entry {
    /// The cells as the file has them.
    pub cells: StringRecord,
    /// The record, by column.
    pub record: Result<Record, Mistake>,
}

/// The entries of a file, read one after the other, so that a file of any length takes the same memory.
pub struct Entries<R> {
    reader: csv::Reader<LineEnds<R>>,
    header: Vec<Option<&'static str>>,
    ignores_others: bool,
    /// The header as the file has it.
    pub titles: StringRecord,
    is_over: bool,
}

impl<R: Read> Entries<R> {
    /// Reads the header of a file in UTF-8, with or without a byte order mark.
    ///
    /// # Errors
    /// The mistakes in the header.
    #[expect(clippy::type_complexity, reason = "the type of a chain of readers")]
    pub fn open(
        mut source: R,
        columns: &Columns,
        naming: &Naming,
    ) -> Result<Entries<Chain<Cursor<Vec<u8>>, R>>, Vec<Mistake>> {
        let unknown = naming.mistakes(columns);
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let unreadable = |error: std::io::Error| vec![Mistake::in_line(1, unread(&error))];
        let mut start = Vec::new();
        let mut head = source.by_ref().take(DECLARATION);
        head.read_to_end(&mut start).map_err(unreadable)?;
        // Spreadsheets put a byte order mark in front of UTF-8.
        if start.starts_with("\u{feff}".as_bytes()) {
            start.drain(..3);
        }
        let (separator, skipped) = separator(&String::from_utf8_lossy(&start));
        start.drain(..skipped);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(separator)
            .from_reader(LineEnds::of(Cursor::new(start).chain(source)));
        let mut titles = StringRecord::new();
        let begin = reader.position().byte();
        match reader.read_record(&mut titles) {
            Ok(true) => {}
            Ok(false) => {
                let sentence = format!(
                    "the file is empty: its first line must name the columns {}",
                    columns.names()
                );
                return Err(vec![Mistake::in_line(1, sentence)]);
            }
            Err(_) => {
                let line = reader.get_mut().line_at(begin);
                return Err(vec![Mistake::in_line(line, NOT_CSV)]);
            }
        }
        let line = reader.get_mut().line_at(begin);
        let header = read_header(line, &titles, columns, naming)?;
        Ok(Entries {
            reader,
            header,
            ignores_others: naming.ignores_others,
            titles,
            is_over: false,
        })
    }
}

impl<R: Read> Iterator for Entries<R> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let mut cells = StringRecord::new();
        while !self.is_over {
            let begin = self.reader.position().byte();
            let read = self.reader.read_record(&mut cells);
            let line = self.reader.get_mut().line_at(begin);
            let record = match read {
                Ok(false) => return None,
                // Spreadsheets leave empty rows where rows were deleted.
                Ok(true) if cells.iter().all(str::is_empty) => continue,
                Ok(true) => read_cells(line, &cells, &self.header, self.ignores_others),
                Err(error) => {
                    self.is_over = true;
                    Err(Mistake::in_line(line, fault(&error)))
                }
            };
            return Some(Entry { cells, record });
        }
        None
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

fn read_header(
    line: usize,
    record: &StringRecord,
    columns: &Columns,
    naming: &Naming,
) -> Result<Vec<Option<&'static str>>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut names = Vec::new();
    for (index, name) in record.iter().enumerate() {
        let found = naming.find(name, columns);
        if found.is_some() && names.contains(&found) {
            let sentence = format!("the header must name {name} only once");
            mistakes.push(Mistake::in_line(line, sentence));
        } else if found.is_none() && !name.is_empty() && !naming.ignores_others {
            let sentence = format!(
                "the header's {} must be one of {}",
                named(index, name),
                columns.names()
            );
            mistakes.push(Mistake::in_line(line, sentence));
        }
        names.push(found);
    }
    for column in columns.required {
        if !names.contains(&Some(*column)) {
            let sentence = format!("the header must name {column}");
            mistakes.push(Mistake::in_line(line, sentence));
        }
    }
    if mistakes.is_empty() {
        Ok(names)
    } else {
        Err(mistakes)
    }
}

/// Returns how a message refers to a column. A file without a header begins with a number or a PIN,
/// so the name is repeated only if it cannot be one of those.
fn named(index: usize, name: &str) -> String {
    let harmless = name.len() <= 30 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if harmless {
        format!("\"{name}\"")
    } else {
        format!("column {}", index + 1)
    }
}

fn read_cells(
    line: usize,
    record: &StringRecord,
    header: &[Option<&'static str>],
    ignores_others: bool,
) -> Result<Record, Mistake> {
    // A missing cell at the end shifts no other cell, but a truncated file must not pass for a
    // complete one.
    if record.len() < header.len() {
        let sentence = format!(
            "the line must have as many cells as the header ({}), but has {}",
            header.len(),
            record.len()
        );
        return Err(Mistake::in_line(line, sentence));
    }
    let mut cells = Vec::new();
    for (index, cell) in record.iter().enumerate() {
        match header.get(index).copied().flatten() {
            Some(name) => cells.push((name, cell.to_owned())),
            None if cell.is_empty() || (ignores_others && index < header.len()) => {}
            None => {
                let sentence = format!(
                    "cell {} has no column in the header: put quotation marks around a cell that \
                     contains a separator",
                    index + 1
                );
                return Err(Mistake::in_line(line, sentence));
            }
        }
    }
    Ok(Record { line, cells })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns {
        required: &["phone", "id"],
        optional: &["note"],
    };

    fn read_all(bytes: &[u8]) -> (Vec<Record>, Vec<String>) {
        let mut mistakes = Vec::new();
        let records = read(bytes, &COLUMNS, &mut mistakes);
        (records, mistakes.iter().map(Mistake::to_string).collect())
    }

    #[test]
    fn cells_are_read_by_name_from_files_of_any_editor() {
        for text in [
            "phone,id\n1,a\n2,b\n",
            "\u{feff}phone,id\r\n1,a\r\n2,b",
            "id , phone\n a ,1\n\"b\", 2\n",
            "phone,id,,\n1,a,,\n,,,\n2,b,,\n",
            // Saved as "CSV (Macintosh)".
            "phone,id\r1,a\r2,b\r",
            // Excel's declaration of the separator.
            "sep=,\r\nphone,id\r\n1,a\r\n2,b\r\n",
            "\u{feff}sep=;\nphone;id\n1;a\n2;b\n",
            "\"sep=;\"\rphone;id\r1;a\r2;b",
            "SEP=\t\nphone\tid\n1\ta\n2\tb\n",
            "\u{200b}phone,i\u{ad}d\n1,a\n2,b\n",
        ] {
            let (records, mistakes) = read_all(text.as_bytes());
            assert_eq!(mistakes, [""; 0], "{text:?}");
            let cells: Vec<_> = records
                .iter()
                .map(|record| (record.cell("phone"), record.cell("id"), record.cell("note")))
                .collect();
            assert_eq!(
                cells,
                [(Some("1"), Some("a"), None), (Some("2"), Some("b"), None)],
                "{text:?}"
            );
        }
    }

    #[test]
    fn lines_are_counted_as_editors_count_them() {
        for (text, lines) in [
            ("phone,id\n1,a\n2,b\n", vec![2, 3]),
            ("phone,id\r\n1,a\r\n2,b\r\n", vec![2, 3]),
            ("\n\nphone,id\n\n1,a\n\n\n2,b\n", vec![5, 8]),
            ("\r\nphone,id\r\n\r\n1,a\r\n", vec![4]),
            ("phone,id\n1,\"a\nb\"\n2,b\n", vec![2, 4]),
            ("phone,id\r1,a\r2,b\r", vec![2, 3]),
            ("phone,id\r\r1,\"a\rb\"\r2,b", vec![3, 5]),
            ("sep=,\r\nphone,id\r\n1,a\r\n", vec![3]),
            ("sep=;\rphone;id\r1;a\r\r2;b\r", vec![3, 5]),
        ] {
            let (records, _) = read_all(text.as_bytes());
            let found: Vec<_> = records.iter().map(|record| record.line).collect();
            assert_eq!(found, lines, "{text:?}");
        }
    }

    #[test]
    fn mistakes_are_reported_without_the_content_of_cells() {
        for (text, expected) in [
            ("", "1: the file is empty"),
            ("\n\n", "1: the file is empty"),
            ("phone\n1\n", "1: the header must name id"),
            (
                "phone,id,phone\n",
                "1: the header must name phone only once",
            ),
            (
                "phone,id,ID\n",
                "1: the header's \"ID\" must be one of phone, id, note",
            ),
            ("phone;id\n1;a\n", "1: the header's column 1 must be one of"),
            ("09011112222,a\n", "1: the header's column 1 must be one of"),
            (
                "phone,id\n1\n",
                "2: the line must have as many cells as the header (2), but has 1",
            ),
            ("phone,id\n1,a,b\n", "2: cell 3 has no column in the header"),
            (
                "sep=;\rphone;id\r1;a;b\r",
                "3: cell 3 has no column in the header",
            ),
            ("sep=,\n", "1: the file is empty"),
        ] {
            let (records, mistakes) = read_all(text.as_bytes());
            assert!(records.is_empty(), "{text:?}");
            assert!(
                mistakes.iter().any(|mistake| mistake.starts_with(expected)),
                "{text:?}: {mistakes:?}"
            );
            assert!(!mistakes.concat().contains("0901"), "{mistakes:?}");
        }
        for bytes in [
            &b"phone,id\n1,\x93\xfa\x96{\n"[..],
            b"phone,id\r1,\x93\xfa\x96{\r",
        ] {
            let (_, mistakes) = read_all(bytes);
            let expected = "2: the file must be UTF-8";
            assert!(mistakes[0].starts_with(expected), "{mistakes:?}");
        }
    }
}
