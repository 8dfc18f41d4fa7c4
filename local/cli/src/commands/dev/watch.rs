//! Waits for files to change. It reports only that something has changed; the caller compares the files.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{Instant as Deadline, timeout_at};

/// The time without events after which a change is complete: saving a file in an editor causes several.
const QUIET: Duration = Duration::from_millis(80);

/// The longest wait for quiet, for files that are written all the time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Watched directories; dropping it ends the watch.
pub(crate) struct Watch {
    events: mpsc::UnboundedReceiver<Instant>,
    watcher: RecommendedWatcher,
}

impl Watch {
    /// Creates a watch without directories.
    ///
    /// # Errors
    /// When the system's limit of watches is reached.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error may hide a change, so it counts as one.
            if event.as_ref().map_or(true, changes_something) {
                // The receiver no longer exists when the program ends.
                sender.send(Instant::now()).ok();
            }
        })
        .context("files cannot be watched")?;
        Ok(Self { events, watcher })
    }

    /// Watches a directory, with or without its subdirectories.
    ///
    /// # Errors
    /// When the directory does not exist, or the system's limit of watches is reached.
    pub(crate) fn add(&mut self, directory: &Path, below: bool) -> anyhow::Result<()> {
        let mode = match below {
            true => RecursiveMode::Recursive,
            false => RecursiveMode::NonRecursive,
        };
        self.watcher
            .watch(directory, mode)
            .with_context(|| format!("{} cannot be watched", directory.display()))
    }

    /// Waits until something has changed and no further event arrives, and returns the time of the first
    /// event. Events since the previous call count.
    ///
    /// # Errors
    /// When the watcher has ended.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Instant> {
        let first = self.events.recv().await.context("the watcher has ended")?;
        let patience = Deadline::now() + PATIENCE;
        loop {
            let quiet = patience.min(Deadline::now() + QUIET);
            if timeout_at(quiet, self.events.recv()).await.is_err() {
                return Ok(first);
            }
            if Deadline::now() >= patience {
                return Ok(first);
            }
        }
    }
}

/// Reports whether an event may be a change. Reads, such as those of this program, are not.
fn changes_something(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_burst_of_events_is_one_change_and_reading_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sub/ja.json");
        fs::create_dir(directory.path().join("sub")).unwrap();
        fs::write(&file, "one").unwrap();
        let mut watch = Watch::new().unwrap();
        watch.add(directory.path(), true).unwrap();

        // Editors save a temporary file and rename it.
        let beside = directory.path().join("sub/.ja.json.swp");
        fs::write(&beside, "two").unwrap();
        fs::rename(&beside, &file).unwrap();
        let waited = tokio::time::timeout(LONG, watch.next()).await;
        waited.expect("the change was not seen").unwrap();

        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert!(
            watch.events.try_recv().is_err(),
            "reading must not count as a change"
        );
        fs::remove_file(&file).unwrap();
        let waited = tokio::time::timeout(LONG, watch.next()).await;
        waited.expect("the removal was not seen").unwrap();
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = Watch::new().unwrap().add(Path::new("/no/such/place"), true);
        let said = format!("{:#}", error.unwrap_err());
        assert!(said.contains("/no/such/place cannot be watched"), "{said}");
    }
}
