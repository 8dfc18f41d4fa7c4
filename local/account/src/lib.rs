//! A local AWS account: one address in front of Amazon Connect, Lambda and SMS of our own and of
//! embedded DynamoDB, IAM, STS, CloudWatch, CloudWatch Logs, KMS, SSM and SNS topics.
//!
//! Anything that speaks AWS reaches it through `AWS_ENDPOINT_URL`. Requests are told apart by the
//! credential scope of their signature, as AWS itself does, so no path or host has to be set up.

mod account;
mod cloudwatch;
mod control;
mod credential;
mod dynamodb;
mod embedded;
mod gateway;
mod iam;
mod logs;
mod sns;

pub use account::{Account, AccountConfig, StartError};
pub use control::{
    AwsCall, CallRequest, CallStep, CallTurn, ClientError, LocalClient, OptOutRequest,
    SandboxRequest,
};
pub use sns::{Delivery, Outbox, SentMessage};
