//! Services for operators, used through the AWS SDKs and Terraform: metrics, alarms, dashboards, logs, keys.

pub(crate) mod hosting;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod preferences;
pub(crate) mod tables;
