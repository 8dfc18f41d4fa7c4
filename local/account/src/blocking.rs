//! Long work, off the threads that serve.
//!
//! Whoever waits for it here can be dropped at any time; what has been begun goes on to its end. So
//! little is begun at once: the rest ends with those that wait.

use local_wire::Fault;
use tokio::sync::Semaphore;

/// How much of a service's long work is done at once.
const AT_ONCE: usize = 2;

/// Does the long work of one service.
#[derive(Debug)]
pub(crate) struct Blocking(Semaphore);

impl Default for Blocking {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Blocking {
    /// Does the work on a thread that serves nobody meanwhile. Where it panics, so does this.
    ///
    /// # Errors
    /// When the account is stopping.
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
    Fault::new(
        503,
        "ServiceUnavailable",
        "The local account is being stopped.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc;

    #[tokio::test]
    async fn the_thread_that_serves_is_free_while_others_work() {
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
        // This test has one thread: it would never come here if the work had it.
        begun.await.unwrap();
        finish.send(()).unwrap();
        assert_eq!(work.await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn a_panic_is_the_callers() {
        let blocking = Arc::new(Blocking::default());
        for _ in 0..=AT_ONCE {
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
