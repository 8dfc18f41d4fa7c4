//! The processes of an execution environment: who they are, what memory they have, and their end.
//!
//! An environment's are the process that was started, everything below it, the process group that
//! it leads, and orphans: children of its supervisor, where the program that hosts functions starts them
//! with one; processes that were seen below it, that still have the address of its Runtime API in their
//! environment, which is unique to an environment, or that have dropped their environment and still are
//! in the directory of its code. (Environments of one version have that in common: such a process may end
//! with another one's.) Without a supervisor, a process that takes a session of its own, lets its parent
//! end, drops its environment, leaves the directory *and* does all that between two looks is found by
//! none of these.
//!
//! All of this is read in `/proc`, except for sockets, about which the kernel is asked. Where there is
//! no `/proc` (macOS) an environment is its process group, and nobody can tell who is at the other end
//! of a connection.

mod census;
#[cfg(target_os = "linux")]
mod diagnosis;
mod system;
mod text;
mod tree;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use local_process::{ProcessKey, ProcessStat};
use tokio::sync::SetOnce;

use census::{Census, View};
use system::Has;

/// How often all processes are looked at, at most, for some that have not been killed yet. More
/// than once is needed only where one starts others while it is being killed.
const KILL_LOOKS: usize = 100;
/// How old a look at all processes may be that finds out how much memory they have.
const MEMORY_AGE: Duration = Duration::from_millis(400);

/// Which processes are looked at for their memory: the more, the longer it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Those that have been seen before.
    Known,
    /// The first one and those below it.
    Below,
    /// Orphans as well.
    All,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// A process of the environment.
    Own,
    /// Somebody else, or nobody any more.
    Other,
    /// The system does not tell.
    Unknown,
}

/// What an environment's processes come from.
#[derive(Debug, Clone, Copy)]
struct Root {
    /// The process that was started.
    first: ProcessKey,
    /// The process between this one and the first, which is none of the environment's. Orphans are its
    /// children until it ends.
    supervisor: Option<ProcessKey>,
}

/// The processes of one environment. Everything but [`begin`](Self::begin) and
/// [`begun`](Self::begun) reads much of `/proc`: not for the threads of an event loop.
pub(crate) struct Family {
    /// The Runtime API's, which marks the environment's processes.
    address: SocketAddr,
    /// Where the function's code is.
    directory: PathBuf,
    census: Arc<Census>,
    root: SetOnce<Root>,
    /// Seen below the root. They may lose their parents.
    known: Mutex<HashSet<ProcessKey>>,
}

impl Family {
    /// The process that the others come from has started, below a supervisor where it has one.
    pub(super) fn begin(&self, first: u32, supervisor: Option<u32>) {
        let key = |id| {
            let started = ProcessStat::of(id).map_or(0, |process| process.key.started);
            ProcessKey { id, started }
        };
        let root = Root {
            first: key(first),
            supervisor: supervisor.map(key),
        };
        // A family begins once.
        let _ = self.root.set(root);
    }

    /// Waits until there is a process.
    pub(super) async fn begun(&self) {
        self.root.wait().await;
    }

    /// The memory that the processes have together, in kB: at its peak where there is one process.
    ///
    /// Pages that several have in common are counted once, where it matters: above the limit.
    pub(super) fn memory_kb(&self, depth: Depth, limit_kb: u64) -> u64 {
        let Some(root) = self.root.get() else {
            return 0;
        };
        let peak = system::peak_kb(root.first.id).unwrap_or_default();
        let members: Vec<u32> = match depth {
            Depth::Known => self.known_now(),
            Depth::Below => ids(self.below()),
            Depth::All => ids(self.members(&self.census.since(before(MEMORY_AGE)))),
        };
        if members.len() < 2 {
            return peak;
        }
        let sum = |of: fn(u32) -> Option<u64>| -> u64 {
            members.iter().filter_map(|member| of(*member)).sum()
        };
        let mut together = sum(system::resident_kb);
        if together > limit_kb {
            together = sum(|id| system::share_kb(id).or_else(|| system::resident_kb(id)));
        }
        peak.max(together)
    }

    /// Those that have been seen before and are still there.
    fn known_now(&self) -> Vec<u32> {
        let known: Vec<ProcessKey> = self.known().iter().copied().collect();
        if known.len() < 2 {
            return Vec::new();
        }
        let is_there =
            |key: &ProcessKey| ProcessStat::of(key.id).is_some_and(|now| now.key == *key);
        ids_of(known.into_iter().filter(is_there))
    }

    /// Who is at the other end of a connection; `peer` is the address of that end.
    pub(super) fn peer(&self, peer: SocketAddr, local: SocketAddr) -> Peer {
        match system::socket_of(peer, local) {
            Ok(Some(socket)) => self.owner(socket),
            Ok(None) => Peer::Other,
            Err(error) => {
                tracing::debug!(%error, "the system does not tell who is connected");
                Peer::Unknown
            }
        }
    }

    /// Who has a socket open.
    fn owner(&self, socket: u64) -> Peer {
        // Nearly always the first one.
        if look_for(socket, &self.below()) == Has::Yes {
            return Peer::Own;
        }
        let view = self.census.since(Instant::now());
        match look_for(socket, &self.members(&view)) {
            Has::Yes => Peer::Own,
            Has::No => Peer::Other,
            // What a process does not show is its own only where it is nobody else's.
            Has::Hidden => match look_for(socket, view.forest.all()) {
                Has::Yes => Peer::Other,
                Has::No | Has::Hidden => Peer::Unknown,
            },
        }
    }

    /// Kills all processes, until none is seen that has not been killed.
    pub(super) fn kill(&self) {
        let mut killed = HashSet::new();
        for _ in 0..KILL_LOOKS {
            let members = self.members_now();
            let fresh: Vec<ProcessKey> = members
                .iter()
                .filter(|member| !member.ended)
                .map(|member| member.key)
                .filter(|key| killed.insert(*key))
                .collect();
            if fresh.is_empty() {
                return;
            }
            fresh.into_iter().for_each(system::kill);
        }
        tracing::warn!(
            runtime_api = %self.address,
            "a function starts processes faster than they can be killed"
        );
    }

    /// Whether all have ended. Those that this process has inherited disappear with this look.
    pub(super) fn is_gone(&self) -> bool {
        let own = std::process::id();
        // The child of this process that another part of it waits for.
        let awaited = self.root.get().filter(|root| root.supervisor.is_none());
        let awaited = awaited.map(|root| root.first);
        let mut gone = true;
        for member in self.members_now() {
            if !member.ended {
                gone = false;
            } else if member.parent == own && awaited != Some(member.key) {
                system::bury(member.key);
            }
        }
        gone
    }

    /// The first process and those below it, without looking at any other; with a supervisor, orphans
    /// as well.
    fn below(&self) -> Vec<ProcessStat> {
        let Some(root) = self.root.get() else {
            return Vec::new();
        };
        let top = root.supervisor.unwrap_or(root.first);
        let mut below = system::below(top.id);
        if below.first().is_none_or(|first| first.key != top) {
            return Vec::new();
        }
        if root.supervisor.is_some() {
            below.remove(0);
        }
        if below.len() > 1 {
            self.known().extend(below.iter().map(|process| process.key));
        }
        below
    }

    fn members_now(&self) -> Vec<ProcessStat> {
        self.members(&self.census.since(Instant::now()))
    }

    /// All that are found in a view.
    fn members(&self, view: &View) -> Vec<ProcessStat> {
        let Some(root) = self.root.get() else {
            return Vec::new();
        };
        let own = std::process::id();
        let mut known = self.known();
        let supervisor = root.supervisor.filter(|key| view.forest.has(*key));
        let members = view.forest.closure(|process| {
            process.key == root.first
                || process.group == root.first.id
                || supervisor.is_some_and(|key| process.parent == key.id)
                || known.contains(&process.key)
                // Only what has started since can be an orphan of it.
                || (process.key.started >= root.first.started
                    && process.key.id != own
                    // It has the environment of the program that it starts.
                    && Some(process.key) != root.supervisor
                    && match view.runtime_api(process) {
                        Some(address) => address == self.address,
                        None => {
                            view.is_stray(process)
                                && system::is_in(process.key.id, &self.directory)
                        }
                    })
        });
        *known = members.iter().map(|process| process.key).collect();
        members
    }

    fn known(&self) -> MutexGuard<'_, HashSet<ProcessKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether one of the processes has the socket open.
fn look_for(socket: u64, processes: &[ProcessStat]) -> Has {
    let mut found = Has::No;
    for process in processes {
        match system::has_socket(process.key.id, socket) {
            Has::Yes => return Has::Yes,
            Has::Hidden => found = Has::Hidden,
            Has::No => {}
        }
    }
    found
}

fn ids(processes: Vec<ProcessStat>) -> Vec<u32> {
    ids_of(processes.into_iter().map(|process| process.key))
}

fn ids_of(keys: impl Iterator<Item = ProcessKey>) -> Vec<u32> {
    keys.map(|key| key.id).collect()
}

/// The moment so long ago.
fn before(age: Duration) -> Instant {
    let now = Instant::now();
    now.checked_sub(age).unwrap_or(now)
}

/// The families that there are now.
#[derive(Default)]
pub(crate) struct Families {
    census: Arc<Census>,
    all: Mutex<Vec<Weak<Family>>>,
}

impl Families {
    /// A new family, without processes, whose Runtime API has the address and whose code is in the
    /// directory, by its canonical path. It is one of these until it is dropped.
    pub(super) fn new_family(&self, runtime_api: SocketAddr, directory: PathBuf) -> Arc<Family> {
        let family = Arc::new(Family {
            address: runtime_api,
            directory,
            census: Arc::clone(&self.census),
            root: SetOnce::new(),
            known: Mutex::default(),
        });
        let mut all = self.all();
        all.retain(|family| family.strong_count() > 0);
        all.push(Arc::downgrade(&family));
        family
    }

    /// Whether a process of any of them is at the other end of a TCP connection of this machine;
    /// `peer` is the address of that end. Where the system does not tell, it is none.
    pub(crate) fn is_peer(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        let families: Vec<Arc<Family>> = self.all().iter().filter_map(Weak::upgrade).collect();
        if families.is_empty() {
            return false;
        }
        let socket = match system::socket_of(peer, local) {
            Ok(Some(socket)) => socket,
            Ok(None) => return false,
            Err(error) => {
                tracing::debug!(%error, "the system does not tell who is connected");
                return false;
            }
        };
        let below = |family: &Arc<Family>| look_for(socket, &family.below()) == Has::Yes;
        if families.iter().any(below) {
            return true;
        }
        let view = self.census.since(Instant::now());
        let members = families.iter().flat_map(|family| family.members(&view));
        match look_for(socket, &members.collect::<Vec<_>>()) {
            Has::Yes => true,
            Has::No => false,
            // A function that shows nothing is taken for who it may be.
            Has::Hidden => look_for(socket, view.forest.all()) != Has::Yes,
        }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Weak<Family>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
