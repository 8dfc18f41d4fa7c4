//! Shows long work on standard error: a spinner on a terminal, a line per step elsewhere.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use local_toolchain::Progress;

/// The steps of one command.
pub struct Steps {
    current: Mutex<Option<Step>>,
    on_terminal: bool,
}

struct Step {
    name: String,
    started: Instant,
    bar: ProgressBar,
}

impl Steps {
    /// Nothing is shown before the first step.
    pub fn new() -> Self {
        Self {
            current: Mutex::new(None),
            on_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Ends the current step as done and says how long it took.
    pub fn done(&self) {
        if let Some(step) = self.take() {
            let took = step.started.elapsed();
            step.bar.finish_and_clear();
            anstream::eprintln!("  done  {} ({})", step.name, seconds(took));
        }
    }

    /// Ends the current step as failed.
    pub fn failed(&self) {
        if let Some(step) = self.take() {
            step.bar.finish_and_clear();
            anstream::eprintln!("  FAILED  {}", step.name);
        }
    }

    fn take(&self) -> Option<Step> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Steps {
    fn step(&self, name: &str) {
        self.done();
        let bar = if self.on_terminal {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) =
                ProgressStyle::with_template("  {spinner}  {prefix}  {wide_msg:.dim}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        } else {
            anstream::eprintln!("  ...   {name}");
            ProgressBar::hidden()
        };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Step {
            name: name.to_owned(),
            started: Instant::now(),
            bar,
        });
    }

    fn detail(&self, line: &str) {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = current.as_ref() {
            step.bar.set_message(line.trim().to_owned());
        }
    }
}

/// As people read it, such as `7.4 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
