//! SNS: text messages to phone numbers are ours, topics are embedded.

mod deliveries;
mod query;
mod sms;

use std::sync::Arc;

use futures_util::FutureExt;
use local_wire::{
    ACCOUNT_ID, Fault, LogSink, MetricSink, Request, Response, RoleRights, Service, ServiceFuture,
};
use winterbaume_sns::SnsService;

use crate::embedded::{Embedded, Host};
use crate::sms::{Outbox, Recipients};
use deliveries::Deliveries;
use query::Query;
use sms::Sms;

/// How many attributes a topic is made with: more than there are.
const MOST_ATTRIBUTES: usize = 50;

/// SNS of the account.
pub(crate) struct Sns {
    sms: Sms,
    topics: Embedded<SnsService>,
}

impl Sns {
    /// `logs` and `metrics` take what becomes of messages, the former as `rights` allow.
    pub(crate) fn new(
        outbox: Arc<Outbox>,
        recipients: Arc<Recipients>,
        logs: Arc<dyn LogSink>,
        metrics: Arc<dyn MetricSink>,
        rights: Arc<dyn RoleRights>,
    ) -> Self {
        let deliveries = Deliveries::new(logs, metrics, rights);
        Self {
            sms: Sms::new(outbox, recipients, deliveries),
            topics: Embedded::new(SnsService::new(), Host::Regional("sns")),
        }
    }

    /// The embedded service drops the attributes of CreateTopic and makes the name the display
    /// name, which SNS leaves empty.
    async fn create_topic(&self, request: Request, query: &Query) -> Response {
        let name = query.get("Name").unwrap_or_default();
        let arn = format!("arn:aws:sns:{}:{ACCOUNT_ID}:{name}", request.region);
        let mut attributes = query.entries("Attributes", "key", "value");
        if attributes.len() > MOST_ATTRIBUTES {
            return Fault::new(
                400,
                "InvalidParameter",
                format!(
                    "Invalid parameter: Attributes must be at most {MOST_ATTRIBUTES}, not {}",
                    attributes.len()
                ),
            )
            .query_xml();
        }
        attributes.insert(0, ("DisplayName".into(), String::new()));
        let of_topic = |action: &str, parameters: &[(&str, &str)]| Request {
            body: form_urlencoded::Serializer::new(String::new())
                .append_pair("Action", action)
                .append_pair("TopicArn", &arn)
                .extend_pairs(parameters)
                .finish()
                .into(),
            ..request.clone()
        };
        let known = self.topics.serve(of_topic("GetTopicAttributes", &[])).await;
        let created = self.topics.serve(request.clone()).await;
        if known.status().is_success() || !created.status().is_success() {
            return created;
        }
        for (name, value) in &attributes {
            let parameters = [
                ("AttributeName", name.as_str()),
                ("AttributeValue", value.as_str()),
            ];
            let set = self
                .topics
                .serve(of_topic("SetTopicAttributes", &parameters))
                .await;
            if !set.status().is_success() {
                return set;
            }
        }
        created
    }
}

impl Service for Sns {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            let query = Query::of(&request.body);
            match self.sms.answer(&request.region, &query).await {
                Some(Ok(response)) => response,
                Some(Err(fault)) => fault.query_xml(),
                None if query.action() == "CreateTopic" => self.create_topic(request, &query).await,
                None => self.topics.serve(request).await,
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudwatch::CloudWatch;
    use crate::logs::Logs;
    use axum::http::{HeaderMap, Method, Uri};
    use futures_util::future::BoxFuture;
    use local_wire::FunctionIdentity;

    /// No role may do anything: topics need none.
    struct Nobody;

    impl RoleRights for Nobody {
        fn assumable<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> BoxFuture<'a, bool> {
            async { false }.boxed()
        }

        fn authorize<'a>(
            &'a self,
            _: &'a FunctionIdentity,
            _: &'a str,
            _: &'a str,
            _: &'a str,
        ) -> BoxFuture<'a, Result<(), Fault>> {
            async { Err(Fault::new(400, "AccessDeniedException", "nobody")) }.boxed()
        }
    }

    async fn ask(sns: &Sns, parameters: &[(&str, &str)]) -> String {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let answer = sns
            .handle(Request {
                region: "ap-northeast-1".into(),
                service: "sns".into(),
                access_key_id: "local".into(),
                method: Method::POST,
                uri: Uri::from_static("/"),
                headers: HeaderMap::new(),
                body: body.into(),
            })
            .await;
        assert_eq!(answer.status(), 200);
        String::from_utf8(answer.body().to_vec()).unwrap()
    }

    async fn display_name(sns: &Sns, topic: &str) -> String {
        let arn = format!("arn:aws:sns:ap-northeast-1:{ACCOUNT_ID}:{topic}");
        let answer = ask(sns, &[("Action", "GetTopicAttributes"), ("TopicArn", &arn)]).await;
        let compact: String = answer.split_whitespace().collect();
        let (_, rest) = compact.split_once("<key>DisplayName</key><value>").unwrap();
        rest.split_once("</value>").unwrap().0.to_owned()
    }

    #[tokio::test]
    async fn a_topic_has_the_display_name_it_was_given_or_none() {
        let cloudwatch = Arc::new(CloudWatch::default());
        let logs = Arc::new(Logs::new(Arc::clone(&cloudwatch) as _));
        let sns = Sns::new(
            Arc::default(),
            Arc::default(),
            logs,
            cloudwatch,
            Arc::new(Nobody),
        );
        let create = |name: &'static str| [("Action", "CreateTopic"), ("Name", name)];
        ask(&sns, &create("plain")).await;
        assert_eq!(display_name(&sns, "plain").await, "");

        let attribute = [
            ("Attributes.entry.1.key", "DisplayName"),
            ("Attributes.entry.1.value", "Alarms"),
        ];
        ask(&sns, &[create("named"), attribute].concat()).await;
        assert_eq!(display_name(&sns, "named").await, "Alarms");
        // Creating a topic that exists changes nothing.
        ask(&sns, &create("named")).await;
        assert_eq!(display_name(&sns, "named").await, "Alarms");
    }
}
