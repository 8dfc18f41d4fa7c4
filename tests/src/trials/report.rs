//! The lines that a trial writes while it runs.

use std::future::Future;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The beginnings of lines that are shown even if the trial passes: CI reads figures and skips there.
const ALWAYS_SHOWN: [&str; 5] = [
    "skipped",
    "NOT MEASURED",
    "load",
    "flow coverage",
    "provider",
];

tokio::task_local! {
    static CURRENT: Report;
}

/// Writes a line to the report of the running trial, with the arguments of `println!`.
#[macro_export]
macro_rules! report {
    ($($part:tt)*) => { $crate::trials::report::write(&format!($($part)*)) };
}

/// The lines of one trial.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    name: Arc<str>,
    text: Arc<Mutex<String>>,
}

impl Report {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            text: Arc::default(),
        }
    }

    /// Runs work, and records the lines that it writes.
    pub(crate) async fn around<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    pub(crate) fn took(&self, time: Duration) {
        self.push(&format!("took {:.1} s", time.as_secs_f64()));
    }

    fn push(&self, line: &str) {
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(line);
        text.push('\n');
    }

    pub(crate) fn text(&self) -> String {
        self.text
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Shows the report of a passed trial: all of it, or the lines that are always shown. It writes to
    /// standard error in one piece, because the runner owns standard output.
    pub(crate) fn show(&self, all: bool) {
        let text = self.text();
        let mut shown = String::new();
        for line in text.lines() {
            if ALWAYS_SHOWN.iter().any(|start| line.starts_with(start)) {
                shown.push_str(line);
                shown.push('\n');
            } else if all {
                shown.push_str(&format!("{}: {line}\n", self.name));
            }
        }
        // A closed standard error cannot be reported anywhere.
        let _ = std::io::stderr().lock().write_all(shown.as_bytes());
    }
}

/// Writes a line to the report of the running trial; outside of a trial, to standard error.
pub fn write(line: &str) {
    if CURRENT.try_with(|report| report.push(line)).is_err() {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

/// Installs a hook that writes panics to the report of the running trial.
pub(crate) fn take_over_panics() {
    std::panic::set_hook(Box::new(|panic| write(&panic.to_string())));
}
