//! The processes below this one, and those in a directory: found in `/proc`, ended, waited for.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};

/// How long to go on killing what does not end; the system may keep a process that waits for a disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long to wait before looking again whether what was killed has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// A process as `/proc/<id>/stat` tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    id: i32,
    parent: i32,
    session: i32,
    /// Whether a terminal controls it.
    terminal: bool,
    /// Ended, and waited for by nobody yet.
    ended: bool,
}

impl Process {
    /// Reads `/proc/<id>/stat`: the id, the name in parentheses (which may hold any characters), the
    /// state, the parent, the group, the session, the terminal. See `proc_pid_stat(5)`.
    fn parse(stat: &str) -> Option<Self> {
        let (id, rest) = stat.split_once(' ')?;
        let (_, rest) = rest.rsplit_once(')')?;
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?;
        let mut number = || fields.next()?.parse::<i32>().ok();
        let (parent, _group, session, terminal) = (number()?, number()?, number()?, number()?);
        Some(Self {
            id: id.parse().ok()?,
            parent,
            session,
            terminal: terminal != 0,
            ended: matches!(state, "Z" | "X" | "x"),
        })
    }

    fn pid(self) -> Option<Pid> {
        Pid::from_raw(self.id)
    }
}

/// All processes that can be seen; none on systems without `/proc`.
fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let id: i32 = name.to_str()?.parse().ok()?;
            // It may have ended since it was listed.
            Process::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
        })
        .collect()
}

/// The living processes below `root`: its children, their children, and so on.
fn below(root: i32, all: &[Process]) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = Vec::new();
    let mut ahead = vec![root];
    // Each is some process's child once, so this ends.
    while let Some(id) = ahead.pop() {
        for process in children.remove(&id).unwrap_or_default() {
            ahead.push(process.id);
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
    let own = getpid().as_raw_pid();
    end_all(|| below(own, &processes()));
}

/// Ends every process whose program or working directory is in this directory; their ids, each with
/// its name. Shells on a terminal are left alone: somebody looks around there.
pub fn end_processes_in(directory: &Path) -> Vec<(i32, String)> {
    let own = getpid().as_raw_pid();
    let mut named = Vec::new();
    end_all(|| {
        let mut found = processes();
        found.retain(|process| {
            let shell = process.terminal && process.session == process.id;
            !process.ended && process.id != own && !shell && is_in(process.id, directory)
        });
        for process in &found {
            if named.iter().all(|(id, _)| *id != process.id) {
                named.push((process.id, name(process.id)));
            }
        }
        found
    });
    named
}

/// Whether a process's program or working directory is in a directory. Those of other users cannot be
/// looked at, and are in none.
fn is_in(id: i32, directory: &Path) -> bool {
    ["exe", "cwd"].iter().any(|link| {
        fs::read_link(format!("/proc/{id}/{link}")).is_ok_and(|there| there.starts_with(directory))
    })
}

fn name(id: i32) -> String {
    fs::read_to_string(format!("/proc/{id}/comm"))
        .map(|name| name.trim_end().to_owned())
        .unwrap_or_default()
}

/// Kills what is found until nothing is found any more: a process may start another one until it is
/// gone.
fn end_all(mut find: impl FnMut() -> Vec<Process>) {
    let last = Instant::now() + PATIENCE;
    loop {
        let left = find();
        if left.is_empty() {
            return;
        }
        for id in left.iter().filter_map(|process| process.pid()) {
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
        let own = getpid().as_raw_pid();
        let mut children = processes();
        children.retain(|process| process.parent == own);
        // What has been waited for is no child any more.
        self.0
            .retain(|id| children.iter().any(|child| child.id.cast_unsigned() == *id));
        for child in children {
            if child.ended && !self.0.contains(&child.id.cast_unsigned()) {
                waitpid(child.pid(), WaitOptions::NOHANG)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: i32, parent: i32) -> Process {
        Process {
            id,
            parent,
            session: 1,
            terminal: false,
            ended: false,
        }
    }

    #[test]
    fn a_name_may_look_like_fields() {
        let stat = "42 (a) Z 1 (b) S 7 42 40 34816 42 4194304";
        let expected = Process {
            id: 42,
            parent: 7,
            session: 40,
            terminal: true,
            ended: false,
        };
        assert_eq!(Process::parse(stat), Some(expected));
        let ended = Process::parse("43 (sh) Z 42 43 43 0 -1 0").unwrap();
        assert!(ended.ended && !ended.terminal);
        assert_eq!(Process::parse("44 (sh"), None);
    }

    #[test]
    fn what_is_below_is_found_through_the_ended() {
        let ended = Process {
            ended: true,
            ..process(3, 2)
        };
        let all = [process(2, 1), ended, process(4, 3), process(5, 1)];
        let mut found: Vec<i32> = below(2, &all).iter().map(|one| one.id).collect();
        found.sort_unstable();
        assert_eq!(found, [4]);
        assert_eq!(below(1, &all).len(), 3);
        assert!(below(9, &all).is_empty());
    }
}
