//! A writer of workbooks for tests: the parts that ECMA-376 requires, with the XML as it is given.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The parts of a workbook: texts, styles, and sheets with their names, states and rows.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    pub(crate) strings: &'a str,
    pub(crate) styles: &'a str,
    pub(crate) sheets: &'a [(&'a str, &'a str, &'a str)],
    pub(crate) properties: &'a str,
}

impl Parts<'_> {
    /// Returns the bytes of the workbook.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut sheets = String::new();
        let mut relations = String::new();
        let mut parts = Vec::new();
        for (at, (name, state, rows)) in self.sheets.iter().enumerate() {
            let id = at + 1;
            sheets.push_str(&format!(
                "<sheet name=\"{name}\" sheetId=\"{id}\" state=\"{state}\" r:id=\"rId{id}\"/>"
            ));
            relations.push_str(&format!(
                "<Relationship Id=\"rId{id}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
            ));
            parts.push((
                format!("xl/worksheets/sheet{id}.xml"),
                format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
            ));
        }
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        parts.extend([
            (
                "_rels/.rels".to_owned(),
                format!(
                    "<Relationships xmlns=\"{package}\"><Relationship Id=\"r\" \
                     Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml".to_owned(),
                format!(
                    "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\">{}<sheets>{sheets}</sheets></workbook>",
                    self.properties
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels".to_owned(),
                format!("<Relationships xmlns=\"{package}\">{relations}</Relationships>"),
            ),
            (
                "xl/sharedStrings.xml".to_owned(),
                format!("<sst xmlns=\"{MAIN}\" {}</sst>", if self.strings.is_empty() { ">" } else { self.strings }),
            ),
            (
                "xl/styles.xml".to_owned(),
                format!("<styleSheet xmlns=\"{MAIN}\">{}</styleSheet>", self.styles),
            ),
        ]);
        archive(&parts)
    }
}

/// Returns a ZIP archive with these files.
pub(crate) fn archive(parts: &[(String, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name.as_str(), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
