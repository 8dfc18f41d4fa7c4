//! The record of requests that tests send to services, from which the conformance page is generated.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::thread;

/// The environment variable with the file that the record is appended to. Without it nothing is
/// recorded.
pub const RECORD: &str = "RECORD_OF_OPERATIONS";

/// The third field of a line about a request that was made from the service model, where other lines
/// have the test.
pub const MADE_FROM_MODEL: &str = "made from the model";

/// Records that the running test sent a request for an operation: a line of service, operation and
/// test, separated by tabs.
///
/// # Panics
/// If the file cannot be written.
pub fn record_sent(service: &str, operation: &str) {
    let thread = thread::current();
    let path = thread.name().unwrap_or_default();
    let test = path.rsplit("::").next().unwrap_or_default();
    append(&format!("{service}\t{operation}\t{test}\n"));
}

/// Records a request that was made from the service model: whether the model allows it, and whether
/// the service answered as the model says.
///
/// # Panics
/// If the file cannot be written.
pub fn record_made(service: &str, operation: &str, allowed: bool, as_the_model_says: bool) {
    append(&format!(
        "{service}\t{operation}\t{MADE_FROM_MODEL}\t{allowed}\t{as_the_model_says}\n"
    ));
}

/// Appends a line in one write, so that lines of tests that run side by side stay whole.
fn append(line: &str) {
    let Some(path) = std::env::var_os(RECORD) else {
        return;
    };
    let path = Path::new(&path);
    let opened = OpenOptions::new().append(true).create(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = written {
        panic!(
            "the record of operations must be writable: {}: {error}",
            path.display()
        );
    }
}
