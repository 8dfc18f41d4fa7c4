//! The service that sends SMS, chosen by the configuration.

use crate::aws::end_user_messaging::EndUserMessagingSender;
use crate::aws::sns::SnsSender;
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{Handover, SmsSender};

/// A service that sends SMS.
#[derive(Clone, Debug)]
pub enum AwsSmsSender {
    Sns(SnsSender),
    EndUserMessaging(EndUserMessagingSender),
}

impl SmsSender for AwsSmsSender {
    async fn send(&self, to: &PhoneNumber, text: &str) -> Handover {
        match self {
            Self::Sns(sender) => sender.send(to, text).await,
            Self::EndUserMessaging(sender) => sender.send(to, text).await,
        }
    }
}
