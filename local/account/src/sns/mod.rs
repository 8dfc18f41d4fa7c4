//! SNS: text messages to phone numbers are ours, topics are embedded.

mod query;
mod sms;

use std::sync::Arc;

use futures_util::FutureExt;
use local_aws::{Request, Service, ServiceFuture};
use winterbaume_sns::SnsService;

use crate::embedded::{Embedded, Host};
use crate::sms::{Outbox, Recipients};
use query::Query;
use sms::Sms;

/// SNS of the account.
pub(crate) struct Sns {
    sms: Sms,
    topics: Embedded<SnsService>,
}

impl Sns {
    pub(crate) fn new(outbox: Arc<Outbox>, recipients: Arc<Recipients>) -> Self {
        Self {
            sms: Sms::new(outbox, recipients),
            topics: Embedded::new(SnsService::new(), Host::Regional("sns")),
        }
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
