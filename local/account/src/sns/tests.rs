//! Topics and text messages through the protocol.

use super::*;
use crate::cloudwatch::CloudWatch;
use crate::logs::Logs;
use crate::sms::{Delivery, SentMessage};
use crate::test_requests::{ask, send_form};
use local_wire::FunctionIdentity;
use serde_json::Value;

const REGION: &str = "ap-northeast-1";
const PHONE: &str = "+819012345678";
const OTHER: &str = "+819087654321";
const ROLE: &str = "arn:aws:iam::123456789012:role/sns";

/// Allows every permission to every role.
struct EveryRight;

impl RoleRights for EveryRight {
    fn assumable<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> BoxFuture<'a, bool> {
        async { true }.boxed()
    }

    fn authorize<'a>(
        &'a self,
        _: &'a FunctionIdentity,
        _: &'a str,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }
}

struct TopicWorld {
    sns: Sns,
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
    spending: Arc<Spending>,
    logs: Arc<Logs>,
    metrics: Arc<CloudWatch>,
}

fn world() -> TopicWorld {
    let metrics = Arc::new(CloudWatch::default());
    let logs = Arc::new(Logs::new(Arc::clone(&metrics) as _));
    let outbox = Arc::new(Outbox::default());
    let recipients = Arc::new(Recipients::default());
    let spending = Arc::new(Spending::default());
    let sns = Sns::new(
        Arc::clone(&outbox),
        Arc::clone(&recipients),
        Arc::clone(&spending),
        Arc::clone(&logs) as _,
        Arc::clone(&metrics) as _,
        Arc::new(EveryRight),
    );
    TopicWorld {
        sns,
        outbox,
        recipients,
        spending,
        logs,
        metrics,
    }
}

impl TopicWorld {
    async fn ask(&self, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let all = [&[("Action", action)], parameters].concat();
        send_form(&self.sns, REGION, "sns", &all).await
    }

    async fn done(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, answer) = self.ask(action, parameters).await;
        assert_eq!(status, 200, "{action}: {answer}");
        answer
    }

    /// Returns code and message of a refusal.
    async fn refused(&self, action: &str, parameters: &[(&str, &str)]) -> (String, String) {
        let (status, answer) = self.ask(action, parameters).await;
        assert!((400..500).contains(&status), "{status} {answer}");
        (element(&answer, "Code"), element(&answer, "Message"))
    }

    async fn topic(&self, name: &str) -> String {
        self.done("CreateTopic", &[("Name", name)]).await;
        format!("arn:aws:sns:{REGION}:{ACCOUNT_ID}:{name}")
    }

    async fn phone(&self, topic: &str, number: &str, attributes: &[(&str, &str)]) -> String {
        let fixed = [
            ("TopicArn", topic),
            ("Protocol", "sms"),
            ("Endpoint", number),
        ];
        let answer = self
            .done("Subscribe", &[&fixed[..], attributes].concat())
            .await;
        element(&answer, "SubscriptionArn")
    }

    fn messages(&self) -> Vec<SentMessage> {
        self.outbox.messages()
    }

    /// Returns numbers and texts of the messages that were delivered.
    fn delivered(&self) -> Vec<(String, String)> {
        let messages = self.outbox.messages().into_iter();
        messages
            .filter(|message| message.delivery == Delivery::Success)
            .map(|message| (message.phone_number, message.message))
            .collect()
    }

    async fn log_deliveries(&self) {
        self.done(
            "SetSMSAttributes",
            &[
                ("attributes.entry.1.key", "DeliveryStatusIAMRole"),
                ("attributes.entry.1.value", ROLE),
                (
                    "attributes.entry.2.key",
                    "DeliveryStatusSuccessSamplingRate",
                ),
                ("attributes.entry.2.value", "100"),
            ],
        )
        .await;
    }

    async fn log(&self, group: &str) -> Vec<Value> {
        let group = format!("sns/{REGION}/{ACCOUNT_ID}/{group}");
        let request = json!({ "logGroupName": group });
        let target = "Logs_20140328.FilterLogEvents";
        let (status, answer) = ask(&*self.logs, REGION, "logs", target, request).await;
        assert_eq!(status, 200, "{answer}");
        let events = answer["events"].as_array().unwrap();
        let lines = events
            .iter()
            .map(|event| event["message"].as_str().unwrap());
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    async fn display_name(&self, topic: &str) -> String {
        let answer = self
            .done("GetTopicAttributes", &[("TopicArn", topic)])
            .await;
        display_name(&answer)
    }
}

/// Returns the text of an element.
fn element(answer: &str, name: &str) -> String {
    let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
    let (text, _) = rest.split_once("</").unwrap();
    text.to_owned()
}

fn sent(number: &str, text: &str) -> (String, String) {
    (number.to_owned(), text.to_owned())
}

#[tokio::test]
async fn a_topic_has_the_display_name_it_was_given_or_none() {
    let world = world();
    let plain = world.topic("plain").await;
    assert_eq!(world.display_name(&plain).await, "");
    let attribute = [
        ("Name", "named"),
        ("Attributes.entry.1.key", "DisplayName"),
        ("Attributes.entry.1.value", "Alarms & more"),
    ];
    world.done("CreateTopic", &attribute).await;
    // Creating an existing topic changes nothing.
    let named = world.topic("named").await;
    assert_eq!(world.display_name(&named).await, "Alarms & more");
}

/// The sentences of targets, numbers and message structures are those that clients of SNS recorded.
#[tokio::test]
async fn publish_refuses_what_sns_refuses() {
    let world = world();
    let topic = world.topic("line").await;
    let topic = topic.as_str();
    let long = "a".repeat(1_601);
    let subject = "a".repeat(101);
    for (parameters, code, message) in [
        (
            &[("Message", "x")][..],
            "InvalidParameter",
            "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
        ),
        (
            &[
                ("Message", "x"),
                ("PhoneNumber", PHONE),
                ("TopicArn", topic),
            ],
            "InvalidParameter",
            "Invalid parameter: Only one of TopicArn, TargetArn and PhoneNumber may be given",
        ),
        (
            &[("Message", "x"), ("TargetArn", topic), ("TopicArn", topic)],
            "InvalidParameter",
            "Invalid parameter: Only one of TopicArn, TargetArn and PhoneNumber may be given",
        ),
        (
            &[("Message", "x"), ("PhoneNumber", "+1a234")],
            "InvalidParameter",
            "Invalid parameter: PhoneNumber Reason: +1a234 is not valid to publish to",
        ),
        (
            &[("Message", "x"), ("PhoneNumber", "09012345678")],
            "InvalidParameter",
            "Invalid parameter: PhoneNumber Reason: 09012345678 is not valid to publish to",
        ),
        (
            &[("Message", ""), ("PhoneNumber", PHONE)],
            "InvalidParameter",
            "Invalid parameter: Empty message",
        ),
        (
            &[("Message", &long), ("PhoneNumber", PHONE)],
            "InvalidParameter",
            "Invalid parameter: Message too long",
        ),
        (
            &[
                ("Message", "x"),
                ("PhoneNumber", PHONE),
                ("Subject", "a\nb"),
            ],
            "InvalidParameter",
            "Invalid parameter: Subject",
        ),
        (
            &[
                ("Message", "x"),
                ("PhoneNumber", PHONE),
                ("Subject", &subject),
            ],
            "InvalidParameter",
            "Invalid parameter: Subject",
        ),
        (
            &[
                ("Message", "x"),
                ("PhoneNumber", PHONE),
                ("MessageStructure", "json"),
            ],
            "InvalidParameter",
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            &[
                ("Message", r#"{"sms":"x"}"#),
                ("PhoneNumber", PHONE),
                ("MessageStructure", "json"),
            ],
            "InvalidParameter",
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            &[
                ("Message", r#"{"default":1,"sms":"x"}"#),
                ("TopicArn", topic),
                ("MessageStructure", "json"),
            ],
            "InvalidParameter",
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            &[
                ("Message", "x"),
                ("PhoneNumber", PHONE),
                ("MessageAttributes.entry.1.Name", "a"),
                ("MessageAttributes.entry.1.Value.DataType", "String"),
            ],
            "ParameterValueInvalid",
            "The message attribute 'a' must contain non-empty message attribute value for message \
             attribute type 'String'.",
        ),
        (
            &[("Message", "x"), ("TopicArn", &format!("{topic}s"))],
            "NotFound",
            "Topic does not exist",
        ),
    ] {
        let refused = world.refused("Publish", parameters).await;
        let message = message.replace('\'', "&apos;");
        assert_eq!(
            (refused.0, refused.1.replace('\'', "&apos;")),
            (code.to_owned(), message),
            "{parameters:?}"
        );
    }
    assert_eq!(world.messages().len(), 0);
}

/// A message has a text for each protocol, and values that are not strings are ignored:
/// `MessageStructure` of Publish in the API reference.
#[tokio::test]
async fn a_message_structure_has_a_text_for_phones() {
    let world = world();
    for (message, text) in [
        (r#"{"default":"d","sms":"s","email":"e"}"#, "s"),
        (r#"{"default":"d","email":"e"}"#, "d"),
        (r#"{"default":"d","sms":{"text":"s"}}"#, "d"),
    ] {
        world
            .done(
                "Publish",
                &[
                    ("Message", message),
                    ("PhoneNumber", PHONE),
                    ("MessageStructure", "json"),
                    ("Subject", "a subject, which no phone shows"),
                ],
            )
            .await;
        assert_eq!(world.delivered().pop(), Some(sent(PHONE, text)));
    }
}

#[tokio::test]
async fn a_topic_delivers_to_each_phone_once() {
    let world = world();
    let topic = world.topic("line").await;
    let first = world.phone(&topic, PHONE, &[]).await;
    assert!(first.starts_with(&format!("{topic}:")));
    // Subscribing again changes nothing.
    assert_eq!(world.phone(&topic, PHONE, &[]).await, first);
    let second = world.phone(&topic, "+81-90.8765/4321", &[]).await;
    let stranger = world.topic("other").await;
    world.phone(&stranger, "+819000000000", &[]).await;

    let answer = world
        .done("Publish", &[("TopicArn", &topic), ("Message", "hello")])
        .await;
    let mut delivered = world.delivered();
    delivered.sort();
    assert_eq!(delivered, [sent(PHONE, "hello"), sent(OTHER, "hello")]);
    let id = element(&answer, "MessageId");
    assert!(world.messages().iter().all(|message| {
        message.message_id == id && message.topic_arn.as_deref() == Some(topic.as_str())
    }));

    world
        .done("Unsubscribe", &[("SubscriptionArn", &second)])
        .await;
    // Removing it twice is no error.
    world
        .done("Unsubscribe", &[("SubscriptionArn", &second)])
        .await;
    world
        .done("Publish", &[("TargetArn", &topic), ("Message", "again")])
        .await;
    assert_eq!(world.delivered().split_off(2), [sent(PHONE, "again")]);

    world.done("DeleteTopic", &[("TopicArn", &topic)]).await;
    let listed = world.done("ListSubscriptions", &[]).await;
    assert!(!listed.contains(&first), "{listed}");
    assert!(listed.contains(&stranger), "{listed}");
}

#[tokio::test]
async fn a_text_of_a_named_topic_begins_with_ten_characters_of_the_name() {
    let world = world();
    let named = [
        ("Name", "named"),
        ("Attributes.entry.1.key", "DisplayName"),
        ("Attributes.entry.1.value", "A & B campaign"),
    ];
    world.done("CreateTopic", &named).await;
    let topic = world.topic("named").await;
    world.phone(&topic, PHONE, &[]).await;
    world
        .done("Publish", &[("TopicArn", &topic), ("Message", "hello")])
        .await;
    assert_eq!(world.delivered(), [sent(PHONE, "A & B camp> hello")]);
}

/// A topic takes 256 KB, a text message 1,600 bytes: "Publish" and "Amazon SNS quotas" in the guide.
#[tokio::test]
async fn a_message_of_a_topic_that_is_too_long_for_a_phone_is_not_delivered() {
    let world = world();
    let topic = world.topic("line").await;
    world.phone(&topic, PHONE, &[]).await;
    let text = "あ".repeat(80_000);
    world
        .done("Publish", &[("TopicArn", &topic), ("Message", &text)])
        .await;
    let message = world.messages().remove(0);
    let invalid = Delivery::Failure("Message body is invalid".into());
    assert_eq!(message.delivery, invalid);
    // The outbox keeps as much as a phone could receive.
    assert_eq!(message.message, "あ".repeat(533));
}

#[tokio::test]
async fn a_filter_policy_selects_the_messages_of_a_phone() {
    let world = world();
    let topic = world.topic("line").await;
    let policy = [
        ("Attributes.entry.1.key", "FilterPolicy"),
        ("Attributes.entry.1.value", r#"{"store":["tokyo"]}"#),
    ];
    let arn = world.phone(&topic, PHONE, &policy).await;
    for store in ["osaka", "tokyo"] {
        world
            .done(
                "Publish",
                &[
                    ("TopicArn", topic.as_str()),
                    ("Message", store),
                    ("MessageAttributes.entry.1.Name", "store"),
                    ("MessageAttributes.entry.1.Value.DataType", "String"),
                    ("MessageAttributes.entry.1.Value.StringValue", store),
                ],
            )
            .await;
    }
    assert_eq!(world.delivered(), [sent(PHONE, "tokyo")]);

    let attributes = world
        .done("GetSubscriptionAttributes", &[("SubscriptionArn", &arn)])
        .await;
    for pair in [
        "<key>FilterPolicyScope</key><value>MessageAttributes</value>",
        "<key>PendingConfirmation</key><value>false</value>",
        "<key>Protocol</key><value>sms</value>",
        &format!("<key>Endpoint</key><value>{PHONE}</value>"),
    ] {
        assert!(attributes.contains(pair), "{pair}: {attributes}");
    }
    let set = |name: &'static str, value: &'static str| {
        [("AttributeName", name), ("AttributeValue", value)]
    };
    for (name, value, code) in [
        ("Colour", "red", "InvalidParameter"),
        ("RawMessageDelivery", "true", "InvalidParameter"),
        ("FilterPolicyScope", "Body", "InvalidParameter"),
        ("FilterPolicy", "{", "InvalidParameter"),
    ] {
        let of = [&[("SubscriptionArn", arn.as_str())][..], &set(name, value)].concat();
        let refused = world.refused("SetSubscriptionAttributes", &of).await;
        assert_eq!(refused.0, code, "{name}");
    }
    // The account refuses a scope and an operator that it does not apply, by their names.
    for (name, value) in [
        ("FilterPolicyScope", "MessageBody"),
        ("FilterPolicy", r#"{"a":[{"cidr":"10.0.0.0/8"}]}"#),
    ] {
        let of = [&[("SubscriptionArn", arn.as_str())][..], &set(name, value)].concat();
        let (status, answer) = world.ask("SetSubscriptionAttributes", &of).await;
        assert_eq!(status, 501, "{answer}");
    }
}

#[tokio::test]
async fn subscribing_refuses_what_sns_refuses() {
    let world = world();
    let topic = world.topic("line").await;
    let fifo = "arn:aws:sns:ap-northeast-1:123456789012:none";
    for (topic, protocol, endpoint, code) in [
        (topic.as_str(), "sms", "NAA+15551234567", "InvalidParameter"),
        (&topic, "sms", "+1555--1234567", "InvalidParameter"),
        (&topic, "sms", "", "InvalidParameter"),
        (&topic, "pigeon", "home", "InvalidParameter"),
        (&topic, "email", "", "InvalidParameter"),
        (fifo, "sms", PHONE, "NotFound"),
    ] {
        let refused = world
            .refused(
                "Subscribe",
                &[
                    ("TopicArn", topic),
                    ("Protocol", protocol),
                    ("Endpoint", endpoint),
                ],
            )
            .await;
        assert_eq!(refused.0, code, "{protocol} {endpoint}");
    }
    let malformed = world
        .refused("Unsubscribe", &[("SubscriptionArn", "x")])
        .await;
    assert_eq!(malformed.0, "InvalidParameter");
}

/// 100 subscriptions a page: `ListSubscriptionsByTopic` in the API reference.
#[tokio::test]
async fn subscriptions_are_listed_in_pages_of_a_hundred() {
    let world = world();
    let topic = world.topic("line").await;
    for number in 0..101 {
        world
            .phone(&topic, &format!("+8190000001{number:03}"), &[])
            .await;
    }
    let first = world
        .done("ListSubscriptionsByTopic", &[("TopicArn", &topic)])
        .await;
    assert_eq!(first.matches("<Endpoint>").count(), 100);
    let token = element(&first, "NextToken");
    let rest = world
        .done(
            "ListSubscriptionsByTopic",
            &[("TopicArn", &topic), ("NextToken", &token)],
        )
        .await;
    assert_eq!(rest.matches("<Endpoint>").count(), 1);
    assert!(!rest.contains("NextToken"));
    // A token is that of its own list.
    let other = world
        .refused("ListSubscriptions", &[("NextToken", &token)])
        .await;
    assert_eq!(other.0, "InvalidParameter");
}

/// The codes are those of `PublishBatch` in the API reference.
#[tokio::test]
async fn a_batch_delivers_each_entry_or_names_its_error() {
    let world = world();
    let topic = world.topic("line").await;
    world.phone(&topic, PHONE, &[]).await;
    let entry = |number: usize, id: &str, message: &str| {
        let place = format!("PublishBatchRequestEntries.member.{number}");
        [
            (format!("{place}.Id"), id.to_owned()),
            (format!("{place}.Message"), message.to_owned()),
        ]
    };
    let batch = async |entries: Vec<[(String, String); 2]>| {
        let entries = entries.concat();
        let pairs = entries
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut all = vec![("TopicArn", topic.as_str())];
        all.extend(pairs);
        world.ask("PublishBatch", &all).await
    };
    let (status, answer) = batch(vec![entry(1, "a", "one"), entry(2, "b", "")]).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(world.delivered(), [sent(PHONE, "one")]);
    assert!(answer.contains("<Id>a</Id><MessageId>"), "{answer}");
    let failed = element(&answer, "Code");
    assert_eq!(failed, "InvalidParameter");

    let eleven = (1..=11).map(|n| entry(n, &n.to_string(), "x")).collect();
    let large = "x".repeat(200_000);
    for (entries, code) in [
        (Vec::new(), "EmptyBatchRequest"),
        (eleven, "TooManyEntriesInBatchRequest"),
        (
            vec![entry(1, "a", "x"), entry(2, "a", "x")],
            "BatchEntryIdsNotDistinct",
        ),
        (vec![entry(1, "a b", "x")], "InvalidBatchEntryId"),
        (
            vec![entry(1, "a", &large), entry(2, "b", &large)],
            "BatchRequestTooLong",
        ),
    ] {
        let (status, answer) = batch(entries).await;
        assert_eq!((status, element(&answer, "Code")), (400, code.to_owned()));
    }
    assert_eq!(world.delivered().len(), 1);
}

/// The groups are those of "Viewing Amazon CloudWatch logs for SMS deliveries" in the guide.
#[tokio::test]
async fn the_delivery_log_is_that_of_the_topic_or_of_phone_numbers() {
    let world = world();
    world.log_deliveries().await;
    let topic = world.topic("line").await;
    world.phone(&topic, PHONE, &[]).await;
    let text = "あ".repeat(71);
    world
        .done("Publish", &[("TopicArn", &topic), ("Message", &text)])
        .await;
    world.recipients.opt_out(REGION, PHONE, true).unwrap();
    world
        .done("Publish", &[("TopicArn", &topic), ("Message", "x")])
        .await;
    world
        .done("Publish", &[("PhoneNumber", OTHER), ("Message", "€")])
        .await;

    let of_topic = world.log("line").await;
    assert_eq!(of_topic.len(), 1);
    let delivery = &of_topic[0]["delivery"];
    assert_eq!(delivery["destination"], PHONE);
    assert_eq!(delivery["numberOfMessageParts"], 2);
    assert_eq!(world.messages()[0].parts, 2);
    let failed = world.log("line/Failure").await;
    let reason = &failed[0]["delivery"]["providerResponse"];
    assert_eq!(reason, "Phone number is opted out");
    let direct = world.log("DirectPublishToPhoneNumber").await;
    assert_eq!(direct.len(), 1);
    assert_eq!(direct[0]["delivery"]["numberOfMessageParts"], 1);
}

/// "No quota left for account" is what delivery logs of accounts said whose quota was spent, while
/// Publish had returned an id.
#[tokio::test]
async fn at_the_monthly_limit_messages_are_accepted_and_not_sent() {
    let world = world();
    world.log_deliveries().await;
    world
        .done(
            "SetSMSAttributes",
            &[
                ("attributes.entry.1.key", "MonthlySpendLimit"),
                ("attributes.entry.1.value", "1"),
            ],
        )
        .await;
    for _ in 0..14 {
        world
            .done("Publish", &[("PhoneNumber", PHONE), ("Message", "x")])
            .await;
    }
    assert_eq!((world.messages().len(), world.delivered().len()), (14, 13));
    let failed = world.log("DirectPublishToPhoneNumber/Failure").await;
    let delivery = &failed[0]["delivery"];
    assert_eq!(delivery["providerResponse"], "No quota left for account");
    assert_eq!(delivery["priceInUSD"], 0.0);
    assert_eq!(failed.len(), 1);

    let (status, measured) = send_form(
        &*world.metrics,
        REGION,
        "monitoring",
        &[
            ("Action", "GetMetricStatistics"),
            ("Namespace", "AWS/SNS"),
            ("MetricName", "SMSMonthToDateSpentUSD"),
            ("StartTime", "2020-01-01T00:00:00Z"),
            ("EndTime", "2100-01-01T00:00:00Z"),
            ("Period", "86400000"),
            ("Statistics.member.1", "Maximum"),
        ],
    )
    .await;
    assert_eq!(status, 200, "{measured}");
    assert_eq!(element(&measured, "Maximum"), "0.975");

    // A higher limit lets messages through again.
    let raised = [
        ("attributes.entry.1.key", "MonthlySpendLimit"),
        ("attributes.entry.1.value", "2"),
    ];
    world.done("SetSMSAttributes", &raised).await;
    world
        .done("Publish", &[("PhoneNumber", PHONE), ("Message", "x")])
        .await;
    assert_eq!(world.delivered().len(), 14);
    // The quota is that of the account, which is raised by AWS's staff.
    world.spending.set_quota(REGION, 1);
    world
        .done("Publish", &[("PhoneNumber", PHONE), ("Message", "x")])
        .await;
    assert_eq!(world.delivered().len(), 14);
}

/// The guide says of the spend limit among the SMS preferences that SNS stops publishing if it is
/// above the quota.
#[tokio::test]
async fn a_limit_above_the_quota_stops_every_message() {
    let world = world();
    world.spending.set_quota(REGION, 1);
    for (limit, delivered) in [("2", 0), ("1", 1)] {
        let set = [
            ("attributes.entry.1.key", "MonthlySpendLimit"),
            ("attributes.entry.1.value", limit),
        ];
        world.done("SetSMSAttributes", &set).await;
        world
            .done("Publish", &[("PhoneNumber", PHONE), ("Message", "x")])
            .await;
        assert_eq!(world.delivered().len(), delivered, "{limit}");
    }
}

/// The steps are those of "Adding and verifying phone numbers in the SMS sandbox" in the guide.
#[tokio::test]
async fn a_number_of_the_sandbox_is_verified_with_the_password_that_its_phone_receives() {
    let world = world();
    world.recipients.set_sandbox(REGION, true);
    let number = [("PhoneNumber", PHONE)];
    let publish = [("PhoneNumber", PHONE), ("Message", "x")];
    world.done("Publish", &publish).await;
    assert_eq!(world.delivered(), []);

    let language = [("PhoneNumber", PHONE), ("LanguageCode", "ja-JP")];
    world.done("CreateSMSSandboxPhoneNumber", &language).await;
    let (phone, text) = world.delivered().pop().unwrap();
    assert_eq!(phone, PHONE);
    let password: String = text.chars().filter(char::is_ascii_digit).collect();
    let listed = world.done("ListSMSSandboxPhoneNumbers", &[]).await;
    assert_eq!(element(&listed, "Status"), "Pending");

    let other = if password == "000000" {
        "000001"
    } else {
        "000000"
    };
    for (code, error) in [
        (other, "VerificationException"),
        ("12a45", "InvalidParameter"),
    ] {
        let attempt = [("PhoneNumber", PHONE), ("OneTimePassword", code)];
        let refused = world.refused("VerifySMSSandboxPhoneNumber", &attempt).await;
        assert_eq!(refused.0, error);
    }
    let attempt = [("PhoneNumber", PHONE), ("OneTimePassword", &password)];
    world.done("VerifySMSSandboxPhoneNumber", &attempt).await;
    let listed = world.done("ListSMSSandboxPhoneNumbers", &[]).await;
    assert_eq!(element(&listed, "Status"), "Verified");
    world.done("Publish", &publish).await;
    assert_eq!(world.delivered().len(), 2);

    let held = world.refused("DeleteSMSSandboxPhoneNumber", &number).await;
    assert_eq!(held.0, "UserError");
    let unknown = [("PhoneNumber", OTHER)];
    let unknown = world.refused("DeleteSMSSandboxPhoneNumber", &unknown).await;
    assert_eq!(unknown.0, "ResourceNotFound");
    world.recipients.opt_out(REGION, OTHER, true).unwrap();
    let opted_out = [("PhoneNumber", OTHER)];
    let opted_out = world
        .refused("CreateSMSSandboxPhoneNumber", &opted_out)
        .await;
    assert_eq!(opted_out.0, "OptedOut");
}
