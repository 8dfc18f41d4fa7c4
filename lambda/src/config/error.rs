//! A setting that cannot be used.

/// The most characters of a value that an error quotes.
const LONGEST_QUOTE: usize = 64;

/// A variable that keeps the function from starting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name} {problem}")]
pub struct ConfigError {
    pub name: &'static str,
    /// The value that it must have, and the one that it had.
    pub problem: String,
}

/// Returns the error of a variable with this problem.
pub(super) fn invalid(name: &'static str, problem: impl ToString) -> ConfigError {
    ConfigError {
        name,
        problem: problem.to_string(),
    }
}

/// Returns the error of a variable that must be `expected`, with the beginning of its value.
pub(super) fn invalid_value(name: &'static str, expected: &str, value: &str) -> ConfigError {
    let quote: String = value.chars().take(LONGEST_QUOTE).collect();
    invalid(name, format_args!("must be {expected}, was '{quote}'"))
}
