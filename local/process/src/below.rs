//! The processes below this one, and those in a directory: they are found, ended and waited for.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::stat::ProcessStat;

/// How long to go on killing what does not end; the system may keep a process that waits for a disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long to wait before looking again whether what was killed has ended.
const PAUSE: Duration = Duration::from_millis(2);

fn pid(process: &ProcessStat) -> Option<Pid> {
    Pid::from_raw(process.key.id.cast_signed())
}

/// The living processes below `root`: its children, their children, and so on. Where the system lists
/// children, no other process is looked at.
fn look_below(root: u32) -> Vec<ProcessStat> {
    let Some(mut ahead) = ProcessStat::children_of(root) else {
        return below(root, &ProcessStat::all());
    };
    let mut found = Vec::new();
    while let Some(process) = ahead.pop() {
        // One that has ended since has none.
        ahead.extend(ProcessStat::children_of(process.key.id).unwrap_or_default());
        if !process.ended {
            found.push(process);
        }
    }
    found
}

/// The same among all processes.
fn below(root: u32, all: &[ProcessStat]) -> Vec<ProcessStat> {
    let mut children: HashMap<u32, Vec<ProcessStat>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = Vec::new();
    let mut ahead = vec![root];
    // Each is some process's child once, so this ends.
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

/// Ends every process below this one, at once: its children, their children, and what was handed to
/// it. It returns when they have ended, or after two seconds.
///
/// Nothing is waited for that others wait for: the ended children of this process keep their ids.
pub fn end_everything_below() {
    let own = std::process::id();
    end_all(|| {
        let found = look_below(own);
        // The end of one may have hidden another one from this look.
        match found.is_empty() {
            true => look_below(own),
            false => found,
        }
    });
}

/// Ends every process whose program or working directory is in this directory; their ids, each with
/// its name. Shells on a terminal are left alone: somebody looks around there.
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

/// Whether a process's program or working directory is in a directory. Those of other users cannot be
/// looked at, and are in none.
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

/// Kills what is found until nothing is found any more: a process may start another one until it is
/// gone.
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
            tracing::warn!(count = left.len(), "processes do not end");
            return;
        }
        thread::sleep(PAUSE);
    }
}

fn kill(id: Pid) {
    // It may have ended meanwhile.
    if let Err(error) = kill_process(id, Signal::KILL)
        && error != rustix::io::Errno::SRCH
    {
        tracing::debug!(%error, "cannot end a process");
    }
}

/// The ids of children that somebody in this process waits for.
#[derive(Debug, Default)]
pub(crate) struct Awaited(HashSet<u32>);

impl Awaited {
    /// Somebody waits for this one.
    pub(crate) fn insert(&mut self, id: u32) {
        self.0.insert(id);
    }

    /// Waits for the ended children that nobody else waits for: those that were handed to this
    /// process when their parents ended.
    pub(crate) fn reap_others(&mut self) -> io::Result<()> {
        let own = std::process::id();
        let is_own = |process: &ProcessStat| process.parent == own;
        // What has been waited for is no child any more.
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
    fn what_is_below_is_found_through_the_ended() {
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
