//! What a trial writes down while it runs.

use std::future::Future;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How lines begin that are also shown of a trial that passes: CI reads figures and skips there.
const ALWAYS_SHOWN: [&str; 4] = ["skipped", "NOT MEASURED", "load", "flow coverage"];

tokio::task_local! {
    static CURRENT: Report;
}

/// Writes a line into the report of the trial that runs, as `println!` would.
#[macro_export]
macro_rules! report {
    ($($part:tt)*) => { $crate::trials::report::write(&format!($($part)*)) };
}

/// One trial's lines.
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

    /// Takes what is written while the work runs.
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

    /// Shows a trial's report that passed: all of it, or the lines that always are. To standard
    /// error, in one piece: standard output is the runner's.
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
        // Nothing can be done about a closed standard error.
        let _ = std::io::stderr().lock().write_all(shown.as_bytes());
    }
}

/// Writes a line into the report of the trial that runs; outside of one, to standard error.
pub fn write(line: &str) {
    if CURRENT.try_with(|report| report.push(line)).is_err() {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

/// Lets panics be written into reports.
pub(crate) fn take_over_panics() {
    std::panic::set_hook(Box::new(|panic| write(&panic.to_string())));
}
