//! Text messages: Publish to a phone number, account attributes, opt-outs, the sandbox.
//!
//! Shapes and error codes follow SNS's service model; the sentences are this project's where AWS
//! does not document them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use local_wire::{ApiRequest, Declared, Fault, Outcome, done, named};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Serve::Text;
use super::deliveries::Deliveries;
use super::{Entry, Serve};
use crate::sms::{Channel, Delivery, Outbox, Recipients, SentMessage, Standing, is_e164};

/// "1,600 bytes" is SNS's limit for a text message.
const MAX_MESSAGE_BYTES: usize = 1_600;

/// The most attributes of a message here, and the most bytes of all of them. AWS counts attributes
/// into the 256 KB of a message; a text message uses very few.
const MAX_ATTRIBUTES: usize = 20;
const MAX_ATTRIBUTE_BYTES: usize = 4_096;
/// The most bytes of an account attribute, of which an ARN is the longest.
const MAX_ACCOUNT_ATTRIBUTE_BYTES: usize = 2_048;

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
    named("GetSMSSandboxAccountStatus", Text(Sms::sandbox_status)),
    named("CreateSMSSandboxPhoneNumber", Text(Sms::sandbox_add)),
    named("VerifySMSSandboxPhoneNumber", Text(Sms::sandbox_verify)),
    named("DeleteSMSSandboxPhoneNumber", Text(Sms::sandbox_remove)),
    named("ListSMSSandboxPhoneNumbers", Text(Sms::sandbox_list)),
];

/// The members of a request, named as in the model.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publish {
    phone_number: Option<String>,
    topic_arn: Option<String>,
    target_arn: Option<String>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    message_attributes: Vec<MessageAttribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MessageAttribute {
    name: String,
    value: AttributeValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeValue {
    string_value: Option<String>,
}

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
struct OptOut {
    phone_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfSandbox {
    phone_number: Option<String>,
    #[serde(default)]
    one_time_password: String,
}

/// The text messages of SNS.
pub(super) struct Sms {
    /// Account attributes by Region.
    attributes: Mutex<HashMap<String, BTreeMap<String, String>>>,
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
    deliveries: Deliveries,
}

impl Sms {
    pub(super) fn new(
        outbox: Arc<Outbox>,
        recipients: Arc<Recipients>,
        deliveries: Deliveries,
    ) -> Self {
        Self {
            attributes: Mutex::default(),
            outbox,
            recipients,
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
    pub(super) async fn publish(&self, request: &ApiRequest) -> Outcome {
        let input: Publish = request.input()?;
        let region = request.region.as_str();
        if input.topic_arn.is_some() || input.target_arn.is_some() {
            return Err(invalid(
                "Only one of TopicArn, TargetArn and PhoneNumber may be given",
            ));
        }
        let phone_number = e164(
            "PhoneNumber",
            input.phone_number,
            "is not valid to publish to",
        )?;
        if input.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if input.message.len() > MAX_MESSAGE_BYTES {
            return Err(invalid("Message too long"));
        }
        let attributes: BTreeMap<String, String> = input
            .message_attributes
            .into_iter()
            .filter_map(|attribute| Some((attribute.name, attribute.value.string_value?)))
            .collect();
        check_message_attributes(&attributes)?;

        let delivery = delivery(self.recipients.standing(region, &phone_number));
        let message_id = uuid::Uuid::new_v4().to_string();
        let message = SentMessage {
            channel: Channel::Sns,
            message_id: message_id.clone(),
            region: region.to_owned(),
            phone_number,
            message: input.message,
            attributes,
            accepted_at: OffsetDateTime::now_utc(),
            delivery,
        };
        let settings = self.attributes(region, |attributes| attributes.clone());
        self.outbox.add(message.clone());
        self.deliveries.report(&message, &settings).await;
        Ok(json!({ "MessageId": message_id }).into())
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
        let opted_out = self
            .recipients
            .with(&request.region, |lists| lists.opted_out.contains(&number));
        Ok(json!({ "isOptedOut": opted_out }).into())
    }

    fn list_opted_out(&self, request: &ApiRequest) -> Outcome {
        let numbers: Vec<String> = self.recipients.with(&request.region, |lists| {
            lists.opted_out.iter().cloned().collect()
        });
        Ok(json!({ "phoneNumbers": numbers }).into())
    }

    fn opt_in(&self, request: &ApiRequest) -> Outcome {
        let number = lower_case_number(request)?;
        self.recipients
            .with(&request.region, |lists| lists.opted_out.remove(&number));
        done()
    }

    fn sandbox_status(&self, request: &ApiRequest) -> Outcome {
        let inside = self.recipients.in_sandbox(&request.region);
        Ok(json!({ "IsInSandbox": inside }).into())
    }

    fn sandbox_add(&self, request: &ApiRequest) -> Outcome {
        let (number, _) = sandbox_number(request)?;
        self.recipients
            .with(&request.region, |lists| match &mut lists.sandbox {
                None => Err(outside_the_sandbox()),
                Some(numbers) if numbers.len() >= 10 => Err(Fault::new(
                    400,
                    "UserError",
                    "The sandbox can contain at most 10 numbers",
                )),
                Some(numbers) => {
                    numbers.entry(number).or_insert(false);
                    done()
                }
            })
    }

    /// Accepts any six digits, since no code was sent that a user could read.
    fn sandbox_verify(&self, request: &ApiRequest) -> Outcome {
        let (number, code) = sandbox_number(request)?;
        if code.len() < 5 || code.len() > 8 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::new(
                400,
                "VerificationException",
                "OneTimePassword must be 5 to 8 digits",
            ));
        }
        self.recipients.with(&request.region, |lists| {
            match lists.sandbox.as_mut().and_then(|s| s.get_mut(&number)) {
                None => Err(not_in_sandbox()),
                Some(verified) => {
                    *verified = true;
                    done()
                }
            }
        })
    }

    fn sandbox_remove(&self, request: &ApiRequest) -> Outcome {
        let (number, _) = sandbox_number(request)?;
        self.recipients.with(&request.region, |lists| {
            match lists.sandbox.as_mut().and_then(|s| s.remove(&number)) {
                None => Err(not_in_sandbox()),
                Some(_) => done(),
            }
        })
    }

    fn sandbox_list(&self, request: &ApiRequest) -> Outcome {
        let numbers: Vec<Value> = self.recipients.with(&request.region, |lists| {
            lists
                .sandbox
                .iter()
                .flatten()
                .map(|(number, verified)| {
                    let status = if *verified { "Verified" } else { "Pending" };
                    json!({ "PhoneNumber": number, "Status": status })
                })
                .collect()
        });
        Ok(json!({ "PhoneNumbers": numbers }).into())
    }
}

/// Returns whether an accepted message reaches the phone.
///
/// AWS does not document the response of Publish for an opted-out number; the delivery log has a
/// sentence for it, so Publish returns a MessageId and the delivery fails.
fn delivery(standing: Standing) -> Delivery {
    match standing {
        Standing::Reachable => Delivery::Success,
        Standing::OptedOut => Delivery::Failure("Phone number is opted out".into()),
        Standing::Unverified => Delivery::Failure(
            "Phone number is not verified and the account is in the SMS sandbox".into(),
        ),
    }
}

/// Validates a number in E.164 form, as SNS requires it.
fn e164(parameter: &str, number: Option<String>, complaint: &str) -> Result<String, Fault> {
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

/// Returns the number in an operation on the sandbox, and the code that was sent to it.
fn sandbox_number(request: &ApiRequest) -> Result<(String, String), Fault> {
    let input: OfSandbox = request.input()?;
    let number = e164("PhoneNumber", input.phone_number, "is not a phone number")?;
    Ok((number, input.one_time_password))
}

fn check_message_attributes(attributes: &BTreeMap<String, String>) -> Result<(), Fault> {
    let bytes: usize = attributes
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if attributes.len() > MAX_ATTRIBUTES || bytes > MAX_ATTRIBUTE_BYTES {
        return Err(invalid(&format!(
            "MessageAttributes must be at most {MAX_ATTRIBUTES} with {MAX_ATTRIBUTE_BYTES} bytes, \
             not {} with {bytes}",
            attributes.len()
        )));
    }
    for (name, value) in attributes {
        match name.as_str() {
            "AWS.SNS.SMS.SMSType" => check_sms_type(value)?,
            "AWS.SNS.SMS.SenderID" => check_sender_id(value)?,
            "AWS.SNS.SMS.MaxPrice" if value.parse::<f64>().is_err() => {
                return Err(Fault::new(
                    400,
                    "ParameterValueInvalid",
                    format!("MaxPrice must be a number, but was '{value}'"),
                ));
            }
            _ => {}
        }
    }
    Ok(())
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

/// Returns the error of an invalid parameter, with SNS's prefix.
fn invalid(complaint: &str) -> Fault {
    Fault::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {complaint}"),
    )
}

fn not_in_sandbox() -> Fault {
    Fault::new(
        404,
        "ResourceNotFound",
        "The phone number is not in the SMS sandbox",
    )
}

fn outside_the_sandbox() -> Fault {
    Fault::new(400, "UserError", "The account is not in the SMS sandbox")
}
