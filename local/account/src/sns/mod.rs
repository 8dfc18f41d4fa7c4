//! SNS: text messages to phone numbers are implemented here, topics are embedded.

mod deliveries;
mod sms;

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt;
use local_wire::query::{self, Form};
use local_wire::{
    ACCOUNT_ID, ApiRequest, Declared, Dialect, Fault, LogSink, MetricSink, Operations, Outcome,
    OutcomeFuture, RoleRights, Service, named, partition,
};
use serde::Deserialize;
use winterbaume_sns::SnsService;

use crate::embedded::{Embedded, Host};
use crate::sms::{Outbox, Recipients};
use deliveries::Deliveries;
use sms::Sms;

/// The most attributes of a new topic: more than SNS defines.
const MAX_ATTRIBUTES: usize = 50;

/// The part of the service that serves an operation.
#[derive(Clone, Copy)]
enum Serve {
    /// Text messages.
    Text(fn(&Sms, &ApiRequest) -> Outcome),
    /// Text messages for a phone number, the embedded service for a topic.
    Publish,
    CreateTopic,
    /// The embedded service.
    Topics,
}

/// The operations that concern topics and need more than the embedded service.
const OF_TOPICS: &[Declared<Serve>] = &[
    named("CreateTopic", Serve::CreateTopic),
    named("Publish", Serve::Publish),
];

static OPERATIONS: LazyLock<Operations<Serve>> = LazyLock::new(|| {
    Operations::new("sns", &[sms::OPERATIONS, OF_TOPICS], "")
        .embedding(include_str!("operations.txt"), Serve::Topics)
});

/// The dialect of SNS.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    mistyped: "InvalidParameter",
    broken: (500, "InternalError"),
    ..Dialect::query(
        "sns",
        Form {
            maps: &["attributes"],
            ..Form::new("http://sns.amazonaws.com/doc/2010-03-31/")
        },
    )
};

/// An entry of a map in a form.
#[derive(Deserialize)]
struct Entry {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateTopic {
    #[serde(default)]
    name: String,
    #[serde(default)]
    attributes: Vec<Entry>,
}

/// SNS of the account.
pub(crate) struct Sns {
    sms: Sms,
    topics: Embedded<SnsService>,
}

impl Sns {
    /// Creates the service. Deliveries are written to `logs`, as `rights` allow, and to `metrics`.
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

    /// Creates a topic with its attributes, which the embedded service drops. It also uses the
    /// topic's name as the display name, which SNS leaves empty.
    async fn create_topic(&self, request: &ApiRequest) -> Outcome {
        let input: CreateTopic = request.input()?;
        let region = &request.region;
        let partition = partition(region);
        let arn = format!("arn:{partition}:sns:{region}:{ACCOUNT_ID}:{}", input.name);
        if input.attributes.len() > MAX_ATTRIBUTES {
            return Err(Fault::new(
                400,
                "InvalidParameter",
                format!(
                    "Invalid parameter: Attributes must be at most {MAX_ATTRIBUTES}, not {}",
                    input.attributes.len()
                ),
            ));
        }
        let of_topic = |action: &str, parameters: &[(&str, &str)]| {
            let topic = [("Action", action), ("TopicArn", arn.as_str())];
            request.instead(action, query::form(topic.iter().chain(parameters)))
        };
        let known = of_topic("GetTopicAttributes", &[]);
        let known = self.topics.ask(&known).await?;
        let created = self.topics.ask(request).await?;
        if known.status().is_success() || !created.status().is_success() {
            return Ok(created.into());
        }
        let unnamed = Entry {
            key: "DisplayName".into(),
            value: String::new(),
        };
        for Entry { key, value } in std::iter::once(&unnamed).chain(&input.attributes) {
            let parameters = [
                ("AttributeName", key.as_str()),
                ("AttributeValue", value.as_str()),
            ];
            let set = of_topic("SetTopicAttributes", &parameters);
            let set = self.topics.ask(&set).await?;
            if !set.status().is_success() {
                return Ok(set.into());
            }
        }
        Ok(created.into())
    }
}

impl Service for Sns {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            let has_number = || query::parameter(&request.body, "PhoneNumber").is_some();
            match OPERATIONS.find(&request.operation)?.serve {
                Serve::Text(serve) => serve(&self.sms, &request),
                Serve::Publish if has_number() => self.sms.publish(&request).await,
                Serve::CreateTopic => self.create_topic(&request).await,
                Serve::Publish | Serve::Topics => self.topics.call(&request).await,
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
    use local_wire::{FunctionIdentity, Request};

    /// Denies every permission to every role, since topics need none.
    struct NoRights;

    impl RoleRights for NoRights {
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
            Arc::new(NoRights),
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
        // Creating an existing topic changes nothing.
        ask(&sns, &create("named")).await;
        assert_eq!(display_name(&sns, "named").await, "Alarms");
    }
}
