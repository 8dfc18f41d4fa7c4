//! Work that continues after the client that requested it has disconnected.

use std::sync::Arc;

use tokio::sync::watch;

/// Runs work as separate tasks that end with the account.
#[derive(Debug, Clone)]
pub(crate) struct BackgroundWork {
    stopped: watch::Receiver<()>,
    /// The number of tasks that are running.
    underway: Arc<watch::Sender<usize>>,
}

/// One running task, counted until it is dropped.
struct Counted(Arc<watch::Sender<usize>>);

impl Counted {
    fn new(underway: &Arc<watch::Sender<usize>>) -> Self {
        underway.send_modify(|count| *count += 1);
        Self(Arc::clone(underway))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl BackgroundWork {
    /// Creates a pair: dropping the sender ends all work.
    pub(crate) fn new() -> (watch::Sender<()>, Self) {
        let (alive, stopped) = watch::channel(());
        let underway = Arc::new(watch::Sender::new(0));
        (alive, Self { stopped, underway })
    }

    /// Waits until no task is running.
    pub(crate) async fn settled(&self) {
        let mut underway = self.underway.subscribe();
        // The sender lives as long as this value.
        underway.wait_for(|count| *count == 0).await.ok();
    }

    /// Runs a task to its end; returns `None` if the account ends first. Dropping the future does
    /// not end the task: a service carries out a request that it has received, whether or not the
    /// client still waits.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut stopped = self.stopped.clone();
        let counted = Counted::new(&self.underway);
        let task = tokio::spawn(async move {
            let _counted = counted;
            tokio::select! {
                done = work => Some(done),
                // Nothing is ever sent; this completes when the sender is dropped.
                _ = stopped.changed() => None,
            }
        });
        match task.await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "a background task panicked");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn settles_when_abandoned_work_is_done() {
        let (_alive, background) = BackgroundWork::new();
        background.settled().await;
        let hour = Duration::from_secs(3_600);
        let work = background.run(tokio::time::sleep(hour));
        let started = tokio::time::Instant::now();
        let given_up = tokio::time::timeout(Duration::from_secs(1), work).await;
        assert!(given_up.is_err());
        background.settled().await;
        assert_eq!(started.elapsed(), hour);
    }
}
