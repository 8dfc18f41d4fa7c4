//! SNS: text messages to phone numbers are ours, topics are embedded.

mod outbox;
mod query;
mod sms;

use std::sync::Arc;

use futures_util::FutureExt;
use local_aws::{Request, Service, ServiceFuture};
use winterbaume_sns::SnsService;

pub use outbox::{Delivery, Outbox, SentMessage};

use crate::embedded::{Embedded, Host};
use query::Query;
use sms::Sms;

/// SNS of the account.
pub(crate) struct Sns {
    sms: Sms,
    topics: Embedded<SnsService>,
}

impl Sns {
    pub(crate) fn new(outbox: Arc<Outbox>) -> Self {
        Self {
            sms: Sms::new(outbox),
            topics: Embedded::new(SnsService::new(), Host::Regional("sns")),
        }
    }

    /// Puts a number on a Region's opt-out list, as a STOP reply does.
    pub(crate) fn opt_out(&self, region: &str, phone_number: &str) {
        self.sms.opt_out(region, phone_number);
    }

    /// Puts a Region into the SMS sandbox, where new accounts start, or out of it.
    pub(crate) fn set_sandbox(&self, region: &str, inside: bool) {
        self.sms.set_sandbox(region, inside);
    }
}

impl Service for Sns {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            let query = Query::of(&request.body);
            match self.sms.answer(&request.region, &query) {
                Some(Ok(response)) => response,
                Some(Err(fault)) => fault.query_xml(),
                None => self.topics.serve(request).await,
            }
        }
        .boxed()
    }
}
