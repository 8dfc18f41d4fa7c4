//! What the system knows of function processes.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// What a process has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usage {
    /// Milliseconds of processor time, all threads together.
    pub(super) cpu_ms: f64,
    /// The most memory it ever held, in MiB.
    pub(super) peak_mib: f64,
}

/// The processes of a Lambda function, by their ids.
pub(super) fn of_function(name: &str) -> HashMap<u32, Usage> {
    let wanted = format!("AWS_LAMBDA_FUNCTION_NAME={name}");
    let Ok(entries) = fs::read_dir("/proc") else {
        return HashMap::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            let environment = fs::read(entry.path().join("environ")).ok()?;
            let is_wanted = environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == wanted.as_bytes());
            is_wanted.then(|| Some((id, usage(&entry.path())?)))?
        })
        .collect()
}

fn usage(process: &Path) -> Option<Usage> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let peak_kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    // Nanoseconds, where `stat` has hundredths of a second.
    let threads = fs::read_dir(process.join("task")).ok()?;
    let nanoseconds: f64 = threads
        .filter_map(|thread| {
            let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        })
        .sum();
    Some(Usage {
        cpu_ms: nanoseconds / 1e6,
        peak_mib: peak_kib / 1024.0,
    })
}
