//! The runner of the end-to-end tests: every scenario is a named trial in one binary.
//!
//! * [`Trial`]s are independent and run in parallel; [`run`] limits their number.
//! * The members of a [`Group`] share one deployment and run one after the other. Each is a trial of its
//!   own, which can be filtered, is timed and fails alone.
//! * A trial that measures, or that needs all processors, is [`alone`](Trial::alone): no other trial
//!   runs meanwhile.
//!
//! `libtest-mimic` filters, runs threads and prints. It captures no output, so a trial writes to its
//! [`report`], which is shown when the trial fails.

mod group;
pub mod report;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Instant;

use futures_util::FutureExt;
use libtest_mimic::{Arguments, Conclusion, Failed};
use tokio::runtime::Runtime;
use tokio::sync::RwLock;

use crate::Failure;
pub use group::{Group, Shared};
use report::Report;

/// The future that runs a trial.
pub type Work<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// The runtime of all trials, because accounts that several trials share outlive each of them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "without a runtime no trial can run")]
    Runtime::new().expect("a runtime")
});

/// Read-locked by every running trial, and write-locked by a trial that is alone.
static MACHINE: RwLock<()> = RwLock::const_new(());

/// The arguments of a run.
pub struct Run {
    arguments: Arguments,
}

impl Run {
    /// Reports whether the command line selects the trial of this name.
    fn selects(&self, name: &str) -> bool {
        let trial = libtest_mimic::Trial::test(name, || Ok(()));
        !self.arguments.is_filtered_out(&trial)
    }

    /// Reports whether the reports of passed trials are shown as well.
    fn shows_all(&self) -> bool {
        self.arguments.nocapture || self.arguments.show_output
    }
}

/// A scenario.
pub struct Trial {
    name: String,
    alone: bool,
    work: Box<dyn FnOnce() -> Work<'static> + Send>,
}

impl Trial {
    /// Creates a trial. `name` is its path of modules and function, as in Rust's own runner.
    pub fn new(name: &str, work: impl FnOnce() -> Work<'static> + Send + 'static) -> Self {
        Self {
            name: short(name),
            alone: false,
            work: Box::new(work),
        }
    }

    /// Returns the trial with the machine to itself.
    #[must_use]
    pub fn alone(self) -> Self {
        Self {
            alone: true,
            ..self
        }
    }
}

/// Returns the name without the binary's name, which Rust's runner omits as well.
pub(crate) fn short(name: &str) -> String {
    name.split_once("::")
        .map_or(name, |(_, rest)| rest)
        .to_owned()
}

/// Declares the trials of a module: `trials![one, two]` for asynchronous functions without parameters that
/// return `Result<(), Failure>`. The compiler reports a function that is not listed as dead code.
#[macro_export]
macro_rules! trials {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn trials() -> Vec<$crate::trials::Trial> {
            vec![$($crate::trials::Trial::new(
                concat!(module_path!(), "::", stringify!($name)),
                || Box::pin($name()),
            )),*]
        }
    };
}

/// Creates a trial of a function with a parameter: `trial!(function(parameter); label)` is named after
/// function and label.
#[macro_export]
macro_rules! trial {
    ($name:ident($parameter:expr); $label:expr) => {{
        let name = format!(
            concat!(module_path!(), "::", stringify!($name), "::{}"),
            $label
        );
        $crate::trials::Trial::new(&name, move || Box::pin($name($parameter)))
    }};
}

/// Declares the trials of a module whose functions are synchronous, return nothing and panic on failure.
#[macro_export]
macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn trials() -> Vec<$crate::trials::Trial> {
            vec![$($crate::trials::Trial::new(
                concat!(module_path!(), "::", stringify!($name)),
                || Box::pin(async { $name(); Ok(()) }),
            )),*]
        }
    };
}

/// Adds members to a group: `members![group.member: one, two]` for functions that take the group's shared
/// state; `group.alone` for members that have the machine to themselves.
#[macro_export]
macro_rules! members {
    ($group:ident.$how:ident: $($name:path),* $(,)?) => {
        $group$(.$how(
            concat!(module_path!(), "::", stringify!($name)),
            |shared| Box::pin($name(shared)),
        ))*
    };
}

/// The trials that a module adds to the run.
pub enum Entry {
    /// Trials that share nothing.
    Trials(Vec<Trial>),
    /// Trials that share a deployment.
    Group(Box<dyn FnOnce(&Run) -> Scheduled>),
}

impl From<Vec<Trial>> for Entry {
    fn from(trials: Vec<Trial>) -> Self {
        Self::Trials(trials)
    }
}

/// Trials by the order in which they start.
#[derive(Default)]
pub struct Scheduled {
    first: Vec<libtest_mimic::Trial>,
    later: Vec<libtest_mimic::Trial>,
    last: Vec<libtest_mimic::Trial>,
}

/// Runs the trials that the command line selects, and prints as Rust's own runner does.
///
/// The number of parallel trials is `--test-threads`, else `RUST_TEST_THREADS`, else six times the number
/// of processors, because Terraform spends most of its time waiting.
pub fn run(entries: Vec<Entry>) -> ExitCode {
    report::take_over_panics();
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or_else(threads);
    conclude(entries, arguments).exit_code()
}

fn conclude(entries: Vec<Entry>, arguments: Arguments) -> Conclusion {
    let run = Run { arguments };
    let mut all = Scheduled::default();
    for entry in entries {
        match entry {
            Entry::Trials(trials) => {
                for trial in trials {
                    let list = if trial.alone {
                        &mut all.last
                    } else {
                        &mut all.first
                    };
                    list.push(trial.scheduled(&run));
                }
            }
            Entry::Group(schedule) => {
                let group = schedule(&run);
                all.first.extend(group.first);
                all.later.extend(group.later);
                all.last.extend(group.last);
            }
        }
    }
    let mut trials = all.first;
    trials.extend(all.later);
    trials.extend(all.last);
    libtest_mimic::run(&run.arguments, trials)
}

fn threads() -> Option<usize> {
    let configured = std::env::var("RUST_TEST_THREADS")
        .ok()
        .and_then(|threads| threads.parse().ok());
    configured.or_else(|| {
        let processors = std::thread::available_parallelism().ok()?;
        Some(6 * processors.get())
    })
}

impl Trial {
    fn scheduled(self, run: &Run) -> libtest_mimic::Trial {
        let shows_all = run.shows_all();
        let Self { name, alone, work } = self;
        libtest_mimic::Trial::test(name.clone(), move || {
            RUNTIME.block_on(async {
                let outcome = if alone {
                    let _machine = MACHINE.write().await;
                    attempt(&name, work()).await
                } else {
                    let _machine = MACHINE.read().await;
                    attempt(&name, work()).await
                };
                outcome.into_result(shows_all)
            })
        })
    }
}

/// The end of a trial: its report, and why it failed if it did.
#[derive(Debug)]
pub(crate) struct Outcome {
    report: Report,
    failure: Option<String>,
}

impl Outcome {
    pub(crate) fn failed(name: &str, why: String) -> Self {
        Self {
            report: Report::new(name),
            failure: Some(why),
        }
    }

    /// Adds a failure to any earlier one.
    pub(crate) fn fail(&mut self, why: &str) {
        match &mut self.failure {
            Some(failure) => {
                failure.push('\n');
                failure.push_str(why);
            }
            None => self.failure = Some(why.to_owned()),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Returns the runner's result. Shows the report of a passed trial: all of it with `shows_all`.
    pub(crate) fn into_result(self, shows_all: bool) -> Result<(), Failed> {
        match self.failure {
            Some(failure) => Err(format!("{}{failure}", self.report.text()).into()),
            None => {
                self.report.show(shows_all);
                Ok(())
            }
        }
    }
}

/// Runs a trial's work, and catches its panic.
pub(crate) async fn attempt(name: &str, work: Work<'_>) -> Outcome {
    let report = Report::new(name);
    let started = Instant::now();
    let ended = report
        .clone()
        .around(AssertUnwindSafe(work).catch_unwind())
        .await;
    report.took(started.elapsed());
    let failure = match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(chain(error.as_ref())),
        // The panic's message is in the report already.
        Err(_) => Some("the trial panicked".to_owned()),
    };
    Outcome { report, failure }
}

/// Returns an error and its causes as text.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str("\n  because: ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
