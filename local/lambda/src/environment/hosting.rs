//! How a machine treats the functions that it runs, beside what their configuration says.

use std::{fmt, sync::Arc, time::Duration};

use super::FunctionSpec;

/// Lambda's limit for an initialization.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The limit of everything where there are no time limits: a debugger may stop for as long.
const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Is told each process that starts: the function's name and the process id. It must return at
/// once.
pub type StartObserver = Arc<dyn Fn(&str, u32) + Send + Sync>;

/// How a machine treats the functions that it runs. The default is what AWS does.
#[derive(Clone)]
pub struct Hosting {
    /// Whether time-outs are enforced and told to functions as their deadline. Without them a
    /// debugger can stop a function for as long as it likes.
    pub time_limits: bool,
    /// Who is told of each process that starts.
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
    /// How long an initialization may take.
    pub(super) fn init_limit(&self) -> Duration {
        self.limit(INIT_LIMIT)
    }

    /// How long an invocation may take.
    pub(super) fn invocation_limit(&self, spec: &FunctionSpec) -> Duration {
        self.limit(spec.timeout)
    }

    fn limit(&self, of_aws: Duration) -> Duration {
        match self.time_limits {
            true => of_aws,
            false => NO_LIMIT,
        }
    }

    /// Tells that a process of the function has started.
    pub(super) fn tell(&self, function: &str, process: Option<u32>) {
        if let (Some(started), Some(process)) = (&self.started, process) {
            started(function, process);
        }
    }
}
