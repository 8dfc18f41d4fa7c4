//! Text messages, whichever service takes them: what was sent, and who can be reached.

mod outbox;
mod recipients;

pub use outbox::{Channel, Delivery, Outbox, SentMessage};
pub(crate) use recipients::{Recipients, Standing};
