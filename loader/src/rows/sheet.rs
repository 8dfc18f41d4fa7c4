//! A CSV file as records of known columns.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::cell_text;
use super::mistake::Mistake;

/// The columns that a file may have.
pub(super) struct Columns {
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

/// A line of the file, or several when a quoted cell spans them.
pub(super) struct Record {
    /// Where it begins.
    pub(super) line: usize,
    cells: Vec<(&'static str, String)>,
}

impl Record {
    /// The cell without blanks around it; nothing when the file does not have the column.
    pub(super) fn cell(&self, column: &str) -> Option<&str> {
        let cell = self.cells.iter().find(|(name, _)| *name == column);
        cell.map(|(_, text)| text.as_str())
    }
}

/// Reads the records. With a header that cannot be used there are none: everything below it would
/// be a mistake as well.
pub(super) fn read(bytes: &[u8], columns: &Columns, mistakes: &mut Vec<Mistake>) -> Vec<Record> {
    let text = match std::str::from_utf8(bytes) {
        // Spreadsheets begin UTF-8 with a mark.
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let line = 1 + line_ends(&bytes[..error.valid_up_to()]);
            let sentence = "this is not UTF-8: save the file as \"CSV UTF-8\"";
            mistakes.push(Mistake::in_line(line, sentence));
            return Vec::new();
        }
    };
    let mut lines = Lines::of(text);
    let (separator, skipped) = separator(text);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(separator)
        .from_reader(&text.as_bytes()[skipped..]);
    let mut header = None;
    let mut records = Vec::new();
    let mut record = StringRecord::new();
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let start = start.saturating_add(skipped);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                mistakes.push(Mistake::in_line(lines.at(start), "this must be CSV"));
                break;
            }
        }
        let line = lines.at(start);
        let Some(header) = &header else {
            match read_header(line, &record, columns) {
                Ok(names) => header = Some(names),
                Err(found) => {
                    mistakes.extend(found);
                    return Vec::new();
                }
            }
            continue;
        };
        // What spreadsheets leave behind where rows were deleted.
        if record.iter().all(str::is_empty) {
            continue;
        }
        match read_cells(line, &record, header) {
            Ok(record) => records.push(record),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if header.is_none() && mistakes.is_empty() {
        let sentence = format!(
            "there is nothing in it: the first line names the columns, {}",
            columns.names()
        );
        mistakes.push(Mistake::in_line(1, sentence));
    }
    records
}

/// What stands between cells, and how many bytes a line takes that says so. Excel begins a file with
/// `sep=,` or `sep=;` where the computer's own separator may be another one.
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
) -> Result<Vec<Option<&'static str>>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut names = Vec::new();
    for (index, name) in record.iter().enumerate() {
        let found = columns.find(name);
        if found.is_some() && names.contains(&found) {
            let sentence = format!("the header names {name} twice");
            mistakes.push(Mistake::in_line(line, sentence));
        } else if found.is_none() && !name.is_empty() {
            let sentence = format!(
                "the header's {} is none of {}",
                named(index, name),
                columns.names()
            );
            mistakes.push(Mistake::in_line(line, sentence));
        }
        names.push(found);
    }
    for column in columns.required {
        if !names.contains(&Some(*column)) {
            let sentence = format!("the header lacks {column}");
            mistakes.push(Mistake::in_line(line, sentence));
        }
    }
    if mistakes.is_empty() {
        Ok(names)
    } else {
        Err(mistakes)
    }
}

/// A file without a header begins with a number or a PIN, so a name is only repeated when it cannot be
/// one.
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
) -> Result<Record, Mistake> {
    // A cell too few shifts nothing, but a file that was cut off must not pass for a whole one.
    if record.len() < header.len() {
        let sentence = format!(
            "the line has fewer cells ({}) than the header ({})",
            record.len(),
            header.len()
        );
        return Err(Mistake::in_line(line, sentence));
    }
    let mut cells = Vec::new();
    for (index, cell) in record.iter().enumerate() {
        match header.get(index).copied().flatten() {
            Some(name) => cells.push((name, cell.to_owned())),
            None if cell.is_empty() => {}
            None => {
                let sentence = format!(
                    "cell {} belongs to no column: a cell with a separator in it needs quotation \
                     marks",
                    index + 1
                );
                return Err(Mistake::in_line(line, sentence));
            }
        }
    }
    Ok(Record { line, cells })
}

/// Tells offsets as lines. The reader's own count stands on the blank lines before a record, and on
/// the second half of a CR LF, and knows no CR alone.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            offset: 0,
            line: 1,
        }
    }

    /// The line of the record that is read from `start` on; never before the last one asked for.
    fn at(&mut self, start: usize) -> usize {
        let start = start.clamp(self.offset, self.text.len());
        let breaks = self.text[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let start = start + breaks;
        self.line += line_ends(&self.text[self.offset..start]);
        self.offset = start;
        self.line
    }
}

/// LF, CR LF, and the CR alone of older spreadsheets for the Macintosh.
fn line_ends(bytes: &[u8]) -> usize {
    let next = bytes.iter().skip(1).copied().map(Some).chain([None]);
    let ends = |(byte, next): &(&u8, Option<u8>)| match **byte {
        b'\n' => true,
        b'\r' => *next != Some(b'\n'),
        _ => false,
    };
    bytes.iter().zip(next).filter(ends).count()
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
    fn reads_cells_by_name_whatever_the_editor() {
        for text in [
            "phone,id\n1,a\n2,b\n",
            "\u{feff}phone,id\r\n1,a\r\n2,b",
            "id , phone\n a ,1\n\"b\", 2\n",
            "phone,id,,\n1,a,,\n,,,\n2,b,,\n",
            // What older spreadsheets save as "CSV (Macintosh)".
            "phone,id\r1,a\r2,b\r",
            // Excel's way to name the separator.
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
    fn counts_lines_as_editors_do() {
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
    fn says_what_is_wrong_without_repeating_it() {
        for (text, expected) in [
            ("", "1: there is nothing in it"),
            ("\n\n", "1: there is nothing in it"),
            ("phone\n1\n", "1: the header lacks id"),
            ("phone,id,phone\n", "1: the header names phone twice"),
            (
                "phone,id,ID\n",
                "1: the header's \"ID\" is none of phone, id, note",
            ),
            ("phone;id\n1;a\n", "1: the header's column 1 is none of"),
            ("09011112222,a\n", "1: the header's column 1 is none of"),
            (
                "phone,id\n1\n",
                "2: the line has fewer cells (1) than the header (2)",
            ),
            ("phone,id\n1,a,b\n", "2: cell 3 belongs to no column"),
            ("sep=;\rphone;id\r1;a;b\r", "3: cell 3 belongs to no column"),
            ("sep=,\n", "1: there is nothing in it"),
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
            let expected = "2: this is not UTF-8";
            assert!(mistakes[0].starts_with(expected), "{mistakes:?}");
        }
    }
}
