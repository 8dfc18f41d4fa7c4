//! Finds, ends and waits for the processes below this one, or in a directory.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::stat::ProcessStat;

/// The time limit for killing processes that do not end. The system may keep one that waits for a disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause between checks for killed processes that have not ended.
const PAUSE: Duration = Duration::from_millis(2);

fn pid(process: &ProcessStat) -> Option<Pid> {
    Pid::from_raw(process.key.id.cast_signed())
}

/// Returns the living processes below `root`: children, their children and so on. If the system lists
/// children, no other process is read.
fn look_below(root: u32) -> Vec<ProcessStat> {
    let Some(mut ahead) = ProcessStat::children_of(root) else {
        return below(root, &ProcessStat::all());
    };
    let mut found = Vec::new();
    while let Some(process) = ahead.pop() {
        // A process that has ended since has no children.
        ahead.extend(ProcessStat::children_of(process.key.id).unwrap_or_default());
        if !process.ended {
            found.push(process);
        }
    }
    found
}

/// Does the same with a list of all processes.
fn below(root: u32, all: &[ProcessStat]) -> Vec<ProcessStat> {
    let mut children: HashMap<u32, Vec<ProcessStat>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = Vec::new();
    let mut ahead = vec![root];
    // Each process is the child of only one, so this ends.
    while let Some(id) = ahead.pop() {
        for process in children.remove(&id).unwrap_or_default() {
            ahead.push(process.key.id);
            if !process.ended {
                found.push(process);
            }
        }
    }
    found
}

/// Kills every process below this one: its children, their children, and orphans that this process has
/// inherited. Returns when they have ended, or after two seconds.
///
/// It does not wait for children that other code waits for: ended children of this process keep their
/// ids.
pub fn end_everything_below() {
    let own = std::process::id();
    end_all(|| {
        let found = look_below(own);
        // Processes that ended in the meantime may have hidden their children from this look.
        match found.is_empty() {
            true => look_below(own),
            false => found,
        }
    });
}

/// Kills every process whose program or working directory is in this directory, except shells on a
/// terminal, where a user may be looking around. Returns the ids and names.
pub fn end_processes_in(directory: &Path) -> Vec<(u32, String)> {
    let own = std::process::id();
    let mut named = Vec::new();
    end_all(|| {
        let mut found = ProcessStat::all();
        found.retain(|process| {
            let id = process.key.id;
            let shell = process.terminal && process.session == id;
            !process.ended && id != own && !shell && is_in(id, directory)
        });
        for id in found.iter().map(|process| process.key.id) {
            if named.iter().all(|(known, _)| *known != id) {
                named.push((id, name(id)));
            }
        }
        found
    });
    named
}

/// Reports whether a process's program or working directory is in a directory. Processes of other users
/// cannot be read, and do not count.
fn is_in(id: u32, directory: &Path) -> bool {
    ["exe", "cwd"].iter().any(|link| {
        fs::read_link(format!("/proc/{id}/{link}")).is_ok_and(|there| there.starts_with(directory))
    })
}

fn name(id: u32) -> String {
    fs::read_to_string(format!("/proc/{id}/comm"))
        .map(|name| name.trim_end().to_owned())
        .unwrap_or_default()
}

/// Kills processes until none is found: a process may start another one before it ends.
fn end_all(mut find: impl FnMut() -> Vec<ProcessStat>) {
    let last = Instant::now() + PATIENCE;
    loop {
        let left = find();
        if left.is_empty() {
            return;
        }
        for id in left.iter().filter_map(pid) {
            kill(id);
        }
        if Instant::now() >= last {
            tracing::warn!(
                count = left.len(),
                "processes were killed but have not ended"
            );
            return;
        }
        thread::sleep(PAUSE);
    }
}

fn kill(id: Pid) {
    // It may have ended in the meantime.
    if let Err(error) = kill_process(id, Signal::KILL)
        && error != rustix::io::Errno::SRCH
    {
        tracing::debug!(%error, "cannot end a process");
    }
}

/// The ids of children that other code in this process waits for.
#[derive(Debug, Default)]
pub(crate) struct Awaited(HashSet<u32>);

impl Awaited {
    /// Registers a child that other code waits for.
    pub(crate) fn insert(&mut self, id: u32) {
        self.0.insert(id);
    }

    /// Reaps the ended children that no other code waits for: orphans that this process has inherited.
    pub(crate) fn reap_others(&mut self) -> io::Result<()> {
        let own = std::process::id();
        let is_own = |process: &ProcessStat| process.parent == own;
        // A child that has been waited for is no longer one.
        self.0
            .retain(|id| ProcessStat::of(*id).as_ref().is_some_and(is_own));
        let children = ProcessStat::children_of(own).unwrap_or_else(|| {
            let all = ProcessStat::all().into_iter();
            all.filter(is_own).collect()
        });
        for child in children {
            if child.ended && !self.0.contains(&child.key.id) {
                waitpid(pid(&child), WaitOptions::NOHANG)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::ProcessKey;

    fn process(id: u32, parent: u32) -> ProcessStat {
        ProcessStat {
            key: ProcessKey { id, started: 1 },
            parent,
            group: 1,
            session: 1,
            terminal: false,
            ended: false,
        }
    }

    #[test]
    fn descendants_are_found_below_ended_processes() {
        let ended = ProcessStat {
            ended: true,
            ..process(3, 2)
        };
        let all = [process(2, 1), ended, process(4, 3), process(5, 1)];
        let mut found: Vec<u32> = below(2, &all).iter().map(|one| one.key.id).collect();
        found.sort_unstable();
        assert_eq!(found, [4]);
        assert_eq!(below(1, &all).len(), 3);
        assert!(below(9, &all).is_empty());
    }
}
