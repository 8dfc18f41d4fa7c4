//! The command line of the local account.

pub mod commands;
pub mod interrupt;
pub mod options;
pub mod screen;
pub mod transcript;

/// The error and its causes, each once: some messages already hold their cause.
pub fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
    }
    text
}
