//! Reads a file as records with known columns.

use std::io::{Chain, Cursor, Read};
use std::sync::Arc;

use csv::StringRecord;

use super::cell_text;
use super::layout::Layout;
use super::line_ends::line_ends;
use super::lines::Lines;
use super::mistake::Mistake;
use super::table::Table;

/// The columns that a file may have.
pub struct Columns {
    /// The columns of which a file has exactly one: the row's key.
    pub(super) keys: &'static [&'static str],
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
    /// The columns whose cells may be dates.
    pub(super) times: &'static [&'static str],
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
        let keys = self.keys.iter();
        keys.chain(self.required).chain(self.optional).copied()
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
    /// The columns whose cells are numbers of a workbook.
    numbers: Vec<&'static str>,
}

impl Record {
    /// Returns a record of one line with these cells.
    pub fn of_cells(cells: Vec<(&'static str, String)>) -> Self {
        Self {
            line: 1,
            cells,
            numbers: Vec::new(),
        }
    }

    /// Returns a record without cells.
    pub(super) fn of_line(line: usize) -> Self {
        Self {
            line,
            cells: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// Adds a cell.
    pub(super) fn add(&mut self, name: &'static str, text: &str, is_number: bool) {
        self.cells.push((name, text.to_owned()));
        if is_number {
            self.numbers.push(name);
        }
    }

    /// Reports whether the cell is a number of a workbook, which has no leading zeros.
    pub(super) fn is_number(&self, column: &str) -> bool {
        self.numbers.contains(&column)
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
pub(super) fn read(
    content: Content<'_>,
    columns: &Columns,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Record> {
    let naming = Naming::default();
    match content {
        Content::Csv(bytes) => {
            if let Err(error) = std::str::from_utf8(bytes) {
                let line = 1 + line_ends(&bytes[..error.valid_up_to()]);
                let sentence = "the file must be UTF-8: save it as \"CSV UTF-8\"";
                mistakes.push(Mistake::in_line(line, sentence));
                return Vec::new();
            }
            collect(Entries::open(bytes, columns, &naming), mistakes)
        }
        Content::Table(table) => {
            let entries = Entries::<&[u8]>::of_table(table, columns, &naming);
            collect(entries, mistakes)
        }
    }
}

fn collect<R: Read>(
    entries: Result<Entries<R>, Vec<Mistake>>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Record> {
    let entries = match entries {
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
            Err(found) => mistakes.extend(found),
        }
    }
    records
}

/// The content of a file that is in memory.
pub enum Content<'a> {
    /// The bytes of a CSV file.
    Csv(&'a [u8]),
    /// The rows of a workbook's sheet.
    Table(Arc<Table>),
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Csv(bytes)
    }
}

/// One entry of a file: a record, or the reasons why it cannot be one.
pub struct Entry {
    /// The cells as the file has them.
    pub cells: StringRecord,
    /// The record, by column.
    pub record: Result<Record, Vec<Mistake>>,
}

/// The entries of a file, read one after the other.
pub struct Entries<R> {
    lines: Lines<R>,
    layout: Layout,
    /// The header as the file has it.
    pub titles: StringRecord,
}

impl<R: Read> Entries<R> {
    /// Reads the header of a CSV file in UTF-8, with or without a byte order mark.
    ///
    /// # Errors
    /// The mistakes in the header.
    #[expect(clippy::type_complexity, reason = "the type of a chain of readers")]
    pub fn open(
        source: R,
        columns: &Columns,
        naming: &Naming,
    ) -> Result<Entries<Chain<Cursor<Vec<u8>>, R>>, Vec<Mistake>> {
        let lines = Lines::of_csv(source).map_err(|mistake| vec![mistake])?;
        Entries::of(lines, columns, naming)
    }

    /// Reads the header of a sheet.
    ///
    /// # Errors
    /// The mistakes in the header.
    pub fn of_table(
        table: Arc<Table>,
        columns: &Columns,
        naming: &Naming,
    ) -> Result<Self, Vec<Mistake>> {
        Self::of(Lines::Table { table, next: 0 }, columns, naming)
    }

    fn of(mut lines: Lines<R>, columns: &Columns, naming: &Naming) -> Result<Self, Vec<Mistake>> {
        let unknown = naming.mistakes(columns);
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let header = match lines.next() {
            Some(Ok(header)) => header,
            Some(Err(mistake)) => return Err(vec![mistake]),
            None => {
                let sentence = format!(
                    "the file is empty: its first line must name the columns {}",
                    columns.names()
                );
                return Err(vec![Mistake::in_line(1, sentence)]);
            }
        };
        let names = read_header(header.number, &header.cells, columns, naming)?;
        Ok(Self {
            lines,
            layout: Layout {
                names,
                times: columns.times,
                ignores_others: naming.ignores_others,
            },
            titles: header.cells,
        })
    }
}

impl<R: Read> Iterator for Entries<R> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        Some(match self.lines.next()? {
            Ok(line) => Entry {
                record: self.layout.record(&line),
                cells: line.cells,
            },
            Err(mistake) => Entry {
                cells: StringRecord::new(),
                record: Err(vec![mistake]),
            },
        })
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
    let mut keys = columns.keys.iter();
    if keys.clone().all(|key| !names.contains(&Some(*key))) {
        let sentence = format!("the header must name {}", columns.keys.join(" or "));
        mistakes.push(Mistake::in_line(line, sentence));
    } else if keys
        .by_ref()
        .filter(|key| names.contains(&Some(**key)))
        .count()
        > 1
    {
        let sentence = format!(
            "the header must name only one of {}",
            columns.keys.join(", ")
        );
        mistakes.push(Mistake::in_line(line, sentence));
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

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns {
        keys: &["phone"],
        required: &["id"],
        optional: &["note"],
        times: &[],
    };

    fn read_all(bytes: &[u8]) -> (Vec<Record>, Vec<String>) {
        let mut mistakes = Vec::new();
        let records = read(bytes.into(), &COLUMNS, &mut mistakes);
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
