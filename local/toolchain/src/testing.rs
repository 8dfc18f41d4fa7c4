//! Helpers that the tests share.

use std::path::Path;
use std::process::Command;

/// Writes an executable shell script.
///
/// Another process writes it: a concurrent test may start a child while this process has the file open,
/// and a file that is open for writing cannot be executed.
pub(crate) fn script(path: &Path, text: &str) {
    let status = Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#,
            "sh",
        ])
        .arg(path)
        .arg(text)
        .status()
        .unwrap();
    assert!(status.success());
}
