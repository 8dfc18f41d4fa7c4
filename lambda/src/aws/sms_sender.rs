//! The service that sends, as the environment names it.

use crate::aws::end_user_messaging::EndUserMessagingSender;
use crate::aws::sns::SnsSender;
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{Handover, SmsSender};

/// One of the services that can send.
#[derive(Clone, Debug)]
pub enum Sender {
    /// Amazon SNS.
    Sns(SnsSender),
    /// AWS End User Messaging.
    EndUserMessaging(EndUserMessagingSender),
}

impl SmsSender for Sender {
    async fn send(&self, to: &PhoneNumber, text: &str) -> Handover {
        match self {
            Self::Sns(sender) => sender.send(to, text).await,
            Self::EndUserMessaging(sender) => sender.send(to, text).await,
        }
    }
}
