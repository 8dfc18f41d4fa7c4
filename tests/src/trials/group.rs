//! Trials that share a deployment, because creating one takes most of their time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use libtest_mimic::Failed;
use tokio::sync::{Mutex, oneshot};

use super::{Entry, MACHINE, Outcome, RUNTIME, Run, Scheduled, Work, attempt, chain, short};
use crate::Failure;

/// The state that the members of a group share, such as a deployment.
pub trait Shared: Send + Sized + 'static {
    /// Creates the state. The first member that runs waits for it.
    fn create() -> impl Future<Output = Result<Self, Failure>>;

    /// Restores the state after a member failed half-way.
    fn reset(&mut self) -> impl Future<Output = Result<(), Failure>>;

    /// Removes the state after the last member. If this fails, for example because resources are left
    /// behind, the last member fails.
    fn remove(self) -> impl Future<Output = Result<(), Failure>>;
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

    /// Adds a member. It must not depend on what other members leave behind.
    #[must_use]
    pub fn member(self, name: &str, work: for<'a> fn(&'a mut W) -> Work<'a>) -> Self {
        self.with(name, false, work)
    }

    /// Adds a member that has the machine to itself, after all other members of all groups.
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
        let selected = |member: &Member<W>| run.selects(&member.name);
        let shows_all = run.shows_all();
        let slot = Arc::new(Slot {
            state: Mutex::new(SharedState::Pending),
            remaining: AtomicUsize::new(self.members.iter().filter(|one| selected(one)).count()),
        });
        let mut scheduled = Scheduled::default();
        let mut in_turn = Vec::new();
        for member in self.members {
            if !selected(&member) {
                // The runner counts the member as filtered out.
                let trial = libtest_mimic::Trial::test(member.name, || Ok(()));
                scheduled.last.push(trial);
            } else if member.alone {
                let slot = Arc::clone(&slot);
                let name = member.name.clone();
                let trial = libtest_mimic::Trial::test(name, move || {
                    RUNTIME.block_on(async {
                        let _machine = MACHINE.write().await;
                        slot.play(&member).await.into_result(shows_all)
                    })
                });
                scheduled.last.push(trial);
            } else {
                in_turn.push(member);
            }
        }
        // The first member's trial plays all members, so that no other thread waits for its turn. The
        // trials of the other members are scheduled late, and report the outcomes that it sends.
        let mut outcomes = Vec::new();
        for (n, member) in in_turn.iter().enumerate() {
            if n == 0 {
                continue;
            }
            let (sender, receiver) = oneshot::channel::<Outcome>();
            outcomes.push(sender);
            let trial = libtest_mimic::Trial::test(member.name.clone(), move || {
                match RUNTIME.block_on(receiver) {
                    Ok(outcome) => outcome.into_result(shows_all),
                    Err(_) => Err(Failed::from("the group ended before this member's turn")),
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
                        let outcome = slot.play(member).await;
                        match own {
                            None => own = Some(outcome),
                            // The member's trial waits for this outcome.
                            Some(_) => drop(outcomes.next().map(|one| one.send(outcome))),
                        }
                    }
                    own.map_or(Ok(()), |outcome| outcome.into_result(shows_all))
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
    state: Mutex<SharedState<W>>,
    /// The number of members that have not been played.
    remaining: AtomicUsize,
}

enum SharedState<W> {
    Pending,
    Ready(W),
    /// The state could not be created or has been removed, with the reason.
    Unavailable(String),
}

impl<W: Shared> Slot<W> {
    async fn play(&self, member: &Member<W>) -> Outcome {
        let mut state = self.state.lock().await;
        if matches!(*state, SharedState::Pending) {
            *state = match caught(W::create()).await {
                Ok(shared) => SharedState::Ready(shared),
                Err(why) => {
                    let why = format!("the group's shared state could not be created: {why}");
                    SharedState::Unavailable(why)
                }
            };
        }
        let mut outcome = match &mut *state {
            SharedState::Ready(shared) => {
                let mut outcome = attempt(&member.name, (member.work)(shared)).await;
                if outcome.has_failed()
                    && let Err(why) = caught(shared.reset()).await
                {
                    outcome.fail(&format!("the shared state could not be restored: {why}"));
                }
                outcome
            }
            SharedState::Unavailable(why) => Outcome::failed(&member.name, why.clone()),
            SharedState::Pending => {
                let why = "the group's shared state was not created";
                Outcome::failed(&member.name, why.to_owned())
            }
        };
        let removed = "the group's shared state has been removed";
        if self.remaining.fetch_sub(1, Ordering::Relaxed) == 1
            && let SharedState::Ready(shared) =
                std::mem::replace(&mut *state, SharedState::Unavailable(removed.to_owned()))
            && let Err(why) = caught(shared.remove()).await
        {
            outcome.fail(&format!("the shared state could not be removed: {why}"));
        }
        outcome
    }
}

/// Runs work that may panic, and returns its error or panic as text.
async fn caught<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, String> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(chain(error.as_ref())),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "it panicked".to_owned())),
    }
}
