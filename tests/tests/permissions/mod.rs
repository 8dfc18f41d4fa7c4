//! What functions may do: their roles' policies, as the AWS SDKs meet them and as real calls do.

pub(crate) mod delivery;
pub(crate) mod exact;
pub(crate) mod keys;
pub(crate) mod line;
pub(crate) mod refusals;
mod role;
pub(crate) mod services;
pub(crate) mod traces;
