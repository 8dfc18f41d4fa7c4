//! Assigns invocations to environments, and limits how many run at once.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, atomic::Ordering},
};

use futures_util::future::join_all;
use tokio::{
    sync::watch,
    task::JoinError,
    time::{Instant, sleep_until},
};

use super::{
    FunctionSpec, Invocation, Outcome,
    hosting::Hosting,
    idle::{Idle, IdleLimits},
    interpreters::Interpreters,
    process::StartError,
    processes::Families,
    run::{self, Environment, Host},
};
use crate::{logs::Logs, trace::Tracer};

/// The limits of a function's concurrency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Concurrency {
    /// The function's reserved concurrency.
    pub(crate) reserved: Option<u32>,
    /// The concurrency that all functions without a reservation share.
    pub(crate) unreserved: u32,
}

/// Why an invocation was not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The concurrency is used up; with Lambda's reason.
    #[error("Rate Exceeded.")]
    Throttled(&'static str),
    /// The account is being shut down.
    #[error("the account is shutting down")]
    Closed,
    /// This machine cannot start the function.
    #[error("cannot run the function")]
    Machine(#[from] StartError),
    /// The task of the invocation panicked.
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
    /// Returns how many invocations of the function run at the same time, including this one.
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

/// Region and name of a function.
type FunctionKey = (String, String);

#[derive(Default)]
struct Pool {
    closed: bool,
    running: HashMap<FunctionKey, u32>,
    unreserved: u32,
    idle: Idle<Environment>,
    /// Whether a task is waiting to end idle environments.
    reaping: bool,
}

/// Runs functions.
pub(crate) struct Executor {
    host: Host,
    tracer: Tracer,
    idle_limits: IdleLimits,
    pool: Mutex<Pool>,
    /// Becomes true when everything must end.
    stop: watch::Sender<bool>,
    /// The number of running invocations.
    active: watch::Sender<usize>,
}

impl Executor {
    pub(crate) fn new(
        logs: Arc<Logs>,
        tracer: Tracer,
        hosting: Hosting,
        idle_limits: IdleLimits,
        interpreters: Interpreters,
    ) -> Arc<Self> {
        Arc::new(Self {
            host: Host {
                hosting,
                logs,
                families: Families::default(),
                interpreters,
            },
            tracer,
            idle_limits,
            pool: Mutex::default(),
            stop: watch::Sender::new(false),
            active: watch::Sender::new(0),
        })
    }

    /// Returns the interpreters of managed runtimes.
    pub(crate) fn interpreters(&self) -> &Interpreters {
        &self.host.interpreters
    }

    /// Requests the right to run one invocation.
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

    /// Runs an invocation. It runs to its end even if the caller stops waiting.
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

    /// Stops the environments of a version that has been replaced or deleted. Running invocations finish
    /// first.
    pub(crate) async fn retire(&self, spec: &FunctionSpec) {
        spec.retired.store(true, Ordering::Release);
        let idle = self.pool().idle.remove(spec.id);
        stop_all(idle).await;
    }

    /// Reports whether the process at the other end of a connection belongs to an existing environment.
    pub(crate) fn is_function_connection(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        self.host.families.is_peer(peer, local)
    }

    /// Completes when the account is shutting down.
    pub(crate) async fn stopped(&self) {
        // Cannot fail: `self` has the sender.
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Kills all processes and waits for them to end.
    pub(crate) async fn shutdown(&self) {
        stop_all(self.close()).await;
        let _ = self
            .active
            .subscribe()
            .wait_for(|active| *active == 0)
            .await;
    }

    /// Kills all processes without waiting.
    pub(crate) fn abandon(&self) {
        drop(self.close());
    }

    fn close(&self) -> Vec<Environment> {
        let idle = {
            let mut pool = self.pool();
            pool.closed = true;
            pool.idle.clear()
        };
        self.stop.send_replace(true);
        idle
    }

    async fn execute(
        self: &Arc<Self>,
        spec: Arc<FunctionSpec>,
        mut invocation: Invocation,
    ) -> Result<Outcome, Refusal> {
        let idle = self.take_idle(&spec).await;
        let stop = self.stop.subscribe();
        let (header, trace) = self.tracer.begin(&spec, &invocation);
        invocation.trace_id = header;
        let (environment, outcome) =
            run::execute(Arc::clone(&spec), &self.host, idle, invocation, stop).await?;
        if let Some(trace) = trace {
            self.tracer.end(&spec, trace, &outcome).await;
        }
        if let Some(environment) = environment {
            stop_all(self.keep(environment)).await;
        }
        Ok(outcome)
    }

    async fn take_idle(&self, spec: &FunctionSpec) -> Option<Environment> {
        loop {
            let mut environment = self.pool().idle.pop(spec.id)?;
            if environment.is_alive() {
                return Some(environment);
            }
            environment.stop().await;
        }
    }

    /// Keeps the environment for its next invocation. Returns those that must be stopped instead.
    fn keep(self: &Arc<Self>, environment: Environment) -> Vec<Environment> {
        let mut pool = self.pool();
        // Checked under the lock, so that either `retire` takes the environment, or its retirement is
        // seen here.
        if pool.closed || environment.spec.is_retired() {
            return vec![environment];
        }
        pool.idle
            .push(environment.spec.id, Instant::now(), environment);
        let mut surplus = Vec::new();
        while let Some(environment) = pool.idle.surplus(&self.idle_limits) {
            surplus.push(environment);
        }
        if self.host.hosting.time_limits && !std::mem::replace(&mut pool.reaping, true) {
            tokio::spawn(reap(Arc::downgrade(self), self.stop.subscribe()));
        }
        surplus
    }

    /// Stops the environments whose idle time is over. Returns when the next one's will be; if there is
    /// none, the task ends.
    async fn reap(&self) -> Option<Instant> {
        loop {
            let overdue = {
                let mut pool = self.pool();
                match pool.idle.overdue(&self.idle_limits, Instant::now()) {
                    Some(overdue) => overdue,
                    None => {
                        let next = pool.idle.next_overdue(&self.idle_limits);
                        pool.reaping = next.is_some();
                        return next;
                    }
                }
            };
            overdue.stop().await;
        }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops environments concurrently.
async fn stop_all(environments: Vec<Environment>) {
    join_all(environments.into_iter().map(Environment::stop)).await;
}

/// Stops environments whose idle time is over, until none is idle or the account ends.
async fn reap(executor: Weak<Executor>, mut stop: watch::Receiver<bool>) {
    loop {
        // Held only while it works: the account may be dropped while it waits.
        let next = match executor.upgrade() {
            Some(executor) => executor.reap().await,
            None => return,
        };
        let Some(next) = next else { return };
        tokio::select! {
            () = sleep_until(next) => {}
            // An error means that the account was dropped.
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}
