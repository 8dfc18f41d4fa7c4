//! The processes of this machine, as Linux lists them in `/proc`. On other systems none are found.

use std::fs;

/// A process, identified by its id and its start time: ids are reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProcessKey {
    /// The process id.
    pub id: u32,
    /// In ticks since the system started.
    pub started: u64,
}

/// The contents of `/proc/<id>/stat`; see `proc_pid_stat(5)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessStat {
    pub key: ProcessKey,
    /// The id of the parent, which started or inherited the process.
    pub parent: u32,
    /// The process group.
    pub group: u32,
    /// The session.
    pub session: u32,
    /// Whether a terminal controls it.
    pub terminal: bool,
    /// Whether it has ended, and its parent has not waited for it yet.
    pub ended: bool,
}

impl ProcessStat {
    /// Reads a process; `None` if it has ended.
    #[must_use]
    pub fn of(id: u32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{id}/stat")).ok()?)
    }

    /// Reads all processes that this one may see.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        entries
            .flatten()
            // Processes that have ended since are skipped.
            .filter_map(|entry| Self::of(entry.file_name().to_str()?.parse().ok()?))
            .collect()
    }

    /// Reads the children of a process; `None` if the system does not list them. A child that ends in the
    /// meantime may hide another one, so a caller that needs all of them must repeat this.
    #[must_use]
    pub fn children_of(id: u32) -> Option<Vec<Self>> {
        let mut children = Vec::new();
        let mut is_listed = false;
        for thread in fs::read_dir(format!("/proc/{id}/task")).ok()?.flatten() {
            let Ok(text) = fs::read_to_string(thread.path().join("children")) else {
                continue;
            };
            is_listed = true;
            let ids = text.split_ascii_whitespace();
            children.extend(ids.filter_map(|id| Self::of(id.parse().ok()?)));
        }
        is_listed.then_some(children)
    }

    /// Parses the file. The name in it is chosen by the process and may contain parentheses and line
    /// breaks, so the fields start after the last parenthesis.
    fn parse(stat: &[u8]) -> Option<Self> {
        let stat = String::from_utf8_lossy(stat);
        let (id, rest) = stat.split_once(' ')?;
        let (_, rest) = rest.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let id_at = |index: usize| fields.get(index)?.parse().ok();
        Some(Self {
            key: ProcessKey {
                id: id.parse().ok()?,
                started: fields.get(19)?.parse().ok()?,
            },
            parent: id_at(1)?,
            group: id_at(2)?,
            session: id_at(3)?,
            terminal: *fields.get(4)? != "0",
            ended: matches!(*fields.first()?, "Z" | "X" | "x"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of proc_pid_stat(5), with a name that resembles fields.
    const STAT: &str = "4242 (a) R 1 1 (b) S 4200 4100 4000 34816 -1 4194304 101 0 0 0 0 0 0 0 20 0 1 \
                        0 2152471 3133440 394 18446744073709551615 1 1 0";

    fn parse(stat: &str) -> Option<ProcessStat> {
        ProcessStat::parse(stat.as_bytes())
    }

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let expected = ProcessStat {
            key: ProcessKey {
                id: 4242,
                started: 2_152_471,
            },
            parent: 4200,
            group: 4100,
            session: 4000,
            terminal: true,
            ended: false,
        };
        assert_eq!(parse(STAT), Some(expected));
        assert!(!parse(&STAT.replace("34816", "0")).unwrap().terminal);
        assert!(parse(&STAT.replace(") S ", ") Z ")).unwrap().ended);
        for broken in ["", "4242", "4242 (a", "4242 (a) S 1", "x (a) S 1 2 3"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_name_may_be_any_bytes() {
        let (before, after) = STAT.split_once("(a)").unwrap();
        let stat = [before.as_bytes(), b"(\xff\xfe\n)", after.as_bytes()].concat();
        assert_eq!(ProcessStat::parse(&stat).unwrap().key.id, 4242);
    }

    #[test]
    fn a_child_is_among_the_children_of_its_parent() {
        let own = std::process::id();
        let Some(_) = ProcessStat::children_of(own) else {
            println!("skipped: this system does not list the children of a process");
            return;
        };
        let mut child = std::process::Command::new("sleep")
            .arg("600")
            .spawn()
            .unwrap();
        let found = ProcessStat::children_of(own).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let found = found.iter().find(|found| found.key.id == child.id());
        assert_eq!(found.unwrap().parent, own);
        assert_eq!(ProcessStat::children_of(child.id()), None);
    }

    #[test]
    fn this_process_is_among_all() {
        if !cfg!(target_os = "linux") {
            println!("skipped: only Linux lists processes in /proc");
            return;
        }
        let own = ProcessStat::of(std::process::id()).unwrap();
        assert_eq!(own.key.id, std::process::id());
        assert!(ProcessStat::all().iter().any(|found| found.key == own.key));
    }
}
