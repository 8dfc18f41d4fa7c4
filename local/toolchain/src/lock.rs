//! Locks on files, which only one process holds at a time.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::files::{create_dir_all, io_error};
use crate::progress::Progress;

/// The pause before trying a lock again.
const RETRY: Duration = Duration::from_millis(150);

/// A held lock. Dropping it or the end of the process releases it.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock on `path`. If another process holds it, reports once what this one waits for.
    ///
    /// It polls instead of blocking a thread, so that a cancelled caller (Ctrl-C) returns immediately.
    pub(crate) async fn take(path: &Path, purpose: &str, progress: &dyn Progress) -> Result<Self> {
        if let Some(parent) = path.parent() {
            create_dir_all(parent)?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(io_error("open", path))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => {
                    if !told {
                        progress.detail(&format!(
                            "waiting for another process that is {purpose} (lock {})",
                            path.display()
                        ));
                        told = true;
                    }
                    tokio::time::sleep(RETRY).await;
                }
                Err(TryLockError::Error(error)) => return Err(io_error("lock", path)(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::progress::Silent;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Progress for Heard {
        fn step(&self, _name: &str) {}

        fn detail(&self, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }

        fn end(&self, _succeeded: bool) {}

        fn beside(&self) -> Arc<dyn Progress> {
            Arc::new(Silent)
        }
    }

    #[tokio::test]
    async fn a_second_holder_waits_and_reports_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/thing.lock");
        let first = Lock::take(&path, "making it", &Silent).await.unwrap();
        let heard = Heard::default();
        let short = Duration::from_millis(400);
        let waited = tokio::time::timeout(short, Lock::take(&path, "making it", &heard)).await;
        assert!(waited.is_err(), "the lock was not exclusive");
        drop(first);
        Lock::take(&path, "making it", &heard).await.unwrap();
        let heard = heard.0.into_inner().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains("waiting for another process that is making it"));
    }
}
