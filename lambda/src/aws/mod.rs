//! The ports of the rules on AWS, and the function as a program.

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
