//! A cache whose entries are all invalidated together.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most values of a cache. They can be computed again, so at the limit all are dropped.
const MOST: usize = 10_000;

/// Values by key, invalidated all at once.
pub(crate) struct GenerationCache<K, V> {
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    /// The number of invalidations.
    generation: u64,
    values: HashMap<K, V>,
}

/// The moment at which the computation of a value began. A value that was begun before an
/// invalidation may be out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun(u64);

impl<K: Hash + Eq, V: Clone> GenerationCache<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                generation: 0,
                values: HashMap::new(),
            }),
        }
    }

    /// Returns the value, or the moment at which its computation begins.
    pub(crate) fn recall(&self, key: &K) -> Result<V, Begun> {
        let state = self.state();
        state
            .values
            .get(key)
            .cloned()
            .ok_or(Begun(state.generation))
    }

    /// Stores a value, unless the cache was invalidated after its computation began.
    pub(crate) fn keep(&self, begun: Begun, key: K, value: V) {
        let mut state = self.state();
        if begun == Begun(state.generation) {
            if state.values.len() >= MOST {
                state.values.clear();
            }
            state.values.insert(key, value);
        }
    }

    /// Invalidates all values.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.generation += 1;
        state.values.clear();
    }

    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_values() {
        let memory = GenerationCache::new();
        for key in 0..3 * MOST {
            let begun = memory.recall(&key).unwrap_err();
            memory.keep(begun, key, ());
            assert!(memory.state().values.len() <= MOST);
            assert_eq!(memory.recall(&key), Ok(()));
        }
    }

    #[test]
    fn what_was_begun_before_a_change_is_not_kept() {
        let memory = GenerationCache::new();
        let begun = memory.recall(&"k").unwrap_err();
        memory.keep(begun, "k", 1);
        assert_eq!(memory.recall(&"k"), Ok(1));
        memory.forget();
        memory.keep(begun, "k", 1);
        assert!(memory.recall(&"k").is_err());
    }
}
