//! The processes of an execution environment: their identity, memory and end.
//!
//! The processes of an environment are the one that was started, everything below it, the process group
//! that it leads, and orphans. Orphans are the children of its supervisor, if the program that hosts
//! functions starts them with one; processes that were seen below it before; processes that still have
//! the address of its Runtime API in their environment variables, which is unique to an environment; and
//! processes that have dropped those variables but still are in the directory of its code. (Environments
//! of one version share that directory, so such a process may end with another environment.) Without a
//! supervisor, a process is not found if it starts a session of its own, lets its parent end, drops its
//! variables and leaves the directory, all between two looks.
//!
//! All of this is read in `/proc`, except for sockets, which are queried from the kernel. Without `/proc`
//! (macOS) an environment is its process group, and the other end of a connection cannot be identified.

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
use system::SocketOwnership;

/// The limit of snapshots for killing processes. More than one is needed only when a process starts
/// others while it is being killed.
const KILL_LOOKS: usize = 100;
/// The largest age of a snapshot that is used to measure memory.
const MEMORY_AGE: Duration = Duration::from_millis(400);

/// The processes that a memory measurement includes: the more, the longer it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Processes that were seen before.
    Known,
    /// The first process and those below it.
    Below,
    /// Orphans as well.
    All,
}

/// The process at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// A process of the environment.
    Own,
    /// A process outside the environment, or one that has ended.
    Other,
    /// The system does not provide this information.
    Unknown,
}

/// The ancestors of an environment's processes.
#[derive(Debug, Clone, Copy)]
struct Root {
    /// The process that was started.
    first: ProcessKey,
    /// The process between this one and the first. It does not belong to the environment. Orphans are its
    /// children until it ends.
    supervisor: Option<ProcessKey>,
}

/// The processes of one environment. All methods except [`begin`](Self::begin) and [`begun`](Self::begun)
/// read much of `/proc` and must not run on the threads of an event loop.
pub(crate) struct Family {
    /// The address of the Runtime API, which marks the environment's processes.
    address: SocketAddr,
    /// The directory of the function's code.
    directory: PathBuf,
    census: Arc<Census>,
    root: SetOnce<Root>,
    /// Processes that were seen below the root. They may lose their parents.
    known: Mutex<HashSet<ProcessKey>>,
}

impl Family {
    /// Registers the first process, and its supervisor if there is one.
    pub(super) fn begin(&self, first: u32, supervisor: Option<u32>) {
        let key = |id| {
            let started = ProcessStat::of(id).map_or(0, |process| process.key.started);
            ProcessKey { id, started }
        };
        let root = Root {
            first: key(first),
            supervisor: supervisor.map(key),
        };
        // A family begins only once.
        let _ = self.root.set(root);
    }

    /// Waits until there is a process.
    pub(super) async fn begun(&self) {
        self.root.wait().await;
    }

    /// Returns the memory of all processes together in kB; of a single process, its peak.
    ///
    /// Shared pages are counted once when it matters: above the limit.
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

    /// Returns the processes that were seen before and still exist.
    fn known_now(&self) -> Vec<u32> {
        let known: Vec<ProcessKey> = self.known().iter().copied().collect();
        if known.len() < 2 {
            return Vec::new();
        }
        let is_there =
            |key: &ProcessKey| ProcessStat::of(key.id).is_some_and(|now| now.key == *key);
        ids_of(known.into_iter().filter(is_there))
    }

    /// Identifies the process at the other end of a connection, which has the address `peer`.
    pub(super) fn peer(&self, peer: SocketAddr, local: SocketAddr) -> Peer {
        match system::socket_of(peer, local) {
            Ok(Some(socket)) => self.owner(socket),
            Ok(None) => Peer::Other,
            Err(error) => {
                tracing::debug!(%error, "cannot identify the other end of a connection");
                Peer::Unknown
            }
        }
    }

    /// Identifies the process that has a socket open.
    fn owner(&self, socket: u64) -> Peer {
        // Nearly always the first process.
        if look_for(socket, &self.below()) == SocketOwnership::Yes {
            return Peer::Own;
        }
        let view = self.census.since(Instant::now());
        match look_for(socket, &self.members(&view)) {
            SocketOwnership::Yes => Peer::Own,
            SocketOwnership::No => Peer::Other,
            // A process with unreadable files counts as the owner only if no other process has the
            // socket.
            SocketOwnership::Hidden => match look_for(socket, view.forest.all()) {
                SocketOwnership::Yes => Peer::Other,
                SocketOwnership::No | SocketOwnership::Hidden => Peer::Unknown,
            },
        }
    }

    /// Kills all processes, until no further one is found.
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

    /// Reports whether all processes have ended. It also reaps those that this process has inherited.
    pub(super) fn is_gone(&self) -> bool {
        let own = std::process::id();
        // The child that another part of this process waits for.
        let awaited = self.root.get().filter(|root| root.supervisor.is_none());
        let awaited = awaited.map(|root| root.first);
        let mut gone = true;
        for member in self.members_now() {
            if !member.ended {
                gone = false;
            } else if member.parent == own && awaited != Some(member.key) {
                system::reap(member.key);
            }
        }
        gone
    }

    /// Returns the first process and those below it, without reading others; with a supervisor, orphans
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

    /// Returns the environment's processes in a view.
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
                // Only a process that has started later can be an orphan of it.
                || (process.key.started >= root.first.started
                    && process.key.id != own
                    // The supervisor has the environment variables of the program that it starts.
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

/// Reports whether one of the processes has the socket open.
fn look_for(socket: u64, processes: &[ProcessStat]) -> SocketOwnership {
    let mut found = SocketOwnership::No;
    for process in processes {
        match system::has_socket(process.key.id, socket) {
            SocketOwnership::Yes => return SocketOwnership::Yes,
            SocketOwnership::Hidden => found = SocketOwnership::Hidden,
            SocketOwnership::No => {}
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

/// Returns the moment this long ago.
fn before(age: Duration) -> Instant {
    let now = Instant::now();
    now.checked_sub(age).unwrap_or(now)
}

/// The families that exist.
#[derive(Default)]
pub(crate) struct Families {
    census: Arc<Census>,
    all: Mutex<Vec<Weak<Family>>>,
}

impl Families {
    /// Creates a family without processes, for the address of a Runtime API and the canonical path of a
    /// code directory. It is a member until it is dropped.
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

    /// Reports whether the process at the other end of a TCP connection of this machine belongs to a
    /// family; `peer` is the address of that end. Returns `false` if the system does not provide this
    /// information.
    pub(crate) fn is_peer(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        let families: Vec<Arc<Family>> = self.all().iter().filter_map(Weak::upgrade).collect();
        if families.is_empty() {
            return false;
        }
        let socket = match system::socket_of(peer, local) {
            Ok(Some(socket)) => socket,
            Ok(None) => return false,
            Err(error) => {
                tracing::debug!(%error, "cannot identify the other end of a connection");
                return false;
            }
        };
        let below =
            |family: &Arc<Family>| look_for(socket, &family.below()) == SocketOwnership::Yes;
        if families.iter().any(below) {
            return true;
        }
        let view = self.census.since(Instant::now());
        let members = families.iter().flat_map(|family| family.members(&view));
        match look_for(socket, &members.collect::<Vec<_>>()) {
            SocketOwnership::Yes => true,
            SocketOwnership::No => false,
            // A function's process with unreadable files counts as the owner if no other process has the
            // socket.
            SocketOwnership::Hidden => look_for(socket, view.forest.all()) != SocketOwnership::Yes,
        }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Weak<Family>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
