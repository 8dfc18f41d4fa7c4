//! Text messages of all services: those that were sent, and the numbers that can be reached.

mod outbox;
mod recipients;

pub use outbox::{Channel, Delivery, Outbox, SentMessage};
pub(crate) use recipients::{OptOutListFull, Recipients, Standing, is_e164};
