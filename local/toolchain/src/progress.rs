//! What the set-up tells its caller while it works.

use std::sync::Arc;

/// Receives what is going on; a command line shows it as a spinner, a test ignores it.
///
/// One thing is done after the other: a step ends the one before it. What goes on at the same time
/// has a progress of its own ([`Progress::beside`]), shown in the same place. All methods may be
/// called from any thread and must return at once.
pub trait Progress: Send + Sync {
    /// A new step has begun, such as "Building the AWS provider".
    fn step(&self, name: &str);

    /// A line of the current step's output.
    fn detail(&self, line: &str);

    /// The current step came to its end, well or not.
    fn end(&self, succeeded: bool);

    /// Receives what goes on beside this. A step that is under way when it is dropped was given
    /// up.
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
