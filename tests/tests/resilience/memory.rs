//! What processes take of the machine's memory, in KiB, as Linux tells it.

use std::fs;

/// What is resident of this process: the account, the engine and all open calls live in it.
pub(crate) fn of_this_process() -> u64 {
    field("self", "VmRSS:")
}

/// The most that was resident of it.
pub(crate) fn most_of_this_process() -> u64 {
    field("self", "VmHWM:")
}

/// What is resident of each child of this process with this name.
pub(crate) fn of_processes_named(name: &str) -> Vec<u64> {
    let parent = u64::from(std::process::id());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().into_string().ok());
    ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|id| field(id, "PPid:") == parent && text(id, "Name:") == name)
        .map(|id| field(&id, "VmRSS:"))
        .collect()
}

/// Zero for a process that has ended.
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
