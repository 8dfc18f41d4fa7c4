//! AWS End User Messaging SMS: text messages, and the resources that they are sent with.
//!
//! Shapes and constraints are those of the service model of 2022-03-31, which every request is checked
//! against. Registrations, protect configurations, RCS, voice, media and notify messages are not
//! served.
//!
//! A message may name an origination identity that was not requested here, as if it belonged to the
//! account: a line is given the name of a sender id or a number that exists outside of its stack.

mod events;
mod keywords;
mod limits;
mod numbers;
mod opt_outs;
mod pools;
mod request;
mod resources;
mod sender_ids;
mod sets;
mod tags;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use futures_util::FutureExt;
use local_wire::Serve::{Later, Now};
use local_wire::model::ServiceModel;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, JsonVersion, LogSink, Operations, Outcome, OutcomeFuture,
    RoleRights, Serve, Service, TopicSink, named,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::sms::{Channel, Delivery, Outbox, Parts, Recipients, SentMessage, Spending, Standing};
use events::{Events, Sent};
use request::{Message, SendTextMessage};
use resources::{MAX_RESOURCES, Region, invalid, over_quota};

/// The operations that this module serves.
#[rustfmt::skip]
const SERVED: &[Declared<Serve<EndUserMessaging>>] = &[
    named("SendTextMessage", Later(|service, request| service.send(request).boxed())),
    named("DescribeAccountAttributes", Now(limits::attributes)),
    named("DescribeAccountLimits", Now(limits::limits)),
    named("DescribeSpendLimits", Now(limits::spending)),
    named("SetTextMessageSpendLimitOverride", Now(limits::set_text_limit)),
    named("DeleteTextMessageSpendLimitOverride", Now(limits::delete_text_limit)),
    named("RequestPhoneNumber", Now(numbers::request)),
    named("DescribePhoneNumbers", Now(numbers::describe)),
    named("UpdatePhoneNumber", Now(numbers::update)),
    named("ReleasePhoneNumber", Now(numbers::release)),
    named("CreatePool", Now(pools::create)),
    named("DescribePools", Now(pools::describe)),
    named("UpdatePool", Now(pools::update)),
    named("DeletePool", Now(pools::delete)),
    named("AssociateOriginationIdentity", Now(pools::associate)),
    named("DisassociateOriginationIdentity", Now(pools::disassociate)),
    named("ListPoolOriginationIdentities", Now(pools::identities)),
    named("RequestSenderId", Now(sender_ids::request)),
    named("DescribeSenderIds", Now(sender_ids::describe)),
    named("UpdateSenderId", Now(sender_ids::update)),
    named("ReleaseSenderId", Now(sender_ids::release)),
    named("CreateOptOutList", Now(opt_outs::create)),
    named("DescribeOptOutLists", Now(opt_outs::describe)),
    named("DeleteOptOutList", Now(opt_outs::delete)),
    named("PutOptedOutNumber", Now(opt_outs::put)),
    named("DescribeOptedOutNumbers", Now(opt_outs::describe_numbers)),
    named("DeleteOptedOutNumber", Now(opt_outs::delete_number)),
    named("CreateConfigurationSet", Now(sets::create)),
    named("DescribeConfigurationSets", Now(sets::describe)),
    named("DeleteConfigurationSet", Now(sets::delete)),
    named("CreateEventDestination", Now(sets::create_destination)),
    named("UpdateEventDestination", Now(sets::update_destination)),
    named("DeleteEventDestination", Now(sets::delete_destination)),
    named("SetDefaultMessageType", Now(sets::set_message_type)),
    named("DeleteDefaultMessageType", Now(sets::delete_message_type)),
    named("SetDefaultSenderId", Now(sets::set_sender_id)),
    named("DeleteDefaultSenderId", Now(sets::delete_sender_id)),
    named("SetDefaultMessageFeedbackEnabled", Now(sets::set_feedback)),
    named("PutKeyword", Now(keywords::put)),
    named("DescribeKeywords", Now(keywords::describe)),
    named("DeleteKeyword", Now(keywords::delete)),
    named("TagResource", Now(tags::tag)),
    named("UntagResource", Now(tags::untag)),
    named("ListTagsForResource", Now(tags::list)),
    named("PutResourcePolicy", Now(tags::put_policy)),
    named("GetResourcePolicy", Now(tags::get_policy)),
    named("DeleteResourcePolicy", Now(tags::delete_policy)),
];

static OPERATIONS: LazyLock<Operations<Serve<EndUserMessaging>>> =
    LazyLock::new(|| Operations::new("sms-voice", &[SERVED], include_str!("operations.txt")));

/// The dialect of End User Messaging.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    message: "Message",
    broken: (500, "InternalServerException"),
    ..Dialect::json("sms-voice", JsonVersion::V1_0)
};

/// The service model of the operations that are served.
static MODEL: LazyLock<serde_json::Result<ServiceModel>> =
    LazyLock::new(|| ServiceModel::read(include_str!("model.json")));

/// The other parts of the account that the service works with.
pub(crate) struct MessagingPorts {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) recipients: Arc<Recipients>,
    pub(crate) spending: Arc<Spending>,
    pub(crate) logs: Arc<dyn LogSink>,
    pub(crate) topics: Arc<dyn TopicSink>,
    pub(crate) rights: Arc<dyn RoleRights>,
}

/// End User Messaging SMS of the account.
pub(crate) struct EndUserMessaging {
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
    spending: Arc<Spending>,
    events: Events,
    regions: Mutex<BTreeMap<String, Region>>,
}

/// The settings of a message that come from the resources that it names.
#[derive(Debug, Default)]
struct Sender {
    /// The number or sender id that the phone shows.
    origin: Option<String>,
    message_type: Option<String>,
    /// Whether the opt-out list of the identity has the receiver; `None` for the list of the account.
    opted_out: Option<bool>,
    set_arn: String,
    destinations: Vec<Value>,
}

impl EndUserMessaging {
    pub(crate) fn new(ports: MessagingPorts) -> Self {
        Self {
            outbox: ports.outbox,
            recipients: ports.recipients,
            spending: ports.spending,
            events: Events::new(ports.logs, ports.topics, ports.rights),
            regions: Mutex::default(),
        }
    }

    fn with<T>(&self, region: &str, act: impl FnOnce(&mut Region) -> T) -> T {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }

    /// Carries out an operation that adds a resource, unless there are as many as are kept.
    fn adding(&self, request: &ApiRequest, act: impl FnOnce(&mut Region) -> Outcome) -> Outcome {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        if regions.values().map(Region::count).sum::<usize>() >= MAX_RESOURCES {
            return Err(Fault::new(
                400,
                "ServiceQuotaExceededException",
                format!(
                    "The local account keeps at most {MAX_RESOURCES} resources of End User \
                     Messaging. Delete some that are no longer needed."
                ),
            ));
        }
        act(regions.entry(request.region.clone()).or_default())
    }

    async fn send(&self, request: &ApiRequest) -> Outcome {
        let input: SendTextMessage = request.input()?;
        let message = input.check()?;
        let region = request.region.as_str();
        let sender = self.with(region, |all| sender(all, &message))?;
        self.check_reachable(region, &message, &sender)?;
        let message_id = uuid::Uuid::new_v4().to_string();
        if message.dry_run {
            return Ok(json!({ "MessageId": message_id }).into());
        }
        let parts = Parts::of(&message.body);
        let at = OffsetDateTime::now_utc();
        let own_limit = self.with(region, |all| all.text_limit);
        let channel = Channel::EndUserMessaging;
        let price = self
            .spending
            .spend(region, channel, own_limit, parts.count, at)
            .map_err(|_| over_quota("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"))?;
        let of_context = |(name, value): (&String, &String)| {
            let key = name.strip_prefix("Context.")?;
            Some((key.to_owned(), value.as_str().into()))
        };
        let given_type = message.attributes.get("MessageType").cloned();
        let sent = Sent {
            message_id: message_id.clone(),
            origin: sender.origin,
            destination: message.phone_number.clone(),
            message_type: given_type
                .or(sender.message_type)
                .unwrap_or_else(|| "TRANSACTIONAL".into()),
            context: message.attributes.iter().filter_map(of_context).collect(),
            parts,
            price,
            at,
        };
        self.outbox.add(SentMessage {
            channel,
            message_id: message_id.clone(),
            region: region.to_owned(),
            phone_number: message.phone_number,
            message: message.body,
            parts: parts.count,
            topic_arn: None,
            attributes: message.attributes,
            accepted_at: at,
            delivery: Delivery::Success,
        });
        self.events
            .report(region, &sender.set_arn, &sender.destinations, &sent)
            .await;
        Ok(json!({ "MessageId": message_id }).into())
    }

    /// Refuses a number that cannot be reached. Unlike SNS, this service reports it at once.
    fn check_reachable(
        &self,
        region: &str,
        message: &Message,
        sender: &Sender,
    ) -> Result<(), Fault> {
        let conflict = |reason: &str, sentence: &str| {
            Err(Fault::new(400, "ConflictException", sentence).with("Reason", reason.into()))
        };
        let standing = match self.recipients.standing(region, &message.phone_number) {
            Standing::OptedOut if sender.opted_out == Some(false) => Standing::Reachable,
            Standing::Reachable if sender.opted_out == Some(true) => Standing::OptedOut,
            standing => standing,
        };
        match standing {
            Standing::Reachable => Ok(()),
            Standing::OptedOut => conflict(
                "DESTINATION_PHONE_NUMBER_OPTED_OUT",
                "The destination phone number has opted out of messages.",
            ),
            Standing::Unverified => conflict(
                "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
                "The account is in the sandbox and the destination phone number is not verified.",
            ),
        }
    }
}

/// Looks up the identity and the configuration set of a message.
fn sender(region: &mut Region, message: &Message) -> Result<Sender, Fault> {
    let mut sender = Sender::default();
    if let Some(name) = message.attributes.get("ConfigurationSetName") {
        let set = Value::Object(sets::find(region, name)?.clone());
        let text = |member: &str| set[member].as_str().map(str::to_owned);
        sender.message_type = text("DefaultMessageType");
        sender.origin = text("DefaultSenderId");
        sender.set_arn = text("ConfigurationSetArn").unwrap_or_default();
        if let Value::Array(destinations) = &set["EventDestinations"] {
            sender.destinations.clone_from(destinations);
        }
    }
    let Some(given) = message.attributes.get("OriginationIdentity") else {
        return Ok(sender);
    };
    sender.origin = Some(given.clone());
    let mut identity = None;
    if let Some(id) = numbers::id_of(region, given) {
        identity = region.phone_numbers.get(&id);
    } else if let Ok(id) = pools::id_of(region, given) {
        identity = region.pools.get(&id).map(|pool| &pool.members);
    } else if let Some((id, _)) = sender_ids::key_of(region, given, None) {
        sender.origin = Some(id);
    }
    let Some(identity) = identity.cloned().map(Value::Object) else {
        return Ok(sender);
    };
    if let Some(number) = identity["PhoneNumber"].as_str() {
        sender.origin = Some(number.to_owned());
    }
    if let Some(kind) = identity["MessageType"].as_str() {
        sender.message_type = Some(kind.to_owned());
    }
    if identity["SelfManagedOptOutsEnabled"] == true {
        sender.opted_out = Some(false);
    } else if let Some(list) = region
        .opt_out_lists
        .get(resources::text(&identity, "OptOutListName"))
    {
        sender.opted_out = Some(list.numbers.contains_key(&message.phone_number));
    }
    Ok(sender)
}

/// Adds reason and field to the model's error for a request that breaks it.
fn with_reason(fault: Fault) -> Fault {
    if fault.code != "ValidationException" {
        return fault;
    }
    let path = fault.message.trim_start_matches("The key ");
    let path = path.split(' ').next().unwrap_or_default();
    let member = path.split(['.', '[']).next().unwrap_or_default().to_owned();
    let reason = match fault.message.ends_with("is required.") {
        true => "MISSING_PARAMETER",
        false => "FIELD_VALIDATION_FAILED",
    };
    let field = json!({ "Name": member, "Message": fault.message });
    invalid(reason, &fault.message).with("Fields", json!([field]))
}

impl Service for EndUserMessaging {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            let declared = OPERATIONS.find(&request.operation)?;
            let model = MODEL.as_ref().map_err(|error| {
                Fault::new(
                    500,
                    "InternalServerException",
                    format!("The service model of End User Messaging must be readable: {error}"),
                )
            })?;
            model.check(&request).map_err(with_reason)?;
            declared.carry_out(self, &request).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod model_made;
#[cfg(test)]
mod tests;
