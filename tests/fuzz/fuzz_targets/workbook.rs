//! Fuzzes workbooks (xlsx): the parts of one lead to a table or to a fault.
//!
//! An archive has checksums, which mutations would break. So an input is the XML of the parts, with a
//! byte 0 between two: a sheet's rows, its texts, its styles and the workbook's properties.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

/// These files of the tools of operators compile without its crate.
#[expect(dead_code, reason = "the tools use more of these files")]
#[path = "../../../operator/src/rows"]
mod rows {
    pub mod table;
}
#[path = "../../../operator/src/import/workbook/parts.rs"]
mod parts;
#[expect(dead_code, reason = "the tools use more of this file")]
#[path = "../../../operator/src/import/workbook/mod.rs"]
mod workbook;

use parts::Parts;
use workbook::Workbook;

fuzz_target!(|input: &str| {
    let mut texts = input.split('\0');
    let mut next = || texts.next().unwrap_or_default();
    let (rows, strings, styles) = (next(), next(), next());
    let archive = Parts {
        strings,
        styles,
        sheets: &[("members", "visible", rows)],
        properties: next(),
    }
    .bytes();
    match Workbook::read(Cursor::new(archive), None) {
        Ok(workbook) => {
            assert_eq!(workbook.sheet, "members");
            let rows = (0..).map_while(|at| workbook.table.row(at));
            // A row has a value: empty ones are left out.
            assert!(
                rows.into_iter()
                    .all(|(line, mut cells)| line > 0 && cells.next().is_some())
            );
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
});
