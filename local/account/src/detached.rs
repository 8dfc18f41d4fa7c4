//! Work that goes on when the client who asked for it has gone.

use tokio::sync::watch;

/// Runs work on tasks of their own that end with the account.
#[derive(Debug, Clone)]
pub(crate) struct Detached {
    stopped: watch::Receiver<()>,
}

impl Detached {
    /// The account lives as long as the other half.
    pub(crate) fn new() -> (watch::Sender<()>, Self) {
        let (alive, stopped) = watch::channel(());
        (alive, Self { stopped })
    }

    /// `None` when the account ends first. Dropping the future does not end the work: a service
    /// carries out what has reached it, whether or not anybody still waits.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut stopped = self.stopped.clone();
        let task = tokio::spawn(async move {
            tokio::select! {
                done = work => Some(done),
                // Nothing is ever sent: this is the sender's end.
                _ = stopped.changed() => None,
            }
        });
        match task.await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "detached work broke");
                None
            }
        }
    }
}
