//! Runs long computations outside the threads that serve requests.
//!
//! A future that waits here can be dropped at any time, but a computation that was started runs to
//! its end. So few are started at once, and those that still wait end with their futures.

use local_wire::Fault;
use tokio::sync::Semaphore;

/// The most computations of a service that run at once.
const MAX_PARALLEL: usize = 2;

/// Runs the long computations of one service.
#[derive(Debug)]
pub(crate) struct Blocking(Semaphore);

impl Default for Blocking {
    fn default() -> Self {
        Self(Semaphore::new(MAX_PARALLEL))
    }
}

impl Blocking {
    /// Runs a computation on another thread. A panic in it is passed on to the caller.
    ///
    /// # Errors
    /// If the account is stopping.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let _turn = self.0.acquire().await.map_err(|_closed| stopping())?;
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => Ok(done),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_cancelled) => Err(stopping()),
            },
        }
    }
}

fn stopping() -> Fault {
    Fault::new(503, "ServiceUnavailable", "The local account is stopping.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc;

    #[tokio::test]
    async fn the_serving_thread_is_free_while_work_runs() {
        let blocking = Arc::new(Blocking::default());
        let (finish, finished) = mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let working = Arc::clone(&blocking);
        let work = tokio::spawn(async move {
            let work = move || {
                begin.send(()).unwrap();
                finished.recv().unwrap();
                7
            };
            working.run(work).await
        });
        // This test has a single thread, so it gets here only if the work runs on another.
        begun.await.unwrap();
        finish.send(()).unwrap();
        assert_eq!(work.await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn a_panic_reaches_the_caller() {
        let blocking = Arc::new(Blocking::default());
        for _ in 0..=MAX_PARALLEL {
            let working = Arc::clone(&blocking);
            let broken = tokio::spawn(async move {
                let done: Result<(), Fault> = working.run(|| panic!("broke")).await;
                done
            });
            assert!(broken.await.unwrap_err().is_panic());
        }
        assert_eq!(blocking.run(|| 1).await, Ok(1));
    }
}
