//! The text messages of a running account.

use crate::options::Reach;
use crate::screen::Screen;

/// Prints all messages that were sent, oldest first.
///
/// # Errors
/// When no account answers, or the messages cannot be printed.
pub async fn run(options: &Reach, screen: Screen) -> anyhow::Result<()> {
    let messages = options.client().messages().await?;
    if messages.is_empty() {
        screen.say("No message has been sent yet.")?;
    }
    for message in &messages {
        screen.dated_message(message)?;
    }
    Ok(())
}
