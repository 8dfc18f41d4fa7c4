//! Workbooks as ECMA-376 describes them, written part by part.

use std::io::Cursor;

use super::parts::{Parts, archive};
use super::*;

impl Parts<'_> {
    fn read(&self, sheet: Option<&str>) -> Result<Workbook, WorkbookFault> {
        Workbook::read(Cursor::new(self.bytes()), sheet)
    }
}

fn rows(workbook: &Workbook) -> Vec<(usize, Vec<(String, Kind)>)> {
    (0..)
        .map_while(|at| workbook.table.row(at))
        .map(|(line, cells)| {
            let cells = cells.map(|(text, kind)| (text.to_owned(), kind));
            (line, cells.collect())
        })
        .collect()
}

fn cells(rows: &str) -> Vec<(String, Kind)> {
    let workbook = Parts {
        strings: "count=\"2\" uniqueCount=\"2\"><si><t>電話番号</t><rPh sb=\"0\" eb=\"4\"><t>デンワ</t></rPh></si>\
                  <si><r><t>a</t></r><r><t xml:space=\"preserve\"> b</t></r></si>",
        // The built-in formats 14 and 31 are dates (ECMA-376, part 1, 18.8.30), 31 in Japan.
        styles: "<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"0000\"/>\
                 <numFmt numFmtId=\"165\" formatCode=\"000\\-0000\\-0000\"/></numFmts>\
                 <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"31\"/><xf numFmtId=\"164\"/>\
                 <xf numFmtId=\"165\"/><xf numFmtId=\"20\"/></cellXfs>",
        sheets: &[("members", "visible", rows)],
        ..Parts::default()
    };
    let workbook = workbook.read(None).unwrap();
    let mut rows = self::rows(&workbook);
    rows.pop().map(|(_, cells)| cells).unwrap_or_default()
}

#[test]
fn values_are_read_as_people_see_them() {
    for (cell, text, kind) in [
        ("t=\"s\"><v>0</v>", "電話番号", Kind::Text),
        ("t=\"s\"><v>1</v>", "a b", Kind::Text),
        (
            "t=\"inlineStr\"><is><t>090-1111-2222</t></is>",
            "090-1111-2222",
            Kind::Text,
        ),
        ("><v>9012345678</v>", "9012345678", Kind::Number),
        ("><v>9.012345678E9</v>", "9012345678", Kind::Number),
        ("><v>1.5</v>", "1.5", Kind::Number),
        (
            "><v>1234567890123456</v>",
            "1234567890123456",
            Kind::LongNumber,
        ),
        ("s=\"3\"><v>42</v>", "0042", Kind::Text),
        ("s=\"4\"><v>9012345678</v>", "09012345678", Kind::Text),
        ("s=\"3\"><v>4.5</v>", "4.5", Kind::Number),
        ("t=\"b\"><v>1</v>", "true", Kind::Text),
        ("t=\"b\"><v>0</v>", "false", Kind::Text),
        // 1 April 2026 is day 46113, as the DATE function of spreadsheets counts.
        ("s=\"1\"><v>46113</v>", "2026-04-01 00:00:00", Kind::Date),
        (
            "s=\"2\"><v>46113.375</v>",
            "2026-04-01 09:00:00",
            Kind::Date,
        ),
        (
            "s=\"1\"><v>46113.3785416666</v>",
            "2026-04-01 09:05:06",
            Kind::Date,
        ),
        (
            "t=\"d\"><v>2026-04-01T09:00:00</v>",
            "2026-04-01T09:00:00",
            Kind::Date,
        ),
        // A time of day alone.
        ("s=\"5\"><v>0.375</v>", "0.375", Kind::Number),
        ("t=\"e\"><v>#N/A</v>", "#N/A", Kind::Error),
        ("t=\"str\"><f>A1</f><v>x</v>", "x", Kind::Text),
        ("><f>1+1</f><v>2</v>", "2", Kind::Number),
        ("><f>1+1</f>", "", Kind::Unknown),
    ] {
        let row = format!("<row r=\"1\"><c r=\"A1\" {cell}</c></row>");
        assert_eq!(cells(&row), [(text.to_owned(), kind)], "{cell}");
    }
    // A formula whose value is the empty text has a value.
    let row = "<row r=\"1\"><c r=\"A1\" t=\"str\"><f>\"\"</f><v></v></c></row>";
    assert_eq!(cells(row), []);
    assert_eq!(cells("<row r=\"1\"><c r=\"A1\" s=\"1\"/></row>"), []);
}

#[test]
fn days_count_from_1904_where_the_workbook_says_so() {
    // 1462 days lie between the two first days.
    let workbook = Parts {
        styles: "<cellXfs><xf numFmtId=\"14\"/></cellXfs>",
        properties: "<workbookPr date1904=\"1\"/>",
        sheets: &[(
            "s",
            "visible",
            "<row r=\"3\"><c r=\"B3\" s=\"0\"><v>44651</v></c></row>",
        )],
        ..Parts::default()
    };
    let rows = rows(&workbook.read(None).unwrap());
    let empty = (String::new(), Kind::Text);
    let date = ("2026-04-01 00:00:00".to_owned(), Kind::Date);
    assert_eq!(rows, [(3, vec![empty, date])]);
}

#[test]
fn the_first_sheet_that_is_shown_is_read_or_the_one_with_the_name() {
    let row = |text: &str| {
        format!("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>")
    };
    let (one, two, three) = (row("one"), row("two"), row("three"));
    let workbook = Parts {
        sheets: &[
            ("list", "hidden", &one),
            ("会員", "visible", &two),
            ("old", "visible", &three),
        ],
        ..Parts::default()
    };
    for (wanted, sheet, text) in [
        (None, "会員", "two"),
        (Some("old"), "old", "three"),
        (Some("list"), "list", "one"),
    ] {
        let read = workbook.read(wanted).unwrap();
        assert_eq!(read.sheet, sheet);
        assert_eq!(rows(&read), [(1, vec![(text.to_owned(), Kind::Text)])]);
    }
    let refused = workbook.read(Some("mem\u{1b}bers")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "--sheet must be one of list, 会員, old, was mem\\u{1b}bers"
    );
    let refused = Parts::default().read(None).unwrap_err();
    assert!(matches!(refused, WorkbookFault::NoSheet), "{refused}");
}

/// The offsets are those of the ZIP format (APPNOTE.TXT, 4.3.7 and 4.3.12).
#[test]
fn an_archive_that_unpacks_to_more_than_it_states_is_refused() {
    let mut bytes = archive(&[("xl/bomb.xml".to_owned(), "a".repeat(100_000))]);
    assert!(bytes.len() < 1000);
    let refused = unpack(Cursor::new(&bytes), 99_999).unwrap_err();
    assert!(matches!(refused, WorkbookFault::TooLarge), "{refused}");
    unpack(Cursor::new(&bytes), 100_000).unwrap();
    let central = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    for at in [22, central + 24] {
        bytes[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    let refused = unpack(Cursor::new(&bytes), 99_999).unwrap_err();
    assert!(
        matches!(
            refused,
            WorkbookFault::TooLarge | WorkbookFault::Unread(_) | WorkbookFault::Archive(_)
        ),
        "{refused}"
    );
}

#[test]
fn damaged_and_other_files_are_refused_with_a_sentence() {
    assert!(is_workbook(b"PK\x03\x04\x14\x00\x00\x00").unwrap());
    assert!(!is_workbook(b"phone,id").unwrap());
    let refused = is_workbook(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").unwrap_err();
    assert!(
        refused.to_string().contains("save it as xlsx or as CSV"),
        "{refused}"
    );

    let whole = Parts {
        sheets: &[(
            "s",
            "visible",
            "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>",
        )],
        ..Parts::default()
    };
    let bytes = whole.bytes();
    for length in [4, 30, bytes.len() / 2, bytes.len() - 1] {
        let cut = Workbook::read(Cursor::new(&bytes[..length]), None);
        assert!(cut.is_err(), "{length}");
    }
    let other = archive(&[("mimetype".to_owned(), "application/zip".to_owned())]);
    assert!(Workbook::read(Cursor::new(other), None).is_err());
    for strings in [
        "uniqueCount=\"99999999999\">",
        "uniqueCount = '18446744073709551616'>",
    ] {
        let hostile = Parts {
            strings,
            sheets: whole.sheets,
            ..Parts::default()
        };
        let refused = hostile.read(None).unwrap_err();
        assert!(matches!(refused, WorkbookFault::Texts), "{refused}");
    }
    let rows =
        "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>";
    let mixed = Parts {
        sheets: &[("s", "visible", rows)],
        ..Parts::default()
    };
    let refused = mixed.read(None).unwrap_err();
    assert!(refused.to_string().contains("in their order"), "{refused}");
}

/// A sheet ends at XFD1048576 (Excel specifications and limits). The reader counts on, so that the name
/// of a cell behind it may be that of another cell to it.
#[test]
fn cells_and_areas_that_no_sheet_has_are_refused() {
    for (rows, is_refused) in [
        ("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>", false),
        ("<row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row>", true),
        ("<row r=\"1\"><c r=\"AAAA1\"><v>1</v></c></row>", true),
        (
            "<row r=\"1048576\"><c r=\"a1048576\"><v>1</v></c></row>",
            false,
        ),
        ("<row r=\"1048577\"><c r=\"A1\"><v>1</v></c></row>", true),
        (
            "<row r=\"1\"><c r=\"Aussssssssssss1\"><v>1</v></c></row>",
            true,
        ),
        ("<row r=\"4294967297\"><c r=\"A1\"><v>1</v></c></row>", true),
        ("<row><c r=\"A4294967297\"><v>1</v></c></row>", true),
        (
            "<row r=\"1\"><c r=\"A1\"><f t=\"shared\" ref=\"A1:B2\" si=\"0\">1</f><v>1</v></c></row>",
            false,
        ),
        (
            "<row r=\"1\"><c r=\"A1\"><f t=\"shared\" ref=\"A9:A1\" si=\"0\">1</f><v>1</v></c></row>",
            true,
        ),
        (
            "<row r=\"1\"><c r=\"A1\"><f t=\"shared\" ref=\"A1:A99999999999\" si=\"0\">1</f><v>1</v></c></row>",
            true,
        ),
    ] {
        let read = Parts {
            sheets: &[("s", "visible", rows)],
            ..Parts::default()
        }
        .read(None);
        let refused = matches!(read, Err(WorkbookFault::Reference));
        assert_eq!(refused, is_refused, "{rows}: {read:?}");
    }
    // The right edge of a drawing, in 914,400ths of an inch.
    let drawing = "<a:path><a:rect l=\"0\" r=\"121920000\"/></a:path>";
    references::check(drawing.as_bytes()).unwrap();
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    struct Large(u64);
    impl Read for Large {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("the file must not be read")
        }
    }
    impl Seek for Large {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(self.0)
        }
    }
    let refused = Workbook::read(Large(PACKED + 1), None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a workbook must have at most 33554432 bytes, and 134217728 when it is unpacked, but has more: save \
         the sheet as CSV"
    );
}
