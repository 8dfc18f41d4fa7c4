//! A snapshot of all processes of the machine, shared by all environments: its cost grows with the number
//! of processes, and five hundred environments must not each take their own.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use local_process::{ProcessKey, ProcessStat};

use super::system::{self, Mark};
use super::tree::Forest;

/// The processes at one moment.
#[derive(Default)]
pub(super) struct View {
    pub(super) forest: Forest,
    /// Processes that were started with the address of a Runtime API. A process keeps its mark for life,
    /// whatever program it executes later.
    marked: HashMap<ProcessKey, SocketAddr>,
    /// Processes that were started without one.
    unmarked: HashSet<ProcessKey>,
}

impl View {
    /// Returns the Runtime API that the process was started with.
    pub(super) fn runtime_api(&self, process: &ProcessStat) -> Option<SocketAddr> {
        self.marked.get(&process.key).copied()
    }

    /// Reports whether the process has lost its parents and is in a session of its own. Processes that
    /// this one is about to start are not: they are in its session.
    pub(super) fn is_stray(&self, process: &ProcessStat) -> bool {
        let own = std::process::id();
        let own_session = self.forest.get(own).map(|process| process.session);
        [1, own].contains(&process.parent) && own_session.is_some_and(|own| own != process.session)
    }

    /// Returns the next view. The environment of a process is read only once.
    fn next(&self, processes: Vec<ProcessStat>, mark: impl Fn(u32) -> Mark) -> Self {
        let mut next = Self::default();
        for process in &processes {
            let key = process.key;
            let found = match self.marked.get(&key) {
                Some(address) => Mark::Address(*address),
                None if self.unmarked.contains(&key) => Mark::None,
                None => mark(key.id),
            };
            match found {
                Mark::Address(address) => drop(next.marked.insert(key, address)),
                Mark::None => drop(next.unmarked.insert(key)),
                Mark::Hidden => {}
            }
        }
        next.forest = Forest::new(processes);
        next
    }
}

/// The latest view.
#[derive(Default)]
pub(super) struct Census {
    latest: Mutex<(Option<Instant>, Arc<View>)>,
}

impl Census {
    /// Returns the processes at the moment or later. A caller that arrives while another one takes a
    /// snapshot waits, and uses it if it is recent enough.
    pub(super) fn since(&self, moment: Instant) -> Arc<View> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, view) = &mut *latest;
        if begun.is_none_or(|begun| begun < moment) {
            *begun = Some(Instant::now());
            *view = Arc::new(view.next(ProcessStat::all(), system::mark));
        }
        Arc::clone(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::time::Duration;

    fn process(id: u32, started: u64) -> ProcessStat {
        ProcessStat {
            key: ProcessKey { id, started },
            parent: 1,
            group: id,
            session: id,
            terminal: false,
            ended: false,
        }
    }

    #[test]
    fn environments_are_read_once_and_marks_stay() {
        let api: SocketAddr = "127.1.2.3:40".parse().unwrap();
        let asked = RefCell::new(Vec::new());
        let look = |view: &View, processes: &[ProcessStat], found: fn(u32, SocketAddr) -> Mark| {
            asked.borrow_mut().clear();
            let mark = |id| {
                asked.borrow_mut().push(id);
                found(id, api)
            };
            let next = view.next(processes.to_vec(), mark);
            (next, asked.borrow().clone())
        };
        let (one, two, three) = (process(1, 1), process(2, 1), process(3, 1));
        let first = |id, api| match id {
            1 => Mark::Address(api),
            2 => Mark::None,
            _ => Mark::Hidden,
        };
        let (view, read) = look(&View::default(), &[one, two, three], first);
        assert_eq!(read, [1, 2, 3]);
        // The first process drops its environment; another process gets the id of the second.
        let (view, read) = look(&view, &[one, process(2, 9), three], |_, _| Mark::None);
        assert_eq!(read, [2, 3]);
        assert_eq!(view.runtime_api(&one), Some(api));
        assert_eq!(view.runtime_api(&process(1, 9)), None);
        // Processes that have ended are forgotten.
        let (view, _) = look(&view, &[], |_, _| Mark::None);
        assert!(view.marked.is_empty() && view.unmarked.is_empty());
    }

    /// A child of this process that has not executed its program yet resembles this process, in the
    /// directory of its code. It must not count as left behind by another environment of that code.
    #[test]
    fn only_processes_with_a_session_of_their_own_are_stray() {
        let own = ProcessStat {
            session: 7,
            ..process(std::process::id(), 1)
        };
        let inherited = ProcessStat {
            parent: own.key.id,
            session: 20,
            ..process(20, 2)
        };
        let starting = ProcessStat {
            session: 7,
            ..inherited
        };
        let orphan = process(30, 2);
        let child = ProcessStat {
            parent: 30,
            ..process(31, 3)
        };
        let all = vec![own, inherited, orphan, child];
        let view = View::default().next(all, |_| Mark::None);
        assert!(view.is_stray(&inherited) && view.is_stray(&orphan));
        assert!(!view.is_stray(&starting) && !view.is_stray(&child));
    }

    #[test]
    fn a_view_is_shared_until_it_is_too_old() {
        let census = Census::default();
        let now = Instant::now();
        let first = census.since(now);
        assert!(Arc::ptr_eq(&first, &census.since(now)));
        let later = census.since(Instant::now() + Duration::from_nanos(1));
        assert!(!Arc::ptr_eq(&first, &later));
    }
}
