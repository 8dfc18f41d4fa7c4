//! The room for functions: the disk that their code takes, and the memory of their versions and aliases.
//!
//! AWS limits the code of a Region to 75 GB, which is more than the disk of a developer's machine may have
//! left, and each version counts. Here unpacked packages count, since they are what is on the disk, and
//! versions and aliases count a flat amount.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most bytes by default.
pub(crate) const DEFAULT: u64 = 4 * 1024 * 1024 * 1024;

/// The bytes that a file, directory or link counts beside its content: a block of most file systems.
pub(crate) const ENTRY: u64 = 4 * 1024;

/// The bytes that a version or an alias counts beside its code. It takes less, but this limits their
/// number as well.
pub(crate) const RECORD: u64 = 256 * 1024;

/// The room that is left.
#[derive(Debug)]
pub(crate) struct CodeStorage(Mutex<u64>);

impl CodeStorage {
    pub(crate) fn new(bytes: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(bytes)))
    }

    /// Takes so many bytes; returns `None` if there are not as many.
    pub(crate) fn take(self: &Arc<Self>, bytes: u64) -> Option<StoredBytes> {
        let mut left = self.left();
        *left = left.checked_sub(bytes)?;
        Some(StoredBytes {
            storage: Arc::clone(self),
            bytes,
        })
    }

    fn left(&self) -> MutexGuard<'_, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Taken bytes, which are given back when this is dropped.
#[derive(Debug)]
pub(crate) struct StoredBytes {
    storage: Arc<CodeStorage>,
    bytes: u64,
}

impl Drop for StoredBytes {
    fn drop(&mut self) {
        *self.storage.left() += self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_taken_once_and_given_back() {
        let storage = CodeStorage::new(10);
        let six = storage.take(6).unwrap();
        assert!(storage.take(5).is_none());
        let four = storage.take(4).unwrap();
        assert!(storage.take(1).is_none());
        drop(six);
        assert!(storage.take(7).is_none());
        assert!(storage.take(6).is_some());
        drop(four);
        assert!(storage.take(10).is_some());
    }
}
