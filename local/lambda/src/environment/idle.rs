//! Idle environments: how many are kept, and for how long.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// The limits of idle environments: number and time.
///
/// AWS keeps them for minutes and does not document their number. Here each is a process of one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleLimits {
    /// Environments that are idle for longer are ended, except without time limits, when a debugger may
    /// be about to attach.
    pub age: Duration,
    /// When more are idle, those that have been idle the longest are ended.
    pub count: usize,
}

impl Default for IdleLimits {
    /// 10 minutes, 256 environments.
    fn default() -> Self {
        Self {
            age: Duration::from_secs(10 * 60),
            count: 256,
        }
    }
}

/// The idle environments, by the version that they run.
pub(super) struct Idle<E> {
    waiting: HashMap<Uuid, Vec<(Instant, E)>>,
    count: usize,
}

impl<E> Default for Idle<E> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
            count: 0,
        }
    }
}

impl<E> Idle<E> {
    /// Adds an environment that becomes idle.
    pub(super) fn push(&mut self, version: Uuid, now: Instant, environment: E) {
        let waiting = self.waiting.entry(version).or_default();
        waiting.push((now, environment));
        self.count += 1;
    }

    /// Takes the environment of a version that was used last, which is the least likely to have died
    /// since.
    pub(super) fn pop(&mut self, version: Uuid) -> Option<E> {
        let waiting = self.waiting.get_mut(&version)?;
        let (_, environment) = waiting.pop()?;
        if waiting.is_empty() {
            self.waiting.remove(&version);
        }
        self.count -= 1;
        Some(environment)
    }

    /// Takes all environments of a version.
    pub(super) fn remove(&mut self, version: Uuid) -> Vec<E> {
        let removed = self.waiting.remove(&version).unwrap_or_default();
        self.count -= removed.len();
        removed.into_iter().map(|(_, one)| one).collect()
    }

    /// Takes all environments.
    pub(super) fn clear(&mut self) -> Vec<E> {
        self.count = 0;
        let all = std::mem::take(&mut self.waiting);
        all.into_values().flatten().map(|(_, one)| one).collect()
    }

    /// Takes the one that has been idle the longest, if there are more than allowed.
    pub(super) fn surplus(&mut self, limits: &IdleLimits) -> Option<E> {
        match self.count > limits.count {
            true => self.take_oldest(),
            false => None,
        }
    }

    /// Takes the one that has been idle the longest, if its time is over.
    pub(super) fn overdue(&mut self, limits: &IdleLimits, now: Instant) -> Option<E> {
        match self.oldest()?.1 + limits.age <= now {
            true => self.take_oldest(),
            false => None,
        }
    }

    /// Returns when the next environment will have been idle for too long.
    pub(super) fn next_overdue(&self, limits: &IdleLimits) -> Option<Instant> {
        Some(self.oldest()?.1 + limits.age)
    }

    fn take_oldest(&mut self) -> Option<E> {
        let (version, _) = self.oldest()?;
        let waiting = self.waiting.get_mut(&version)?;
        // The first of a version has been idle the longest.
        let (_, environment) = waiting.remove(0);
        if waiting.is_empty() {
            self.waiting.remove(&version);
        }
        self.count -= 1;
        Some(environment)
    }

    fn oldest(&self) -> Option<(Uuid, Instant)> {
        self.waiting
            .iter()
            .filter_map(|(version, waiting)| Some((*version, waiting.first()?.0)))
            .min_by_key(|(_, since)| *since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMITS: IdleLimits = IdleLimits {
        age: Duration::from_secs(60),
        count: 2,
    };

    #[test]
    fn the_last_used_is_reused_and_the_longest_idle_ends_first() {
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let start = Instant::now();
        let mut idle = Idle::default();
        idle.push(one, start, "first");
        idle.push(other, start + SECOND, "second");
        assert_eq!(idle.surplus(&LIMITS), None);
        idle.push(one, start + 2 * SECOND, "third");
        assert_eq!(idle.surplus(&LIMITS), Some("first"));
        assert_eq!(idle.surplus(&LIMITS), None);
        idle.push(one, start + 3 * SECOND, "fourth");
        assert_eq!(idle.pop(one), Some("fourth"));
        assert_eq!(idle.remove(one), ["third"]);
        assert_eq!((idle.pop(one), idle.pop(other)), (None, Some("second")));
        assert_eq!(idle.next_overdue(&LIMITS), None);
    }

    #[test]
    fn an_environment_ends_when_its_idle_time_is_over() {
        let version = Uuid::new_v4();
        let start = Instant::now();
        let mut idle = Idle::default();
        idle.push(version, start, "first");
        idle.push(version, start + 10 * SECOND, "second");
        let due = start + LIMITS.age;
        assert_eq!(idle.next_overdue(&LIMITS), Some(due));
        assert_eq!(idle.overdue(&LIMITS, due - SECOND), None);
        assert_eq!(idle.overdue(&LIMITS, due), Some("first"));
        assert_eq!(idle.overdue(&LIMITS, due), None);
        assert_eq!(idle.next_overdue(&LIMITS), Some(due + 10 * SECOND));
        assert_eq!(idle.clear(), ["second"]);
        assert_eq!(idle.overdue(&LIMITS, due + 60 * SECOND), None);
    }
}
