//! The end-to-end tests' own runner: every scenario is a trial with a name, in one binary.
//!
//! * [`Trial`]s are independent and run side by side, at most as many as the machine carries.
//! * The members of a [`Group`] share one deployment, one after the other; each is a trial of its own,
//!   which can be filtered, is timed and fails alone.
//! * A trial that measures, or that needs both processors, is [`alone`](Trial::alone): nothing else
//!   runs meanwhile.
//!
//! `libtest-mimic` filters, runs threads and prints; it captures no output, so a trial writes to its
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

/// What a trial does.
pub type Work<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// The runtime of all trials: accounts that several of them share outlive each.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "without it there is nothing to run")]
    Runtime::new().expect("a runtime")
});

/// Held by every trial that runs, and by one that is alone for itself.
static MACHINE: RwLock<()> = RwLock::const_new(());

/// What the command line asks of a run.
pub struct Run {
    arguments: Arguments,
}

impl Run {
    /// Whether the command line asks for the trial of this name.
    fn asks_for(&self, name: &str) -> bool {
        let trial = libtest_mimic::Trial::test(name, || Ok(()));
        !self.arguments.is_filtered_out(&trial)
    }

    /// Whether reports are also shown of trials that pass.
    fn shows_all(&self) -> bool {
        self.arguments.nocapture || self.arguments.show_output
    }
}

/// One scenario with everything it needs.
pub struct Trial {
    name: String,
    alone: bool,
    work: Box<dyn FnOnce() -> Work<'static> + Send>,
}

impl Trial {
    /// A trial; `name` is its module and function, as Rust's own runner has them.
    pub fn new(name: &str, work: impl FnOnce() -> Work<'static> + Send + 'static) -> Self {
        Self {
            name: short(name),
            alone: false,
            work: Box::new(work),
        }
    }

    /// The same with the machine for itself.
    #[must_use]
    pub fn alone(self) -> Self {
        Self {
            alone: true,
            ..self
        }
    }
}

/// Without the binary's own name, which Rust's runner leaves out as well.
pub(crate) fn short(name: &str) -> String {
    name.split_once("::")
        .map_or(name, |(_, rest)| rest)
        .to_owned()
}

/// The trials of a module: `trials![one, two]` for asynchronous functions without parameters that
/// return `Result<(), Failure>`. A function that is not listed is dead code, which the compiler tells.
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

/// A trial of a function with parameters: `trial!(function(parameter); label)` is named after both.
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

/// The trials of a module whose functions are synchronous and return nothing: they panic.
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

/// Adds members to a group: `members![group.member: one, two]`, functions that take what the group
/// shares; `group.alone` for those that have the machine for themselves.
#[macro_export]
macro_rules! members {
    ($group:ident.$how:ident: $($name:path),* $(,)?) => {
        $group$(.$how(
            concat!(module_path!(), "::", stringify!($name)),
            |world| Box::pin($name(world)),
        ))*
    };
}

/// What a module adds to the run.
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

/// Trials by when they are to begin.
#[derive(Default)]
pub struct Scheduled {
    first: Vec<libtest_mimic::Trial>,
    later: Vec<libtest_mimic::Trial>,
    last: Vec<libtest_mimic::Trial>,
}

/// Runs what the command line asks for, as Rust's own runner would, and prints its closing line last.
///
/// `--test-threads`, else `RUST_TEST_THREADS`, else seven times the number of processors says how many
/// trials run at a time: Terraform often waits.
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
    let asked = std::env::var("RUST_TEST_THREADS")
        .ok()
        .and_then(|threads| threads.parse().ok());
    asked.or_else(|| {
        let processors = std::thread::available_parallelism().ok()?;
        Some(7 * processors.get())
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
                outcome.told(shows_all)
            })
        })
    }
}

/// How a trial ended.
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

    /// Adds a failure to what may have failed already.
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

    /// What the runner has to know; shows what is to be shown of a trial that passed.
    pub(crate) fn told(self, shows_all: bool) -> Result<(), Failed> {
        match self.failure {
            Some(failure) => Err(format!("{}{failure}", self.report.text()).into()),
            None => {
                self.report.show(shows_all);
                Ok(())
            }
        }
    }
}

/// Does a trial's work, whatever becomes of it.
pub(crate) async fn attempt(name: &str, work: Work<'_>) -> Outcome {
    let report = Report::new(name);
    let begun = Instant::now();
    let ended = report
        .clone()
        .around(AssertUnwindSafe(work).catch_unwind())
        .await;
    report.took(begun.elapsed());
    let failure = match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(chain(error.as_ref())),
        // What it said is in the report already.
        Err(_) => Some("it panicked".to_owned()),
    };
    Outcome { report, failure }
}

/// An error and its causes.
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
