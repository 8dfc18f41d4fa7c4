//! The member table, the benefits table and the attempts table.

mod attempts;
mod benefits;
mod counters;
mod members;
mod table;
mod update;

pub use attempts::AttemptsTable;
pub use benefits::BenefitsTable;
pub use members::MemberTable;
pub use table::client;
