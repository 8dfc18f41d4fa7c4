//! The wire layer of the local account: the part that every service shares with its clients and
//! with the other services.
//!
//! # The path of a request
//!
//! 1. A complete [`Request`] arrives, and its signature names the service. That service's
//!    [`Dialect`] describes its wire format: protocols, routes and errors.
//! 2. [`ApiRequest::new`] gives the request an id and resolves its [`Operation`], once. From then on,
//!    fault rules, authorization, the record of requests and the service itself use the operation and
//!    never the headers or the path.
//!    An operation that the service does not declare is refused before the permissions are checked.
//! 3. [`Service::call`] carries out the operation. A service finds the [`Declared`] operation in its
//!    [`Operations`], reads the input with [`ApiRequest::input`], and returns an [`Answer`] or a
//!    [`Fault`], independent of any protocol.
//! 4. [`Reply`] writes the outcome in the protocol of the request, with the request's id. It also writes
//!    the refusals before and after the service.
//!
//! ```text
//! Request ─▶ ApiRequest { id, operation } ─▶ Service::call ─▶ Result<Answer, Fault> ─▶ Reply ─▶ Response
//! ```
//!
//! # Protocols
//!
//! [`Protocol`] lists AWS's protocols: awsJson, restJson, restXml, Query, and RPC v2 with CBOR. All
//! are read into JSON values and written from them, only here: [`query`] has forms and their XML,
//! [`cbor`] has CBOR, and [`xml`] escapes text. An embedded crate implements its own protocol: it
//! receives the request as it arrived, and its response is passed on unchanged.
//!
//! # An operation
//!
//! An operation is declared next to the function that serves it, with its name and, if the service
//! uses REST, its method and path. Its input conforms to the service's [`model`], where the
//! repository has one. A list of the service's model contains the
//! operations that are not served, so that refusals can name them. To add an operation, write the
//! function and its declaration in the same file. The operations that an embedded crate serves are
//! declared in the list of the model ([`Operations::embedding`]).
//!
//! # Ports
//!
//! Services call each other through the ports below, not through the wire.

mod answer;
mod api_request;
pub mod cbor;
pub mod constraint;
mod declared;
mod dialect;
mod fault;
pub mod model;
mod operation;
pub mod page;
mod partition;
mod ports;
mod protocol;
pub mod query;
mod reply;
mod request;
mod rights;
mod route;
mod service;
mod trace_header;
mod traces;
pub mod xml;

pub use answer::{Answer, done, reply};
pub use api_request::ApiRequest;
pub use declared::{Declarations, Declared, Operations, Serve, delete, get, named, post, put};
pub use dialect::{DeclaredBy, Dialect, JsonVersion};
pub use fault::Fault;
pub use operation::{Operation, PathMember};
pub use partition::{dns_suffix, partition, partition_of_arn};
pub use ports::{
    Alone, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvocationType, InvokeRequest,
    LogEvent, LogSink, LogSinkError, MetricDatum, MetricSink, ObjectStore, Principal, TopicSink,
};
pub use protocol::{Protocol, is_form};
pub use reply::Reply;
pub use request::{Request, Response};
pub use rights::{FunctionIdentity, RoleRights, assumed_role_arn};
pub use route::{Route, Router};
pub use service::{Outcome, OutcomeFuture, Service};
pub use trace_header::TraceHeader;
pub use traces::TraceSink;

/// The id of the only account. The embedded services assume it, too.
pub const ACCOUNT_ID: &str = "123456789012";

/// Returns a new request id, in AWS's format.
pub fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
