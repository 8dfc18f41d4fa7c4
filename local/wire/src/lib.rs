//! What every service of the local account shares: requests, faults and the ports by which one
//! service reaches another. No service knows the wire that leads to it.

mod answer;
mod fault;
mod ports;
mod request;
mod rights;
mod traces;

pub use answer::AwsJson;
pub use fault::Fault;
pub use ports::{
    FunctionAnswer, FunctionInvoker, FunctionPolicies, InvocationType, InvokeRequest, LogEvent,
    LogSink, LogSinkError, MetricDatum, MetricSink, ObjectStore, Principal,
};
pub use request::{Request, Response, Service, ServiceFuture};
pub use rights::{FunctionIdentity, RoleRights};
pub use traces::TraceSink;

/// The one account there is. It is also the account that the embedded services assume.
pub const ACCOUNT_ID: &str = "123456789012";
/// The partition that ARNs are written in.
pub const PARTITION: &str = "aws";
/// A fresh request id, in the form AWS prints.
pub fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
