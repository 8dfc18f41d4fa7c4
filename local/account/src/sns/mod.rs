//! SNS: text messages to phone numbers are implemented here, topics are embedded.

mod content;
mod deliveries;
mod filter;
mod sandbox;
mod sms;
#[cfg(test)]
mod tests;
mod topics;

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_wire::query::{self, Form};
use local_wire::{
    ACCOUNT_ID, ApiRequest, Declared, Dialect, Fault, LogSink, MetricSink, Operations, Outcome,
    OutcomeFuture, Request, RoleRights, Service, TopicSink, named, partition,
};
use serde::Deserialize;
use serde_json::json;
use winterbaume_sns::SnsService;

use crate::embedded::{Embedded, Host};
use crate::sms::{Outbox, Recipients, Spending};
use content::{Content, Message};
use deliveries::Deliveries;
use sms::{Destination, Sms};
use topics::{List, PublishBatch, Subscribe, Subscriptions};

/// The most attributes of a new topic: more than SNS defines.
const MAX_ATTRIBUTES: usize = 50;

/// The characters of a topic's display name that a phone shows: "Only the first 10 characters are
/// displayed in an SMS message", as the guide says.
const SHOWN_NAME: usize = 10;

/// The part of the service that serves an operation.
#[derive(Clone, Copy)]
enum Serve {
    /// Text messages.
    Text(fn(&Sms, &ApiRequest) -> Outcome),
    /// Subscriptions.
    Subscriptions(fn(&Subscriptions, &ApiRequest) -> Outcome),
    /// Both, and the topics.
    Whole(for<'a> fn(&'a Sns, &'a ApiRequest) -> OutcomeFuture<'a>),
    /// The embedded service.
    Topics,
}

/// The operations that concern topics and need more than the embedded service.
const OF_TOPICS: &[Declared<Serve>] = &[
    named(
        "CreateTopic",
        Serve::Whole(|sns, request| sns.create_topic(request).boxed()),
    ),
    named(
        "DeleteTopic",
        Serve::Whole(|sns, request| sns.delete_topic(request).boxed()),
    ),
    named(
        "Publish",
        Serve::Whole(|sns, request| sns.publish(request).boxed()),
    ),
    named(
        "PublishBatch",
        Serve::Whole(|sns, request| sns.publish_batch(request).boxed()),
    ),
    named(
        "Subscribe",
        Serve::Whole(|sns, request| sns.subscribe(request).boxed()),
    ),
    named(
        "ConfirmSubscription",
        Serve::Subscriptions(|_, _| {
            // Every subscription is confirmed at once, so no client was sent a token.
            Err(invalid("Token"))
        }),
    ),
    named(
        "Unsubscribe",
        Serve::Subscriptions(Subscriptions::unsubscribe),
    ),
    named(
        "GetSubscriptionAttributes",
        Serve::Subscriptions(Subscriptions::attributes),
    ),
    named(
        "SetSubscriptionAttributes",
        Serve::Subscriptions(Subscriptions::set_attribute),
    ),
    named(
        "ListSubscriptions",
        Serve::Subscriptions(Subscriptions::list),
    ),
    named(
        "ListSubscriptionsByTopic",
        Serve::Whole(|sns, request| sns.list_of_topic(request).boxed()),
    ),
];

static OPERATIONS: LazyLock<Operations<Serve>> = LazyLock::new(|| {
    Operations::new(
        "sns",
        &[sms::OPERATIONS, sandbox::OPERATIONS, OF_TOPICS],
        "",
    )
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
            maps: &["attributes", "Attributes"],
            numbers: &["MaxResults"],
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

/// The targets of Publish, of which exactly one must be given, and the content.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publish {
    phone_number: Option<String>,
    topic_arn: Option<String>,
    target_arn: Option<String>,
    #[serde(flatten)]
    content: Content,
}

/// A topic, as far as delivery needs it.
struct Topic {
    arn: String,
    display_name: String,
}

/// SNS of the account.
pub(crate) struct Sns {
    sms: Sms,
    topics: Embedded<SnsService>,
    subscriptions: Subscriptions,
}

impl Sns {
    /// Creates the service. Deliveries are written to `logs`, as `rights` allow, and to `metrics`.
    pub(crate) fn new(
        outbox: Arc<Outbox>,
        recipients: Arc<Recipients>,
        spending: Arc<Spending>,
        logs: Arc<dyn LogSink>,
        metrics: Arc<dyn MetricSink>,
        rights: Arc<dyn RoleRights>,
    ) -> Self {
        let deliveries = Deliveries::new(logs, metrics, rights);
        Self {
            sms: Sms::new(outbox, recipients, spending, deliveries),
            topics: Embedded::new(SnsService::new(), Host::Regional("sns")),
            subscriptions: Subscriptions::default(),
        }
    }

    async fn publish(&self, request: &ApiRequest) -> Outcome {
        let input: Publish = request.input()?;
        let target = match (input.phone_number, input.topic_arn, input.target_arn) {
            (Some(number), None, None) => {
                return self
                    .sms
                    .publish(&request.region, number, input.content)
                    .await;
            }
            (None, Some(arn), None) => arn,
            (None, None, Some(arn)) if arn.contains(":endpoint/") => {
                return self.topics.call(request).await;
            }
            (None, None, Some(arn)) => arn,
            (None, None, None) => {
                return Err(invalid(
                    "TopicArn or TargetArn Reason: no value for required parameter",
                ));
            }
            _ => {
                return Err(invalid(
                    "Only one of TopicArn, TargetArn and PhoneNumber may be given",
                ));
            }
        };
        let topic = self.topic(request, &target).await?;
        let message = input.content.check()?;
        let message_id = self.deliver(&request.region, &topic, &message).await;
        Ok(json!({ "MessageId": message_id }).into())
    }

    async fn publish_batch(&self, request: &ApiRequest) -> Outcome {
        let mut input: PublishBatch = request.input()?;
        let arn = input.topic_arn.take().unwrap_or_default();
        let topic = self.topic(request, &arn).await?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for (id, message) in input.check()? {
            match message {
                Ok(message) => {
                    let message_id = self.deliver(&request.region, &topic, &message).await;
                    successful.push(json!({ "Id": id, "MessageId": message_id }));
                }
                Err(fault) => failed.push(json!({
                    "Id": id, "Code": fault.code, "Message": fault.message, "SenderFault": true,
                })),
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }).into())
    }

    /// Sends a message to each phone that subscribes to a topic, and returns the message's id.
    async fn deliver(&self, region: &str, topic: &Topic, message: &Message) -> String {
        let message_id = uuid::Uuid::new_v4().to_string();
        let mut text = message.text.clone();
        if !topic.display_name.is_empty() {
            let shown: String = topic.display_name.chars().take(SHOWN_NAME).collect();
            text = format!("{shown}> {text}");
        }
        for phone_number in self.subscriptions.phones(region, &topic.arn, message) {
            let destination = Destination {
                phone_number,
                topic_arn: Some(topic.arn.clone()),
            };
            self.sms
                .send(
                    region,
                    &message_id,
                    destination,
                    text.clone(),
                    message.options(),
                )
                .await;
        }
        message_id
    }

    /// Returns a topic of the embedded service.
    ///
    /// # Errors
    /// `NotFound`, if there is none with the ARN.
    async fn topic(&self, request: &ApiRequest, arn: &str) -> Result<Topic, Fault> {
        let form = [("Action", "GetTopicAttributes"), ("TopicArn", arn)];
        let known = request.instead("GetTopicAttributes", query::form(&form));
        let known = self.topics.ask(&known).await?;
        if !known.status().is_success() {
            return Err(Fault::new(404, "NotFound", "Topic does not exist"));
        }
        Ok(Topic {
            arn: arn.to_owned(),
            display_name: display_name(&String::from_utf8_lossy(known.body())),
        })
    }

    async fn subscribe(&self, request: &ApiRequest) -> Outcome {
        let input: Subscribe = request.input()?;
        self.topic(request, &input.topic_arn).await?;
        self.subscriptions.subscribe(request)
    }

    async fn list_of_topic(&self, request: &ApiRequest) -> Outcome {
        let input: List = request.input()?;
        let arn = input.topic_arn.unwrap_or_default();
        self.topic(request, &arn).await?;
        self.subscriptions.list(request)
    }

    async fn delete_topic(&self, request: &ApiRequest) -> Outcome {
        let deleted = self.topics.ask(request).await?;
        if deleted.status().is_success()
            && let Some(arn) = query::parameter(&request.body, "TopicArn")
        {
            self.subscriptions.forget_topic(&request.region, &arn);
        }
        Ok(deleted.into())
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
            match OPERATIONS.find(&request.operation)?.serve {
                Serve::Text(serve) => serve(&self.sms, &request),
                Serve::Subscriptions(serve) => serve(&self.subscriptions, &request),
                Serve::Whole(serve) => serve(self, &request).await,
                Serve::Topics => self.topics.call(&request).await,
            }
        }
        .boxed()
    }
}

/// Publishes messages of the account's other services to topics.
impl TopicSink for Sns {
    fn publish<'a>(
        &'a self,
        region: &'a str,
        topic_arn: &'a str,
        message: String,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let request = ApiRequest::new(&DIALECT, Request::own(region, "sns", "", &json!({})));
            let topic = self.topic(&request, topic_arn).await?;
            let message = Content::plain(message).check()?;
            self.deliver(region, &topic, &message).await;
            Ok(())
        }
        .boxed()
    }
}

/// Returns the error of an invalid parameter, with SNS's prefix.
fn invalid(complaint: &str) -> Fault {
    Fault::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {complaint}"),
    )
}

/// Returns the display name among the attributes of a topic in XML.
fn display_name(attributes: &str) -> String {
    let after = attributes.split_once("<key>DisplayName</key>");
    let value = after.and_then(|(_, rest)| {
        let value = rest.trim_start().strip_prefix("<value>")?;
        Some(value.split_once("</value>")?.0)
    });
    let mut name = value.unwrap_or_default().to_owned();
    for (escaped, symbol) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ] {
        name = name.replace(escaped, symbol);
    }
    name
}
