//! What the set-up tells its caller while it works.

/// Receives what is going on; a command line shows it as a spinner, a test ignores it.
///
/// Both methods may be called from any thread and must return at once.
pub trait Progress: Send + Sync {
    /// A new step has begun, such as "Building the AWS provider".
    fn step(&self, name: &str);

    /// A line of the current step's output.
    fn detail(&self, line: &str);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _name: &str) {}

    fn detail(&self, _line: &str) {}
}
