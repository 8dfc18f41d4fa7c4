//! Which environment runs an invocation, and how many may run at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use tokio::{sync::watch, task::JoinError};
use uuid::Uuid;

use super::{
    FunctionSpec, Invocation, Outcome,
    hosting::Hosting,
    process::StartError,
    run::{self, Environment},
};
use crate::{logs::Logs, trace::Tracer};

/// How many invocations of a function may run at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Concurrency {
    /// The function's reservation.
    pub(crate) reserved: Option<u32>,
    /// What all functions without a reservation share.
    pub(crate) unreserved: u32,
}

/// Why an invocation was not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// As many run already as may; Lambda's reason.
    #[error("Rate Exceeded.")]
    Throttled(&'static str),
    /// The account is being shut down.
    #[error("the account is shutting down")]
    Closed,
    /// This machine cannot run it.
    #[error("cannot run the function")]
    Machine(#[from] StartError),
    /// The task of the invocation broke.
    #[error("the invocation was lost")]
    Lost(#[from] JoinError),
}

/// The right to run one invocation, until it is dropped.
pub(crate) struct Admission {
    executor: Arc<Executor>,
    function: FunctionKey,
    reserved: bool,
    concurrent: u32,
}

impl Admission {
    /// How many invocations of the function run at the same time, this one among them.
    pub(crate) fn concurrent(&self) -> u32 {
        self.concurrent
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        {
            let mut pool = self.executor.pool();
            if !self.reserved {
                pool.unreserved -= 1;
            }
            if let Some(running) = pool.running.get_mut(&self.function) {
                *running -= 1;
                if *running == 0 {
                    pool.running.remove(&self.function);
                }
            }
        }
        self.executor.active.send_modify(|active| *active -= 1);
    }
}

/// Region and name.
type FunctionKey = (String, String);

#[derive(Default)]
struct Pool {
    closed: bool,
    running: HashMap<FunctionKey, u32>,
    unreserved: u32,
    idle: HashMap<Uuid, Vec<Environment>>,
}

/// Runs functions.
pub(crate) struct Executor {
    logs: Arc<Logs>,
    tracer: Tracer,
    hosting: Hosting,
    pool: Mutex<Pool>,
    /// Turns true when all must end.
    stop: watch::Sender<bool>,
    /// How many invocations run.
    active: watch::Sender<usize>,
}

impl Executor {
    pub(crate) fn new(logs: Arc<Logs>, tracer: Tracer, hosting: Hosting) -> Arc<Self> {
        Arc::new(Self {
            logs,
            tracer,
            hosting,
            pool: Mutex::default(),
            stop: watch::Sender::new(false),
            active: watch::Sender::new(0),
        })
    }

    /// Asks for the right to run one invocation.
    pub(crate) fn admit(
        self: &Arc<Self>,
        spec: &FunctionSpec,
        concurrency: Concurrency,
    ) -> Result<Admission, Refusal> {
        let function = (spec.region.clone(), spec.name.clone());
        let concurrent = {
            let mut pool = self.pool();
            if pool.closed {
                return Err(Refusal::Closed);
            }
            let running = pool.running.get(&function).copied().unwrap_or_default();
            match concurrency.reserved {
                Some(reserved) if running >= reserved => {
                    return Err(Refusal::Throttled(
                        "ReservedFunctionConcurrentInvocationLimitExceeded",
                    ));
                }
                None if pool.unreserved >= concurrency.unreserved => {
                    return Err(Refusal::Throttled("ConcurrentInvocationLimitExceeded"));
                }
                Some(_) => {}
                None => pool.unreserved += 1,
            }
            *pool.running.entry(function.clone()).or_default() += 1;
            self.active.send_modify(|active| *active += 1);
            running + 1
        };
        Ok(Admission {
            executor: Arc::clone(self),
            function,
            reserved: concurrency.reserved.is_some(),
            concurrent,
        })
    }

    /// Runs an invocation. It runs to its end even when the caller does not wait for it.
    pub(crate) async fn run(
        self: &Arc<Self>,
        spec: Arc<FunctionSpec>,
        admission: Admission,
        invocation: Invocation,
    ) -> Result<Outcome, Refusal> {
        let executor = Arc::clone(self);
        let task = tokio::spawn(async move {
            let outcome = executor.execute(spec, invocation).await;
            drop(admission);
            outcome
        });
        task.await?
    }

    /// Stops the environments of a version that has been replaced or deleted. Those that run an
    /// invocation finish it first.
    pub(crate) async fn retire(&self, spec: &FunctionSpec) {
        spec.retired.store(true, Ordering::Release);
        let idle = self.pool().idle.remove(&spec.id).unwrap_or_default();
        for environment in idle {
            environment.stop().await;
        }
    }

    /// Resolves when the account is being shut down.
    pub(crate) async fn stopped(&self) {
        // An error cannot come: the sender is in `self`.
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Kills every process and waits for their ends.
    pub(crate) async fn shutdown(&self) {
        for environment in self.close() {
            environment.stop().await;
        }
        let _ = self
            .active
            .subscribe()
            .wait_for(|active| *active == 0)
            .await;
    }

    /// Kills every process without waiting.
    pub(crate) fn abandon(&self) {
        drop(self.close());
    }

    fn close(&self) -> Vec<Environment> {
        let idle = {
            let mut pool = self.pool();
            pool.closed = true;
            std::mem::take(&mut pool.idle)
        };
        self.stop.send_replace(true);
        idle.into_values().flatten().collect()
    }

    async fn execute(
        &self,
        spec: Arc<FunctionSpec>,
        mut invocation: Invocation,
    ) -> Result<Outcome, Refusal> {
        let idle = self.take_idle(&spec).await;
        let stop = self.stop.subscribe();
        let (header, trace) = self.tracer.begin(&spec, &invocation);
        invocation.trace_id = header;
        let (environment, outcome) = run::execute(
            Arc::clone(&spec),
            &self.hosting,
            idle,
            &self.logs,
            invocation,
            stop,
        )
        .await?;
        if let Some(trace) = trace {
            self.tracer.end(&spec, trace, &outcome).await;
        }
        if let Some(environment) = environment
            && let Some(unwanted) = self.keep(environment)
        {
            unwanted.stop().await;
        }
        Ok(outcome)
    }

    /// The environment used last: it is the least likely to have died meanwhile.
    async fn take_idle(&self, spec: &FunctionSpec) -> Option<Environment> {
        loop {
            let mut environment = self.pool().idle.get_mut(&spec.id)?.pop()?;
            if environment.is_alive() {
                return Some(environment);
            }
            environment.stop().await;
        }
    }

    /// Gives the environment back when it must not be kept.
    fn keep(&self, environment: Environment) -> Option<Environment> {
        let mut pool = self.pool();
        // Looked at under the lock, so that `retire` either is seen here or finds it there.
        if pool.closed || environment.spec.is_retired() {
            return Some(environment);
        }
        pool.idle
            .entry(environment.spec.id)
            .or_default()
            .push(environment);
        None
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
