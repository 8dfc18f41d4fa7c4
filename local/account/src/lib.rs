//! A local AWS account: one address in front of Amazon Connect, Lambda, CloudWatch, log streams, S3
//! and SMS of our own and of embedded DynamoDB, IAM, STS, log groups, KMS, SSM and SNS topics.
//!
//! Anything that speaks AWS reaches it through `AWS_ENDPOINT_URL`. Requests are told apart by the
//! credential scope of their signature, as AWS itself does, so no path or host has to be set up.
//!
//! It is for programs of its user: web pages are refused, functions have its AWS services only, and an
//! account that other machines reach wants [its token](Account::token) of everybody.
//!
//! Requests that a function signs are checked against its role's policies; everybody else may do
//! everything. [`Account::authorizations`] tells which statements let them pass.
//!
//! [`Account::faults`] makes calls suffer what they suffer in the real world, and
//! [`Account::requests`] tells who asked for what.

mod account;
mod admin;
mod authorization;
mod background_work;
mod blocking;
mod body;
mod cloudwatch;
mod connection;
mod credential;
mod door;
mod dynamodb;
mod embedded;
mod end_user_messaging;
mod faults;
mod framing;
mod gateway;
mod generation_cache;
mod iam;
mod kms;
mod limits;
mod logs;
mod open_files;
mod pace;
mod panics;
mod regions;
mod requests;
mod s3;
mod server;
mod services;
mod sms;
mod sns;
mod ssm;
mod sts;
#[cfg(test)]
mod test_requests;
mod xray;

pub use account::{Account, AccountConfig, StartError};
pub use admin::{
    AwsCall, CallRequest, CallStep, CallTurn, ClientError, LocalClient, OptOutRequest,
    SandboxRequest,
};
pub use authorization::{AuthorizationRecord, Granted};
pub use door::{HostName, HostNameError};
pub use faults::{Caller, Effect, FaultReport, FaultRule, FaultRuleError, Faults, Refusal};
pub use local_lambda::{Hosting, StartObserver};
pub use requests::{RequestRecord, sequential_round_trips};
pub use sms::{Channel, Delivery, Outbox, SentMessage};
