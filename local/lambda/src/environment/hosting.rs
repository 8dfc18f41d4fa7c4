//! Options for running functions that are not part of their configuration.

use std::{fmt, sync::Arc, time::Duration};

use super::FunctionSpec;

/// Lambda's limit for an initialization.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The limit when time limits are off: a debugger may stop a function for as long.
const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A callback for each process that starts, with the function's name and the process id. It must not
/// block.
pub type StartObserver = Arc<dyn Fn(&str, u32) + Send + Sync>;

/// Options for running functions. The default is AWS's behaviour.
#[derive(Clone)]
pub struct Hosting {
    /// Whether timeouts are enforced, and passed to functions as their deadline. Without them, a debugger
    /// can stop a function for as long as needed.
    pub time_limits: bool,
    /// Called for each process that starts.
    pub started: Option<StartObserver>,
}

impl Default for Hosting {
    fn default() -> Self {
        Self {
            time_limits: true,
            started: None,
        }
    }
}

impl fmt::Debug for Hosting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosting")
            .field("time_limits", &self.time_limits)
            .field("started", &self.started.is_some())
            .finish()
    }
}

impl Hosting {
    /// Returns the limit of an initialization.
    pub(super) fn init_limit(&self) -> Duration {
        self.limit(INIT_LIMIT)
    }

    /// Returns the limit of an invocation.
    pub(super) fn invocation_limit(&self, spec: &FunctionSpec) -> Duration {
        self.limit(spec.timeout)
    }

    fn limit(&self, of_aws: Duration) -> Duration {
        match self.time_limits {
            true => of_aws,
            false => NO_LIMIT,
        }
    }

    /// Reports that a process of the function has started.
    pub(super) fn tell(&self, function: &str, process: Option<u32>) {
        if let (Some(started), Some(process)) = (&self.started, process) {
            started(function, process);
        }
    }
}
