//! Progress reports of the set-up.

use std::sync::Arc;

/// Receives progress reports. A command line shows them as a spinner, a test ignores them.
///
/// Steps are sequential: each one ends the previous one. Concurrent work has a progress of its own
/// ([`Progress::beside`]), which is shown in the same place. All methods may be called from any thread
/// and must not block.
pub trait Progress: Send + Sync {
    /// Reports the start of a step, such as "Building the AWS provider".
    fn step(&self, name: &str);

    /// Reports a line of the current step's output.
    fn detail(&self, line: &str);

    /// Reports the end of the current step, and whether it succeeded.
    fn end(&self, succeeded: bool);

    /// Returns a receiver for concurrent work. If it is dropped during a step, that step was cancelled.
    fn beside(&self) -> Arc<dyn Progress>;
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _name: &str) {}

    fn detail(&self, _line: &str) {}

    fn end(&self, _succeeded: bool) {}

    fn beside(&self) -> Arc<dyn Progress> {
        Arc::new(Self)
    }
}
