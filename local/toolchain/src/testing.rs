//! What tests share.

use std::path::Path;
use std::process::Command;

/// Writes an executable shell script.
///
/// Another process does the writing: a test running at the same time may start a child while
/// this one has the file open, and a file some process can write to cannot be executed.
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
