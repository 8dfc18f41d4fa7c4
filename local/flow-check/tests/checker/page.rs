//! The page that is generated from the table of rules.

use std::fs;
use std::path::Path;

#[test]
fn the_page_is_that_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/flow-check.md");
    let page = connect_flow_check::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/flow-check.md is out of date; `UPDATE_DOCS=1 cargo test -p connect-flow-check the_page_is` \
         writes it again"
    );
}
