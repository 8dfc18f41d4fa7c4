//! A cache whose entries are all invalidated together.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most values of a cache. They can be computed again, so at the limit all are dropped.
const MAX_VALUES: usize = 10_000;

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
pub(crate) struct ComputationStart(u64);

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
    pub(crate) fn recall(&self, key: &K) -> Result<V, ComputationStart> {
        let state = self.state();
        state
            .values
            .get(key)
            .cloned()
            .ok_or(ComputationStart(state.generation))
    }

    /// Stores a value, unless the cache was invalidated after its computation began.
    pub(crate) fn keep(&self, begun: ComputationStart, key: K, value: V) {
        let mut state = self.state();
        if begun == ComputationStart(state.generation) {
            if state.values.len() >= MAX_VALUES {
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
    fn the_number_of_values_is_limited() {
        let memory = GenerationCache::new();
        for key in 0..3 * MAX_VALUES {
            let begun = memory.recall(&key).unwrap_err();
            memory.keep(begun, key, ());
            assert!(memory.state().values.len() <= MAX_VALUES);
            assert_eq!(memory.recall(&key), Ok(()));
        }
    }

    #[test]
    fn a_value_begun_before_an_invalidation_is_not_stored() {
        let memory = GenerationCache::new();
        let begun = memory.recall(&"k").unwrap_err();
        memory.keep(begun, "k", 1);
        assert_eq!(memory.recall(&"k"), Ok(1));
        memory.forget();
        memory.keep(begun, "k", 1);
        assert!(memory.recall(&"k").is_err());
    }
}
