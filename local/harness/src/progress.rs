//! Progress of long steps on standard error: spinners on a terminal, otherwise a line per step.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use local_terminal::tell;
use local_toolchain::Progress;

/// The steps of one activity. [`Progress::beside`] returns those of a parallel one on the same
/// terminal.
pub struct Steps {
    current: Mutex<Option<Step>>,
    /// `None` if standard error is not a terminal.
    terminal: Option<MultiProgress>,
}

struct Step {
    name: String,
    started: Instant,
    bar: ProgressBar,
}

impl Steps {
    /// Creates the steps; nothing is shown before the first one.
    pub fn new() -> Self {
        Self {
            current: Mutex::new(None),
            terminal: std::io::stderr().is_terminal().then(MultiProgress::new),
        }
    }

    /// Ends the current step as done, and prints its duration.
    pub fn done(&self) {
        if let Some(step) = self.take() {
            let took = seconds(step.started.elapsed());
            self.say(&step, &format!("  done  {} ({took})", step.name));
        }
    }

    /// Ends the current step as failed.
    pub fn failed(&self) {
        if let Some(step) = self.take() {
            self.say(&step, &format!("  FAILED  {}", step.name));
        }
    }

    fn take(&self) -> Option<Step> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Replaces a step's spinner with a line, above the spinners that still turn.
    fn say(&self, step: &Step, line: &str) {
        step.bar.finish_and_clear();
        match &self.terminal {
            Some(terminal) => terminal.suspend(|| tell(line)),
            None => tell(line),
        }
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        if let Some(step) = self.take() {
            self.say(&step, &format!("  canceled  {}", step.name));
        }
    }
}

impl Progress for Steps {
    fn step(&self, name: &str) {
        self.done();
        let bar = match &self.terminal {
            Some(terminal) => {
                let bar = terminal.add(ProgressBar::new_spinner());
                if let Ok(style) =
                    ProgressStyle::with_template("  {spinner}  {prefix}  {wide_msg:.dim}")
                {
                    bar.set_style(style);
                }
                bar.set_prefix(name.to_owned());
                bar.enable_steady_tick(Duration::from_millis(100));
                bar
            }
            None => {
                tell(format_args!("  ...   {name}"));
                ProgressBar::hidden()
            }
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

    fn end(&self, succeeded: bool) {
        if succeeded {
            self.done();
        } else {
            self.failed();
        }
    }

    fn beside(&self) -> Arc<dyn Progress> {
        Arc::new(Self {
            current: Mutex::new(None),
            terminal: self.terminal.clone(),
        })
    }
}

/// Formats a duration for people, such as `7.4 s`.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
