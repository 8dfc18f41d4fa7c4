//! Trials that share a deployment, because making one is what takes time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use libtest_mimic::Failed;
use tokio::sync::{Mutex, oneshot};

use super::{Entry, MACHINE, Outcome, RUNTIME, Run, Scheduled, Work, attempt, chain, short};
use crate::Failure;

/// What the members of a group share.
pub trait Shared: Send + Sized + 'static {
    /// Makes it; the first member that is asked for waits for that.
    fn make() -> impl Future<Output = Result<Self, Failure>>;

    /// Puts it back as it was made, after a member that failed half-way.
    fn reset(&mut self) -> impl Future<Output = Result<(), Failure>>;

    /// Takes it away once no member needs it any more; fails when something is left behind. The last
    /// member fails with it.
    fn end(self) -> impl Future<Output = Result<(), Failure>>;
}

/// Trials that share a `W`, in the order in which they were added.
pub struct Group<W> {
    members: Vec<Member<W>>,
}

struct Member<W> {
    name: String,
    alone: bool,
    work: for<'a> fn(&'a mut W) -> Work<'a>,
}

impl<W: Shared> Group<W> {
    /// A group without members.
    #[must_use]
    pub fn new() -> Self {
        Self {
            members: Vec::new(),
        }
    }

    /// Adds a member. It may rely on nothing that another leaves behind.
    #[must_use]
    pub fn member(self, name: &str, work: for<'a> fn(&'a mut W) -> Work<'a>) -> Self {
        self.with(name, false, work)
    }

    /// Adds a member that has the machine for itself, after all others of every group.
    #[must_use]
    pub fn alone(self, name: &str, work: for<'a> fn(&'a mut W) -> Work<'a>) -> Self {
        self.with(name, true, work)
    }

    fn with(mut self, name: &str, alone: bool, work: for<'a> fn(&'a mut W) -> Work<'a>) -> Self {
        self.members.push(Member {
            name: short(name),
            alone,
            work,
        });
        self
    }

    fn scheduled(self, run: &Run) -> Scheduled {
        let asked = |member: &Member<W>| run.asks_for(&member.name);
        let shows_all = run.shows_all();
        let shared = Arc::new(Slot {
            world: Mutex::new(SharedWorld::Unmade),
            left: AtomicUsize::new(self.members.iter().filter(|one| asked(one)).count()),
        });
        let mut scheduled = Scheduled::default();
        let mut in_turn = Vec::new();
        for member in self.members {
            if !asked(&member) {
                // The runner counts it among those that were filtered out.
                let trial = libtest_mimic::Trial::test(member.name, || Ok(()));
                scheduled.last.push(trial);
            } else if member.alone {
                let shared = Arc::clone(&shared);
                let name = member.name.clone();
                let trial = libtest_mimic::Trial::test(name, move || {
                    RUNTIME.block_on(async {
                        let _machine = MACHINE.write().await;
                        shared.play(&member).await.told(shows_all)
                    })
                });
                scheduled.last.push(trial);
            } else {
                in_turn.push(member);
            }
        }
        // One thread plays them all, so that no other waits for its turn; the others' trials come
        // when there is little else to do, and tell what became of them.
        let mut outcomes = Vec::new();
        for (n, member) in in_turn.iter().enumerate() {
            if n == 0 {
                continue;
            }
            let (sender, receiver) = oneshot::channel::<Outcome>();
            outcomes.push(sender);
            let trial = libtest_mimic::Trial::test(member.name.clone(), move || {
                match RUNTIME.block_on(receiver) {
                    Ok(outcome) => outcome.told(shows_all),
                    Err(_) => Err(Failed::from(
                        "the group ended before it was this one's turn",
                    )),
                }
            });
            scheduled.later.push(trial);
        }
        if let Some(first) = in_turn.first() {
            let trial = libtest_mimic::Trial::test(first.name.clone(), move || {
                RUNTIME.block_on(async {
                    let _machine = MACHINE.read().await;
                    let mut own = None;
                    let mut outcomes = outcomes.into_iter();
                    for member in &in_turn {
                        let outcome = shared.play(member).await;
                        match own {
                            None => own = Some(outcome),
                            // Its trial waits for it until the run is over.
                            Some(_) => drop(outcomes.next().map(|one| one.send(outcome))),
                        }
                    }
                    own.map_or(Ok(()), |outcome| outcome.told(shows_all))
                })
            });
            scheduled.first.push(trial);
        }
        scheduled
    }
}

impl<W: Shared> Default for Group<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: Shared> From<Group<W>> for Entry {
    fn from(group: Group<W>) -> Self {
        Self::Group(Box::new(|run| group.scheduled(run)))
    }
}

struct Slot<W> {
    world: Mutex<SharedWorld<W>>,
    /// How many members are still to be played.
    left: AtomicUsize,
}

enum SharedWorld<W> {
    Unmade,
    Made(W),
    /// It could not be made, or it has ended; why.
    Gone(String),
}

impl<W: Shared> Slot<W> {
    async fn play(&self, member: &Member<W>) -> Outcome {
        let mut world = self.world.lock().await;
        if matches!(*world, SharedWorld::Unmade) {
            *world = match survived(W::make()).await {
                Ok(made) => SharedWorld::Made(made),
                Err(why) => SharedWorld::Gone(format!("what it needs could not be made: {why}")),
            };
        }
        let mut outcome = match &mut *world {
            SharedWorld::Made(made) => {
                let mut outcome = attempt(&member.name, (member.work)(made)).await;
                if outcome.has_failed()
                    && let Err(why) = survived(made.reset()).await
                {
                    outcome.fail(&format!("and it could not be put back: {why}"));
                }
                outcome
            }
            SharedWorld::Gone(why) => Outcome::failed(&member.name, why.clone()),
            SharedWorld::Unmade => Outcome::failed(&member.name, "it was not made".to_owned()),
        };
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1
            && let SharedWorld::Made(made) =
                std::mem::replace(&mut *world, SharedWorld::Gone("it has ended".to_owned()))
            && let Err(why) = survived(made.end()).await
        {
            outcome.fail(&format!("at the end: {why}"));
        }
        outcome
    }
}

/// What became of work that may panic, as text.
async fn survived<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, String> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(chain(error.as_ref())),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "it panicked".to_owned())),
    }
}
