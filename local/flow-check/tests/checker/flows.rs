//! The flows of the repository.

use std::path::{Path, PathBuf};

/// Returns the files of a directory, relative to the package, in order.
///
/// # Panics
/// When the directory has fewer than four.
pub(crate) fn json_files(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let entries = std::fs::read_dir(directory).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    assert!(files.len() > 3, "{files:?}");
    files
}
