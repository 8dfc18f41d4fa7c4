//! Looking at the machine's processes. On systems without `/proc` there is nothing to see.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use local_process::{ProcessKey, ProcessStat};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::text;

/// How many processes below one are looked at, at most, where a quick look must do.
const QUICK: usize = 256;
/// A table that changes while it is read may hide a line.
const TABLE_LOOKS: usize = 3;

/// The process and those below it, without looking at any other.
pub(super) fn below(id: u32) -> Vec<ProcessStat> {
    let mut ahead: VecDeque<ProcessStat> = ProcessStat::of(id).into_iter().collect();
    let mut found = Vec::new();
    while let Some(process) = ahead.pop_front()
        && found.len() < QUICK
    {
        ahead.extend(ProcessStat::children_of(process.key.id).unwrap_or_default());
        found.push(process);
    }
    found
}

/// The most memory that the process ever had, in kB.
pub(super) fn peak_kb(id: u32) -> Option<u64> {
    text::kilobytes(&read(id, "status")?, "VmHWM")
}

/// The memory that the process has, in kB.
pub(super) fn resident_kb(id: u32) -> Option<u64> {
    text::kilobytes(&read(id, "status")?, "VmRSS")
}

/// The process's share of the memory that it has, in kB: what several processes have in common is
/// divided among them.
pub(super) fn share_kb(id: u32) -> Option<u64> {
    text::kilobytes(&read(id, "smaps_rollup")?, "Pss")
}

/// What the environment that a process was started with says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The Runtime API that it may ask.
    Address(SocketAddr),
    /// That it may ask none.
    None,
    /// Nothing: the system does not show it, or not yet.
    Hidden,
}

/// Reads the environment that a process was started with.
pub(super) fn mark(id: u32) -> Mark {
    match fs::read(format!("/proc/{id}/environ")) {
        Ok(environ) if !environ.is_empty() => {
            text::runtime_api(&environ).map_or(Mark::None, Mark::Address)
        }
        // While a process becomes another program it has no environment.
        _ => Mark::Hidden,
    }
}

/// Whether the process is in the directory, or below it.
pub(super) fn is_in(id: u32, directory: &Path) -> bool {
    fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|place| place.starts_with(directory))
}

/// Whether a process has a socket open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Has {
    Yes,
    No,
    /// The system does not let this process look.
    Hidden,
}

/// Whether the process has the socket open.
pub(super) fn has_socket(id: u32, socket: u64) -> Has {
    let entries = match fs::read_dir(format!("/proc/{id}/fd")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Has::Hidden,
        Err(_) => return Has::No,
    };
    let mut links = entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok());
    match links.any(|link| link.to_str().and_then(text::socket) == Some(socket)) {
        true => Has::Yes,
        false => Has::No,
    }
}

/// The number of the socket at one end of a TCP connection of this machine: of the end whose own
/// address is `own`. `None` when nobody has it open.
///
/// # Errors
/// Where the system does not tell.
pub(super) fn socket_of(own: SocketAddr, other: SocketAddr) -> io::Result<Option<u64>> {
    let (own, other) = (text::plain(own), text::plain(other));
    #[cfg(target_os = "linux")]
    if let Ok(socket) = super::diagnosis::socket_of(own, other) {
        return Ok(Some(socket));
    }
    // Not every system answers such questions.
    socket_in_tables(own, other)
}

/// The same, from the tables of all sockets.
pub(super) fn socket_in_tables(own: SocketAddr, other: SocketAddr) -> io::Result<Option<u64>> {
    for _ in 0..TABLE_LOOKS {
        let found = text::socket_of(&fs::read_to_string("/proc/self/net/tcp")?, own, other);
        if found.is_some() {
            return Ok(found);
        }
        // A machine without IPv6 has no such table.
        if let Ok(table) = fs::read_to_string("/proc/self/net/tcp6")
            && let Some(found) = text::socket_of(&table, own, other)
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Kills the process, unless its id belongs to another one by now.
pub(super) fn kill(key: ProcessKey) {
    let Some(id) = pid(key.id) else { return };
    if ProcessStat::of(key.id).is_none_or(|now| now.key != key) {
        return;
    }
    if let Err(error) = kill_process(id, Signal::KILL)
        && error != rustix::io::Errno::SRCH
    {
        tracing::warn!(%error, process = key.id, "cannot kill a process that a function left");
    }
}

/// Takes notice of the end of a process that this one has inherited, so that it disappears.
pub(super) fn bury(key: ProcessKey) {
    if let Some(id) = pid(key.id) {
        // Somebody else's child, or not at its end yet: neither is for this process to say.
        let _ = waitpid(Some(id), WaitOptions::NOHANG);
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

fn read(id: u32, file: &str) -> Option<String> {
    let path = PathBuf::from(format!("/proc/{id}/{file}"));
    // A name may be anything but UTF-8.
    Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
}
