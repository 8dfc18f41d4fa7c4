//! Memory of processes in KiB, read from Linux's `/proc`.

use std::fs;

/// Returns the resident memory of this process, which contains the account, the engine and all open calls.
pub(crate) fn of_this_process() -> u64 {
    field("self", "VmRSS:")
}

/// Returns the peak resident memory of this process.
pub(crate) fn peak_of_this_process() -> u64 {
    field("self", "VmHWM:")
}

/// Returns the resident memory of each child process with this name.
pub(crate) fn of_processes_named(name: &str) -> Vec<u64> {
    let parent = u64::from(std::process::id());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().into_string().ok());
    ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|id| field(id, "PPid:") == parent && text(id, "Name:") == name)
        .map(|id| field(&id, "VmRSS:"))
        .collect()
}

/// Returns a number from a process's status; zero if the process has ended.
fn field(process: &str, name: &str) -> u64 {
    let text = text(process, name);
    let number = text.split(' ').next().unwrap_or_default();
    number.parse().unwrap_or_default()
}

fn text(process: &str, name: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_default().trim().to_owned()
}
