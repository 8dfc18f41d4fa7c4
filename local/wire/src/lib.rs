//! The wire of the local account: what every service shares with its clients and with its neighbours.
//!
//! # The way of a request
//!
//! 1. A [`Request`] has arrived whole, and its signature says which service it is for. That service's
//!    [`Dialect`] says how it is spoken to: its protocols, its routes, what its errors look like.
//! 2. [`ApiRequest::new`] gives the request an id and resolves its [`Operation`], once. From then on fault
//!    rules, authorization, the record of requests and the service itself read the operation and never
//!    the headers or the path.
//! 3. [`Service::call`] carries it out. A service of our own finds the [`Declared`] operation in its
//!    [`Operations`], reads the input by [`ApiRequest::input`], and returns an [`Answer`] or a
//!    [`Fault`]. It knows no protocol.
//! 4. [`Reply`] writes what came of it in the protocol of the request, with the request's id. Refusals
//!    before and after the service are written by the same `Reply`.
//!
//! ```text
//! Request ─▶ ApiRequest { id, operation } ─▶ Service::call ─▶ Result<Answer, Fault> ─▶ Reply ─▶ Response
//! ```
//!
//! # Protocols
//!
//! [`Protocol`] names those of AWS: awsJson, restJson, restXml, Query and RPC v2 with CBOR. All are read
//! into JSON values and written from them, here and nowhere else: [`query`] has forms and their XML,
//! [`cbor`] has CBOR, [`xml`] escapes. A service that is embedded speaks its own protocol: it is handed the
//! request as it came, and what it answers passes through as it is.
//!
//! # An operation
//!
//! An operation is declared beside the function that serves it, with its name, with method and path where
//! the service speaks REST, and with its [`Model`]. The operations that a service does not have are known
//! by a list of its model, so that they can be named in refusals. To add one, write the function and its
//! line in the same file.
//!
//! # Neighbours
//!
//! Services reach each other through the ports below, without a wire.

mod answer;
mod api_request;
pub mod cbor;
pub mod constraint;
mod declared;
mod dialect;
mod fault;
mod operation;
pub mod page;
mod ports;
mod protocol;
pub mod query;
mod reply;
mod request;
mod rights;
mod route;
mod service;
mod traces;
pub mod xml;

pub use answer::{Answer, done, reply};
pub use api_request::ApiRequest;
pub use declared::{Declared, Model, Operations, Serve, delete, get, named, post, put};
pub use dialect::{Dialect, JsonVersion, Rest};
pub use fault::Fault;
pub use operation::{Operation, PathMember};
pub use ports::{
    FunctionAnswer, FunctionInvoker, FunctionPolicies, InvocationType, InvokeRequest, LogEvent,
    LogSink, LogSinkError, MetricDatum, MetricSink, ObjectStore, Principal,
};
pub use protocol::{Protocol, is_form};
pub use reply::Reply;
pub use request::{Request, Response};
pub use rights::{FunctionIdentity, RoleRights};
pub use route::{Route, Router};
pub use service::{Outcome, OutcomeFuture, Service};
pub use traces::TraceSink;

/// The one account there is. It is also the account that the embedded services assume.
pub const ACCOUNT_ID: &str = "123456789012";
/// The partition that ARNs are written in.
pub const PARTITION: &str = "aws";

/// A fresh request id, in the form AWS prints.
pub fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
