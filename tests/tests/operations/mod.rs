//! What an operator looks at, spoken to by the AWS SDKs and deployed by Terraform: metrics,
//! alarms, dashboards, logs, keys.

pub(crate) mod hosting;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod preferences;
pub(crate) mod tables;
