//! Waits for files to change. It says only that something happened: what, the files tell.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{Instant as Deadline, timeout_at};

/// An editor that saves makes several events; this long after the last one it is done.
const QUIET: Duration = Duration::from_millis(80);

/// A file that is written all the time is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// Directories that are watched, until it is dropped.
pub(super) struct Watch {
    events: mpsc::UnboundedReceiver<Instant>,
    watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// When the system has no watches left.
    pub(super) fn new() -> anyhow::Result<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error may hide a change, so it counts as one.
            if event.as_ref().map_or(true, changes_something) {
                // Nobody listens any more when the program ends.
                sender.send(Instant::now()).ok();
            }
        })
        .context("files cannot be watched")?;
        Ok(Self { events, watcher })
    }

    /// Watches a directory, with all that is below it or alone.
    ///
    /// # Errors
    /// When it is not there, or the system has no watches left.
    pub(super) fn add(&mut self, directory: &Path, below: bool) -> anyhow::Result<()> {
        let mode = match below {
            true => RecursiveMode::Recursive,
            false => RecursiveMode::NonRecursive,
        };
        self.watcher
            .watch(directory, mode)
            .with_context(|| format!("{} cannot be watched", directory.display()))
    }

    /// Waits until something happens and it is quiet again; when the first of it happened. What
    /// happened since the last time counts.
    ///
    /// # Errors
    /// When the watcher has ended.
    pub(super) async fn next(&mut self) -> anyhow::Result<Instant> {
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

/// False for what only looks at files, as this program itself does.
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
    async fn a_burst_of_events_is_one_and_looking_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sub/ja.json");
        fs::create_dir(directory.path().join("sub")).unwrap();
        fs::write(&file, "one").unwrap();
        let mut watch = Watch::new().unwrap();
        watch.add(directory.path(), true).unwrap();

        // As editors save: beside, then into its place.
        let beside = directory.path().join("sub/.ja.json.swp");
        fs::write(&beside, "two").unwrap();
        fs::rename(&beside, &file).unwrap();
        let waited = tokio::time::timeout(LONG, watch.next()).await;
        waited.expect("the change was not seen").unwrap();

        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert!(watch.events.try_recv().is_err(), "looking is no change");
        fs::remove_file(&file).unwrap();
        let waited = tokio::time::timeout(LONG, watch.next()).await;
        waited.expect("the removal was not seen").unwrap();
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let error = Watch::new().unwrap().add(Path::new("/no/such/place"), true);
        let said = format!("{:#}", error.unwrap_err());
        assert!(said.contains("/no/such/place cannot be watched"), "{said}");
    }
}
