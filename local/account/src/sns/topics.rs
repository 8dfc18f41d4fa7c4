//! Subscriptions of topics, and delivery to the phones among them.
//!
//! Topics themselves are embedded. A subscription with another protocol than `sms` is kept and read
//! back, and nothing is delivered to it. Every subscription counts as confirmed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use local_wire::{ACCOUNT_ID, ApiRequest, Fault, Outcome, done, page};
use serde::Deserialize;
use serde_json::{Value, json};

use super::content::{Content, Message};
use super::filter::FilterPolicy;
use super::{Entry, invalid};

/// The protocols of SNS.
const PROTOCOLS: [&str; 9] = [
    "application",
    "email",
    "email-json",
    "firehose",
    "http",
    "https",
    "lambda",
    "sms",
    "sqs",
];

/// The attributes of a subscription that can be set.
const ATTRIBUTES: [&str; 7] = [
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
];

/// The most subscriptions of a topic, and the most bytes of all subscriptions here.
const MAX_SUBSCRIPTIONS: usize = 1_000;
const MAX_ALL_BYTES: usize = 16 * 1_024 * 1_024;
/// The elements of a page, as `ListSubscriptions` documents it.
const PAGE: usize = 100;
/// The most entries of a batch, and the most bytes of all of them together.
const MAX_ENTRIES: usize = 10;
const MAX_BATCH_BYTES: usize = 262_144;

/// A subscription.
#[derive(Debug, Clone)]
struct Subscription {
    topic_arn: String,
    protocol: String,
    endpoint: String,
    /// The attributes that were set.
    attributes: BTreeMap<String, String>,
    filter: Option<FilterPolicy>,
}

impl Subscription {
    fn bytes(&self) -> usize {
        let attributes = self.attributes.iter();
        let of_attributes = attributes.map(|(name, value)| name.len() + value.len());
        256 + self.topic_arn.len() + self.endpoint.len() + of_attributes.sum::<usize>()
    }

    /// Sets an attribute; an empty value removes it.
    fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        if !ATTRIBUTES.contains(&name) {
            return Err(invalid("AttributeName"));
        }
        let is_phone = self.protocol == "sms";
        match name {
            "FilterPolicy" => {
                let read = match value {
                    "" => None,
                    _ if is_phone => FilterPolicy::read(value)?,
                    _ => None,
                };
                self.filter = read;
            }
            "FilterPolicyScope" if !matches!(value, "" | "MessageAttributes" | "MessageBody") => {
                return Err(invalid(&format!(
                    "FilterPolicyScope: Invalid value [{value}]. Please use either \
                     MessageBody or MessageAttributes"
                )));
            }
            "FilterPolicyScope" if is_phone && value == "MessageBody" => {
                return Err(Fault::new(
                    501,
                    "NotImplementedException",
                    "The local account does not apply the FilterPolicyScope MessageBody to a \
                     phone.",
                ));
            }
            "RawMessageDelivery" if is_phone && value == "true" => {
                return Err(invalid(
                    "Attributes Reason: Delivery protocol [sms] does not support raw message \
                     delivery.",
                ));
            }
            _ => {}
        }
        match value {
            "" => self.attributes.remove(name),
            _ => self.attributes.insert(name.to_owned(), value.to_owned()),
        };
        Ok(())
    }

    /// Returns all attributes, as GetSubscriptionAttributes does.
    fn described(&self, arn: &str) -> BTreeMap<String, String> {
        let fixed = [
            ("ConfirmationWasAuthenticated", "true"),
            ("Endpoint", &self.endpoint),
            ("Owner", ACCOUNT_ID),
            ("PendingConfirmation", "false"),
            ("Protocol", &self.protocol),
            ("RawMessageDelivery", "false"),
            ("SubscriptionArn", arn),
            ("TopicArn", &self.topic_arn),
        ];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut described = BTreeMap::from(fixed);
        if self.attributes.contains_key("FilterPolicy") {
            let scope = ("FilterPolicyScope".into(), "MessageAttributes".into());
            described.extend([scope]);
        }
        described.extend(self.attributes.clone());
        described
    }

    fn listed(&self, arn: &str) -> Value {
        json!({
            "SubscriptionArn": arn,
            "Owner": ACCOUNT_ID,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "TopicArn": self.topic_arn,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Subscribe {
    #[serde(default)]
    pub(super) topic_arn: String,
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    attributes: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfSubscription {
    #[serde(default)]
    subscription_arn: String,
    #[serde(default)]
    attribute_name: String,
    #[serde(default)]
    attribute_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    pub(super) topic_arn: Option<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PublishBatch {
    pub(super) topic_arn: Option<String>,
    #[serde(default)]
    publish_batch_request_entries: Vec<BatchEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    content: Content,
}

/// The outcome of the checks of a batch's entry.
pub(super) type CheckedEntry = (String, Result<Message, Fault>);

impl PublishBatch {
    /// Checks a batch. The constraints of an entry concern that entry alone.
    pub(super) fn check(self) -> Result<Vec<CheckedEntry>, Fault> {
        let entries = self.publish_batch_request_entries;
        let refused = |code: &str, why: &str| Err(Fault::new(400, code, why));
        if entries.is_empty() {
            return refused(
                "EmptyBatchRequest",
                "The batch request doesn't contain any entries.",
            );
        }
        if entries.len() > MAX_ENTRIES {
            return refused(
                "TooManyEntriesInBatchRequest",
                "The batch request contains more entries than permissible.",
            );
        }
        let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        if ids.len() < entries.len() {
            return refused(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            );
        }
        let is_id = |id: &str| {
            let of_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            (1..=80).contains(&id.len()) && id.bytes().all(of_id)
        };
        if !ids.into_iter().all(is_id) {
            return refused(
                "InvalidBatchEntryId",
                "The Id of a batch entry in a batch request doesn't abide by the specification.",
            );
        }
        let checked: Vec<CheckedEntry> = entries
            .into_iter()
            .map(|entry| (entry.id, entry.content.check()))
            .collect();
        let bytes = checked.iter().flat_map(|(_, message)| message);
        if bytes.map(|message| message.bytes).sum::<usize>() > MAX_BATCH_BYTES {
            return refused(
                "BatchRequestTooLong",
                "The length of all the batch messages put together is more than the limit.",
            );
        }
        Ok(checked)
    }
}

/// The subscriptions of all Regions.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    regions: Mutex<HashMap<String, BTreeMap<String, Subscription>>>,
}

impl Subscriptions {
    fn with<T>(
        &self,
        region: &str,
        act: impl FnOnce(&mut BTreeMap<String, Subscription>) -> T,
    ) -> T {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }

    /// Returns the bytes of all subscriptions.
    fn bytes(&self) -> usize {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let all = regions.values().flat_map(BTreeMap::values);
        all.map(Subscription::bytes).sum()
    }

    /// Subscribes an endpoint to an existing topic. Subscribing it again returns the same ARN.
    pub(super) fn subscribe(&self, request: &ApiRequest) -> Outcome {
        let input: Subscribe = request.input()?;
        if !PROTOCOLS.contains(&input.protocol.as_str()) {
            return Err(invalid(&format!(
                "Amazon SNS does not support this protocol string: {}",
                input.protocol
            )));
        }
        let endpoint = match input.protocol.as_str() {
            "sms" => phone(&input.endpoint)?,
            _ if input.endpoint.is_empty() => return Err(invalid("Endpoint")),
            _ => input.endpoint,
        };
        if input.protocol == "sms" && input.topic_arn.ends_with(".fifo") {
            return Err(invalid(
                "Invalid protocol type: a FIFO topic must not have phones as subscribers",
            ));
        }
        let mut subscription = Subscription {
            topic_arn: input.topic_arn,
            protocol: input.protocol,
            endpoint,
            attributes: BTreeMap::new(),
            filter: None,
        };
        for Entry { key, value } in &input.attributes {
            subscription.set(key, value)?;
        }
        let is_full = self.bytes() + subscription.bytes() > MAX_ALL_BYTES;
        self.with(&request.region, |all| {
            let of_topic = all
                .iter()
                .filter(|(_, other)| other.topic_arn == subscription.topic_arn);
            let same = of_topic.clone().find(|(_, other)| {
                (&other.protocol, &other.endpoint)
                    == (&subscription.protocol, &subscription.endpoint)
            });
            if let Some((arn, other)) = same {
                let is_same = subscription.attributes.is_empty()
                    || subscription.attributes == other.attributes;
                return match is_same {
                    true => Ok(json!({ "SubscriptionArn": arn }).into()),
                    false => Err(invalid(
                        "Attributes Reason: Subscription already exists with different \
                         attributes",
                    )),
                };
            }
            if is_full || of_topic.count() >= MAX_SUBSCRIPTIONS {
                return Err(Fault::new(
                    403,
                    "SubscriptionLimitExceeded",
                    format!(
                        "The local account keeps at most {MAX_SUBSCRIPTIONS} subscriptions of a \
                         topic, and {} MiB of all. Delete subscriptions that are no longer needed.",
                        MAX_ALL_BYTES / 1_024 / 1_024
                    ),
                ));
            }
            let arn = format!("{}:{}", subscription.topic_arn, uuid::Uuid::new_v4());
            all.insert(arn.clone(), subscription);
            Ok(json!({ "SubscriptionArn": arn }).into())
        })
    }

    /// Removes a subscription, or nothing if there is none with the ARN.
    pub(super) fn unsubscribe(&self, request: &ApiRequest) -> Outcome {
        let input: OfSubscription = request.input()?;
        let elements = input.subscription_arn.split(':').count();
        if elements < 6 {
            return Err(invalid(&format!(
                "SubscriptionArn Reason: An ARN must have at least 6 elements, not {elements}"
            )));
        }
        self.with(&request.region, |all| all.remove(&input.subscription_arn));
        done()
    }

    pub(super) fn attributes(&self, request: &ApiRequest) -> Outcome {
        let input: OfSubscription = request.input()?;
        self.with(&request.region, |all| {
            let arn = &input.subscription_arn;
            let subscription = all.get(arn).ok_or_else(unknown)?;
            Ok(json!({ "Attributes": subscription.described(arn) }).into())
        })
    }

    pub(super) fn set_attribute(&self, request: &ApiRequest) -> Outcome {
        let input: OfSubscription = request.input()?;
        let others = self.bytes();
        self.with(&request.region, |all| {
            let subscription = all.get_mut(&input.subscription_arn).ok_or_else(unknown)?;
            if others + input.attribute_value.len() > MAX_ALL_BYTES {
                return Err(invalid(&format!(
                    "AttributeValue must fit into the {} MiB that the local account keeps of all \
                     subscriptions",
                    MAX_ALL_BYTES / 1_024 / 1_024
                )));
            }
            subscription.set(&input.attribute_name, &input.attribute_value)?;
            done()
        })
    }

    /// Lists the subscriptions of the Region, or of a topic.
    pub(super) fn list(&self, request: &ApiRequest) -> Outcome {
        let input: List = request.input()?;
        let name = format!(
            "{} {} {}",
            request.operation.name,
            request.region,
            input.topic_arn.as_deref().unwrap_or_default()
        );
        let from = match &input.next_token {
            None => 0,
            Some(token) => page::place(&name, token)
                .ok_or_else(|| invalid("NextToken Reason: must be that of the page before"))?,
        };
        let page = self.with(&request.region, |all| {
            let listed = all.iter().filter(|(_, subscription)| {
                let topic = input.topic_arn.as_ref();
                topic.is_none_or(|topic| *topic == subscription.topic_arn)
            });
            page::from(
                listed.map(|(arn, subscription)| subscription.listed(arn)),
                from,
                PAGE,
            )
        });
        let mut answer = json!({ "Subscriptions": page.items });
        if let Some(next) = page.next {
            answer["NextToken"] = page::token(&name, next).into();
        }
        Ok(answer.into())
    }

    /// Removes the subscriptions of a deleted topic.
    pub(super) fn forget_topic(&self, region: &str, topic_arn: &str) {
        self.with(region, |all| {
            all.retain(|_, subscription| subscription.topic_arn != topic_arn);
        });
    }

    /// Returns the phones of a topic that receive a message with these attributes.
    pub(super) fn phones(&self, region: &str, topic_arn: &str, message: &Message) -> Vec<String> {
        self.with(region, |all| {
            let of_topic = all.values().filter(|subscription| {
                let accepts = |filter: &FilterPolicy| filter.accepts(&message.attributes);
                subscription.topic_arn == topic_arn
                    && subscription.protocol == "sms"
                    && subscription.filter.as_ref().is_none_or(accepts)
            });
            of_topic
                .map(|subscription| subscription.endpoint.clone())
                .collect()
        })
    }
}

/// Returns the number of a phone in E.164 form. An endpoint may have single separators, such as
/// `+15/55-123.4567`, as in moto, another implementation of SNS.
fn phone(endpoint: &str) -> Result<String, Fault> {
    let refused = || invalid(&format!("Invalid SMS endpoint: {endpoint}"));
    let is_separator = |symbol: char| matches!(symbol, '.' | '/' | '-');
    let symbols: Vec<char> = endpoint.chars().take(64).collect();
    let pairs = symbols.windows(2);
    let doubled = pairs.filter(|pair| pair.iter().all(|symbol| is_separator(*symbol)));
    let outside = symbols.first().copied().is_none_or(is_separator)
        || symbols.last().copied().is_none_or(is_separator);
    if outside || doubled.count() > 0 {
        return Err(refused());
    }
    let number: String = endpoint
        .chars()
        .filter(|symbol| !is_separator(*symbol))
        .collect();
    match crate::sms::is_e164(&number) {
        true => Ok(number),
        false => Err(refused()),
    }
}

fn unknown() -> Fault {
    Fault::new(404, "NotFound", "Subscription does not exist")
}
