//! Processor time and memory of functions' processes, read from Linux's `/proc`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A process's usage so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usage {
    /// Processor time of all threads, in milliseconds.
    pub(super) cpu_ms: f64,
    /// Peak memory in MiB.
    pub(super) peak_mib: f64,
}

/// Returns the usage of a Lambda function's processes, by process id.
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
    // `schedstat` has nanoseconds; `stat` has only hundredths of a second.
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
