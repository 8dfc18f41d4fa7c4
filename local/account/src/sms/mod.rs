//! Text messages of all services: those that were sent, and the numbers that can be reached.

mod outbox;
mod parts;
mod recipients;
mod sandbox;
mod spending;

pub use outbox::{Channel, Delivery, Outbox, SentMessage};
pub(crate) use parts::Parts;
pub(crate) use recipients::{OptOutListFull, OptedOut, Recipients, Standing, is_e164};
pub(crate) use sandbox::{Sandbox, SandboxRefusal};
pub(crate) use spending::{MAX_QUOTA, QuotaSpent, Spending};
