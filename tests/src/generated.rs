//! Files of the repository that tests generate.
//!
//! With `UPDATE_DOCS=1` a test writes its files; without, it compares them.

use std::fs;

use local_harness::repository;

use crate::Failure;

/// Reports whether tests write the generated files.
#[must_use]
pub fn updates() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// Returns the command that writes the files of the tests that match `filter`.
#[must_use]
pub fn command(filter: &str) -> String {
    format!("UPDATE_DOCS=1 cargo test -p e2e {filter}")
}

/// Compares the file at `path` with its generated content, after writing it if [`updates`] says so.
/// `filter` selects the test that generates the file.
///
/// # Errors
/// When they differ, with the first line that differs and the command that writes the file; when the
/// file cannot be written.
pub fn compare(path: &str, generated: &str, filter: &str) -> Result<(), Failure> {
    let file = repository()?.join(path);
    if updates() {
        fs::write(&file, generated)?;
    }
    let existing = fs::read_to_string(&file).unwrap_or_default();
    if existing == generated {
        return Ok(());
    }
    let differs = existing
        .lines()
        .zip(generated.lines())
        .find(|(existing, generated)| existing != generated);
    let command = command(filter);
    Err(format!("{path} is out of date; `{command}` writes it again: {differs:?}").into())
}
