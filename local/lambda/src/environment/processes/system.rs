//! Reads the machine's processes. On systems without `/proc` it finds none.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use local_process::{ProcessKey, ProcessStat};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::text;

/// The limit of processes in a quick look below one process.
const QUICK: usize = 256;
/// The number of times that a table is read: it may miss a line if it changes in the meantime.
const TABLE_LOOKS: usize = 3;

/// Returns the process and those below it, without reading others.
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

/// Returns the peak of the process's memory, in kB.
pub(super) fn peak_kb(id: u32) -> Option<u64> {
    text::kilobytes(&read(id, "status")?, "VmHWM")
}

/// Returns the resident memory of the process, in kB.
pub(super) fn resident_kb(id: u32) -> Option<u64> {
    text::kilobytes(&read(id, "status")?, "VmRSS")
}

/// Returns the process's share of memory in kB: shared pages are divided among the processes.
pub(super) fn share_kb(id: u32) -> Option<u64> {
    text::kilobytes(&read(id, "smaps_rollup")?, "Pss")
}

/// The Runtime API in the initial environment variables of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The Runtime API that the process may use.
    Address(SocketAddr),
    /// No Runtime API.
    None,
    /// Unreadable, or not readable yet.
    Hidden,
}

/// Reads the initial environment variables of a process.
pub(super) fn mark(id: u32) -> Mark {
    match fs::read(format!("/proc/{id}/environ")) {
        Ok(environ) if !environ.is_empty() => {
            text::runtime_api(&environ).map_or(Mark::None, Mark::Address)
        }
        // A process has no variables while it executes another program.
        _ => Mark::Hidden,
    }
}

/// Reports whether the process is in the directory, or below it.
pub(super) fn is_in(id: u32, directory: &Path) -> bool {
    fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|place| place.starts_with(directory))
}

/// Whether a process has a socket open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SocketOwnership {
    Yes,
    No,
    /// The system does not permit this process to look.
    Hidden,
}

/// Reports whether the process has the socket open.
pub(super) fn has_socket(id: u32, socket: u64) -> SocketOwnership {
    let entries = match fs::read_dir(format!("/proc/{id}/fd")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return SocketOwnership::Hidden;
        }
        Err(_) => return SocketOwnership::No,
    };
    let mut links = entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok());
    match links.any(|link| link.to_str().and_then(text::socket) == Some(socket)) {
        true => SocketOwnership::Yes,
        false => SocketOwnership::No,
    }
}

/// Returns the inode number of the socket at one end of a TCP connection of this machine: the end with
/// the address `own`. Returns `None` when no process has it open.
///
/// # Errors
/// When the system does not provide this information.
pub(super) fn socket_of(own: SocketAddr, other: SocketAddr) -> io::Result<Option<u64>> {
    let (own, other) = (text::plain(own), text::plain(other));
    #[cfg(target_os = "linux")]
    if let Ok(socket) = super::diagnosis::socket_of(own, other) {
        return Ok(Some(socket));
    }
    // Not every system supports these queries.
    socket_in_tables(own, other)
}

/// Does the same with the tables of all sockets.
pub(super) fn socket_in_tables(own: SocketAddr, other: SocketAddr) -> io::Result<Option<u64>> {
    for _ in 0..TABLE_LOOKS {
        let found = text::socket_of(&fs::read_to_string("/proc/self/net/tcp")?, own, other);
        if found.is_some() {
            return Ok(found);
        }
        // A machine without IPv6 does not have this table.
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
        tracing::warn!(%error, process = key.id, "cannot kill a process that a function left behind");
    }
}

/// Reaps a process that this one has inherited and that has ended.
pub(super) fn reap(key: ProcessKey) {
    if let Some(id) = pid(key.id) {
        // It may be another process's child, or still be running; both are fine.
        let _ = waitpid(Some(id), WaitOptions::NOHANG);
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

fn read(id: u32, file: &str) -> Option<String> {
    let path = PathBuf::from(format!("/proc/{id}/{file}"));
    // A process name may contain bytes that are not UTF-8.
    Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
}
