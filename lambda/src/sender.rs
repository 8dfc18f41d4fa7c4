//! The service that sends, as the environment names it.

use crate::end_user_messaging::EndUserMessagingSender;
use crate::phone::PhoneNumber;
use crate::ports::{Handover, SmsSender};
use crate::sns::SnsSender;

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
