//! The policies of functions' roles, tested with the AWS SDKs and with calls.

pub(crate) mod delivery;
pub(crate) mod exact;
pub(crate) mod features;
pub(crate) mod keys;
pub(crate) mod line;
pub(crate) mod refusals;
mod role;
pub(crate) mod services;
pub(crate) mod traces;
