//! The implementations of the rules' ports on AWS, and the program.

pub mod dynamodb;
pub mod end_user_messaging;
pub mod https;
pub mod pin_keys;
pub mod program;
pub mod sdk;
pub mod sdk_config;
pub mod sms_sender;
pub mod sns;
mod user_agent;

use crate::rules::ports::Ports;
use dynamodb::{AttemptsTable, BenefitsTable, MemberTable};
use pin_keys::PinKeySource;
use sms_sender::AwsSmsSender;

/// The implementations of a line's ports on AWS.
#[derive(Debug)]
pub enum AwsPorts {}

impl Ports for AwsPorts {
    type Members = MemberTable;
    type PinKeys = PinKeySource;
    type Campaigns = BenefitsTable;
    type Sms = AwsSmsSender;
    type Ledger = AttemptsTable;
}
