//! A local AWS account at one address: Amazon Connect, Lambda, CloudWatch, log streams, parameters,
//! S3, Firehose, Lex V1, X-Ray and SMS are implemented here; DynamoDB, IAM, STS, log groups, KMS,
//! Kinesis Data Streams and SNS topics are embedded.
//!
//! Every AWS client reaches it through `AWS_ENDPOINT_URL`. Requests are routed by the credential
//! scope of their signature, as on AWS, so no path or host needs to be configured.
//!
//! It serves the programs of its user: web pages are refused, functions can use its AWS services
//! only, and an account that other machines can reach requires [its token](Account::token) from
//! every client.
//!
//! Requests that a function, a session or a user of IAM signs are checked against the policies of
//! the role or the user. Every other key is the root user's, who may do everything; with
//! [`AccountConfig::enforce_iam`], only one is, and the others are refused.
//! [`Account::authorizations`] returns the statements that allowed the requests.
//!
//! [`Account::faults`] injects failures into calls, as they happen in production, and
//! [`Account::requests`] returns the recorded requests with their callers.

mod account;
mod admin;
mod authorization;
mod background_work;
mod blocking;
mod body;
mod cloudwatch;
mod compression;
mod connection;
mod credential;
mod door;
mod dynamodb;
mod embedded;
mod end_user_messaging;
mod faults;
mod firehose;
mod framing;
mod gateway;
mod generation_cache;
mod host;
mod iam;
mod kinesis;
mod kinesis_video;
mod kms;
mod lex;
mod lex_v2;
mod limits;
mod logs;
#[cfg(test)]
mod model_made;
mod open_files;
mod pace;
mod panics;
mod partitions;
mod regions;
mod requests;
mod s3;
mod server;
mod services;
mod signers;
mod sms;
mod sns;
mod ssm;
mod sts;
#[cfg(test)]
mod test_requests;
#[cfg(test)]
mod test_world;
mod ui;
mod upstream;
mod xray;

pub use account::{Account, AccountConfig, StartError};
pub use admin::{
    AwsCall, CallReport, CallRequest, CallStep, CallTurn, ChatRequest, ClientError,
    FunctionRequests, LocalClient, OptOutRequest, SandboxRequest, SpendQuotaRequest,
};
pub use authorization::{AuthorizationRecord, Granted};
pub use faults::{Caller, Effect, FaultReport, FaultRule, FaultRuleError, Faults, Refusal};
pub use host::{HostName, HostNameError};
pub use local_lambda::{Hosting, StartObserver};
pub use requests::{Fed, RequestFeed, RequestRecord, sequential_round_trips};
pub use sms::{Channel, Delivery, Outbox, SentMessage};
pub use upstream::{UpstreamUrl, UpstreamUrlError};
