//! Requests made from service models, and a record of the requests that tests send.
//!
//! Only tests use this crate. It reads a service model's table a second time, without the code that
//! checks requests in `local-wire`, so that a mistake of that code shows.

mod made;
mod place;
mod record;

pub use made::{MadeInput, ModelTable, Pattern};
pub use place::{Placed, place};
pub use record::{MADE_FROM_MODEL, RECORD, record_made, record_sent};
