//! The types that winterbaume's services are compiled against: requests and responses, the state of
//! a Region, and the view of that state.
//!
//! The published `winterbaume-core` also hands a service to the AWS SDK as its HTTP client, and for
//! that depends on `aws-config` with its default features: some hundred crates, three SDKs and a
//! TLS stack among them, that `cargo run` would compile and never call. The account reaches the
//! services through [`MockService::handle`], so this crate, of the same name and version, takes the
//! place of the published one ([`[patch.crates-io]`][patch] in the workspace's `Cargo.toml`). Names
//! and signatures are those that the services were written against; the services are the published
//! ones.
//!
//! [patch]: https://doc.rust-lang.org/cargo/reference/overriding-dependencies.html

pub mod auth;
mod service;
mod state;
mod views;

pub use service::{MockRequest, MockResponse, MockService};
pub use state::{BackendState, default_account_id};
pub use views::{StateChangeNotifier, StateViewError, StatefulService};
