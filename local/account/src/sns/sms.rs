//! Text messages: sending to a phone, account attributes, opt-outs.
//!
//! Shapes and error codes follow SNS's service model; the sentences are this project's where AWS
//! does not document them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use local_wire::{ApiRequest, Declared, Fault, Outcome, done, named, page};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use super::Serve::Text;
use super::content::Content;
use super::deliveries::Deliveries;
use super::{Entry, Serve, invalid};
use crate::sms::{
    Channel, Delivery, Outbox, Parts, QuotaSpent, Recipients, SentMessage, Spending, Standing,
    is_e164,
};

/// "1,600 bytes" is SNS's limit for a text message.
const MAX_MESSAGE_BYTES: usize = 1_600;

/// The most bytes of an account attribute, of which an ARN is the longest.
const MAX_ACCOUNT_ATTRIBUTE_BYTES: usize = 2_048;

/// The elements of a page of numbers that opted out, as `ListPhoneNumbersOptedOut` documents it.
const PAGE: usize = 100;

/// The attributes that SetSMSAttributes accepts.
const SMS_ATTRIBUTES: [&str; 6] = [
    "MonthlySpendLimit",
    "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate",
    "DefaultSenderID",
    "DefaultSMSType",
    "UsageReportS3Bucket",
];

/// The operations on text messages, without Publish.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    named("SetSMSAttributes", Text(Sms::set_attributes)),
    named("GetSMSAttributes", Text(Sms::get_attributes)),
    named("CheckIfPhoneNumberIsOptedOut", Text(Sms::check_opted_out)),
    named("ListPhoneNumbersOptedOut", Text(Sms::list_opted_out)),
    named("OptInPhoneNumber", Text(Sms::opt_in)),
];

#[derive(Deserialize)]
struct SetAttributes {
    #[serde(default)]
    attributes: Vec<Entry>,
}

#[derive(Deserialize)]
struct GetAttributes {
    #[serde(default)]
    attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListOptedOut {
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptOut {
    phone_number: Option<String>,
}

/// The receiver of a text message.
pub(super) struct Destination {
    /// In E.164 form.
    pub(super) phone_number: String,
    /// The topic that it subscribes to, unless the message is published to the number.
    pub(super) topic_arn: Option<String>,
}

/// The text messages of SNS.
pub(super) struct Sms {
    /// Account attributes by Region.
    attributes: Mutex<HashMap<String, BTreeMap<String, String>>>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) recipients: Arc<Recipients>,
    spending: Arc<Spending>,
    deliveries: Deliveries,
}

impl Sms {
    pub(super) fn new(
        outbox: Arc<Outbox>,
        recipients: Arc<Recipients>,
        spending: Arc<Spending>,
        deliveries: Deliveries,
    ) -> Self {
        Self {
            attributes: Mutex::default(),
            outbox,
            recipients,
            spending,
            deliveries,
        }
    }

    fn attributes<T>(
        &self,
        region: &str,
        act: impl FnOnce(&mut BTreeMap<String, String>) -> T,
    ) -> T {
        let mut regions = self
            .attributes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }

    /// Handles Publish to a phone number.
    pub(super) async fn publish(
        &self,
        region: &str,
        phone_number: String,
        content: Content,
    ) -> Outcome {
        let phone_number = e164(
            "PhoneNumber",
            Some(phone_number),
            "is not valid to publish to",
        )?;
        let message = content.check()?;
        if message.text.len() > MAX_MESSAGE_BYTES {
            return Err(invalid("Message too long"));
        }
        let message_id = uuid::Uuid::new_v4().to_string();
        let destination = Destination {
            phone_number,
            topic_arn: None,
        };
        let options = message.options();
        self.send(region, &message_id, destination, message.text, options)
            .await;
        Ok(json!({ "MessageId": message_id }).into())
    }

    /// Sends an accepted message to a phone. A failed delivery is reported in the delivery log alone.
    pub(super) async fn send(
        &self,
        region: &str,
        message_id: &str,
        destination: Destination,
        text: String,
        options: BTreeMap<String, String>,
    ) {
        let settings = self.attributes(region, |attributes| attributes.clone());
        let parts = Parts::of(&text).count;
        let accepted_at = OffsetDateTime::now_utc();
        let standing = self.recipients.standing(region, &destination.phone_number);
        let (delivery, price) = match failure(standing, &text) {
            Some(reason) => (Delivery::Failure(reason.to_owned()), 0.0),
            None => {
                let own_limit = settings.get("MonthlySpendLimit");
                let own_limit: Option<u64> = own_limit.and_then(|limit| limit.parse().ok());
                match self.spend(region, own_limit, parts, accepted_at) {
                    Ok(price) => (Delivery::Success, price),
                    // In these words in the delivery log of an account that had spent its quota:
                    // SNS accepts the message and returns its id.
                    Err(QuotaSpent) => (Delivery::Failure("No quota left for account".into()), 0.0),
                }
            }
        };
        let spent = self.spending.spent(region, Channel::Sns, accepted_at);
        let message = SentMessage {
            channel: Channel::Sns,
            message_id: message_id.to_owned(),
            region: region.to_owned(),
            phone_number: destination.phone_number,
            message: kept(text),
            parts,
            topic_arn: destination.topic_arn,
            attributes: options,
            accepted_at,
            delivery,
        };
        self.outbox.add(message.clone());
        self.deliveries
            .report(&message, &settings, price, spent)
            .await;
    }

    /// Spends the price of a message. An account whose own limit is above its quota sends nothing: SNS
    /// then stops publishing, as its guide says of the spend limit among the SMS preferences.
    fn spend(
        &self,
        region: &str,
        own_limit: Option<u64>,
        parts: usize,
        at: OffsetDateTime,
    ) -> Result<f64, QuotaSpent> {
        if own_limit.is_some_and(|own| own > self.spending.quota(region)) {
            return Err(QuotaSpent);
        }
        self.spending
            .spend(region, Channel::Sns, own_limit, parts, at)
    }

    fn set_attributes(&self, request: &ApiRequest) -> Outcome {
        let input: SetAttributes = request.input()?;
        for Entry { key, value } in &input.attributes {
            check_account_attribute(key, value)?;
        }
        self.attributes(&request.region, |attributes| {
            for Entry { key, value } in input.attributes {
                // An empty value removes the attribute; Terraform's provider does that to all six
                // when the resource is destroyed.
                if value.is_empty() {
                    attributes.remove(&key);
                } else {
                    attributes.insert(key, value);
                }
            }
        });
        done()
    }

    fn get_attributes(&self, request: &ApiRequest) -> Outcome {
        let wanted = request.input::<GetAttributes>()?.attributes;
        let found: BTreeMap<String, String> = self.attributes(&request.region, |attributes| {
            attributes
                .iter()
                .filter(|(name, _)| wanted.is_empty() || wanted.contains(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        });
        Ok(json!({ "attributes": found }).into())
    }

    fn check_opted_out(&self, request: &ApiRequest) -> Outcome {
        let number = lower_case_number(request)?;
        let opted_out = self.recipients.with(&request.region, |lists| {
            lists.opted_out.contains_key(&number)
        });
        Ok(json!({ "isOptedOut": opted_out }).into())
    }

    fn list_opted_out(&self, request: &ApiRequest) -> Outcome {
        let input: ListOptedOut = request.input()?;
        let name = format!("ListPhoneNumbersOptedOut {}", request.region);
        let from = match &input.next_token {
            None => 0,
            Some(token) => page::place(&name, token)
                .ok_or_else(|| invalid("nextToken Reason: must be that of the page before"))?,
        };
        let page = self.recipients.with(&request.region, |lists| {
            page::from(lists.opted_out.keys().cloned(), from, PAGE)
        });
        let mut answer = json!({ "phoneNumbers": page.items });
        if let Some(next) = page.next {
            answer["nextToken"] = page::token(&name, next).into();
        }
        Ok(answer.into())
    }

    fn opt_in(&self, request: &ApiRequest) -> Outcome {
        let number = lower_case_number(request)?;
        self.recipients
            .with(&request.region, |lists| lists.opted_out.remove(&number));
        done()
    }
}

/// Returns the reason why an accepted message does not reach its phone.
///
/// AWS does not document the response of Publish for an opted-out number; the delivery log has a
/// sentence for it, so Publish returns a MessageId and the delivery fails. "Message body is invalid"
/// is another one of that log.
fn failure(standing: Standing, text: &str) -> Option<&'static str> {
    match standing {
        Standing::OptedOut => Some("Phone number is opted out"),
        Standing::Unverified => {
            Some("Phone number is not verified and the account is in the SMS sandbox")
        }
        Standing::Reachable if text.len() > MAX_MESSAGE_BYTES => Some("Message body is invalid"),
        Standing::Reachable => None,
    }
}

/// Returns the text of a message as it is kept: one that is too long for a phone without its end.
fn kept(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_MESSAGE_BYTES));
    text
}

/// Validates a number in E.164 form, as SNS requires it.
pub(super) fn e164(
    parameter: &str,
    number: Option<String>,
    complaint: &str,
) -> Result<String, Fault> {
    let number = number.unwrap_or_default();
    if is_e164(&number) {
        Ok(number)
    } else {
        Err(invalid(&format!(
            "{parameter} Reason: {number} {complaint}"
        )))
    }
}

/// Returns the number in an operation on opt-outs. In these operations alone the model writes the
/// member in lower case.
fn lower_case_number(request: &ApiRequest) -> Result<String, Fault> {
    let number = request.input::<OptOut>()?.phone_number;
    e164("phoneNumber", number, "is not a phone number")
}

/// Checks an attribute of a message that SNS defines.
pub(super) fn check_message_attribute(name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "AWS.SNS.SMS.SMSType" => check_sms_type(value),
        "AWS.SNS.SMS.SenderID" => check_sender_id(value),
        "AWS.SNS.SMS.MaxPrice" if value.parse::<f64>().is_err() => Err(Fault::new(
            400,
            "ParameterValueInvalid",
            format!("MaxPrice must be a number, but was '{value}'"),
        )),
        _ => Ok(()),
    }
}

fn check_account_attribute(name: &str, value: &str) -> Result<(), Fault> {
    if !SMS_ATTRIBUTES.contains(&name) {
        return Err(invalid(&format!("Unknown SMS attribute {name}")));
    }
    if value.is_empty() {
        return Ok(());
    }
    if value.len() > MAX_ACCOUNT_ATTRIBUTE_BYTES {
        return Err(invalid(&format!(
            "{name} must have at most {MAX_ACCOUNT_ATTRIBUTE_BYTES} bytes, not {}",
            value.len()
        )));
    }
    match name {
        "DefaultSMSType" => check_sms_type(value),
        "DefaultSenderID" => check_sender_id(value),
        "MonthlySpendLimit" if value.parse::<u32>().is_err() => Err(invalid(&format!(
            "MonthlySpendLimit must be a whole number of US dollars, but was '{value}'"
        ))),
        "DeliveryStatusSuccessSamplingRate" if !value.parse::<u8>().is_ok_and(|r| r <= 100) => {
            Err(invalid(&format!(
                "DeliveryStatusSuccessSamplingRate must be a percentage, but was '{value}'"
            )))
        }
        _ => Ok(()),
    }
}

fn check_sms_type(value: &str) -> Result<(), Fault> {
    if matches!(value, "Promotional" | "Transactional") {
        Ok(())
    } else {
        Err(invalid(&format!(
            "SMSType must be Promotional or Transactional, but was '{value}'"
        )))
    }
}

fn check_sender_id(value: &str) -> Result<(), Fault> {
    let valid = (1..=11).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric())
        && value.bytes().any(|b| b.is_ascii_alphabetic());
    if valid {
        Ok(())
    } else {
        Err(invalid(&format!(
            "SenderID must be 1 to 11 letters and digits with at least one letter, but was '{value}'"
        )))
    }
}
