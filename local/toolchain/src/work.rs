//! Temporary directories of running commands, and the removal of those that killed commands have left
//! behind.
//!
//! Next to each directory, in the system's directory for temporary files, is a file with the same name
//! and the suffix `.lock`. It is created and locked before the directory, and removed after it. So a lock
//! that nothing holds belongs to a command that has ended, and a directory that is to stay has no lock.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::mem;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use local_process::end_processes_in;
use tempfile::NamedTempFile;

use crate::error::Result;
use crate::files::{io_error, remove_dir_if_present};

/// The prefix of the names, and the suffix of the locks.
const PREFIX: &str = "connect-local-";
const LOCK_SUFFIX: &str = ".lock";

/// The directories of this process. It is locked while one is created or removed, so that a process that
/// ends finds all of them in a consistent state.
static OWN: Mutex<OwnDirectories> = Mutex::new(OwnDirectories {
    directories: BTreeSet::new(),
    ended: false,
});

struct OwnDirectories {
    directories: BTreeSet<PathBuf>,
    /// Whether the process is about to end, so that a new directory would not be removed.
    ended: bool,
}

fn own<T>(change: impl FnOnce(&mut OwnDirectories) -> T) -> T {
    change(&mut OWN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// An empty directory, which is removed with its contents when this is dropped. If the process is killed,
/// the next [`sweep`] removes it.
#[derive(Debug)]
pub struct WorkDirectory {
    path: PathBuf,
    /// Removed after the directory, and locked as long as the directory exists.
    lock: Option<NamedTempFile>,
}

impl WorkDirectory {
    /// Creates a directory in the system's directory for temporary files. Other users cannot read it.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub fn new() -> Result<Self> {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(parent: &Path) -> Result<Self> {
        own(|own| {
            if own.ended {
                let error = io::Error::other("the program is about to end");
                return Err(io_error("create a directory in", parent)(error));
            }
            let made = Self::make_in(parent)?;
            own.directories.insert(made.path.clone());
            Ok(made)
        })
    }

    fn make_in(parent: &Path) -> Result<Self> {
        let failed = || io_error("create a directory in", parent);
        loop {
            let lock = tempfile::Builder::new()
                .prefix(PREFIX)
                .suffix(LOCK_SUFFIX)
                .tempfile_in(parent)
                .map_err(failed())?;
            lock.as_file().lock().map_err(failed())?;
            // A sweep may have found it before it was locked.
            if !is_at(lock.as_file(), lock.path()) {
                continue;
            }
            let path = directory_of(lock.path());
            match DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(io_error("create", &path))?,
            }
            return Ok(Self {
                path,
                lock: Some(lock),
            });
        }
    }

    /// Returns the path of the directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the directory for inspection; no sweep removes it.
    #[must_use]
    pub fn keep(mut self) -> PathBuf {
        own(|own| {
            own.directories.remove(&self.path);
            // Without its lock, no sweep takes it.
            drop(self.lock.take());
        });
        mem::take(&mut self.path)
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        let Some(lock) = self.lock.take() else {
            return;
        };
        own(|own| match remove_dir_if_present(&self.path) {
            Ok(()) => {
                own.directories.remove(&self.path);
                drop(lock);
            }
            Err(error) => {
                // A process still writes there. Removing it is tried again at the end, and by the next
                // sweep.
                tracing::debug!(%error, "cannot remove a temporary directory");
                drop(lock.keep());
            }
        });
    }
}

/// Returns the directory that a lock belongs to.
fn directory_of(lock: &Path) -> PathBuf {
    lock.with_extension("")
}

/// Reports whether this file is still the one at the path.
fn is_at(file: &File, path: &Path) -> bool {
    let same = |one: &fs::Metadata, other: &fs::Metadata| {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    };
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(one), Ok(other)) => same(&one, &other),
        _ => false,
    }
}

/// Removes all remaining directories of this process. For a process that is about to end, and that no
/// longer writes to them.
pub fn remove_work_directories() {
    own(|own| {
        own.ended = true;
        for path in mem::take(&mut own.directories) {
            let mut lock = path.clone().into_os_string();
            lock.push(LOCK_SUFFIX);
            let removed = remove_dir_if_present(&path);
            if let Err(error) = removed.and_then(|()| remove_file_if_present(Path::new(&lock))) {
                tracing::warn!(%error, "cannot remove a temporary directory");
            }
        }
    });
}

fn remove_file_if_present(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// A directory that a sweep has removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    pub directory: PathBuf,
    /// The processes that still ran in it and were killed, with their ids and names.
    pub processes: Vec<(u32, String)>,
}

/// Removes the directories of killed commands, after killing the processes that still run in them.
/// Directories of running commands and other users, and those that were kept, are not touched. The result
/// contains an error for each directory that cannot be removed; the next sweep tries it again.
///
/// # Errors
///
/// When the directory for temporary files cannot be read.
pub fn sweep() -> Result<Vec<Result<Swept>>> {
    sweep_in(&std::env::temp_dir())
}

fn sweep_in(parent: &Path) -> Result<Vec<Result<Swept>>> {
    let mut locks = Vec::new();
    for entry in fs::read_dir(parent).map_err(io_error("read", parent))? {
        let entry = entry.map_err(io_error("read", parent))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(LOCK_SUFFIX) {
            locks.push(entry.path());
        }
    }
    locks.sort();
    let swept = locks.iter().map(|lock| sweep_one(lock));
    Ok(swept.filter_map(Result::transpose).collect())
}

/// Removes a lock and its directory, unless a process holds the lock.
fn sweep_one(path: &Path) -> Result<Option<Swept>> {
    let own = rustix::process::getuid().as_raw();
    let is_own = |of: io::Result<fs::Metadata>, kind: fn(&fs::Metadata) -> bool| {
        of.is_ok_and(|of| of.uid() == own && kind(&of))
    };
    if !is_own(fs::symlink_metadata(path), fs::Metadata::is_file) {
        return Ok(None);
    }
    let lock = match File::open(path) {
        Ok(lock) => lock,
        // Its command has just ended.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("open", path)(error)),
    };
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(io_error("lock", path)(error)),
    }
    // Another sweep may have removed it, and another command may have created one with the same name.
    if !is_at(&lock, path) {
        return Ok(None);
    }
    let directory = directory_of(path);
    let mut swept = None;
    if is_own(fs::symlink_metadata(&directory), fs::Metadata::is_dir) {
        // As `/proc` names it, without links.
        let there = directory
            .canonicalize()
            .map_err(io_error("find", &directory))?;
        let processes = end_processes_in(&there);
        remove_dir_if_present(&directory)?;
        swept = Some(Swept {
            directory,
            processes,
        });
    }
    remove_file_if_present(path)?;
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    /// Creates the directory of a command that was killed: its lock exists and is not held.
    fn left(parent: &Path, name: &str) -> PathBuf {
        let directory = parent.join(format!("{PREFIX}{name}"));
        fs::create_dir_all(directory.join("below")).unwrap();
        fs::write(directory.join("below/file"), "x").unwrap();
        fs::write(parent.join(format!("{PREFIX}{name}{LOCK_SUFFIX}")), "").unwrap();
        directory
    }

    fn swept_in(parent: &Path) -> Vec<Swept> {
        let swept = sweep_in(parent).unwrap().into_iter();
        swept.collect::<Result<_>>().unwrap()
    }

    fn names(parent: &Path) -> Vec<String> {
        let mut names: Vec<_> = parent
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_directory_is_removed_with_its_lock() {
        let parent = tempfile::tempdir().unwrap();
        let work = WorkDirectory::new_in(parent.path()).unwrap();
        let mode = work.path().metadata().unwrap().mode();
        assert_eq!(
            mode & 0o777,
            0o700,
            "other users must not be able to read it"
        );
        assert_eq!(names(parent.path()).len(), 2);
        fs::write(work.path().join("file"), "x").unwrap();
        drop(work);
        assert_eq!(names(parent.path()), [] as [&str; 0]);
    }

    #[test]
    fn only_directories_of_killed_commands_are_swept() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path();
        let running = WorkDirectory::new_in(place).unwrap();
        let kept = WorkDirectory::new_in(place).unwrap().keep();
        let one = left(place, "one");
        // It was killed before it had created its directory.
        fs::write(place.join("connect-local-two.lock"), "").unwrap();
        // Not ours by their names, or without a lock.
        for other in ["connect-pin-sms-old", "connect-local-old", "other"] {
            fs::create_dir(place.join(other)).unwrap();
        }
        fs::write(place.join("other.lock"), "").unwrap();
        std::os::unix::fs::symlink("other.lock", place.join("connect-local-link.lock")).unwrap();

        let swept = swept_in(place);
        let expected = Swept {
            directory: one,
            processes: Vec::new(),
        };
        assert_eq!(swept, [expected]);
        assert!(running.path().is_dir() && kept.is_dir());
        let mut expected = vec![
            "connect-local-link.lock".to_owned(),
            "connect-local-old".to_owned(),
            "connect-pin-sms-old".to_owned(),
            "other".to_owned(),
            "other.lock".to_owned(),
        ];
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        expected.push(name(&kept));
        expected.push(name(running.path()));
        expected.push(format!("{}{LOCK_SUFFIX}", name(running.path())));
        expected.sort();
        assert_eq!(names(place), expected);
        assert_eq!(swept_in(place), []);
    }

    #[test]
    #[allow(clippy::print_stderr, reason = "a skipped test prints its reason")]
    fn a_directory_that_cannot_be_removed_is_reported_and_the_rest_is_swept() {
        if rustix::process::getuid().is_root() {
            eprintln!("skipped: root removes everything");
            return;
        }
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path();
        let stubborn = left(place, "a");
        let other = left(place, "b");
        let change = |mode| {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(stubborn.join("below"), mode).unwrap();
        };
        change(0o500);
        let swept = sweep_in(place).unwrap();
        assert!(swept[0].is_err(), "{swept:?}");
        let expected = Swept {
            directory: other,
            processes: Vec::new(),
        };
        assert_eq!(*swept[1].as_ref().unwrap(), expected);
        // The next sweep tries it again.
        change(0o700);
        assert_eq!(swept_in(place)[0].directory, stubborn);
    }

    #[test]
    fn processes_that_run_in_it_end_first() {
        let parent = tempfile::tempdir().unwrap();
        let directory = left(parent.path(), "one");
        let mut sleep = Command::new("sleep")
            .arg("600")
            .current_dir(directory.join("below"))
            .spawn()
            .unwrap();
        let swept = swept_in(parent.path());
        let id = sleep.id();
        assert_eq!(swept[0].processes, [(id, "sleep".to_owned())]);
        assert!(!sleep.wait().unwrap().success());
    }

    #[test]
    fn directories_are_created_and_swept_concurrently() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path();
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    for _ in 0..50 {
                        let work = WorkDirectory::new_in(place).unwrap();
                        let file = work.path().join("file");
                        fs::write(&file, "x").unwrap();
                        assert_eq!(swept_in(place), []);
                        assert!(file.is_file(), "a running command's directory was swept");
                    }
                });
            }
        });
        assert_eq!(names(place), [] as [&str; 0]);
    }
}
