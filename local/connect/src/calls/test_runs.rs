//! The executions of test cases that run: one task for each, which starts the next in the queue at its end.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use connect_test_cases::Matching;
use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::state::{Conclusion, Counts, TestExecutions, Turn};
use crate::{ConnectService, InstanceFacts};

/// The tasks of executions, until the account ends.
#[derive(Debug)]
pub(crate) struct TestRuns(Mutex<Option<JoinSet<()>>>);

impl Default for TestRuns {
    fn default() -> Self {
        Self(Mutex::new(Some(JoinSet::new())))
    }
}

impl TestRuns {
    /// Reports whether an execution can run: the account has not ended, and has a runtime.
    pub(crate) fn can_run(&self) -> bool {
        let tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.is_some() && Handle::try_current().is_ok()
    }

    fn spawn(&self, runtime: &Handle, run: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = tasks.as_mut() {
            // Those that are over would stay in memory.
            while tasks.try_join_next().is_some() {}
            tasks.spawn_on(run, runtime);
        }
    }

    /// Aborts everything that runs; nothing runs afterwards.
    fn end(&self) {
        let tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Dropping a set aborts its tasks.
        drop(tasks);
    }
}

impl ConnectService {
    /// Aborts the executions of test cases, which run in the background, and starts no more of them.
    pub fn end_test_runs(&self) {
        self.test_runs.end();
    }

    /// Starts the executions in the queue of an instance whose turn has come.
    pub(crate) fn run_tests(self: &Arc<Self>, instance: &InstanceFacts) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        while let Some(turn) = self
            .with_test_executions(instance, TestExecutions::take_turn)
            .flatten()
        {
            let (service, instance) = (Arc::clone(self), instance.clone());
            let run = async move {
                let id = turn.id.clone();
                let conclusion = AssertUnwindSafe(service.conclusion(&instance, turn));
                // A panic must not keep its place among the five that run.
                let conclusion = conclusion.catch_unwind().await.unwrap_or_else(|_| {
                    tracing::error!("the execution {id} of a test case panicked");
                    Conclusion::not_started("The local account has a bug: the execution panicked")
                });
                service.with_test_executions(&instance, |all| all.conclude(&id, conclusion));
                service.run_tests(&instance);
            };
            self.test_runs.spawn(&runtime, run);
        }
    }

    /// Runs a test to its end.
    async fn conclusion(self: &Arc<Self>, instance: &InstanceFacts, turn: Turn) -> Conclusion {
        let Some(start) = &turn.runnable.start else {
            return Conclusion::not_started(
                "Invalid execution parameters: the test case must have an EntryPoint",
            );
        };
        let total = turn.runnable.case.observations.len();
        let outcome = self.run_test(
            instance.clone(),
            turn.runnable.case,
            start,
            Matching::default(),
            turn.stop,
        );
        match outcome.await {
            Ok(outcome) => {
                let (passed, failed) = outcome.report.counts();
                Conclusion {
                    status: outcome.report.status,
                    counts: Counts {
                        total,
                        passed,
                        failed,
                    },
                    records: outcome.report.records,
                }
            }
            Err(error) => {
                Conclusion::not_started(&format!("Invalid execution parameters: {error}"))
            }
        }
    }

    /// Reads or changes the executions of an instance, unless it was deleted.
    fn with_test_executions<T>(
        &self,
        instance: &InstanceFacts,
        act: impl FnOnce(&mut TestExecutions) -> T,
    ) -> Option<T> {
        let mut state = self.state();
        let instance = state.instance_mut(&instance.region, &instance.id).ok()?;
        Some(act(&mut instance.test_executions))
    }
}
